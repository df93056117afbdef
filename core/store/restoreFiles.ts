// Owns rebuilding assets at their paths: records are planned, the data plane writes, and a bad record is tried again from another copy.
import type { DataPlane, RestoredFile, RestoreFile } from '../dataplane/dataPlane.ts';
import { ForgeError } from '../errors.ts';
import type { Pointer } from '../model/pointer.ts';
import { throwIfAborted, type OperationOptions } from '../progress.ts';
import { batchesOf, workersFor } from './batches.ts';
import { placeName, type PlaceName, type RecordPlan } from './recordPlan.ts';
import type { StoreContext } from './storeContext.ts';
import { MOST_SEARCHES, storedForm, StoreReader } from './storeReader.ts';

/** Fields as in RestoreFile. */
export interface AssetToRestore {
  path: string;
  temporary: string;
  pointer: Pointer;
  mode: number;
  expect: RestoreFile['expect'];
}

/** `index` is the file's position in the list that was given. */
export interface RestoredAt {
  index: number;
  result: RestoredFile;
}

type Failure = Extract<RestoredFile, { state: 'failed' }>;

/**
 * Rebuilds assets, batch after batch. A failure is a result, and names the asset.
 * @throws ForgeError DISK_FULL, ABORTED, IO, … when it cannot go on
 */
export async function* restoreFiles(
  context: StoreContext,
  files: readonly AssetToRestore[],
  options: OperationOptions,
): AsyncGenerator<RestoredAt[]> {
  let before = { files: 0, bytes: 0 };
  const totalBytes = files.reduce((sum, { pointer }) => sum + pointer.size, 0);
  for (const batch of batchesOf(files, ({ pointer }) => pointer.size)) {
    throwIfAborted(options.signal);
    const batchRun = new BatchRun(context, batch.items, workersFor(batch.bytes, context.cores), {
      signal: options.signal,
      onProgress: ({ files: done, bytes }) =>
        options.onProgress?.({
          phase: 'restore',
          files: before.files + done,
          totalFiles: files.length,
          bytes: before.bytes + bytes,
          totalBytes,
          newBytes: 0,
          storedBytes: 0,
        }),
    });
    const results = await batchRun.run();
    before = { files: before.files + batch.items.length, bytes: before.bytes + batch.bytes };
    yield results.map((result, i) => ({ index: batch.first + i, result }));
  }
}

class BatchRun {
  private readonly context: StoreContext;
  private readonly assets: AssetToRestore[];
  private readonly workers: number;
  private readonly hooks: Parameters<DataPlane['restore']>[1];
  private readonly reader: StoreReader;
  private readonly avoid = new Set<PlaceName>();
  private readonly results: RestoredFile[] = [];
  private searches = 0;

  constructor(
    context: StoreContext,
    assets: AssetToRestore[],
    workers: number,
    hooks: Parameters<DataPlane['restore']>[1],
  ) {
    this.context = context;
    this.assets = assets;
    this.workers = workers;
    this.hooks = hooks;
    this.reader = new StoreReader(context.files, context.index);
  }

  async run(): Promise<RestoredFile[]> {
    // Every round but the first follows a bad place that is now avoided, or a search for moved segments.
    for (let pending = this.assets.map((_, i) => i); pending.length > 0;) pending = await this.round(pending);
    return this.results;
  }

  /** Returns the files to try again. */
  private async round(pending: number[]): Promise<number[]> {
    this.reader.prefetch(pending.map((i) => this.assets[i].pointer));
    const plan = this.reader.plan(this.avoid);
    const files: RestoreFile[] = [];
    const planned: number[] = [];
    for (const i of pending) {
      const file = await this.planFile(plan, this.assets[i], this.results[i]);
      if (file.state === 'failed') this.results[i] = file;
      else {
        files.push(file.file);
        planned.push(i);
      }
    }
    if (files.length === 0) return [];
    const restored = await this.context.plane.restore(
      { records: plan.table(), files, workers: this.workers },
      this.hooks,
    );
    const again: number[] = [];
    let mayHaveMoved = false;
    restored.forEach((result, at) => {
      const i = planned[at];
      this.results[i] = result.state === 'failed' ? named(result, this.assets[i]) : result;
      // The next version may differ from this one in few places.
      if (result.state === 'done' && result.sections)
        this.context.sections.write(this.assets[i].pointer.blake3, result.sections);
      if (result.state !== 'failed') return;
      if (result.code === 'CORRUPT' && result.record !== undefined) {
        this.avoid.add(placeName(plan.location(result.record)));
        again.push(i);
      } else if (result.code === 'ENOENT' && this.searches < MOST_SEARCHES) {
        mayHaveMoved = true;
        again.push(i);
      }
    });
    if (mayHaveMoved) {
      // Where nothing moved, one more try is the last.
      const moved = await this.reader.paths.refresh(this.context.index);
      this.searches = moved ? this.searches + 1 : MOST_SEARCHES;
    }
    return again;
  }

  /** `last`: how the file failed before, which is the better reason when no other copy is left. */
  private async planFile(
    plan: RecordPlan,
    asset: AssetToRestore,
    last: RestoredFile | undefined,
  ): Promise<{ state: 'planned'; file: RestoreFile } | Failure> {
    const failed = (message: string): Failure =>
      last?.state === 'failed' ? last : named({ state: 'failed', code: 'CORRUPT', message }, asset);
    const { pointer, path, temporary, mode, expect } = asset;
    let planned: Awaited<ReturnType<StoreReader['planAsset']>>;
    try {
      planned = await this.reader.planAsset(plan, pointer);
      if ('lacks' in planned) return failed(`the store lacks ${planned.lacks}`);
    } catch (error) {
      if (error instanceof ForgeError && error.code === 'CORRUPT') return failed(error.message);
      throw error;
    }
    const { blake3, size } = pointer;
    return {
      state: 'planned',
      file: { path, temporary, blake3, size, mode, ...storedForm(planned), expect },
    };
  }
}

function named(failure: Failure, { path }: AssetToRestore): Failure {
  const message = failure.message.includes(path)
    ? failure.message
    : `${path} cannot be restored: ${failure.message}`;
  return { state: 'failed', code: failure.code, message };
}
