// Tests the tables of Unreal packages and what differs between two, on files made by code and on real ones.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { bytesSource } from '../../../core/formats/byteSource.ts';
import { picturesIn } from '../../../core/formats/describe.ts';
import { readUnreal } from '../../../core/formats/unreal.ts';
import { compareItems, packageLists } from '../../../core/formats/unrealLists.ts';
import { blend, krita, png, uasset, zip } from './fixtures.ts';

const DATA = fileURLToPath(new URL('../../../../shared/data/unreal', import.meta.url));
const PICTURE = png(3, 2, () => [1, 2, 3, 255]);
const JPEG = Buffer.from('\xff\xd8\xff picture', 'latin1');

describe('Unreal packages', () => {
  it('are read into their tables', async () => {
    const read = await readUnreal(bytesSource(uasset(PICTURE)));
    assert.deepEqual(read.asset, { className: 'Texture2D', name: 'T_Hero' });
    assert.equal(read.engine, '5.3.2');
    assert.deepEqual(read.fileVersion, [522, 1009]);
    assert.deepEqual(read.names.slice(3, 5), ['Texture2D', 'T_Hero']);
    assert.deepEqual(read.imports, [
      { className: 'Package', path: '/Game/Materials/M_Hero' },
      { className: 'Class', path: 'Texture2D' },
    ]);
    assert.deepEqual(read.exports, [{ className: 'Texture2D', path: 'T_Hero', size: 0, offset: 0 }]);
    assert.deepEqual(read.dependencies, ['/Game/Materials/M_Hero']);
    assert.deepEqual(read.softDependencies, []);
  });

  it('are compared list by list', async () => {
    const before = await readUnreal(bytesSource(uasset(PICTURE)));
    const after = await readUnreal(bytesSource(uasset(PICTURE, '/Game/Materials/M_Villain', 12)));
    const lists = packageLists(before, after, 100);
    assert.deepEqual(lists.dependencies, {
      total: 1,
      added: 1,
      removed: 1,
      changed: 0,
      entries: [
        { text: '/Game/Materials/M_Hero', state: 'removed' },
        { text: '/Game/Materials/M_Villain', state: 'added' },
      ],
      left: 0,
    });
    assert.deepEqual(lists.exports.entries, [{ text: 'Texture2D T_Hero', state: 'changed', sizes: [0, 12] }]);
    assert.deepEqual([lists.names.added, lists.names.removed, lists.names.total], [1, 1, 7]);
    assert.deepEqual(
      packageLists(undefined, after, 100).names.entries.map(({ state }) => state),
      Array(7).fill('same'),
    );
  });

  it('have lists that end, what differs first', () => {
    const list = compareItems([{ text: 'a' }, { text: 'z' }], [{ text: 'a' }, { text: 'b' }], 2);
    assert.deepEqual(
      list.entries.map(({ text, state }) => `${state} ${text}`),
      ['removed z', 'added b'],
    );
    assert.equal(list.left, 1);
  });

  it('of any two lists, what was added and removed leads from one to the other', () => {
    const items = fc.array(fc.record({ text: fc.constantFrom('a', 'b', 'c'), size: fc.nat(2) }));
    fc.assert(
      fc.property(items, items, (before, after) => {
        const { entries, added, removed, changed, total } = compareItems(before, after, 1000);
        const texts = (all: { text: string }[]) => all.map(({ text }) => text).sort();
        assert.deepEqual(texts(entries.filter(({ state }) => state !== 'removed')), texts(after));
        assert.deepEqual(texts(entries.filter(({ state }) => state !== 'added')), texts(before));
        const same = entries.filter(({ state }) => state === 'same').length;
        assert.equal(total, same + added + changed);
        assert.equal(entries.length, total + removed);
      }),
    );
  });

  it('say how many lie in a circle without end', async () => {
    const bytes = uasset(PICTURE);
    // The texture lies in itself: its outer is export 1.
    const at = bytes.indexOf(Buffer.from([0xfe, 0xff, 0xff, 0xff, 0, 0, 0, 0]));
    bytes.writeInt32LE(1, at + 12);
    const [texture] = (await readUnreal(bytesSource(bytes))).exports;
    assert.match(texture.path, /^T_Hero(\.T_Hero){63}$/);
  });

  it('whose paths would be endless are not read', async () => {
    const bytes = uasset(PICTURE, `/Game/${'x'.repeat(500_000)}`);
    const at = bytes.indexOf(Buffer.from([0xfe, 0xff, 0xff, 0xff, 0, 0, 0, 0]));
    // The texture lies in itself, and has the long name.
    bytes.writeInt32LE(1, at + 12);
    bytes.writeInt32LE(5, at + 16);
    await assert.rejects(readUnreal(bytesSource(bytes)), { name: 'FormatProblem', message: /too long/ });
  });

  if (!existsSync(DATA)) it('../shared/data is not there');
  else
    it('of every engine are read, and their objects lie inside the file', async function () {
      this.timeout(120_000);
      let count = 0;
      for (const file of readdirSync(DATA, { recursive: true, withFileTypes: true })) {
        if (!file.isFile() || !/\.(uasset|umap)$/.test(file.name)) continue;
        const bytes = readFileSync(join(file.parentPath, file.name));
        const { exports, imports } = await readUnreal(bytesSource(bytes));
        for (const { offset, size } of exports)
          assert.ok(offset > 0 && offset + size <= bytes.length, file.name);
        for (const { path } of imports) assert.notEqual(path, '', file.name);
        count += 1;
      }
      assert.ok(count > 300, `${count} packages`);
    });
});

describe('pictures that files carry', () => {
  const of = (bytes: Buffer, path: string) => picturesIn(bytesSource(bytes), path);

  it('are told by kind, and by what they show', async () => {
    const { pictures } = await of(uasset(JPEG), 'a.uasset');
    assert.deepEqual(pictures, [{ name: 'Texture2D', extension: '.jpg', bytes: JPEG }]);
  });

  it('are the full picture of a layered file, else the small one', async () => {
    const merged = png(9, 9, () => [9, 9, 9, 255]);
    const full = zip({ 'preview.png': PICTURE, 'mergedimage.png': merged });
    assert.ok(merged.equals((await of(full, 'a.kra')).pictures[0].bytes));
    assert.ok(PICTURE.equals((await of(krita(PICTURE), 'a.kra')).pictures[0].bytes));
  });

  it('are made of the pixels of a Blender file', async () => {
    const { pictures } = await of(blend(2, 1, Buffer.from([1, 2, 3, 255, 4, 5, 6, 128])), 'a.blend');
    assert.equal(pictures[0].extension, '.png');
    const made = png(2, 1, (x) => (x === 0 ? [1, 2, 3, 255] : [4, 5, 6, 128]));
    assert.ok(made.equals(pictures[0].bytes));
  });

  it('are missing for a reason', async () => {
    assert.match((await of(Buffer.from('hello'), 'a.txt')).problem!, /no picture/);
    assert.match((await of(zip({ a: 'b' }), 'a.kra')).problem!, /no picture/);
    assert.match((await of(Buffer.from('PK\x03\x04'), 'a.kra')).problem!, /cut off|damaged|directory/);
  });
});
