// Owns `log`: commits newest first, and the history of one path through its renames.
import { decodeCommit } from '../git/commits.ts';
import { diffTrees, lookupPath } from '../git/trees.ts';
import { detectRenames } from '../worktree/renames.ts';
import { isoTime } from './time.ts';
import type { RepositoryContext } from './context.ts';
import { versionOf } from './fileVersion.ts';
import type { LogEntry, Signature } from './types.ts';

interface Node {
  id: string;
  tree: string;
  parents: string[];
  author: Signature;
  committer: Signature;
  message: string;
}

export async function readCommit(context: RepositoryContext, id: string): Promise<Node> {
  const { tree, parents, author, committer, message } = decodeCommit((await context.objects.read(id)).data);
  return { id, tree, parents, author, committer, message };
}

/** Commits reachable from `from`, a child always before its parents, newer before older where that leaves a choice; none in `seen`. */
export async function* walk(
  context: RepositoryContext,
  from: string,
  seen: Set<string> = new Set(),
): AsyncGenerator<Node> {
  seen.add(from);
  // Histories are nearly linear: the list of open ends is short and kept sorted, newest last.
  const open = [await readCommit(context, from)];
  for (;;) {
    const node = open.pop();
    if (!node) return;
    yield node;
    for (const parent of node.parents) {
      if (seen.has(parent)) continue;
      seen.add(parent);
      const next = await readCommit(context, parent);
      let at = open.length;
      while (at > 0 && open[at - 1].committer.time > next.committer.time) at--;
      open.splice(at, 0, next);
    }
  }
}

/** Log entries from a commit on; with a path only the commits that changed it, under whatever name it had then. */
export async function* log(
  context: RepositoryContext,
  from: string,
  options: { path?: string; limit?: number },
): AsyncGenerator<LogEntry> {
  const entries =
    options.path === undefined ? everyCommit(context, from) : commitsOfPath(context, from, options.path);
  let left = options.limit ?? Infinity;
  if (left <= 0) return;
  for await (const entry of entries) {
    yield entry;
    if (--left <= 0) return;
  }
}

async function* everyCommit(context: RepositoryContext, from: string): AsyncGenerator<LogEntry> {
  for await (const node of walk(context, from)) yield toEntry(node);
}

/**
 * A commit belongs to a path's history when the path differs from all of its parents there. Where a commit added the path, its
 * content is looked for among the files that the same commit removed: the history goes on under that name.
 */
async function* commitsOfPath(
  context: RepositoryContext,
  from: string,
  path: string,
): AsyncGenerator<LogEntry> {
  const names = new Map<string, Set<string>>([[from, new Set([path])]]);
  for await (const node of walk(context, from)) {
    const wanted = names.get(node.id) ?? new Set<string>();
    names.delete(node.id);
    for (const name of wanted) {
      const version = await lookupPath(context.objects, node.tree, name);
      let differs = node.parents.length > 0 || version !== undefined;
      for (const parent of node.parents) {
        const tree = await context.treeOf(parent);
        const before = tree === undefined ? undefined : await lookupPath(context.objects, tree, name);
        if (before?.oid === version?.oid && before?.mode === version?.mode) differs = false;
        const older =
          before || !version || tree === undefined
            ? name
            : ((await renamedFrom(context, tree, node.tree, name)) ?? name);
        names.set(parent, (names.get(parent) ?? new Set()).add(older));
      }
      if (differs) yield { ...toEntry(node), path: name };
    }
  }
}

/** The path that a file had before the commit that made `after` of `before`. */
async function renamedFrom(
  context: RepositoryContext,
  before: string,
  after: string,
  path: string,
): Promise<string | undefined> {
  const deleted = [];
  let added;
  for await (const change of diffTrees(context.objects, before, after)) {
    if (!change.after && change.before)
      deleted.push({ path: change.path, ...(await versionOf(context, change.before)) });
    else if (change.path === path && change.after)
      added = { path, ...(await versionOf(context, change.after)) };
  }
  if (!added || deleted.length === 0) return undefined;
  const [rename] = await detectRenames(deleted, [added], {
    chunksOf: async (blake3, size) => (await context.store()).chunksOf({ blake3, size }),
  });
  return rename?.from;
}

export function toEntry(node: Node): LogEntry {
  const { name, email } = node.author;
  return {
    commit: node.id,
    parents: node.parents,
    author: { name, email },
    time: isoTime(node.author),
    message: node.message.trimEnd(),
  };
}
