// Owns `status`: what is staged against HEAD and what differs in the working tree, answered without reading files where stats do.
import type { GitIndex } from '../model/gitIndex.ts';
import type { OperationOptions } from '../progress.ts';
import { detectRenames } from '../worktree/renames.ts';
import type { WorkTreeProblem } from '../worktree/pathProblem.ts';
import { rememberClean } from './cleanHint.ts';
import type { Head, RepositoryContext } from './context.ts';
import { versionOf, workingKind } from './fileVersion.ts';
import { compareIndex } from './indexTree.ts';
import { pathFilter } from './pathFilter.ts';
import { shortBranch } from './refNames.ts';
import type { Change, StatusResult } from './types.ts';
import { findWorkChanges, type WorkChanges } from './workChanges.ts';
import { describeWork, hashWorkingFiles, workingChanges } from './workingChanges.ts';
import type { Version } from './workTreeUpdate.ts';

export interface StatusOptions extends OperationOptions {
  paths?: string[];
}

export async function status(context: RepositoryContext, options: StatusOptions): Promise<StatusResult> {
  const { head, headTree, work, staged } = await lookAtAll(context, options.paths);
  const attributes = await context.attributes();
  const files = { ...(await describeWork(context, work)), untracked: work.untracked };
  const working = await workingChanges(files, {
    kindOf: (file) => workingKind(context, attributes, file),
    hash: (paths) => hashWorkingFiles(context, paths),
  });
  const result = statusResult(head, [...staged, ...working], work.problems);
  if (options.paths === undefined) await rememberIfClean(context, result, headTree, work);
  return result;
}

export interface WholeLook {
  head: Head;
  headTree: string | undefined;
  work: WorkChanges;
  /** What is staged against HEAD, in no order. */
  staged: Change[];
}

/** Compares HEAD, index and working tree. */
export async function lookAtAll(context: RepositoryContext, paths?: string[]): Promise<WholeLook> {
  await context.settings.refresh();
  const head = await context.head();
  const work = await findWorkChanges(context, pathFilter(paths));
  const headTree = await context.treeOf(head.commit);
  const differs =
    work.rootTree === undefined ? work.entries > 0 || headTree !== undefined : work.rootTree !== headTree;
  const staged = differs ? await stagedChanges(context, await context.readIndex(), headTree, paths) : [];
  return { head, headTree, work, staged };
}

/** Changes by path, of one path what is staged first. */
export function statusResult(head: Head, changes: Change[], problems: WorkTreeProblem[]): StatusResult {
  return {
    branch: head.ref === undefined ? undefined : shortBranch(head.ref),
    commit: head.commit,
    changes: changes.sort(byPath),
    problems: problems.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)),
  };
}

export function byPath(a: Change, b: Change): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : Number(b.staged) - Number(a.staged);
}

/** Leaves behind that nothing was found, for who asks next. */
export async function rememberIfClean(
  context: RepositoryContext,
  { commit, changes, problems }: StatusResult,
  headTree: string | undefined,
  work: WorkChanges,
): Promise<void> {
  if (changes.length > 0 || problems.length > 0 || work.refreshed.length > 0) return;
  await rememberClean(context, { commit, tree: headTree, ignored: work.ignored });
}

/** What an index has against the tree of HEAD. */
export async function stagedIn(
  context: RepositoryContext,
  index: GitIndex,
  headTree: string | undefined,
): Promise<Change[]> {
  const root = index.cacheTree?.oid;
  const differs = root === undefined ? index.size > 0 || headTree !== undefined : root !== headTree;
  return differs ? stagedChanges(context, index, headTree) : [];
}

async function stagedChanges(
  context: RepositoryContext,
  index: GitIndex,
  headTree: string | undefined,
  paths?: string[],
): Promise<Change[]> {
  const changes: Change[] = [];
  const added = [];
  const deleted = [];
  const differences = await compareIndex(context, index, headTree, pathFilter(paths));
  for (const { path, tree, index } of differences) {
    const version = await versionOf(context, (index ?? tree) as Version);
    const { kind, size } = version;
    if (!index) deleted.push({ path, ...version });
    else if (!tree) added.push({ path, ...version });
    else changes.push({ path, state: 'modified', kind, size, staged: true });
  }
  const renames = await detectRenames(deleted, added, {});
  const from = new Map(renames.map((rename) => [rename.to, rename.from]));
  const gone = new Set(from.values());
  for (const { path, kind, size } of added) {
    const old = from.get(path);
    changes.push(
      old === undefined
        ? { path, state: 'added', kind, size, staged: true }
        : { path, state: 'renamed', kind, size, staged: true, from: old },
    );
  }
  for (const { path, kind, size } of deleted) {
    if (!gone.has(path)) changes.push({ path, state: 'deleted', kind, size, staged: true });
  }
  return changes;
}
