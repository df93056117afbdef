// Owns the tests of reading Git objects that stock Git wrote: loose, packed, as deltas, borrowed, damaged.
import assert from 'node:assert/strict';
import { chmod, cp, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GitObjects } from '../../../core/git/gitObjects.ts';
import { EMPTY_TREE, objectId } from '../../../core/git/objectId.ts';
import { loosePath } from '../../../core/git/looseObjects.ts';
import { git } from '../../support/stockGit.ts';
import { tempFolder } from '../../support/tempFolder.ts';
import { describeWithGit, forgeError, stockRepository } from './support.ts';

/** Every object of the repository, as stock Git tells: id, type and size. */
function listObjects(root: string): { oid: string; type: string; size: number }[] {
  return git(root, ['cat-file', '--batch-all-objects', '--batch-check'])
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [oid, type, size] = line.split(' ');
      return { oid, type, size: Number(size) };
    });
}

/** A repository with several versions of some texts, so that `git gc` makes long chains of deltas, and an annotated tag. */
async function makeHistory(): Promise<string> {
  const root = await stockRepository();
  const lines = Array.from({ length: 3000 }, (_, i) => `line ${i} of a text that changes little`);
  for (let version = 0; version < 30; version++) {
    lines[version * 90] = `changed in ${version}`;
    lines.push(`added in ${version}`);
    await mkdir(join(root, 'texts'), { recursive: true });
    await writeFile(join(root, 'texts', 'long.txt'), lines.join('\n'));
    await writeFile(join(root, 'texts', `small${version}.txt`), `${version}`);
    await writeFile(
      join(root, 'noise.bin'),
      Buffer.from(Array.from({ length: 70_000 }, (_, i) => (i * i * (version + 7)) >> 5)),
    );
    git(root, ['add', '.']);
    git(root, ['commit', '-qm', `version ${version}`]);
  }
  await writeFile(join(root, 'empty'), '');
  git(root, ['add', '.']);
  git(root, ['commit', '-qm', 'empty file']);
  git(root, ['tag', '-a', '-m', 'a tag', 'v1']);
  return root;
}

let template: Promise<string> | undefined;

/** A copy of that repository, all objects loose. */
async function history(): Promise<string> {
  template ??= makeHistory();
  const root = join(await tempFolder(), 'copy');
  await cp(await template, root, { recursive: true });
  return root;
}

async function expectAll(objects: GitObjects, root: string): Promise<void> {
  for (const { oid, type, size } of listObjects(root)) {
    const object = await objects.read(oid);
    assert.equal(object.type, type);
    assert.equal(object.data.length, size);
    assert.equal(objectId(object.type, object.data), oid);
    assert.deepEqual(await objects.info(oid), { type, size });
    assert.ok(objects.has(oid));
  }
}

async function packFiles(root: string): Promise<string[]> {
  const folder = join(root, '.git/objects/pack');
  return (await readdir(folder)).map((file) => join(folder, file));
}

async function overwrite(path: string, change: (bytes: Buffer) => void): Promise<void> {
  const bytes = await readFile(path);
  change(bytes);
  await chmod(path, 0o644);
  await writeFile(path, bytes);
}

