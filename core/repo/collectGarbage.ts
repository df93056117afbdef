// Owns `gc`: which assets are still reached, from every ref, the index and every operation that is kept; the store drops the others.
import type { OperationOptions } from '../progress.ts';
import type { RepositoryContext } from './context.ts';
import { markAssets } from './markAssets.ts';
import { moveHorizon } from './retention.ts';
import type { CollectGarbageResult } from './types.ts';

const DAY = 24 * 60 * 60 * 1000;
const DEFAULT_RETENTION = 90;

export interface CollectGarbageOptions extends OperationOptions {
  /** Only tell what would be dropped; nothing is written. */
  dryRun?: boolean;
  /** Operations younger than this many days stay undoable; the setting `gc.retention`, or 90, when not given. */
  retention?: number;
}

/**
 * Drops the bytes of assets that nothing reaches, and packs the others. It is no operation: there is nothing that undo could take
 * back. Git objects are left to `git gc`. @throws ForgeError CORRUPT when history cannot be read in full, DISK_FULL, ABORTED, …
 */
export async function collectGarbage(
  context: RepositoryContext,
  options: CollectGarbageOptions,
): Promise<CollectGarbageResult> {
  const start = performance.now();
  const { dryRun = false, signal, onProgress } = options;
  const days = options.retention ?? Number(context.settings.get('gc.retention') ?? DEFAULT_RETENTION);
  const since = context.deps.clock().time - days * DAY;
  const collect = async (): Promise<CollectGarbageResult> => {
    const { assets, kept, operations, expired } = await markAssets(context, since, options);
    const store = await context.store();
    const beforeDrop = async (): Promise<void> => {
      if (kept !== undefined && expired > 0) await moveHorizon(context, kept);
    };
    const collected = dryRun
      ? await store.survey(assets, { signal, onProgress })
      : await store.collect(assets, { signal, onProgress, beforeDrop });
    const seconds = (performance.now() - start) / 1000;
    return { ...collected, assets: assets.count, operations, expired, seconds, dryRun };
  };
  return dryRun ? collect() : context.mutate('gc', options, collect);
}
