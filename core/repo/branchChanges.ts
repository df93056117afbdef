// Owns the comparison of a few branches of the working tree with the index, which costs nothing for the rest of it.
import type { Pointer } from '../model/pointer.ts';
import { compareBranches } from '../worktree/compareBranches.ts';
import { findUntracked } from '../worktree/scanner.ts';
import { TouchedBranches } from '../worktree/touchedBranches.ts';
import { type RepositoryContext, SKIPPED_NAMES } from './context.ts';
import type { IndexFile } from './indexFile.ts';
import { findWorkChanges, judgeScan, limitChanges, type WorkChanges } from './workChanges.ts';

/** More branches, or entries in them, than this are left to a whole look, which the native plane does in parallel. */
const MOST_BRANCHES = 1_000;
const MOST_ENTRIES = 10_000;

export interface BranchChanges {
  /** At and below these; the paths that were asked for lie there. Sorted. */
  branches: string[];
  work: WorkChanges;
}

/**
 * What `findWorkChanges` would find at and around `paths` (relative to the root, `/` between names). Undefined where that cannot be told
 * from these paths alone, or is too much.
 */
export async function findBranchChanges(
  context: RepositoryContext,
  { index, written }: Pick<IndexFile, 'index' | 'written'>,
  paths: Iterable<string>,
  meanwhile?: (assets: Pointer[]) => Promise<void>,
): Promise<BranchChanges | undefined> {
  const { root } = context.folders;
  const ignore = await context.ignoreRules();
  const finder = new TouchedBranches({ root, index, ignore });
  const branches = finder.of(paths);
  if (!branches || branches.length > MOST_BRANCHES) return undefined;
  const isThere = (path: string): boolean => finder.isThere(path);
  const request = { root, index, written, skip: SKIPPED_NAMES, branches, isThere, limit: MOST_ENTRIES };
  const compared = await compareBranches(request);
  if (!compared) return undefined;
  const scan = await findUntracked({ root, plane: context.plane, ignore }, compared, MOST_ENTRIES);
  if (scan.unreadRules > 0 || scan.untracked.length >= MOST_ENTRIES) return undefined;
  return { branches, work: await judgeScan(context, scan, undefined, meanwhile) };
}

/**
 * What `findWorkChanges` finds of the paths that are `wanted`, all of which lie at or below `paths`. Where these are few, nothing else is
 * looked at.
 */
export async function findChangesAt(
  context: RepositoryContext,
  file: Pick<IndexFile, 'index' | 'written'>,
  paths: Iterable<string>,
  wanted: (path: string) => boolean,
  meanwhile?: (assets: Pointer[]) => Promise<void>,
): Promise<WorkChanges> {
  const near = await findBranchChanges(context, file, paths, meanwhile);
  // Of a folder that is left alone as a whole more may have been looked at than was asked for.
  return near ? limitChanges(near.work, wanted) : findWorkChanges(context, wanted, meanwhile);
}
