// Owns the tests of the content check: what only looks changed, and what really is.
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ChangedEntry, DataPlane, StatTuple } from '../../../core/dataplane/dataPlane.ts';
import { checkContents, type ContentResult } from '../../../core/worktree/contentCheck.ts';
import { asUnprivilegedUser } from '../../support/privileges.ts';
import { sharedPlane } from '../../support/planes.ts';
import { tempFolder } from '../../support/tempFolder.ts';
import { type FileSpec, MemoryBlobs, statOf, writeFiles } from '../../support/workTree.ts';

class Fixture {
  readonly root: string;
  readonly blobs = new MemoryBlobs();
  readonly entries: ChangedEntry[] = [];

  constructor(root: string) {
    this.root = root;
  }

  /** An entry for what is at `path`, whose index side has the given blob. */
  entry(path: string, oid: string, mode = 0o100644, state: ChangedEntry['state'] = 'stat'): void {
    this.entries.push({ path, oid, mode, stage: 0, state, stat: statOf(this.root, path) });
  }

  check(plane: DataPlane = sharedPlane()): Promise<ContentResult> {
    return checkContents({ root: this.root, objects: this.blobs, plane, entries: this.entries });
  }

  async changed(): Promise<Record<string, boolean>> {
    const { results, problems } = await this.check();
    assert.deepEqual(problems, []);
    return Object.fromEntries(results.map(({ path, changed }) => [path, changed]));
  }
}

async function fixture(files: Record<string, FileSpec>): Promise<Fixture> {
  const root = await tempFolder();
  writeFiles(root, files);
  return new Fixture(root);
}

