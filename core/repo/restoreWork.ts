// Owns `restore`: bringing files of the working tree back to what the index or a commit has.
import { ForgeError } from '../errors.ts';
import { diffTrees } from '../git/trees.ts';
import type { GitIndex } from '../model/gitIndex.ts';
import { type GitIndexEntry, indexEntry } from '../model/gitIndexEntry.ts';
import type { OperationOptions } from '../progress.ts';
import { findChangesAt } from './branchChanges.ts';
import type { RepositoryContext } from './context.ts';
import { findFile } from './fileContent.ts';
import type { IndexFile } from './indexFile.ts';
import { pathFilter, UnmatchedPaths } from './pathFilter.ts';
import { headName } from './refNames.ts';
import type { RestoreResult } from './types.ts';
import { findWorkChanges } from './workChanges.ts';
import { carryOut, planUpdate, type Targets, type UpdateOutcome, type UpdatePlan } from './workTreeUpdate.ts';

export interface RestoreOptions extends OperationOptions {
  /** A commit's id; undefined: what is staged, which is what is committed unless something was added. */
  commit: string | undefined;
  paths: string[];
  /** The one file in `paths` is brought back at this path: it was renamed since. Needs `commit`. */
  to?: string;
  /** Removes untracked files below `paths` too, after their content was kept in the operation log. */
  untracked?: boolean;
}

/**
 * One operation. From a commit, tracked files below `paths` that it lacks are removed; untracked files stay.
 * @throws ForgeError NOT_FOUND when a path is in neither, and whatever stops the checkout: what was done until then stays and
 * can be undone
 */
export async function restorePaths(
  context: RepositoryContext,
  options: RestoreOptions,
): Promise<RestoreResult> {
  const command = options.untracked ? 'discard' : 'restore';
  return context.mutate(command, options, async (batch) => {
    const file = await context.readIndexFile();
    const { index } = file;
    const targets = await restoreTargets(context, file, options);
    const plan = await planUpdate(context, file, targets, batch, options);
    if (plan.changes.length > 0) {
      const head = headName(await context.head());
      const [first] = plan.changes;
      const what = plan.changes.length === 1 ? first.path : `${plan.changes.length} files`;
      const summary =
        options.commit === undefined
          ? `${command} ${what}`
          : `restore ${what} from ${options.commit.slice(0, 10)}`;
      const { workBefore, workAfter } = plan;
      await context.record(
        {
          command,
          summary,
          headBefore: head,
          headAfter: head,
          refs: [],
          workBefore,
          workAfter,
          keep: [],
        },
        batch,
        [],
        undefined,
      );
    }
    const outcome = await carryOut(context, plan, options);
    await refreshIndex(context, index, plan, outcome);
    if (outcome.failure) throw outcome.failure;
    return toResult(plan, outcome);
  });
}

async function restoreTargets(
  context: RepositoryContext,
  file: IndexFile,
  options: RestoreOptions,
): Promise<Targets> {
  if (options.to !== undefined) return new Map([[options.to, await versionToMove(context, options)]]);
  const targets: Targets = new Map();
  const wanted = pathFilter(options.paths);
  const unmatched = new UnmatchedPaths(options.paths);
  const take = (path: string, version: { oid: string; mode: number } | undefined): void => {
    if (wanted?.(path) === false) return;
    unmatched.match(path);
    targets.set(path, version);
  };
  for (const { path, oid, mode, stage } of entriesAt(file.index, wanted && options.paths)) {
    if (stage === 0) take(path, options.commit === undefined ? { oid, mode } : undefined);
  }
  if (options.commit !== undefined) {
    const tree = await context.treeOf(options.commit);
    for await (const { path, before } of diffTrees(context.objects, tree, undefined)) take(path, before);
  }
  if (options.untracked) {
    const work = await (wanted
      ? findChangesAt(context, file, options.paths, wanted)
      : findWorkChanges(context));
    for (const { path } of work.untracked) take(path, undefined);
  }
  const [missing] = unmatched;
  if (missing !== undefined) {
    const where = options.commit === undefined ? 'the index' : options.commit.slice(0, 10);
    throw new ForgeError(
      'NOT_FOUND',
      `${missing} is not in ${where}`,
      'Look for it with `forge log PATH`, or name another revision with --from.',
      {
        path: missing,
      },
    );
  }
  return targets;
}

/** Entries at and below paths, which may come more than once; every one where there are no paths. */
function* entriesAt(index: GitIndex, paths: string[] | undefined): Generator<GitIndexEntry> {
  if (paths === undefined) yield* index.entries();
  for (const path of paths ?? []) {
    yield* index.stages(path);
    for (const entry of index.entries(`${path}/`)) {
      if (!entry.path.startsWith(`${path}/`)) break;
      yield entry;
    }
  }
}

/** The version that is brought back under another path than it had. */
async function versionToMove(
  context: RepositoryContext,
  { commit, paths: [path = ''] }: RestoreOptions,
): Promise<{ oid: string; mode: number }> {
  const entry = commit === undefined ? undefined : await findFile(context, commit, path);
  if (entry) return entry;
  throw new ForgeError(
    'NOT_FOUND',
    `${path} is not a file in ${commit ?? 'the index'}`,
    'Look for it with `forge log PATH`.',
    { path },
  );
}

/** Takes over the stats of files that now equal their index entry; other entries stay as they are. */
async function refreshIndex(
  context: RepositoryContext,
  index: GitIndex,
  plan: UpdatePlan,
  outcome: UpdateOutcome,
): Promise<void> {
  let changed = false;
  for (const { path, version, stat } of [...plan.alreadyThere, ...outcome.written]) {
    const entry = index.get(path);
    if (entry?.oid !== version.oid || entry.mode !== version.mode || sameStat(entry.stat, stat)) continue;
    index.set(indexEntry(path, version.oid, version.mode, stat));
    changed = true;
  }
  if (changed) await context.transaction.replaceIndex(index.encodePieces());
}

function sameStat(one: readonly number[], other: readonly number[]): boolean {
  return one.every((field, i) => field === other[i]);
}

export function toResult(plan: UpdatePlan, outcome: UpdateOutcome): RestoreResult {
  return {
    restored: outcome.written.map(({ path }) => path),
    removed: outcome.removed,
    snapshotted: plan.unsaved,
    bytes: outcome.bytes,
  };
}
