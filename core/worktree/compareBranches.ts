// Owns the comparison of a few branches of a working tree with an index in memory, by stat alone: what a data plane does for all of it.
import type { CompareResult } from '../dataplane/dataPlane.ts';
import { Comparison, type IndexTime, trackedFolders } from '../dataplane/portable/compare.ts';
import type { GitIndex } from '../model/gitIndex.ts';
import type { GitIndexEntry } from '../model/gitIndexEntry.ts';

export interface BranchesRequest {
  /** Absolute path of the working tree. */
  root: string;
  index: GitIndex;
  /** When the index file was written. */
  written: IndexTime;
  /** Names never entered, at any depth. */
  skip: string[];
  /** Files and folders, relative to the root, none below another. The folders that they lie in are there. */
  branches: string[];
  /** Whether something of exactly this name may be there. */
  isThere: (path: string) => boolean;
  /** Entries of the index or of the working tree that are looked at at most. */
  limit: number;
}

/** What `DataPlane.compare` says at and below the branches. Undefined when that is more than `limit` entries. */
export async function compareBranches(request: BranchesRequest): Promise<CompareResult | undefined> {
  const { root, index, written, skip, branches, isThere, limit } = request;
  const comparison = new Comparison(root, new Set(skip), written);
  let tracked = 0;
  for (const branch of branches) {
    const entries = index.stages(branch);
    const below = entriesBelow(index, branch, limit);
    tracked += entries.length + below.length;
    if (tracked > limit) return undefined;
    const known = entries.length > 0 ? { order: 0, entries } : undefined;
    const folder = trackedFolders(below, `${branch}/`);
    const found = isThere(branch) ? comparison.entry(branch, known, below.length > 0) : 'gone';
    if (found === 'gone' && known) comparison.missingPath(known);
    if (found === 'gone' || found === 'file') comparison.missing(folder);
    if (found === 'folder') await comparison.walk(branch, folder, limit);
    if (comparison.looked > limit) return undefined;
  }
  return {
    entries: tracked,
    rootTree: undefined,
    changed: comparison.changed.map(({ change }) => change),
    untracked: comparison.untracked.build(),
    problems: comparison.problems,
  };
}

/** What the index has below a path; one more than `limit` where that is more. */
function entriesBelow(index: GitIndex, path: string, limit: number): GitIndexEntry[] {
  const below = `${path}/`;
  const found: GitIndexEntry[] = [];
  for (const entry of index.entries(below)) {
    if (!entry.path.startsWith(below) || found.length > limit) break;
    found.push(entry);
  }
  return found;
}