describeWithGit('Git objects', () => {
  it('reads every loose object', async () => {
    const root = await history();
    await expectAll(new GitObjects(join(root, '.git')), root);
  });

  it('reads every object out of packs with offset deltas', async () => {
    const root = await history();
    git(root, ['gc', '-q', '--aggressive', '--prune=now']);
    assert.match(
      git(root, ['verify-pack', '-v', ...(await packFiles(root)).filter((f) => f.endsWith('.idx'))]),
      /chain length = [5-9]/,
    );
    await expectAll(new GitObjects(join(root, '.git')), root);
  });

  it('reads deltas that name their base by id', async () => {
    const root = await history();
    git(root, ['config', 'repack.useDeltaBaseOffset', 'false']);
    git(root, ['repack', '-q', '-a', '-d', '-f']);
    await expectAll(new GitObjects(join(root, '.git')), root);
  });

  it('follows a repack by another program, and packs that come and go', async () => {
    const root = await history();
    const objects = new GitObjects(join(root, '.git'));
    await expectAll(objects, root);
    git(root, ['repack', '-q', '-a', '-d']);
    await expectAll(objects, root);
    await writeFile(join(root, 'new'), 'new');
    git(root, ['add', '.']);
    git(root, ['commit', '-qm', 'new']);
    git(root, ['repack', '-q', '-d']);
    assert.equal((await packFiles(root)).filter((file) => file.endsWith('.pack')).length, 2);
    await expectAll(objects, root);
    objects.close();
    git(root, ['repack', '-q', '-a', '-d', '-F', '--depth=2']);
    await expectAll(objects, root);
    objects.close();
  });

  it('finds a pack that is removed while its index is known', async () => {
    const root = await history();
    git(root, ['gc', '-q', '--prune=now']);
    const objects = new GitObjects(join(root, '.git'));
    const [{ oid }] = listObjects(root);
    assert.ok(objects.has(oid));
    // The pack was never opened, so nothing holds it.
    git(root, ['repack', '-q', '-a', '-d', '-F', '--depth=1']);
    assert.equal(objectId('blob', (await objects.read(oid)).data).length, 40);
    await expectAll(objects, root);
  });

  it('borrows objects through alternates, relative ones too', async () => {
    const root = await history();
    git(root, ['gc', '-q', '--prune=now']);
    const borrower = join(await tempFolder(), 'clone');
    git(root, ['clone', '-q', '--shared', root, borrower]);
    await expectAll(new GitObjects(join(borrower, '.git')), root);
    const second = join(root, 'second');
    git(root, ['init', '-q', second]);
    await writeFile(join(second, '.git/objects/info/alternates'), '# shared\n../../../.git/objects\n');
    await expectAll(new GitObjects(join(second, '.git')), root);
  });

  it('finds prefixes in packs and loose objects', async () => {
    const root = await history();
    git(root, ['gc', '-q', '--prune=now']);
    await writeFile(join(root, 'loose'), 'loose');
    const loose = git(root, ['hash-object', '-w', 'loose']).trim();
    const objects = new GitObjects(join(root, '.git'));
    for (const oid of [
      loose,
      ...listObjects(root)
        .slice(0, 20)
        .map((object) => object.oid),
    ]) {
      assert.deepEqual(await objects.resolvePrefix(oid.slice(0, 12)), [oid]);
      assert.ok((await objects.resolvePrefix(oid.slice(0, 4).toUpperCase())).includes(oid));
    }
    assert.deepEqual(await objects.resolvePrefix(loose.slice(0, 3)), []);
    assert.deepEqual(await objects.resolvePrefix('zzzz'), []);
    assert.deepEqual(await objects.resolvePrefix('00000000000'), []);
  });

  it('says which object is missing, and knows the empty tree without storing it', async () => {
    const root = await stockRepository();
    const objects = new GitObjects(join(root, '.git'));
    const oid = '1'.repeat(40);
    await assert.rejects(objects.read(oid), forgeError('NOT_FOUND', new RegExp(oid)));
    await assert.rejects(objects.size(oid), forgeError('NOT_FOUND', new RegExp(oid)));
    assert.equal(await objects.readMaybe(oid), undefined);
    assert.equal(objects.has(oid), false);
    assert.deepEqual(await objects.read(EMPTY_TREE), { type: 'tree', data: Buffer.alloc(0) });
  });

  it('names a damaged loose object, whatever byte is wrong', async () => {
    const root = await stockRepository();
    await writeFile(join(root, 'f'), 'some text that is long enough to be worth it '.repeat(5));
    const oid = git(root, ['hash-object', '-w', 'f']).trim();
    const path = loosePath(join(root, '.git/objects'), oid);
    const good = await readFile(path);
    await chmod(path, 0o644);
    for (let at = 0; at < good.length; at++) {
      const bad = Buffer.from(good);
      bad[at] ^= 0x55;
      await writeFile(path, bad);
      const objects = new GitObjects(join(root, '.git'));
      // The four bytes of the stream's own checksum may be judged by zlib or, for stored blocks, by the id alone.
      await assert.rejects(objects.read(oid), forgeError('CORRUPT', new RegExp(oid)));
    }
    for (const length of [0, 1, 10, good.length - 5]) {
      await writeFile(path, good.subarray(0, length));
      await assert.rejects(
        new GitObjects(join(root, '.git')).read(oid),
        forgeError('CORRUPT', new RegExp(oid)),
      );
    }
  });

  it('names a damaged packed object, and reads another copy when there is one', async () => {
    const root = await history();
    const loose = listObjects(root);
    const { oid } = loose.find(({ type, size }) => type === 'blob' && size > 50_000) ?? loose[0];
    const copy = await readFile(loosePath(join(root, '.git/objects'), oid));
    git(root, ['gc', '-q', '--prune=now']);
    const pack = (await packFiles(root)).find((file) => file.endsWith('.pack')) ?? '';
    await overwrite(pack, (bytes) => bytes.fill(0x55, 12, bytes.length - 20));
    const objects = new GitObjects(join(root, '.git'));
    await assert.rejects(objects.read(oid), forgeError('CORRUPT', new RegExp(oid)));
    await mkdir(join(root, '.git/objects', oid.slice(0, 2)), { recursive: true });
    await writeFile(loosePath(join(root, '.git/objects'), oid), copy);
    assert.equal(objectId('blob', (await objects.read(oid)).data), oid);
  });

  it('refuses a damaged pack index and ignores what a crash left', async () => {
    const root = await history();
    git(root, ['gc', '-q', '--prune=now']);
    const [{ oid }] = listObjects(root);
    const folder = join(root, '.git/objects/pack');
    await writeFile(join(folder, 'tmp_pack_abc'), 'half a pack');
    await writeFile(join(folder, 'tmp_idx_abc'), 'half an index');
    await mkdir(join(root, '.git/objects', oid.slice(0, 2)), { recursive: true });
    await writeFile(join(root, '.git/objects', oid.slice(0, 2), 'tmp_obj_abc'), 'half an object');
    const objects = new GitObjects(join(root, '.git'));
    await expectAll(objects, root);
    assert.deepEqual(await objects.resolvePrefix(oid.slice(0, 10)), [oid]);
    const index = (await packFiles(root)).find((file) => file.endsWith('.idx')) ?? '';
    await overwrite(index, (bytes) => bytes.writeUInt32BE(0xffffffff, 8 + 4 * 10));
    await assert.rejects(new GitObjects(join(root, '.git')).read(oid), forgeError('CORRUPT', /index/));
    await rename(index, `${index}.old`);
    await assert.rejects(new GitObjects(join(root, '.git')).read(oid), forgeError('NOT_FOUND'));
  });
});
