// Owns making, moving and removing branches and tags, each as one operation.
import { ForgeError } from '../errors.ts';
import { decodeCommit, decodeTag, encodeTag } from '../git/commits.ts';
import { isAncestor } from '../git/mergeBase.ts';
import { GitRefs, type RefChange as RefUpdate } from '../git/refs.ts';
import { resolveRevision } from '../git/revisions.ts';
import type { ObjectBatch } from '../git/objectBatch.ts';
import type { RepositoryContext } from './context.ts';
import { commitSignatures } from './identity.ts';
import { headName, shortBranch } from './refNames.ts';
import type { BranchInfo, RefChange, TagInfo } from './types.ts';

const BRANCHES = 'refs/heads/';
const TAGS = 'refs/tags/';

export async function listBranches(context: RepositoryContext): Promise<BranchInfo[]> {
  const head = await context.head();
  const branches: BranchInfo[] = [];
  for (const [ref, commit] of await context.refs.list(BRANCHES)) {
    const { message } = decodeCommit((await context.objects.read(commit)).data);
    branches.push({
      name: shortBranch(ref),
      commit,
      current: ref === head.ref,
      message: message.split('\n')[0],
    });
  }
  return branches;
}

export async function createBranch(
  context: RepositoryContext,
  name: string,
  start?: string,
): Promise<BranchInfo> {
  const ref = BRANCHES + name;
  GitRefs.validateName(ref);
  return context.mutate('branch', {}, async (batch) => {
    await refuseExisting(context, ref, `branch ${name}`);
    const commit = await resolveRevision(context.refs, context.objects, start ?? 'HEAD');
    await moveRefs(context, batch, 'branch', `create branch ${name}`, [
      { ref, before: undefined, after: commit },
    ]);
    const { message } = decodeCommit((await context.objects.read(commit)).data);
    return { name, commit, current: false, message: message.split('\n')[0] };
  });
}

/** @throws ForgeError UNSAVED_WORK when HEAD does not contain the branch and `force` is false */
export async function deleteBranch(context: RepositoryContext, name: string, force: boolean): Promise<void> {
  const ref = BRANCHES + name;
  await context.mutate('branch', {}, async (batch) => {
    const commit = await existing(context, ref, `branch ${name}`);
    const head = await context.head();
    if (head.ref === ref) {
      throw new ForgeError(
        'USAGE',
        `${name} is the current branch`,
        'Switch to another one first: forge switch BRANCH',
      );
    }
    if (!force && (head.commit === undefined || !(await isAncestor(context.objects, commit, head.commit)))) {
      throw new ForgeError(
        'UNSAVED_WORK',
        `Branch ${name} has commits that the current branch lacks`,
        `Delete it all the same with: forge branch -d --force ${name}`,
      );
    }
    await moveRefs(context, batch, 'branch', `delete branch ${name}`, [
      { ref, before: commit, after: undefined },
    ]);
  });
}

export async function renameBranch(context: RepositoryContext, from: string, to: string): Promise<void> {
  const [oldRef, newRef] = [BRANCHES + from, BRANCHES + to];
  GitRefs.validateName(newRef);
  await context.mutate('branch', {}, async (batch) => {
    const commit = await existing(context, oldRef, `branch ${from}`);
    await refuseExisting(context, newRef, `branch ${to}`);
    const head = await context.head();
    const current = head.ref === oldRef;
    const headUpdate: RefUpdate[] = current
      ? [{ ref: 'HEAD', before: `ref: ${oldRef}`, after: newRef, symbolic: true }]
      : [];
    const changes = [
      { ref: newRef, before: undefined, after: commit },
      { ref: oldRef, before: commit, after: undefined },
    ];
    await moveRefs(
      context,
      batch,
      'branch',
      `rename branch ${from} to ${to}`,
      changes,
      headUpdate,
      current ? newRef : undefined,
    );
  });
}

export async function listTags(context: RepositoryContext): Promise<TagInfo[]> {
  const tags: TagInfo[] = [];
  for (const [ref, oid] of await context.refs.list(TAGS)) {
    const { type, data } = await context.objects.read(oid);
    const tag = type === 'tag' ? decodeTag(data) : undefined;
    tags.push({ name: ref.slice(TAGS.length), commit: tag?.object ?? oid, message: tag?.message.trimEnd() });
  }
  return tags;
}

/** With a message an annotated tag, else a light one. */
export async function createTag(
  context: RepositoryContext,
  name: string,
  rev?: string,
  message?: string,
): Promise<TagInfo> {
  const ref = TAGS + name;
  GitRefs.validateName(ref);
  return context.mutate('tag', {}, async (batch) => {
    await refuseExisting(context, ref, `tag ${name}`);
    const commit = await resolveRevision(context.refs, context.objects, rev ?? 'HEAD');
    let after = commit;
    if (message !== undefined) {
      const { settings, folders, deps } = context;
      const { committer } = await commitSignatures({
        settings,
        gitDir: folders.gitDir,
        environment: deps.environment,
        clock: deps.clock,
      });
      after = batch.add(
        'tag',
        encodeTag({ object: commit, type: 'commit', name, tagger: committer, message }),
      );
    }
    await moveRefs(context, batch, 'tag', `create tag ${name}`, [{ ref, before: undefined, after }]);
    return { name, commit, message };
  });
}

export async function deleteTag(context: RepositoryContext, name: string): Promise<void> {
  const ref = TAGS + name;
  await context.mutate('tag', {}, async (batch) => {
    const oid = await existing(context, ref, `tag ${name}`);
    await moveRefs(context, batch, 'tag', `delete tag ${name}`, [{ ref, before: oid, after: undefined }]);
  });
}

async function moveRefs(
  context: RepositoryContext,
  batch: ObjectBatch,
  command: string,
  summary: string,
  refs: RefChange[],
  more: RefUpdate[] = [],
  headAfter?: string,
): Promise<void> {
  const headBefore = headName(await context.head());
  const keep = refs.flatMap(({ before, after }) => [before, after].filter((commit) => commit !== undefined));
  // A log entry's parents are commits; an annotated tag keeps itself reachable only through the commit it names.
  const commits: string[] = [];
  for (const oid of new Set(keep)) {
    if ((await context.objects.readMaybe(oid))?.type === 'commit') commits.push(oid);
  }
  await context.record(
    { command, summary, headBefore, headAfter: headAfter ?? headBefore, refs, keep: commits },
    batch,
    [...refs, ...more],
    undefined,
  );
}

async function existing(context: RepositoryContext, ref: string, what: string): Promise<string> {
  const oid = await context.refs.read(ref);
  if (oid === undefined) throw new ForgeError('NOT_FOUND', `There is no ${what}`, 'Check the spelling.');
  return oid;
}

async function refuseExisting(context: RepositoryContext, ref: string, what: string): Promise<void> {
  if ((await context.refs.read(ref)) !== undefined) {
    throw new ForgeError(
      'ALREADY_EXISTS',
      `There is a ${what} already`,
      'Choose another name, or delete the old one first.',
    );
  }
}
