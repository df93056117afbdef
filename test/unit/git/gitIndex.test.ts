// Owns the tests of the Git index: its codec, its changes, and that stock Git reads it.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { GitIndex } from '../../../core/model/gitIndex.ts';
import type { GitIndexEntry } from '../../../core/model/gitIndexEntry.ts';
import { indexEntry } from '../../../core/model/gitIndexEntry.ts';
import { git } from '../../support/stockGit.ts';
import { describeWithGit, forgeError, stockRepository } from './support.ts';

const OID = '0123456789abcdef0123456789abcdef01234567';
const TREE_OID = 'fedcba9876543210fedcba9876543210fedcba98';

function entries(index: GitIndex): GitIndexEntry[] {
  return [...index.entries()];
}

function paths(index: GitIndex): string[] {
  return entries(index).map(({ path }) => path);
}

/** Replaces the checksum after tampering. */
function seal(bytes: Buffer): Buffer {
  createHash('sha1')
    .update(bytes.subarray(0, -20))
    .digest()
    .copy(bytes, bytes.length - 20);
  return bytes;
}

const name = fc.constantFrom('a', 'a.b', 'a0', 'b', 'é', '日本', '😀', '\uffee', 'x'.repeat(90));
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
const uint32 = fc.nat(0xffffffff);
const entry = fc.record({
  path,
  oid: fc.stringMatching(/^[0-9a-f]{40}$/),
  mode: fc.constantFrom(0o100644, 0o100755, 0o120000, 0o160000),
  stage: fc.constant(0),
  stat: fc.tuple(uint32, uint32, uint32, uint32, uint32, uint32, uint32, uint32, uint32, uint32),
  assumeValid: fc.boolean(),
  skipWorktree: fc.boolean(),
  intentToAdd: fc.boolean(),
});

