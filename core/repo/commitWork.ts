// Owns `add`, unstaging and `commit`: from changes in the working tree to a commit on the branch.
import { HUGE_FILE } from '../dataplane/dataPlane.ts';
import { ForgeError } from '../errors.ts';
import { encodeCommit } from '../git/commits.ts';
import type { ObjectBatch } from '../git/objectBatch.ts';
import { diffTrees } from '../git/trees.ts';
import { writeTree } from '../git/writeTree.ts';
import type { GitIndex } from '../model/gitIndex.ts';
import type { Pointer } from '../model/pointer.ts';
import type { OperationOptions } from '../progress.ts';
import { NESTED_REPOSITORY, type WorkTreeProblem } from '../worktree/pathProblem.ts';
import { findChangesAt } from './branchChanges.ts';
import type { RepositoryContext } from './context.ts';
import { commitSignatures } from './identity.ts';
import type { IndexFile } from './indexFile.ts';
import { readTree } from './indexTree.ts';
import { pathFilter, UnmatchedPaths } from './pathFilter.ts';
import { headName, shortBranch } from './refNames.ts';
import { StageItems } from './stageItems.ts';
import { readPointer, stage, type StageTotals } from './staging.ts';
import type { AddResult, CommitResult } from './types.ts';
import { findWorkChanges, type WorkChanges } from './workChanges.ts';

const NOTHING: StageTotals = { files: 0, assets: 0, logicalBytes: 0, newBytes: 0, storedBytes: 0 };

/** Stages what differs below `paths`. One operation. @throws ForgeError NOT_FOUND for a path that is nowhere */
export async function addPaths(
  context: RepositoryContext,
  paths: string[],
  options: OperationOptions,
): Promise<AddResult> {
  return context.mutate('add', options, async (batch) => {
    const file = await context.readIndexFile();
    const { index } = file;
    const before = await treeUnlessConflicted(index, batch);
    const totals = await stageChanges(context, file, paths, batch, options);
    if (totals.files > 0) {
      const head = headName(await context.head());
      const summary = `stage ${totals.files} files`;
      await context.record(
        {
          command: 'add',
          summary,
          headBefore: head,
          headAfter: head,
          refs: [],
          indexBefore: before,
          keep: [],
        },
        batch,
        [],
        index,
      );
    }
    return totals;
  });
}

/** Puts the index entries below `paths` back to what HEAD has. The working tree stays as it is. */
export async function unstagePaths(
  context: RepositoryContext,
  paths: string[],
  options: OperationOptions,
): Promise<string[]> {
  return context.mutate('unstage', options, async (batch) => {
    const index = await context.readIndex();
    const before = await treeUnlessConflicted(index, batch);
    const head = await context.head();
    const tree = await context.treeOf(head.commit);
    const changed = await readTree(context, index, tree, pathFilter(paths));
    if (changed.length > 0) {
      const name = headName(head);
      const summary = `unstage ${changed.length} files`;
      await context.record(
        {
          command: 'unstage',
          summary,
          headBefore: name,
          headAfter: name,
          refs: [],
          indexBefore: before,
          keep: [],
        },
        batch,
        [],
        index,
      );
    }
    return changed;
  });
}

export interface CommitOptions extends OperationOptions {
  message: string;
  /** Staged before the commit. When empty and nothing is staged, everything that differs is. */
  paths: string[];
  allowEmpty?: boolean;
}

/** @throws ForgeError NO_AUTHOR, NOTHING_TO_COMMIT, USAGE (empty message), UNSAVED_WORK (conflicts left) and those of `stage` */
export async function commitChanges(
  context: RepositoryContext,
  options: CommitOptions,
): Promise<CommitResult> {
  const started = performance.now();
  if (options.message.trim() === '')
    throw new ForgeError('USAGE', 'The commit message is empty', 'Say what changed: forge commit -m "…"');
  const { settings, deps, folders } = context;
  await settings.refresh();
  const signatures = await commitSignatures({
    settings,
    gitDir: folders.gitDir,
    environment: deps.environment,
    clock: deps.clock,
  });
  return context.mutate('commit', options, async (batch) => {
    const file = await context.readIndexFile();
    const { index } = file;
    const head = await context.head();
    const parentTree = await context.treeOf(head.commit);
    const before = await writeTree(index, batch);
    const preStaged = parentTree === undefined ? index.size > 0 : before !== parentTree;
    const stageAll = options.paths.length === 0 && !preStaged;
    const staged =
      stageAll || options.paths.length > 0
        ? await stageChanges(context, file, stageAll ? [''] : options.paths, batch, options)
        : NOTHING;
    const tree = await writeTree(index, batch);
    if (
      tree === (parentTree ?? before) &&
      !options.allowEmpty &&
      (parentTree !== undefined || index.size === 0)
    ) {
      throw new ForgeError(
        'NOTHING_TO_COMMIT',
        'Nothing to commit: the working tree is as the last commit has it',
        'Change something first, or look with `forge status`.',
      );
    }
    const parents = head.commit === undefined ? [] : [head.commit];
    const commit = batch.add(
      'commit',
      encodeCommit({ tree, parents, ...signatures, message: options.message }),
    );
    const moved = { ref: head.ref ?? 'HEAD', before: head.commit, after: commit };
    const keep = head.commit === undefined ? [commit] : [commit, head.commit];
    const name = headName(head);
    const summary = options.message.trim().split('\n')[0];
    const after = head.ref ?? commit;
    const recorded = await context.record(
      {
        command: 'commit',
        summary,
        headBefore: name,
        headAfter: after,
        refs: head.ref === undefined ? [] : [moved],
        indexBefore: before,
        keep,
      },
      batch,
      [moved],
      index,
    );
    const totals = preStaged ? { ...staged, ...(await countChanges(context, parentTree, tree)) } : staged;
    return {
      commit,
      branch: head.ref === undefined ? undefined : shortBranch(head.ref),
      files: totals.files,
      assets: totals.assets,
      logicalBytes: totals.logicalBytes,
      newBytes: staged.newBytes,
      storedBytes: staged.storedBytes + recorded.storedBytes,
      seconds: (performance.now() - started) / 1000,
      plane: context.plane.name,
    };
  });
}

