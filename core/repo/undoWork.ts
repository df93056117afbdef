// Owns `undo` and `op restore`: taking operations back, as operations of their own.
import { ForgeError } from '../errors.ts';
import type { RefChange as RefUpdate } from '../git/refs.ts';
import type { ObjectBatch } from '../git/objectBatch.ts';
import { diffTrees } from '../git/trees.ts';
import type { OperationOptions } from '../progress.ts';
import { headName, shortBranch } from './refNames.ts';
import { refuseExpired } from './retention.ts';
import { treeUnlessConflicted } from './commitWork.ts';
import type { Head, RepositoryContext } from './context.ts';
import { type LoggedOperation, OPERATIONS_REF, toInfo } from './operationLog.ts';
import { readTree } from './indexTree.ts';
import { toResult } from './restoreWork.ts';
import { takeOver } from './switchWork.ts';
import { moveWorkTree } from './workTreeMove.ts';
import type { OperationInfo, RefChange, UndoResult } from './types.ts';
import {
  planUpdate,
  sameVersion,
  type Targets,
  type UpdateOutcome,
  type UpdatePlan,
} from './workTreeUpdate.ts';

const LISTED_PATHS = 1_000;

/** What a repository is to become again. */
interface Goal {
  command: string;
  summary: string;
  undoes: string | undefined;
  /** Refs to move; `before` is what they have to be now. */
  refs: RefChange[];
  /** HEAD: a full ref or a commit. */
  head: string;
  /** Tree of the index; undefined: leave it. */
  index: string | undefined;
  targets: Targets;
  /** What the operation left at paths: where that still is, no unsaved work is overwritten. */
  left: Targets;
  /** The index follows the working tree at the targets (as after a switch). */
  indexFollows: boolean;
}

/** Operations that change files alone: what was staged before them still is. */
const LEAVING_INDEX = new Set(['restore', 'discard']);

/** Takes back the latest operation that still stands. @throws ForgeError NOTHING_TO_UNDO, LOCKED (something moved since) */
export async function undoLatest(context: RepositoryContext, options: OperationOptions): Promise<UndoResult> {
  return context.mutate('undo', options, async (batch) => {
    const operation = await context.operations.latestStanding();
    if (!operation)
      throw new ForgeError(
        'NOTHING_TO_UNDO',
        'There is nothing left to undo',
        'Look at what was done with `forge op log`.',
      );
    await refuseExpired(context, operation.id);
    const { targets, left } = await workTargets(context, operation);
    const goal: Goal = {
      command: 'undo',
      summary: `undo ${operation.command}: ${operation.summary}`,
      undoes: operation.id,
      refs: operation.refs.map(({ ref, before, after }) => ({ ref, before: after, after: before })),
      head: operation.headBefore,
      index: operation.indexBefore,
      targets,
      left,
      indexFollows: !LEAVING_INDEX.has(operation.command),
    };
    return reach(context, operation, goal, batch, options);
  });
}

/** Brings refs, HEAD, index and tracked files back to how they were right after an operation. */
export async function restoreOperation(
  context: RepositoryContext,
  id: string,
  options: OperationOptions,
): Promise<UndoResult> {
  return context.mutate('op restore', options, async (batch) => {
    const wanted = await context.operations.find(id);
    await refuseExpired(context, wanted.id);
    const refs = new Map<string, string | undefined>();
    let index: string | undefined;
    for await (const operation of context.operations.entries()) {
      if (operation.id === wanted.id) break;
      for (const { ref, before } of operation.refs) refs.set(ref, before);
      index = operation.indexBefore ?? index;
    }
    const changes: RefChange[] = [];
    for (const [ref, after] of refs) {
      const before = await context.refs.read(ref);
      if (before !== after) changes.push({ ref, before, after });
    }
    const commit = wanted.headAfter.startsWith('refs/')
      ? refs.has(wanted.headAfter)
        ? refs.get(wanted.headAfter)
        : await context.refs.read(wanted.headAfter)
      : wanted.headAfter;
    const goal: Goal = {
      command: 'op restore',
      summary: `go back to ${wanted.id.slice(0, 10)} (${wanted.summary})`,
      undoes: undefined,
      refs: changes,
      head: wanted.headAfter,
      index,
      targets: await treeTargets(context, await context.head(), commit),
      left: new Map(),
      indexFollows: true,
    };
    return reach(context, wanted, goal, batch, options);
  });
}