describe('Git index', () => {
  it('gives back what was set, in the order of the paths’ bytes', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 30 }), fc.array(entry, { maxLength: 30 }), (first, second) => {
        const expected = new Map<string, GitIndexEntry>();
        const put = (index: GitIndex, one: GitIndexEntry): void => {
          index.set(one);
          for (const other of [...expected.keys()])
            if (other.startsWith(`${one.path}/`) || one.path.startsWith(`${other}/`)) expected.delete(other);
          expected.set(one.path, one);
        };
        const check = (index: GitIndex): void => {
          const sorted = [...expected.values()].sort((a, b) =>
            Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)),
          );
          const withModes = sorted.map((one) => ({ ...one, stat: one.stat.with(6, one.mode) }));
          assert.deepEqual(
            entries(index).map((one) => ({ ...one, stat: one.stat.with(6, one.mode) })),
            withModes,
          );
          assert.equal(index.size, expected.size);
        };
        const index = new GitIndex();
        for (const one of first) put(index, one);
        check(index);
        const again = GitIndex.decode(index.encode());
        check(again);
        for (const one of second) put(again, one);
        for (const one of first.slice(0, 3)) assert.equal(again.remove(one.path), expected.delete(one.path));
        check(again);
        for (const one of expected.values()) assert.deepEqual(again.get(one.path)?.oid, one.oid);
        check(GitIndex.decode(again.encode()));
        for (const from of ['a', 'b/a', '日本'])
          assert.deepEqual(
            [...again.entries(from)],
            entries(again).filter((one) => Buffer.compare(Buffer.from(one.path), Buffer.from(from)) >= 0),
          );
      }),
      { numRuns: 200 },
    );
  });

  it('keeps the sides of a conflict apart until it is resolved', () => {
    const index = new GitIndex();
    for (const stage of [3, 1, 2]) index.set({ ...indexEntry('f', OID, 0o100644), stage });
    index.set(indexEntry('g', OID, 0o100644));
    const again = GitIndex.decode(index.encode());
    assert.deepEqual(again.conflicts(), ['f']);
    assert.equal(again.get('f'), undefined);
    assert.deepEqual(
      again.stages('f').map(({ stage }) => stage),
      [1, 2, 3],
    );
    again.set(indexEntry('f', OID, 0o100755));
    assert.deepEqual(again.conflicts(), []);
    assert.deepEqual(paths(GitIndex.decode(again.encode())), ['f', 'g']);
  });

  it('takes size modulo 2^32 and keeps paths of more than 4,095 bytes', () => {
    const long = `${'d/'.repeat(3000)}f`;
    const index = new GitIndex();
    index.set(indexEntry(long, OID, 0o100644, [1, 2, 3, 4, 5, 6, 7, 8, 9, 5 * 2 ** 32 + 7]));
    const again = GitIndex.decode(index.encode());
    assert.equal(again.get(long)?.stat[9], 7);
  });

  it('forgets cached trees along a changed path only, and none when just the stat changes', () => {
    const index = new GitIndex();
    for (const one of ['a/b/f', 'a/g', 'c/h']) index.set(indexEntry(one, OID, 0o100644));
    const folder = (entryCount: number, children: [string, NonNullable<GitIndex['cacheTree']>][] = []) => ({
      oid: TREE_OID,
      entryCount,
      children: new Map(children),
    });
    index.cacheTree = folder(3, [
      ['a', folder(2, [['b', folder(1)]])],
      ['c', folder(1)],
    ]);
    const again = GitIndex.decode(index.encode());
    assert.deepEqual(again.cacheTree, index.cacheTree);
    again.set(indexEntry('a/b/f', OID, 0o100644, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]));
    assert.equal(again.get('a/b/f')?.stat[0], 1);
    assert.deepEqual(again.cacheTree, index.cacheTree);
    again.set(indexEntry('a/g', TREE_OID, 0o100644));
    const { cacheTree } = GitIndex.decode(again.encode());
    assert.equal(cacheTree?.oid, undefined);
    assert.equal(cacheTree?.children.get('a')?.oid, undefined);
    assert.equal(cacheTree?.children.get('a')?.children.get('b')?.oid, TREE_OID);
    assert.equal(cacheTree?.children.get('c')?.oid, TREE_OID);
  });

  it('makes entries as young as the index look outdated', () => {
    const index = new GitIndex();
    index.set(indexEntry('old', OID, 0o100644, [9, 9, 100, 4, 1, 1, 1, 1, 1, 5]));
    index.set(indexEntry('same', OID, 0o100644, [9, 9, 100, 5, 1, 1, 1, 1, 1, 5]));
    index.set(indexEntry('younger', OID, 0o100644, [9, 9, 101, 0, 1, 1, 1, 1, 1, 5]));
    const again = GitIndex.decode(index.encode());
    again.smudgeRacy(100, 5);
    assert.deepEqual(
      entries(again).map(({ stat }) => stat[9]),
      [5, 0, 0],
    );
  });

  it('stays as it is while a fork of it is changed', () => {
    const first = new GitIndex();
    for (const path of ['a/one', 'a/two', 'b'])
      first.set(indexEntry(path, OID, 0o100644, [9, 9, 100, 4, 1, 1, 1, 1, 1, 5]));
    first.cacheTree = {
      oid: OID,
      entryCount: 3,
      children: new Map([['a', { oid: OID, entryCount: 2, children: new Map() }]]),
    };
    const kept = GitIndex.decode(first.encode());
    const before = kept.encode();
    const fork = kept.fork();
    assert.deepEqual(fork.encode(), before);
    fork.smudgeRacy(1, 0);
    assert.deepEqual(new Set(entries(fork).map(({ stat }) => stat[9])), new Set([0]));
    fork.remove('a/one');
    fork.set(indexEntry('c', OID, 0o100644));
    assert.equal(fork.cacheTree?.children.get('a')?.oid, undefined);
    assert.deepEqual(kept.encode(), before);
    assert.deepEqual(kept.fork().encode(), before);
  });

  it('refuses damage wherever it is', () => {
    const index = new GitIndex();
    for (let i = 0; i < 20; i++) index.set(indexEntry(`folder/file${i}`, OID, 0o100644));
    const bytes = index.encode();
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const damaged = Buffer.from(bytes);
        damaged[at] ^= flip;
        const version = damaged.readUInt32BE(4);
        const unknown = at >= 4 && (version < 2 || version > 4);
        assert.throws(() => GitIndex.decode(damaged), forgeError(unknown ? 'UNSUPPORTED' : 'CORRUPT'));
      }),
    );
    for (let length = 0; length < bytes.length; length += 7)
      assert.throws(() => GitIndex.decode(bytes.subarray(0, length)), forgeError('CORRUPT'));
  });

  it('refuses entries that are torn or out of order behind a right checksum', () => {
    const index = new GitIndex();
    for (const one of ['aaa', 'bbb']) index.set(indexEntry(one, OID, 0o100644));
    const swapped = index.encode();
    swapped.write('ccc', 12 + 62);
    assert.throws(() => GitIndex.decode(seal(swapped)), forgeError('CORRUPT', /entry 1 /));
    const tooMany = index.encode();
    tooMany.writeUInt32BE(3, 8);
    assert.throws(() => GitIndex.decode(seal(tooMany)), forgeError('CORRUPT'));
  });

  it('drops optional extensions and refuses mandatory ones', () => {
    const withExtension = (extension: string): Buffer => {
      const bytes = new GitIndex().encode();
      const header = Buffer.from(`${extension}\0\0\0\x03abc`, 'latin1');
      return seal(Buffer.concat([bytes.subarray(0, -20), header, bytes.subarray(-20)]));
    };
    assert.deepEqual(GitIndex.decode(withExtension('UNTR')).encode(), new GitIndex().encode());
    assert.equal(GitIndex.decode(withExtension('TREE')).cacheTree, undefined);
    assert.throws(() => GitIndex.decode(withExtension('link')), forgeError('UNSUPPORTED', /split/));
    assert.throws(() => GitIndex.decode(withExtension('sdir')), forgeError('UNSUPPORTED', /sdir/));
    assert.throws(() => GitIndex.decode(withExtension('zzzz')), forgeError('UNSUPPORTED', /zzzz/));
  });

  it('reads an index without checksum, as index.skipHash writes it', () => {
    const bytes = new GitIndex().encode();
    bytes.fill(0, bytes.length - 20);
    assert.equal(GitIndex.decode(bytes).size, 0);
  });
});

