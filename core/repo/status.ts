// Owns `status`: what is staged against HEAD and what differs in the working tree, answered without reading files where stats do.
import { join } from 'node:path';
import { EntryType } from '../dataplane/dataPlane.ts';
import type { OperationOptions } from '../progress.ts';
import { detectRenames } from '../worktree/renames.ts';
import { rememberClean } from './cleanHint.ts';
import type { RepositoryContext } from './context.ts';
import { versionOf, workingKind } from './fileVersion.ts';
import { compareIndex } from './indexTree.ts';
import { pathFilter } from './pathFilter.ts';
import { shortBranch } from './refNames.ts';
import type { Change, StatusResult } from './types.ts';
import { findWorkChanges, type WorkChanges } from './workChanges.ts';
import type { Version } from './workTreeUpdate.ts';

/** So many removed files at most are looked for among the new ones: hashing is no part of a quick answer. */
const RENAME_CANDIDATES = 200;

export interface StatusOptions extends OperationOptions {
  paths?: string[];
}

export async function status(context: RepositoryContext, options: StatusOptions): Promise<StatusResult> {
  const head = await context.head();
  const work = await findWorkChanges(context, pathFilter(options.paths));
  const headTree = await context.treeOf(head.commit);
  const changes: Change[] = [];
  if (work.rootTree === undefined ? work.entries > 0 || headTree !== undefined : work.rootTree !== headTree) {
    changes.push(...(await stagedChanges(context, headTree, options.paths)));
  }
  for (const path of work.conflicted)
    changes.push({ path, state: 'conflicted', kind: 'asset', size: 0, staged: false });
  changes.push(...(await workingChanges(context, work)));
  if (options.paths === undefined && changes.length === 0 && work.problems.length === 0) {
    if (work.refreshed.length === 0)
      await rememberClean(context, { commit: head.commit, tree: headTree, ignored: work.ignored });
  }
  changes.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : Number(b.staged) - Number(a.staged)));
  return {
    branch: head.ref === undefined ? undefined : shortBranch(head.ref),
    commit: head.commit,
    changes,
    problems: work.problems,
  };
}

/** The index against HEAD's tree. */
async function stagedChanges(
  context: RepositoryContext,
  headTree: string | undefined,
  paths?: string[],
): Promise<Change[]> {
  const changes: Change[] = [];
  const added = [];
  const deleted = [];
  const differences = await compareIndex(context, await context.readIndex(), headTree, pathFilter(paths));
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

async function workingChanges(context: RepositoryContext, work: WorkChanges): Promise<Change[]> {
  const changes: Change[] = [];
  const attributes = await context.attributes();
  for (const file of work.modified) {
    changes.push({
      path: file.path,
      state: 'modified',
      kind: workingKind(context, attributes, { ...file, size: file.stat[9] }),
      size: file.stat[9],
      staged: false,
    });
  }
  const deleted = [];
  for (const { path, oid, mode } of work.deleted)
    deleted.push({ path, ...(await versionOf(context, { oid, mode })) });
  const moved = await movedFiles(context, deleted, work);
  const gone = new Set(moved.values());
  for (const { path, kind, size } of deleted) {
    if (!gone.has(path)) changes.push({ path, state: 'deleted', kind, size, staged: false });
  }
  for (const file of work.untracked) {
    const { path, size } = file;
    const from = moved.get(path);
    const kind = workingKind(context, attributes, file);
    if (from === undefined) changes.push({ path, state: 'untracked', kind, size, staged: false });
    else changes.push({ path, state: 'renamed', kind, size, staged: false, from });
  }
  return changes;
}

/** New files that hold exactly what a removed asset held: new path to old path. Only files of a removed asset's size are read. */
async function movedFiles(
  context: RepositoryContext,
  deleted: { path: string; size: number; blake3?: string }[],
  work: WorkChanges,
): Promise<Map<string, string>> {
  const lost = deleted.filter(({ blake3 }) => blake3 !== undefined).slice(0, RENAME_CANDIDATES);
  const sizes = new Set(lost.map(({ size }) => size));
  const moved = new Map<string, string>();
  const candidates: { path: string }[] = [];
  if (sizes.size > 0) {
    for (const { path, type, size } of work.untracked) {
      if (candidates.length === RENAME_CANDIDATES) break;
      if (type === EntryType.file && sizes.has(size)) candidates.push({ path });
    }
  }
  if (candidates.length === 0) return moved;
  const hashes = await context.plane.hashFiles(
    candidates.map(({ path }) => join(context.folders.root, path)),
  );
  const byContent = new Map(lost.map(({ path, blake3 }) => [blake3 as string, path]));
  candidates.forEach(({ path }, i) => {
    const hashed = hashes[i];
    const from = hashed.state === 'done' ? byContent.get(hashed.blake3) : undefined;
    if (hashed.state !== 'done' || from === undefined) return;
    byContent.delete(hashed.blake3);
    moved.set(path, from);
  });
  return moved;
}
