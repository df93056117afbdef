// Owns the tests of comparing the index with a tree: the same answer as entry by entry, and only the folders that differ are read.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { GitObjects } from '../../../core/git/gitObjects.ts';
import { ObjectBatch } from '../../../core/git/objectBatch.ts';
import { flattenTree } from '../../../core/git/trees.ts';
import { writeTree } from '../../../core/git/writeTree.ts';
import { GitIndex } from '../../../core/model/gitIndex.ts';
import { indexEntry } from '../../../core/model/gitIndexEntry.ts';
import { IndexComparison } from '../../../core/repo/indexComparison.ts';
import type { IndexDifference } from '../../../core/repo/indexTree.ts';
import { tempFolder } from '../../support/tempFolder.ts';

const oid = (i: number): string => (i + 1).toString(16).padStart(40, '0');

async function emptyObjects(): Promise<GitObjects> {
  const gitDir = await tempFolder();
  await mkdir(join(gitDir, 'objects'));
  return new GitObjects(gitDir);
}

async function store(objects: GitObjects, index: GitIndex): Promise<string> {
  const batch = new ObjectBatch(objects);
  const tree = await writeTree(index, batch);
  await batch.flush();
  return tree;
}

async function differences(objects: GitObjects, index: GitIndex, tree?: string): Promise<IndexDifference[]> {
  const found: IndexDifference[] = [];
  for await (const one of new IndexComparison(objects, index).differences(tree)) found.push(one);
  return found;
}

describe('IndexComparison', () => {
  it('finds what a comparison of every entry finds', async () => {
    const objects = await emptyObjects();
    const name = fc.constantFrom('a', 'b', 'a.b', 'a-', 'a0', '\u00e9');
    const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
    const change = fc.tuple(path, fc.integer({ min: -1, max: 3 }));
    const changes = fc.array(change, { maxLength: 20 });
    const apply = (index: GitIndex, list: [string, number][]): void => {
      for (const [at, content] of list)
        if (content < 0) index.remove(at);
        else index.set(indexEntry(at, oid(content), content === 3 ? 0o100755 : 0o100644));
    };
    await fc.assert(
      fc.asyncProperty(changes, changes, fc.boolean(), async (first, second, isCached) => {
        const index = new GitIndex();
        apply(index, first);
        const tree = await store(objects, index);
        if (!isCached) index.cacheTree = undefined;
        apply(index, second);
        const expected = new Map<string, IndexDifference>();
        for await (const { path: at, oid: blob, mode } of flattenTree(objects, tree))
          expected.set(at, { path: at, tree: { oid: blob, mode }, index: undefined });
        for (const { path: at, oid: blob, mode } of index.entries()) {
          const inTree = expected.get(at)?.tree;
          if (inTree?.oid === blob && inTree.mode === mode) expected.delete(at);
          else expected.set(at, { path: at, tree: inTree, index: { oid: blob, mode } });
        }
        const found = await differences(objects, index, tree);
        const byPath = (a: IndexDifference, b: IndexDifference): number => (a.path < b.path ? -1 : 1);
        assert.deepEqual(found.sort(byPath), [...expected.values()].sort(byPath));
      }),
      { numRuns: 60 },
    );
  });

  it('says nothing of paths in conflict or only meant to be added', async () => {
    const objects = await emptyObjects();
    const index = new GitIndex();
    index.set(indexEntry('a', oid(1), 0o100644));
    index.set(indexEntry('c', oid(1), 0o100644));
    const tree = await store(objects, index);
    for (const stage of [1, 2, 3]) index.set({ ...indexEntry('a', oid(stage), 0o100644), stage });
    index.set({ ...indexEntry('b', oid(1), 0o100644), intentToAdd: true });
    index.set(indexEntry('c', oid(2), 0o100644));
    assert.deepEqual(
      (await differences(objects, index, tree)).map(({ path }) => path),
      ['c'],
    );
  });

  it('reads the trees on the way to three changes among 20,000 files, and no others', async () => {
    const objects = await emptyObjects();
    const index = new GitIndex();
    for (let i = 0; i < 20_000; i++) index.set(indexEntry(`${i % 10}/${i % 200}/${i}.bin`, oid(i), 0o100644));
    const tree = await store(objects, index);
    const read = GitIndex.decode(index.encode());
    for (const i of [5, 1_005, 777]) read.set(indexEntry(`${i % 10}/${i % 200}/${i}.bin`, oid(0), 0o100644));
    let trees = 0;
    const readAs = objects.readAs.bind(objects);
    objects.readAs = (type, id) => {
      trees++;
      return readAs(type, id);
    };
    assert.equal((await differences(objects, read, tree)).length, 3);
    assert.equal(trees, 5, 'the root, 5 and 7, 5/5 and 7/177');
    assert.deepEqual(await differences(objects, GitIndex.decode(index.encode()), tree), []);
    assert.equal(trees, 5);
  });
});
