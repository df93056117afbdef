// Owns the walk over every version of every asset that any ref or kept operation reaches.
import { decodeTag } from '../git/commits.ts';
import { diffTrees } from '../git/trees.ts';
import type { Pointer } from '../model/pointer.ts';
import type { RepositoryContext } from './context.ts';
import { walk } from './history.ts';
import { readPointer } from './staging.ts';

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

/**
 * Every (path, asset) that some commit introduced: for each commit what differs from its first parent. Blobs are looked at once.
 * `visit` gets texts too, without a pointer.
 */
export async function* fileVersions(
  context: RepositoryContext,
): AsyncGenerator<{ path: string; commit: string; oid: string; pointer: Pointer | undefined }> {
  const pointers = new Map<string, Pointer | undefined>();
  for await (const { id, tree, parents } of allCommits(context)) {
    const before = await context.treeOf(parents[0]);
    for await (const { path, after } of diffTrees(context.objects, before, tree)) {
      if (!after || (after.mode & 0o170000) !== 0o100000) continue;
      if (!pointers.has(after.oid)) pointers.set(after.oid, await readPointer(context, after.oid));
      yield { path, commit: id, oid: after.oid, pointer: pointers.get(after.oid) };
    }
  }
}