describe('checkContents', () => {
  it('compares texts by what they hold', async () => {
    const tree = await fixture({ same: 'one\r\ntwo', other: 'one\ntwo!', longer: 'abc', empty: '' });
    tree.entry('same', tree.blobs.add('one\r\ntwo'));
    tree.entry('other', tree.blobs.add('one\r\ntwo'));
    tree.entry('longer', tree.blobs.add('ab'));
    tree.entry('empty', tree.blobs.add(''), 0o100644, 'racy');
    assert.deepEqual(await tree.changed(), { same: false, other: true, longer: true, empty: false });
  });

  it('compares assets by BLAKE3, and not at all when the size differs', async () => {
    const tree = await fixture({ same: 'pixels', edited: 'pixelz', grown: 'pixels and more' });
    const oid = await tree.blobs.addPointer('pixels');
    for (const path of ['same', 'edited', 'grown']) tree.entry(path, oid);
    assert.deepEqual(await tree.changed(), { same: false, edited: true, grown: true });
  });

  it('leaves an asset alone whose pointer is all there is', async () => {
    const blobs = new MemoryBlobs();
    const oid = await blobs.addPointer('far away');
    const pointer = blobs.blobs.get(oid) as Buffer;
    const tree = await fixture({
      here: pointer,
      other: Buffer.from(pointer.toString().replace(/blake3 ./, 'blake3 g')),
    });
    tree.blobs.blobs.set(oid, pointer);
    tree.entry('here', oid);
    tree.entry('other', oid);
    assert.deepEqual(await tree.changed(), { here: false, other: true });
  });

  it('sees executable bits, links and their targets, and other kinds of entry', async () => {
    const tree = await fixture({
      script: { run: 'x' },
      plain: 'x',
      link: { link: 'to' },
      elsewhere: { link: 'xx' },
      wasLink: 'to',
    });
    const text = tree.blobs.add('x');
    const target = tree.blobs.add('to');
    tree.entry('script', text, 0o100755);
    tree.entry('plain', text, 0o100755);
    tree.entry('link', target, 0o120000);
    tree.entry('elsewhere', target, 0o120000);
    tree.entry('wasLink', target, 0o120000, 'type');
    mkdirSync(join(tree.root, 'module'));
    tree.entry('module', 'a'.repeat(40), 0o160000);
    assert.deepEqual(await tree.changed(), {
      script: false,
      plain: true,
      link: false,
      elsewhere: true,
      wasLink: true,
      module: false,
    });
  });

  it('gives the stat with which content was seen', async () => {
    const tree = await fixture({ text: 'a', asset: 'b' });
    tree.entry('text', tree.blobs.add('a'));
    tree.entry('asset', await tree.blobs.addPointer('b'));
    for (const path of ['text', 'asset']) utimesSync(join(tree.root, path), 1, 2);
    const { results } = await tree.check();
    assert.deepEqual(
      results.map(({ stat }) => stat),
      ['text', 'asset'].map((path) => statOf(tree.root, path)),
    );
  });

  it('compares with an object that is missing by its name alone', async () => {
    const tree = await fixture({ same: 'a', other: 'b' });
    const oid = new MemoryBlobs().add('a');
    tree.entry('same', oid);
    tree.entry('other', oid);
    assert.deepEqual(await tree.changed(), { same: false, other: true });
  });

  it('keeps the order of the request and names what vanished', async () => {
    const tree = await fixture({ c: '1', gone: '2', a: '3', lost: '4', b: '5' });
    for (const path of ['c', 'a', 'b']) tree.entry(path, tree.blobs.add('9'));
    tree.entry('gone', tree.blobs.add('x'));
    tree.entry('lost', await tree.blobs.addPointer('y'));
    for (const path of ['gone', 'lost']) rmSync(join(tree.root, path));
    const { results, problems } = await tree.check();
    assert.deepEqual(
      results.map(({ path }) => path),
      ['c', 'a', 'b'],
    );
    assert.deepEqual(problems.map(({ path, code }) => [path, code]).sort(), [
      ['gone', 'ENOENT'],
      ['lost', 'ENOENT'],
    ]);
    for (const { message } of problems) assert.match(message, /vanished/);
  });

  it('does not read through a link that took a file’s place', async () => {
    const tree = await fixture({ file: 'secret', target: 'secret' });
    tree.entry('file', tree.blobs.add('secret'));
    rmSync(join(tree.root, 'file'));
    symlinkSync('target', join(tree.root, 'file'));
    const { results, problems } = await tree.check();
    assert.deepEqual(results, []);
    assert.equal(problems[0].code, 'ELOOP');
  });

  it('takes an unreadable file for a problem', async function () {
    const tree = await fixture({ text: 'a', asset: 'b' });
    tree.entry('text', tree.blobs.add('a'));
    tree.entry('asset', await tree.blobs.addPointer('b'));
    for (const path of ['text', 'asset']) chmodSync(join(tree.root, path), 0);
    const result = await asUnprivilegedUser(this, [tree.root], () => tree.check());
    assert.deepEqual(result.results, []);
    assert.deepEqual(
      result.problems.map(({ path, code }) => [path, code]),
      [
        ['text', 'EACCES'],
        ['asset', 'EACCES'],
      ],
    );
  });

  it('takes a file that is being written for changed', async () => {
    const tree = await fixture({ asset: 'b' });
    tree.entry('asset', await tree.blobs.addPointer('b'));
    const busy = {
      hashFiles: () => Promise.resolve([{ state: 'failed', code: 'FILE_CHANGED', message: '' }]),
    } as unknown as DataPlane;
    const { results } = await tree.check(busy);
    assert.equal(results[0].changed, true);
  });

  it('hashes a text of several blocks', async () => {
    const bytes = Buffer.alloc(3 * 1024 * 1024 + 7, 'abc');
    const tree = await fixture({ big: bytes });
    tree.entry('big', tree.blobs.add(bytes));
    assert.deepEqual(await tree.changed(), { big: false });
    bytes[bytes.length - 1] ^= 1;
    writeFileSync(join(tree.root, 'big'), bytes);
    assert.deepEqual(await tree.changed(), { big: true });
  });

  it('stops when told to', async () => {
    const tree = await fixture({ a: 'b' });
    tree.entry('a', tree.blobs.add('b'));
    const { root, blobs: objects, entries } = tree;
    const request = { root, objects, entries, plane: sharedPlane(), signal: AbortSignal.abort() };
    await assert.rejects(checkContents(request), { code: 'ABORTED' });
  });

  it('ignores entries without a stat', async () => {
    const tree = await fixture({});
    tree.entries.push({
      path: 'x',
      oid: '0'.repeat(40),
      mode: 0o100644,
      stage: 0,
      state: 'missing',
      stat: undefined as StatTuple | undefined,
    });
    assert.deepEqual(await tree.changed(), {});
  });
});
