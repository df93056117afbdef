// Owns where a file went that is no longer there: the commit that moved it, and the path that it has since.
import { lookupPath, diffTrees } from '../git/trees.ts';
import { detectRenames } from '../worktree/renames.ts';
import type { RepositoryContext } from './context.ts';
import { versionOf } from './fileVersion.ts';
import { walk } from './history.ts';

/** Commits that are looked at: a move further back is not found. */
const MAX_COMMITS = 2_000;
/** A file that was moved more often than this is given up. */
const MAX_MOVES = 5;

/**
 * The path in `from` of a file that had `path` in a commit before it; undefined when it was never there, was removed for good, or
 * moved more than MAX_COMMITS commits ago.
 */
export async function movedPath(
  context: RepositoryContext,
  from: string,
  path: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const tree = await context.treeOf(from);
  let current = path;
  for (let moves = 0; moves < MAX_MOVES && tree !== undefined; moves++) {
    const next = await lastMove(context, from, current, signal);
    if (next === undefined) return undefined;
    if (await lookupPath(context.objects, tree, next)) return next;
    current = next;
  }
  return undefined;
}

/** Where the newest commit that removed `path` put its content. */
async function lastMove(
  context: RepositoryContext,
  from: string,
  path: string,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  let left = MAX_COMMITS;
  for await (const node of walk(context, from)) {
    signal?.throwIfAborted();
    if (left-- === 0) return undefined;
    if (await lookupPath(context.objects, node.tree, path)) continue;
    for (const parent of node.parents) {
      const before = await context.treeOf(parent);
      if (before !== undefined && (await lookupPath(context.objects, before, path)))
        return movedBetween(context, before, node.tree, path);
    }
  }
  return undefined;
}

async function movedBetween(
  context: RepositoryContext,
  before: string,
  after: string,
  path: string,
): Promise<string | undefined> {
  const deleted = [];
  const added = [];
  for await (const change of diffTrees(context.objects, before, after)) {
    if (change.before && !change.after)
      deleted.push({ path: change.path, ...(await versionOf(context, change.before)) });
    if (change.after && !change.before)
      added.push({ path: change.path, ...(await versionOf(context, change.after)) });
  }
  const renames = await detectRenames(deleted, added, {
    chunksOf: async (blake3, size) => (await context.store()).chunksOf({ blake3, size }),
  });
  return renames.find((rename) => rename.from === path)?.to;
}
