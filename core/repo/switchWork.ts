// Owns `switch`: moving HEAD, index and working tree to another branch or commit, keeping unsaved work.
import { ForgeError } from '../errors.ts';
import { GitRefs, type RefChange as RefUpdate } from '../git/refs.ts';
import { resolveRevision } from '../git/revisions.ts';
import { diffTrees } from '../git/trees.ts';
import { writeTree } from '../git/writeTree.ts';
import type { GitIndex } from '../model/gitIndex.ts';
import { indexEntry } from '../model/gitIndexEntry.ts';
import type { OperationOptions } from '../progress.ts';
import type { Head, RepositoryContext } from './context.ts';
import { headName, shortBranch } from './refNames.ts';
import { toResult } from './restoreWork.ts';
import type { SwitchResult } from './types.ts';
import { moveWorkTree } from './workTreeMove.ts';
import { planUpdate, type Targets, type UpdateOutcome, type UpdatePlan } from './workTreeUpdate.ts';

export interface SwitchOptions extends OperationOptions {
  /** Branch or revision; with `create`, the new branch's name. */
  target: string;
  create?: boolean;
  /** Where a new branch starts; HEAD when undefined. */
  start?: string;
}

interface Destination {
  /** Full ref of the branch; undefined: detached. */
  ref: string | undefined;
  /** Undefined only for a new branch in a repository without commits. */
  commit: string | undefined;
  created: boolean;
}

/**
 * One operation. Changes to files that both sides have alike are carried along; a changed file that would have to be
 * overwritten stops the switch before anything happened.
 * @throws ForgeError UNSAVED_WORK, UNKNOWN_REVISION, ALREADY_EXISTS, INVALID_NAME, PATH_ESCAPE, CORRUPT
 */
export async function switchTo(context: RepositoryContext, options: SwitchOptions): Promise<SwitchResult> {
  return context.mutate('switch', options, async (batch) => {
    const head = await context.head();
    const destination = await findDestination(context, head, options);
    const file = await context.readIndexFile();
    const { index } = file;
    const indexBefore = await writeTree(index, batch);
    const targets = await switchTargets(context, index, head, destination);
    const plan = await planUpdate(context, file, targets, batch, options);
    refuseUnsaved(plan);
    const updates = refUpdates(head, destination);
    const { workBefore, workAfter } = plan;
    const headAfter = destination.ref ?? destination.commit ?? '';
    const operation = {
      command: 'switch',
      summary: `switch to ${destination.ref === undefined ? headAfter.slice(0, 10) : shortBranch(destination.ref)}`,
      headBefore: headName(head),
      headAfter,
      refs: updates
        .filter(({ ref }) => ref !== 'HEAD')
        .map(({ ref, before, after }) => ({ ref, before, after })),
      indexBefore,
      workBefore,
      workAfter,
      keep: [head.commit, destination.commit].filter((commit) => commit !== undefined),
    };
    const settle = (done: UpdateOutcome): Promise<void> =>
      Promise.resolve(takeOver(index, targets, plan, done));
    const { outcome } = await moveWorkTree(
      context,
      { operation, updates, plan, index, settle },
      batch,
      options,
    );
    return {
      ...toResult(plan, outcome),
      branch: destination.ref === undefined ? undefined : shortBranch(destination.ref),
      commit: destination.commit ?? '',
      created: destination.created,
    };
  });
}

async function findDestination(
  context: RepositoryContext,
  head: Head,
  options: SwitchOptions,
): Promise<Destination> {
  const ref = `refs/heads/${options.target}`;
  const existing = await context.refs.read(ref);
  if (options.create) {
    GitRefs.validateName(ref);
    if (existing !== undefined) {
      throw new ForgeError(
        'ALREADY_EXISTS',
        `There is a branch ${options.target} already`,
        `Go there with: forge switch ${options.target}`,
      );
    }
    const commit =
      options.start === undefined
        ? head.commit
        : await resolveRevision(context.refs, context.objects, options.start);
    return { ref, commit, created: true };
  }
  if (existing !== undefined) return { ref, commit: existing, created: false };
  // The branch of a repository without commits has no ref yet.
  if (head.ref === ref) return { ref, commit: undefined, created: false };
  return {
    ref: undefined,
    commit: await resolveRevision(context.refs, context.objects, options.target),
    created: false,
  };
}

/** Paths on which the two commits differ, with what the destination has. */
async function switchTargets(
  context: RepositoryContext,
  index: GitIndex,
  head: Head,
  to: Destination,
): Promise<Targets> {
  const targets: Targets = new Map();
  const [from, onto] = [await context.treeOf(head.commit), await context.treeOf(to.commit)];
  for await (const { path, before, after } of diffTrees(context.objects, from, onto)) {
    const entry = index.get(path);
    const staged = entry?.oid !== before?.oid || entry?.mode !== before?.mode;
    const asWanted = entry?.oid === after?.oid && entry?.mode === after?.mode;
    if (staged && !asWanted) throw unsaved(path, 'has staged changes');
    targets.set(path, after);
  }
  return targets;
}

function refuseUnsaved(plan: UpdatePlan): void {
  const [path] = plan.unsaved;
  if (path !== undefined) throw unsaved(path, 'has changes that are not committed');
}

function unsaved(path: string, what: string): ForgeError {
  return new ForgeError(
    'UNSAVED_WORK',
    `${path} ${what} and the switch would overwrite them`,
    `Commit them, or drop them with: forge restore "${path}"`,
    {
      path,
    },
  );
}

function refUpdates(head: Head, to: Destination): RefUpdate[] {
  const updates: RefUpdate[] = [];
  if (to.created && to.commit !== undefined && to.ref !== undefined) {
    updates.push({ ref: to.ref, before: undefined, after: to.commit });
  }
  const before = head.ref === undefined ? head.commit : `ref: ${head.ref}`;
  const after = to.ref ?? to.commit;
  if (head.ref !== to.ref || (to.ref === undefined && head.commit !== to.commit)) {
    updates.push({ ref: 'HEAD', before, after, symbolic: to.ref !== undefined });
  }
  return updates;
}

/** Makes the index say what the working tree now has at the targets. */
export function takeOver(index: GitIndex, targets: Targets, plan: UpdatePlan, outcome: UpdateOutcome): void {
  for (const path of outcome.removed) index.remove(path);
  const changed = new Set(plan.changes.map(({ path }) => path));
  for (const [path, target] of targets) if (!target && !changed.has(path)) index.remove(path);
  for (const { path, version, stat } of [...plan.alreadyThere, ...outcome.written]) {
    index.set(indexEntry(path, version.oid, version.mode, stat));
  }
  index.compact();
}
