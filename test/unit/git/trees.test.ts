// Owns the tests of trees: codec, walks, differences, and making them from the index.
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { GitObjects } from '../../../core/git/gitObjects.ts';
import { ObjectBatch } from '../../../core/git/objectBatch.ts';
import { EMPTY_TREE, objectId } from '../../../core/git/objectId.ts';
import type { TreeDifference } from '../../../core/git/trees.ts';
import { decodeTree, diffTrees, encodeTree, flattenTree, lookupPath } from '../../../core/git/trees.ts';
import { writeTree } from '../../../core/git/writeTree.ts';
import { GitIndex } from '../../../core/model/gitIndex.ts';
import { indexEntry } from '../../../core/model/gitIndexEntry.ts';
import { git } from '../../support/stockGit.ts';
import { tempFolder } from '../../support/tempFolder.ts';
import { describeWithGit, forgeError, stockRepository } from './support.ts';

const OID = '0123456789abcdef0123456789abcdef01234567';
const name = fc.constantFrom('a', 'a.b', 'a-', 'a0', 'b', 'é', '😀', '\uffee');
/** Files of a tree: what stands at a path wins over what would be below it. */
const files = fc
  .dictionary(
    fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/')),
    fc.nat(3),
    { maxKeys: 12 },
  )
  .map(
    (all) =>
      new Map(
        Object.entries(all).filter(
          ([path]) => !Object.keys(all).some((other) => path.startsWith(`${other}/`)),
        ),
      ),
  );

async function repository(): Promise<GitObjects> {
  const gitDir = await tempFolder();
  await mkdir(join(gitDir, 'objects'));
  return new GitObjects(gitDir);
}

function contentOf(n: number): Buffer {
  return Buffer.from(`content ${n}`);
}