/** Stages everything below `paths` that differs from the index, renames as removal and addition. */
async function stageChanges(
  context: RepositoryContext,
  file: IndexFile,
  paths: string[],
  batch: ObjectBatch,
  options: OperationOptions,
): Promise<StageTotals> {
  const { index } = file;
  const wanted = pathFilter(paths);
  const meanwhile = (assets: Pointer[]): Promise<void> => prepare(context, assets);
  const changes = await (wanted
    ? findChangesAt(context, file, paths, wanted, meanwhile)
    : findWorkChanges(context, undefined, meanwhile));
  const [problem] = changes.problems;
  if (problem)
    throw new ForgeError('UNREADABLE', `${problem.path}: ${problem.message}`, remedyFor(problem), {
      path: problem.path,
    });
  refuseConflicts(changes);
  refuseUnknownPaths(index, changes, paths);
  const items = new StageItems();
  for (const { path, type, stat, hashed } of changes.modified) items.add(path, type, stat[9], hashed);
  for (const { path, type, size } of changes.untracked) items.add(path, type, size);
  for (const { path, stat } of changes.refreshed) {
    const entry = index.get(path);
    if (entry) index.set({ ...entry, stat });
  }
  return stage(
    context,
    index,
    items,
    changes.deleted.map(({ path }) => path),
    batch,
    options,
  );
}

/** Has the store look at the earlier versions of huge files while these are hashed. */
async function prepare(context: RepositoryContext, assets: Pointer[]): Promise<void> {
  const huge = assets.filter(({ size }) => size >= HUGE_FILE);
  if (huge.length === 0) return;
  try {
    await (await context.store()).prepare(huge);
  } catch {
    // It shows again if anything is to be stored.
  }
}

function remedyFor({ path, code }: WorkTreeProblem): string {
  return code === NESTED_REPOSITORY
    ? `Leave it out with a line \`/${path}/\` in .forgeignore, then run the command again.`
    : 'Make it readable or ignore it, then run the command again.';
}

function refuseConflicts(changes: WorkChanges): void {
  const [path] = changes.conflicted;
  if (path === undefined) return;
  throw new ForgeError(
    'UNSAVED_WORK',
    `${path} is in conflict`,
    'Resolve it with Git and `git add` it, then commit.',
    { path },
  );
}

function refuseUnknownPaths(index: GitIndex, changes: WorkChanges, paths: string[]): void {
  const unknown = new UnmatchedPaths(paths);
  for (const list of [changes.modified, changes.deleted, changes.untracked, changes.refreshed]) {
    if (unknown.size === 0) return;
    for (const { path } of list) unknown.match(path);
  }
  for (const wanted of unknown) {
    if (tracks(index, wanted)) continue;
    throw new ForgeError(
      'NOT_FOUND',
      `${wanted} matches no file`,
      'Check the spelling; ignored files are not added.',
      { path: wanted },
    );
  }
}

/** Whether the index has a file of this path or below it. */
export function tracks(index: GitIndex, wanted: string): boolean {
  if (wanted === '' || wanted === '.') return index.size > 0;
  if (index.stages(wanted).length > 0) return true;
  const next = index.paths(`${wanted}/`).next();
  return !next.done && next.value.startsWith(`${wanted}/`);
}

/** What a commit changes, when part of it was staged earlier. */
async function countChanges(
  context: RepositoryContext,
  before: string | undefined,
  after: string,
): Promise<Pick<StageTotals, 'files' | 'assets' | 'logicalBytes'>> {
  const totals = { files: 0, assets: 0, logicalBytes: 0 };
  for await (const change of diffTrees(context.objects, before, after)) {
    totals.files++;
    if (!change.after) continue;
    const pointer = await readPointer(context, change.after.oid);
    if (pointer) totals.assets++;
    totals.logicalBytes += pointer?.size ?? (await context.objects.size(change.after.oid));
  }
  return totals;
}

/** Tree of the index for the operation log; an index with conflicts has none. */
export async function treeUnlessConflicted(index: GitIndex, batch: ObjectBatch): Promise<string | undefined> {
  return index.conflicts().length > 0 ? undefined : writeTree(index, batch);
}