describeWithGit('Git index and stock Git', () => {
  const files = ['a.txt', 'a/b', 'a0', 'dir/sub/é', 'dir/x', 'dir.txt', 'z'];

  async function repository(): Promise<string> {
    const root = await stockRepository();
    for (const file of files) {
      await mkdir(dirname(join(root, file)), { recursive: true });
      await writeFile(join(root, file), file);
    }
    git(root, ['add', '.']);
    return root;
  }

  for (const version of [2, 3, 4]) {
    it(`reads version ${version} and writes what it reads`, async () => {
      const root = await repository();
      if (version === 3) {
        await writeFile(join(root, 'later'), '');
        git(root, ['add', '-N', 'later']);
      } else git(root, ['update-index', '--index-version', String(version)]);
      const bytes = await readFile(join(root, '.git/index'));
      assert.equal(bytes.readUInt32BE(4), version);
      const index = GitIndex.decode(bytes);
      const listed = git(root, ['ls-files', '-s', '-z']);
      const ours = entries(index).map((e) => `${e.mode.toString(8)} ${e.oid} ${e.stage}\t${e.path}\0`);
      assert.equal(ours.join(''), listed);
      assert.equal(index.get('later')?.intentToAdd, version === 3 ? true : undefined);
      const debug = git(root, ['ls-files', '--debug']);
      await writeFile(join(root, '.git/index'), index.encode());
      assert.equal(git(root, ['ls-files', '--debug']), debug);
      assert.equal(git(root, ['ls-files', '-s', '-z']), listed);
    });
  }

  it('keeps a valid cache-tree that stock Git goes on using', async () => {
    const root = await repository();
    git(root, ['commit', '-qm', 'all']);
    const index = GitIndex.decode(await readFile(join(root, '.git/index')));
    const tree = git(root, ['rev-parse', 'HEAD^{tree}']).trim();
    assert.equal(index.cacheTree?.oid, tree);
    assert.equal(index.cacheTree?.children.get('dir')?.entryCount, 2);
    await writeFile(join(root, '.git/index'), index.encode());
    assert.equal(git(root, ['write-tree']).trim(), tree);
    git(root, ['fsck', '--strict']);
    assert.equal(git(root, ['status', '--porcelain']), '');
  });

  it('refuses a split and a sparse index with a way out', async () => {
    const split = await repository();
    git(split, ['update-index', '--split-index']);
    const bytes = await readFile(join(split, '.git/index'));
    assert.throws(() => GitIndex.decode(bytes), forgeError('UNSUPPORTED', /split/));
    const sparse = await repository();
    git(sparse, ['commit', '-qm', 'all']);
    git(sparse, ['sparse-checkout', 'set', '--sparse-index', 'a']);
    const sparseBytes = await readFile(join(sparse, '.git/index'));
    assert.throws(() => GitIndex.decode(sparseBytes), forgeError('UNSUPPORTED', /sparse/));
  });

  it('refuses a path that is not UTF-8', async () => {
    const root = await stockRepository();
    const line = Buffer.concat([Buffer.from(`100644 ${OID} 0\tcaf`), Buffer.from([0xe9, 0])]);
    git(root, ['update-index', '-z', '--index-info'], { input: line });
    const bytes = await readFile(join(root, '.git/index'));
    assert.throws(() => GitIndex.decode(bytes), forgeError('UNSUPPORTED', /not UTF-8.*café/));
  });
});
