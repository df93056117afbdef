// Owns `stats`: how much the history holds and what keeping it costs.
import { diffTrees } from '../git/trees.ts';
import type { RepositoryContext } from './context.ts';
import { isRegular } from './staging.ts';
import type { StatsResult } from './types.ts';
import { allCommits, fileVersions, pointerReader } from './versions.ts';

export async function statistics(context: RepositoryContext): Promise<StatsResult> {
  let commits = 0;
  for await (const commit of allCommits(context)) if (commit) commits++;
  let logicalBytes = 0;
  let versions = 0;
  const seen = new Set<string>();
  const pointerOf = pointerReader(context);
  for await (const { oid, path } of fileVersions(context)) {
    const pointer = await pointerOf(oid);
    if (!pointer || seen.has(`${oid} ${path}`)) continue;
    seen.add(`${oid} ${path}`);
    versions++;
    logicalBytes += pointer.size;
  }
  let assets = 0;
  const head = await context.head();
  for await (const { before } of diffTrees(context.objects, await context.treeOf(head.commit), undefined)) {
    if (before && isRegular(before.mode) && (await pointerOf(before.oid))) assets++;
  }
  const store = await (await context.store()).stats();
  return {
    plane: context.plane.name,
    commits,
    assets,
    versions,
    logicalBytes,
    storedBytes: store.storedBytes,
    ratio: store.storedBytes === 0 ? 1 : logicalBytes / store.storedBytes,
    segments: store.segments,
    chunks: store.chunks,
  };
}
