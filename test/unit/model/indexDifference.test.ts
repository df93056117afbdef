// Tests that the branches in which two indexes differ are all there are, and few.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { StatTuple } from '../../../core/dataplane/dataPlane.ts';
import { foldersAbove } from '../../../core/model/foldersAbove.ts';
import { GitIndex } from '../../../core/model/gitIndex.ts';
import { indexEntry } from '../../../core/model/gitIndexEntry.ts';
import { differingBranches } from '../../../core/model/indexDifference.ts';

const OID = 'a'.repeat(40);

/** An index as it is read from a file: of each path the size that its stat says. */
function indexOf(files: Record<string, number>): GitIndex {
  const index = new GitIndex();
  for (const [path, size] of Object.entries(files)) {
    const stat: StatTuple = [1, 2, 3, 4, 5, 6, 0o100644, 7, 8, size];
    index.set(indexEntry(path, OID, 0o100644, stat));
  }
  return GitIndex.decode(index.encode());
}

describe('the difference of two indexes', () => {
  it('is at the paths that differ, or at the folder that only one of them has', () => {
    const before = indexOf({ a: 1, 'b/c': 1, 'b/d': 1, 'e/f/g': 1, 'e/h': 1 });
    const after = indexOf({ a: 2, 'b/c': 1, 'b/new': 1, 'e/h': 1, 'i/j/k': 1 });
    assert.deepEqual([...(differingBranches(before, after, 100) ?? [])].sort(), [
      'a',
      'b/d',
      'b/new',
      'e/f',
      'i',
    ]);
    assert.equal(differingBranches(before, after, 4), undefined);
  });

  it('is nothing for the same one, however long', () => {
    const files = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`${i % 10}/${i}`, 1]));
    assert.deepEqual(differingBranches(indexOf(files), indexOf(files), 0), new Set());
    const other = { ...files, '3/333': 2, '9/new': 1 };
    assert.deepEqual(differingBranches(indexOf(files), indexOf(other), 9), new Set(['3/333', '9/new']));
  });

  it('holds every path that differs, and no branch without one', () => {
    const anyPath = fc
      .array(fc.constantFrom('a', 'b', 'a-b', 'é'), { minLength: 1, maxLength: 4 })
      .map((names) => `${names.join('/')}.f`);
    const anyFiles = fc.dictionary(anyPath, fc.nat(2), { maxKeys: 30 });
    fc.assert(
      fc.property(anyFiles, anyFiles, fc.boolean(), (some, others, isNear) => {
        const after = isNear ? { ...some, ...others } : others;
        const branches = differingBranches(indexOf(some), indexOf(after), 1_000);
        assert.ok(branches);
        const paths = new Set([...Object.keys(some), ...Object.keys(after)]);
        const isIn = (path: string, branch: string): boolean =>
          path === branch || foldersAbove(path).includes(branch);
        const differing = [...paths].filter((path) => some[path] !== after[path]);
        for (const path of differing)
          assert.ok(
            [...branches].some((branch) => isIn(path, branch)),
            path,
          );
        for (const branch of branches)
          assert.ok(
            differing.some((path) => isIn(path, branch)),
            branch,
          );
      }),
    );
  });
});