async function treeOf(objects: GitObjects, contents: Map<string, number>): Promise<string> {
  const batch = new ObjectBatch(objects);
  const index = new GitIndex();
  for (const [path, n] of contents) index.set(indexEntry(path, batch.add('blob', contentOf(n)), 0o100644));
  const tree = await writeTree(index, batch);
  await batch.flush();
  return tree;
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** A tree's bytes without any check. */
function rawTree(...entries: [mode: string, name: string | Buffer][]): Buffer {
  return Buffer.concat(
    entries.flatMap(([mode, one]) => [
      Buffer.from(`${mode} `),
      Buffer.from(one),
      Buffer.alloc(1),
      Buffer.from(OID, 'hex'),
    ]),
  );
}

describe('trees', () => {
  it('decode to what was encoded, folders sorted as if they ended in a slash', () => {
    const entries = [
      { name: 'a', mode: 0o40000, oid: OID },
      { name: 'a.b', mode: 0o100755, oid: OID },
      { name: 'a0', mode: 0o120000, oid: OID },
      { name: 'sub', mode: 0o160000, oid: OID },
    ];
    const sorted = ['a.b', 'a', 'a0', 'sub'];
    assert.deepEqual(
      decodeTree(encodeTree(entries)).map((entry) => entry.name),
      sorted,
    );
    assert.deepEqual(new Set(decodeTree(encodeTree(entries))), new Set(entries));
    assert.deepEqual(decodeTree(Buffer.alloc(0)), []);
    assert.equal(objectId('tree', encodeTree([])), EMPTY_TREE);
  });

  it('reads the modes of old Git versions as today’s Git does', () => {
    const old = rawTree(['100664', 'a'], ['100775', 'b'], ['040000', 'c']);
    assert.deepEqual(
      decodeTree(old).map(({ mode }) => mode),
      [0o100644, 0o100755, 0o40000],
    );
  });

  it('refuse what is malformed', () => {
    const bad: [string, Buffer][] = [
      ['torn', rawTree(['100644', 'a']).subarray(0, -1)],
      ['no end of the name', Buffer.from('100644 abc')],
      ['unsorted', rawTree(['100644', 'b'], ['100644', 'a'])],
      ['twice', rawTree(['100644', 'a'], ['100644', 'a'])],
      ['file and folder', rawTree(['100644', 'a'], ['100644', 'a.b'], ['40000', 'a'])],
      ['empty name', rawTree(['100644', ''])],
      ['dot', rawTree(['40000', '.'])],
      ['dot dot', rawTree(['40000', '..'])],
      ['slash', rawTree(['100644', 'a/b'])],
      ['no mode', rawTree(['', 'a'])],
      ['unknown kind', rawTree(['60000', 'a'])],
    ];
    for (const [what, data] of bad) assert.throws(() => decodeTree(data), forgeError('CORRUPT'), what);
    assert.throws(
      () => decodeTree(rawTree(['100644', Buffer.from([0xe9])])),
      forgeError('UNSUPPORTED', /UTF-8/),
    );
    for (const one of ['', '.', '..', 'a/b', 'a\0', '\ud800'])
      assert.throws(() => encodeTree([{ name: one, mode: 0o100644, oid: OID }]), forgeError('INVALID_NAME'));
    const twice = [0o100644, 0o40000].map((mode) => ({ name: 'a', mode, oid: OID }));
    assert.throws(() => encodeTree(twice), forgeError('INVALID_NAME'));
    assert.throws(() => encodeTree([{ name: 'a', mode: 0o644, oid: OID }]), forgeError('CORRUPT'));
    assert.throws(() => encodeTree([{ name: 'a', mode: 0o100644, oid: 'x' }]), forgeError('CORRUPT'));
  });

  it('never take random bytes for something else than they encode to', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const data = Buffer.concat([rawTree(['100644', 'a']), bytes]);
        try {
          assert.deepEqual(encodeTree(decodeTree(data)), data);
        } catch (error) {
          assert.ok(['CORRUPT', 'UNSUPPORTED'].includes((error as { code: string }).code), String(error));
        }
      }),
    );
  });

  it('list all files in the order of the index', async () => {
    await fc.assert(
      fc.asyncProperty(files, async (contents) => {
        const objects = await repository();
        const tree = await treeOf(objects, contents);
        const flat: [string, string][] = [];
        for await (const { path, oid } of flattenTree(objects, tree)) flat.push([path, oid]);
        const expected = [...contents].sort(([a], [b]) => byBytes(a, b));
        assert.deepEqual(
          flat,
          expected.map(([path, n]) => [path, objectId('blob', contentOf(n))]),
        );
        for (const [path, oid] of flat)
          assert.deepEqual(await lookupPath(objects, tree, path), { oid, mode: 0o100644 });
        assert.equal(await lookupPath(objects, tree, 'a/nothing'), undefined);
        assert.equal((await lookupPath(objects, tree, ''))?.oid, tree);
      }),
      { numRuns: 40 },
    );
  });

  it('differ by exactly the files that differ, in order', async () => {
    await fc.assert(
      fc.asyncProperty(
        files,
        files,
        fc.constantFrom('', 'a', 'a.b', 'a/b'),
        async (before, after, prefix) => {
          const objects = await repository();
          const [left, right] = [await treeOf(objects, before), await treeOf(objects, after)];
          const found: TreeDifference[] = [];
          for await (const one of diffTrees(objects, left, right, { prefix })) found.push(one);
          const side = (n: number | undefined) =>
            n === undefined ? undefined : { oid: objectId('blob', contentOf(n)), mode: 0o100644 };
          const inside = (path: string) => prefix === '' || path === prefix || path.startsWith(`${prefix}/`);
          const expected = [...new Set([...before.keys(), ...after.keys()])]
            .filter((path) => before.get(path) !== after.get(path) && inside(path))
            .sort(byBytes)
            .map((path) => ({ path, before: side(before.get(path)), after: side(after.get(path)) }));
          assert.deepEqual(
            found.map((one) => ({ before: undefined, after: undefined, ...one })),
            expected,
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  it('are not read where they are equal, nor where the filter says no', async () => {
    const objects = await repository();
    const left = await treeOf(
      objects,
      new Map([
        ['same/deep/f', 1],
        ['skip/f', 1],
        ['f', 1],
      ]),
    );
    const right = await treeOf(
      objects,
      new Map([
        ['same/deep/f', 1],
        ['skip/f', 2],
        ['f', 2],
      ]),
    );
    const read: string[] = [];
    const original = objects.readAs.bind(objects);
    objects.readAs = (type, oid) => {
      read.push(oid);
      return original(type, oid);
    };
    const paths: string[] = [];
    for await (const { path } of diffTrees(objects, left, right, { filter: (folder) => folder !== 'skip' }))
      paths.push(path);
    assert.deepEqual(paths, ['f']);
    assert.deepEqual(read, [left, right]);
    for await (const { path, before, after } of diffTrees(objects, undefined, left, { prefix: 'skip' }))
      assert.deepEqual([path, before, after?.oid], ['skip/f', undefined, objectId('blob', contentOf(1))]);
  });

  it('name the damaged tree', async () => {
    const objects = await repository();
    const batch = new ObjectBatch(objects);
    const bad = batch.add('tree', rawTree(['100644', 'b'], ['100644', 'a']));
    const blob = batch.add('blob', Buffer.from('x'));
    await batch.flush();
    await assert.rejects(lookupPath(objects, bad, 'a'), forgeError('CORRUPT', new RegExp(bad)));
    await assert.rejects(
      lookupPath(objects, blob, 'a'),
      forgeError('CORRUPT', new RegExp(`${blob} is a blob`)),
    );
  });
});

describe('trees from the index', () => {
  it('touch only folders that changed', async () => {
    const objects = await repository();
    const index = new GitIndex();
    const first = new ObjectBatch(objects);
    for (const path of ['a/b/f', 'a/c/g', 'd/h', 'i']) index.set(indexEntry(path, OID, 0o100644));
    await writeTree(index, first);
    assert.equal(first.count, 5);
    await first.flush();
    const again = GitIndex.decode(index.encode());
    const second = new ObjectBatch(objects);
    again.set(indexEntry('a/c/g', OID, 0o100755));
    await writeTree(again, second);
    assert.equal(second.count, 3);
    const full = new GitIndex();
    for (const entry of again.entries()) full.set(entry);
    assert.equal(await writeTree(full, new ObjectBatch(objects)), again.cacheTree?.oid);
    assert.deepEqual(full.cacheTree, again.cacheTree);
  });

  it('do not trust a cached tree that the repository has lost', async () => {
    const objects = await repository();
    const index = new GitIndex();
    index.set(indexEntry('a/f', OID, 0o100644));
    await writeTree(index, new ObjectBatch(objects));
    const batch = new ObjectBatch(objects);
    await writeTree(index, batch);
    assert.equal(batch.count, 2);
  });

  it('refuse paths in conflict and leave out what is only meant to be added', async () => {
    const objects = await repository();
    const index = new GitIndex();
    index.set(indexEntry('a', OID, 0o100644));
    index.set({ ...indexEntry('b/later', OID, 0o100644), intentToAdd: true });
    const batch = new ObjectBatch(objects);
    const tree = await writeTree(index, batch);
    await batch.flush();
    assert.deepEqual(
      decodeTree((await objects.read(tree)).data).map((entry) => entry.name),
      ['a'],
    );
    assert.equal(index.cacheTree?.oid, undefined);
    index.set({ ...indexEntry('c', OID, 0o100644), stage: 2 });
    await assert.rejects(writeTree(index, batch), forgeError('UNSAVED_WORK', /^c is in conflict/));
  });
});

describeWithGit('trees and stock Git', () => {
  it('are those that git write-tree makes, and the cache-tree is as git leaves it', async () => {
    await fc.assert(
      fc.asyncProperty(files, async (contents) => {
        const root = await stockRepository();
        for (const [path, n] of contents) {
          await mkdir(dirname(join(root, path)), { recursive: true });
          await writeFile(join(root, path), contentOf(n));
        }
        git(root, ['add', '.']);
        const bytes = await readFile(join(root, '.git/index')).catch(() => undefined);
        const index = bytes ? GitIndex.decode(bytes) : new GitIndex();
        const objects = new GitObjects(join(root, '.git'));
        const batch = new ObjectBatch(objects);
        const tree = await writeTree(index, batch);
        await batch.flush();
        await writeFile(join(root, '.git/index'), index.encode());
        assert.equal(git(root, ['fsck', '--strict', '--no-dangling']), '');
        assert.equal(git(root, ['write-tree']).trim(), tree);
        assert.equal(git(root, ['ls-tree', '-r', '--name-only', '-z', tree]), git(root, ['ls-files', '-z']));
        const theirs = GitIndex.decode(await readFile(join(root, '.git/index')));
        assert.deepEqual(theirs.cacheTree, index.cacheTree);
      }),
      { numRuns: 15 },
    );
  });
});