/** Every operation, newest first, with which later one took it back. */
export async function* listOperations(
  context: RepositoryContext,
  limit?: number,
): AsyncGenerator<OperationInfo> {
  const undoneBy = new Map<string, string>();
  let count = 0;
  for await (const operation of context.operations.entries()) {
    if (count++ === limit) return;
    if (operation.undoes !== undefined) undoneBy.set(operation.undoes, operation.id);
    yield toInfo(operation, [], undoneBy.get(operation.id));
  }
}

export async function describeOperation(context: RepositoryContext, id: string): Promise<OperationInfo> {
  const operation = await context.operations.find(id);
  let undoneBy: string | undefined;
  for await (const later of context.operations.entries()) {
    if (later.undoes === operation.id) undoneBy = later.id;
    if (later.id === operation.id) break;
  }
  const paths: string[] = [];
  for await (const { path } of diffTrees(context.objects, operation.workBefore, operation.workAfter)) {
    if (paths.push(path) === LISTED_PATHS) break;
  }
  return toInfo(operation, paths, undoneBy);
}

async function reach(
  context: RepositoryContext,
  operation: LoggedOperation,
  goal: Goal,
  batch: ObjectBatch,
  options: OperationOptions,
): Promise<UndoResult> {
  const head = await context.head();
  await refuseMovedRefs(context, goal.refs);
  const file = await context.readIndexFile();
  const { index } = file;
  const indexBefore = await treeUnlessConflicted(index, batch);
  const plan = await planUpdate(context, file, goal.targets, batch, options);
  plan.unsaved = unsavedSince(plan, goal.left);
  const updates = [...goal.refs, ...headUpdate(head, goal.head)];
  const settle = async (done: UpdateOutcome): Promise<void> => {
    if (goal.indexFollows) takeOver(index, goal.targets, plan, done);
    if (!done.failure && goal.index !== undefined) await readTree(context, index, goal.index);
  };
  const logged = {
    command: goal.command,
    summary: goal.summary,
    headBefore: headName(head),
    headAfter: goal.head,
    refs: goal.refs,
    indexBefore,
    workBefore: plan.workBefore,
    workAfter: plan.workAfter,
    keep: await commitsOf(context, goal.refs),
    undoes: goal.undoes,
  };
  const move = { operation: logged, updates, plan, index, settle };
  const { id, outcome } = await moveWorkTree(context, move, batch, options);
  return { undone: toInfo(operation, []), operation: id, ...toResult(plan, outcome) };
}

/** What the refs named before; of annotated tags the commit, since a log entry's parents are commits. */
async function commitsOf(context: RepositoryContext, refs: RefChange[]): Promise<string[]> {
  const commits: string[] = [];
  for (const { ref, before } of refs) {
    if (before !== undefined && ref !== OPERATIONS_REF) commits.push(await context.objects.peel(before));
  }
  return commits;
}

/** What the touched paths were before an operation, and what it left there. */
async function workTargets(
  context: RepositoryContext,
  { workBefore, workAfter }: LoggedOperation,
): Promise<{ targets: Targets; left: Targets }> {
  const targets: Targets = new Map();
  const left: Targets = new Map();
  for await (const { path, before, after } of diffTrees(context.objects, workBefore, workAfter)) {
    targets.set(path, before);
    left.set(path, after);
  }
  return { targets, left };
}

/** Of the unsaved paths in a plan, those that changed since `left` was left there. */
function unsavedSince(plan: UpdatePlan, left: Targets): string[] {
  const now = new Map(plan.changes.map(({ path, before }) => [path, before]));
  return plan.unsaved.filter((path) => !sameVersion(now.get(path), left.get(path)));
}

async function treeTargets(
  context: RepositoryContext,
  head: Head,
  commit: string | undefined,
): Promise<Targets> {
  const targets: Targets = new Map();
  const [from, onto] = [await context.treeOf(head.commit), await context.treeOf(commit)];
  for await (const { path, after } of diffTrees(context.objects, from, onto)) targets.set(path, after);
  return targets;
}

async function refuseMovedRefs(context: RepositoryContext, refs: RefChange[]): Promise<void> {
  for (const { ref, before } of refs) {
    const now = await context.refs.read(ref);
    if (now === before) continue;
    throw new ForgeError(
      'LOCKED',
      `${shortBranch(ref)} was moved since by another program`,
      'Look with `forge log`, then go where you want with `forge op restore ID`.',
    );
  }
}

function headUpdate(head: Head, wanted: string): RefUpdate[] {
  if (headName(head) === wanted) return [];
  const symbolic = wanted.startsWith('refs/');
  const before = head.ref === undefined ? head.commit : `ref: ${head.ref}`;
  return [{ ref: 'HEAD', before, after: wanted, symbolic }];
}
