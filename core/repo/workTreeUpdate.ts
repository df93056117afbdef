// Owns bringing paths of the working tree to other content without ever dropping unsaved work.
import { lstat, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { EntryType, type StatTuple } from '../dataplane/dataPlane.ts';
import { ForgeError } from '../errors.ts';
import type { ObjectBatch } from '../git/objectBatch.ts';
import { writeTree } from '../git/writeTree.ts';
import { GitIndex } from '../model/gitIndex.ts';
import { indexEntry } from '../model/gitIndexEntry.ts';
import type { OperationOptions } from '../progress.ts';
import { applyCheckout, type CheckoutChange } from '../worktree/checkout.ts';
import { statTuple } from '../dataplane/portable/fileStat.ts';
import { findChangesAt } from './branchChanges.ts';
import type { RepositoryContext } from './context.ts';
import type { IndexFile } from './indexFile.ts';
import { StageItems } from './stageItems.ts';
import { stage } from './staging.ts';
import { typeOf } from './workChanges.ts';

/** What a tree has at a path. */
export interface Version {
  oid: string;
  mode: number;
}

/** Wanted content by path; undefined: the path should not exist. */
export type Targets = Map<string, Version | undefined>;

export interface UpdatePlan {
  changes: CheckoutChange[];
  /** Paths that already are as wanted, though the index may not know: their version and stat. */
  alreadyThere: { path: string; version: Version; stat: StatTuple }[];
  /** Paths whose unsaved content the plan overwrites or removes. It is stored, and part of `workBefore`. */
  unsaved: string[];
  /** Trees for the operation log with the touched paths only: before and after. */
  workBefore: string;
  workAfter: string;
}

interface Current {
  /** Known content: the index's when the file is clean, the stored snapshot's when it is not. Undefined: nothing is there. */
  version: Version | undefined;
  stat: StatTuple | undefined;
  unsaved: boolean;
}

/**
 * Works out how to bring `targets` about. `file`: the index, as it was read. Unsaved content in the way is stored first, so that the operation log can keep it.
 * Nothing in the working tree is touched.
 */
export async function planUpdate(
  context: RepositoryContext,
  file: IndexFile,
  targets: Targets,
  batch: ObjectBatch,
  options: OperationOptions,
): Promise<UpdatePlan> {
  const current = await currentVersions(context, file, targets, batch, options);
  const plan: UpdatePlan = { changes: [], alreadyThere: [], unsaved: [], workBefore: '', workAfter: '' };
  const before = new GitIndex();
  const after = new GitIndex();
  for (const [path, target] of targets) {
    const now = current.get(path);
    if (sameVersion(now?.version, target)) {
      if (target && now?.stat) plan.alreadyThere.push({ path, version: target, stat: now.stat });
      continue;
    }
    plan.changes.push({ path, before: now?.version, after: target, expect: now?.stat ?? 'absent' });
    if (now?.unsaved) plan.unsaved.push(path);
    if (now?.version) before.set(indexEntry(path, now.version.oid, now.version.mode));
    if (target) after.set(indexEntry(path, target.oid, target.mode));
  }
  plan.workBefore = await writeTree(before, batch);
  plan.workAfter = await writeTree(after, batch);
  return plan;
}

export interface UpdateOutcome {
  written: { path: string; version: Version; stat: StatTuple }[];
  removed: string[];
  bytes: number;
  /** The first thing that went wrong; what is listed above happened all the same. */
  failure: ForgeError | undefined;
}

/** Carries a plan out. Call after the operation that holds its `workBefore` is in the log. */
export async function carryOut(
  context: RepositoryContext,
  plan: UpdatePlan,
  options: OperationOptions,
): Promise<UpdateOutcome> {
  if (plan.changes.length === 0) return { written: [], removed: [], bytes: 0, failure: undefined };
  const { temporaryFolder } = context;
  await mkdir(temporaryFolder, { recursive: true });
  context.plane.setApart(temporaryFolder);
  const result = await applyCheckout({
    root: context.folders.root,
    temporaryFolder,
    objects: context.objects,
    store: () => context.store(),
    changes: plan.changes,
    ...options,
  });
  const [conflict] = result.conflicts;
  const [failed] = result.failures;
  let failure: ForgeError | undefined;
  if (failed) failure = failed.error;
  else if (conflict !== undefined) {
    failure = new ForgeError(
      'UNSAVED_WORK',
      `${conflict} changed meanwhile and was left as it is`,
      'Run the command again.',
      { path: conflict },
    );
  }
  return {
    written: result.written.map(({ path, oid, mode, stat }) => ({ path, version: { oid, mode }, stat })),
    removed: result.removed,
    bytes: result.bytes,
    failure,
  };
}

/** What is at each target now. Unsaved files are stored on the way, so every one of them has a version. */
async function currentVersions(
  context: RepositoryContext,
  file: IndexFile,
  targets: Targets,
  batch: ObjectBatch,
  options: OperationOptions,
): Promise<Map<string, Current>> {
  const { index } = file;
  const work = await findChangesAt(context, file, targets.keys(), (path) => targets.has(path));
  const current = new Map<string, Current>();
  for (const path of targets.keys()) {
    const entry = index.get(path);
    if (entry)
      current.set(path, { version: { oid: entry.oid, mode: entry.mode }, stat: entry.stat, unsaved: false });
  }
  for (const { path } of work.deleted) current.delete(path);
  for (const { path, stat } of work.refreshed) {
    const known = current.get(path);
    if (known) known.stat = stat;
  }
  const unsaved = new Map<string, StatTuple>();
  for (const { path, stat } of work.modified) unsaved.set(path, stat);
  for (const path of targets.keys()) {
    if (index.get(path) || unsaved.has(path)) continue;
    // Untracked files, and ignored ones, which are no part of the comparison.
    const stat = await statIfThere(join(context.folders.root, path));
    if (stat) unsaved.set(path, stat);
  }
  const snapshot = new GitIndex();
  const items = new StageItems();
  for (const [path, stat] of unsaved) {
    const type = typeOf(stat);
    // A folder in the way is not overwritten: the checkout reports it as a conflict.
    if (type === EntryType.file || type === EntryType.symlink) items.add(path, type, stat[9]);
    else current.set(path, { version: undefined, stat, unsaved: false });
  }
  for (const { path } of items) {
    // The index's version tells the store what the file's earlier version was, for a small delta.
    const entry = index.get(path);
    if (entry) snapshot.set(entry);
  }
  if (items.length > 0) await stage(context, snapshot, items, [], batch, options);
  for (const { path } of items) {
    const entry = snapshot.get(path);
    if (entry)
      current.set(path, { version: { oid: entry.oid, mode: entry.mode }, stat: entry.stat, unsaved: true });
  }
  return current;
}

async function statIfThere(path: string): Promise<StatTuple | undefined> {
  try {
    return statTuple(await lstat(path, { bigint: true }));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

export function sameVersion(one: Version | undefined, other: Version | undefined): boolean {
  return one?.oid === other?.oid && one?.mode === other?.mode;
}
