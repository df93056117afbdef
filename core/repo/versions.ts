// Owns the walk over every version of every asset that any ref or kept operation reaches.
import { decodeTag } from '../git/commits.ts';
import { diffTrees } from '../git/trees.ts';
import type { Pointer } from '../model/pointer.ts';
import type { RepositoryContext } from './context.ts';
import { walk } from './history.ts';
import { keptOperations } from './retention.ts';
import { isRegular, readPointer } from './staging.ts';

/** Tips of all branches, tags and HEAD, as commits. */
export async function tips(context: RepositoryContext): Promise<string[]> {
  const found = new Set<string>();
  const head = await context.head();
  if (head.commit !== undefined) found.add(head.commit);
  for (const prefix of ['refs/heads/', 'refs/remotes/', 'refs/tags/']) {
    for (const [, oid] of await context.refs.list(prefix)) found.add(await peel(context, oid));
  }
  return [...found];
}

/** The commit that an annotated tag leads to. */
async function peel(context: RepositoryContext, oid: string): Promise<string> {
  const { type, data } = await context.objects.read(oid);
  return type === 'tag' ? peel(context, decodeTag(data).object) : oid;
}

/** Every commit reachable from `tips`, each once. */
export async function* allCommits(
  context: RepositoryContext,
): AsyncGenerator<{ id: string; tree: string; parents: string[] }> {
  const seen = new Set<string>();
  for (const tip of await tips(context)) {
    if (seen.has(tip)) continue;
    for await (const node of walk(context, tip, seen)) yield node;
  }
}

/** A file as some commit (or operation) has it. */
export interface Version {
  path: string;
  commit: string;
  oid: string;
}

/** Every file that some commit introduced: for each commit what differs from its first parent. Links are left out. */
export async function* fileVersions(context: RepositoryContext): AsyncGenerator<Version> {
  for await (const { id, tree, parents } of allCommits(context)) {
    const before = await context.treeOf(parents[0]);
    for await (const { path, after } of diffTrees(context.objects, before, tree)) {
      if (after && isRegular(after.mode)) yield { path, commit: id, oid: after.oid };
    }
  }
}

/** What operations keep for undo: the files they overwrote. Those that a collection let go keep nothing. */
export async function* keptVersions(context: RepositoryContext): AsyncGenerator<Version> {
  for await (const { id, workBefore } of keptOperations(context)) {
    for await (const { path, after } of diffTrees(context.objects, undefined, workBefore)) {
      if (after && isRegular(after.mode)) yield { path, commit: id, oid: after.oid };
    }
  }
}

/** Looks up what blobs point to, each once. */
export function pointerReader(context: RepositoryContext): (oid: string) => Promise<Pointer | undefined> {
  const known = new Map<string, Pointer | undefined>();
  return async (oid) => {
    if (!known.has(oid)) known.set(oid, await readPointer(context, oid));
    return known.get(oid);
  };
}
