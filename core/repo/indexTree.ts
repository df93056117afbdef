// Owns comparing the index with a tree, and making it hold what a tree has.
import type { GitIndex } from '../model/gitIndex.ts';
import { indexEntry } from '../model/gitIndexEntry.ts';
import type { RepositoryContext } from './context.ts';
import { IndexComparison } from './indexComparison.ts';
import type { Version } from './workTreeUpdate.ts';

/** A path on which tree and index differ. */
export interface IndexDifference {
  path: string;
  tree: Version | undefined;
  index: Version | undefined;
}

/** Where the index differs from `tree` (undefined: the empty one). Paths in conflict and those only meant to be added are left out. */
export async function compareIndex(
  context: RepositoryContext,
  index: GitIndex,
  tree: string | undefined,
  wanted: (path: string) => boolean = () => true,
): Promise<IndexDifference[]> {
  const differences: IndexDifference[] = [];
  for await (const difference of new IndexComparison(context.objects, index).differences(tree))
    if (wanted(difference.path)) differences.push(difference);
  return differences;
}

/** Brings the entries that are `wanted` to what `tree` has; those that stay the same keep their stats. Returns changed paths. */
export async function readTree(
  context: RepositoryContext,
  index: GitIndex,
  tree: string | undefined,
  wanted?: (path: string) => boolean,
): Promise<string[]> {
  const differences = await compareIndex(context, index, tree, wanted);
  for (const { path, tree: version } of differences) if (!version) index.remove(path);
  for (const { path, tree: version } of differences) {
    if (version) index.set(indexEntry(path, version.oid, version.mode));
  }
  return differences.map(({ path }) => path);
}
