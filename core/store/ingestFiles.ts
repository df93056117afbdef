// Owns storing working files: batches through the data plane, then index, then the sealing of full segments, in that order.
import type { IngestedFile, IngestRequest, IngestResult } from '../dataplane/dataPlane.ts';
import { SEGMENT_TARGET } from '../model/segment.ts';
import { throwIfAborted, type OperationOptions } from '../progress.ts';
import { type AppendedSegment, enterAppended, openSegments, sealFull } from './appendedSegments.ts';
import { type Batch, batchesOf, workersFor } from './batches.ts';
import type { StoreFile } from './chunkStore.ts';
import { IngestDictionaries } from './dictionaries.ts';
import { ASSET_THRESHOLD, isNew, planBatch, type PlannedBatch, type PlanOptions } from './ingestPlan.ts';
import type { SimilarAssets, StoredAsset } from './similarAssets.ts';
import type { WritableStoreContext } from './storeContext.ts';

/**
 * Files up to this many bytes in all are what a person saves: there is time to make them small, to look into those that compress inside,
 * and for what new ones are like.
 */
const SAVED_CALL = 64 * 1024 * 1024;
/** zstd levels: the first try is fast, and what it shrinks well is worth the second. */
export const LEVEL = 1;
export const PACK_LEVEL = 4;
const SAVED_PACK_LEVEL = 9;
/**
 * Small enough that the caller is at work on one batch while the next is stored; large enough that the disk, for which each batch
 * waits in its end, seldom makes everybody wait (700 MB: 2.8 s in batches of 128 MiB, 2.0 s of 256, 1.9 s of 512).
 */
const BATCH_BYTES = 256 * 1024 * 1024;
/** Of the first, which is stored without the dictionaries that are trained meanwhile. */
const FIRST_BATCH_BYTES = 128 * 1024 * 1024;
export interface IngestOptions extends OperationOptions {
  /** Files above this many bytes are assets under rule `auto`; 1 MiB when not given. */
  assetThreshold?: number;
  /** Rather than what the index knows: which of n ids in 32n bytes need not be stored. */
  isKnown?: (ids: Buffer) => Uint8Array;
  /** New records replace known ones in the index instead of becoming further copies. */
  replace?: boolean;
  /** Make no deltas, because what they would be made against may be bad. */
  withoutDeltas?: boolean;
  /** A segment longer than this many bytes is sealed; 256 MiB when not given. */
  segmentTarget?: number;
  /** Where assets are looked for that files without a previous version are like. */
  similar?: SimilarAssets;
}

/** `index` is the file's position in the list that was given. */
export interface IngestedAt {
  index: number;
  result: IngestedFile;
}

/**
 * Stores files. After each batch its results are yielded, and all they say is on disk and in the index; meanwhile the next batch is
 * being stored. Whoever stops early stops that one too.
 * A file that cannot be read is a result of kind `failed`. @throws ForgeError DISK_FULL, ABORTED, IO, …
 */
export async function* ingestFiles(
  context: WritableStoreContext,
  given: readonly StoreFile[],
  options: IngestOptions,
): AsyncGenerator<IngestedAt[]> {
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const progress = new IngestProgress(given, options);
  const isSaved = progress.totalBytes <= SAVED_CALL;
  const files = (isSaved && (await options.similar?.withBases(given))) || given;
  const dictionaries = new IngestDictionaries(context, options.withoutDeltas ? [] : files);
  await dictionaries.load();
  const batches = batchesOf(files, ({ size }) => size, BATCH_BYTES, FIRST_BATCH_BYTES);
  const run = new IngestRun(context, dictionaries, progress, { ...options, signal, isSaved });
  const training = dictionaries.train();
  training.catch(() => undefined);
  // Only where there is another batch is one stored without what is being learned.
  if (progress.totalBytes <= FIRST_BATCH_BYTES) await training;
  const first = nextOf(batches);
  let running = first && run.start(await run.plan(first), []);
  /** Of all before the one that runs. */
  let isEntered = true;
  try {
    while (running) {
      const next = nextOf(batches);
      const planned = next && isNew(next) ? await run.plan(next) : undefined;
      const stored: StoredBatch = await running;
      await training;
      throwIfAborted(options.signal);
      isEntered = false;
      running = planned && run.start(planned, stored.segments);
      run.enter(stored);
      isEntered = true;
      await sealFull(context, run.segmentTarget);
      if (next && !planned) running = run.start(await run.plan(next), []);
      const results = stored.files.map((result, i) => ({ index: stored.first + i, result }));
      await options.similar?.learn(storedAssets(files, results, isSaved));
      yield results;
    }
  } finally {
    stop.abort();
    // It may have been done before it heard of that: then it is on disk, and a segment that the index does not know would be left behind.
    const stored = await running?.catch(() => undefined);
    if (stored && isEntered) run.enter(stored);
  }
}

function nextOf<T>(batches: Generator<T, void>): T | undefined {
  const next = batches.next();
  return next.done ? undefined : next.value;
}

/** What a batch became: on disk, not in the index yet. `first`: position of its first file among all. */
type StoredBatch = IngestResult & { first: number };

/** The steps of one batch after another. */
class IngestRun {
  readonly segmentTarget: number;
  readonly #context: WritableStoreContext;
  readonly #dictionaries: IngestDictionaries;
  readonly #progress: IngestProgress;
  readonly #options: IngestOptions & PlanOptions;

  constructor(
    context: WritableStoreContext,
    dictionaries: IngestDictionaries,
    progress: IngestProgress,
    options: IngestOptions & PlanOptions,
  ) {
    this.#context = context;
    this.#dictionaries = dictionaries;
    this.#progress = progress;
    this.#options = options;
    this.segmentTarget = options.segmentTarget ?? SEGMENT_TARGET;
  }

  plan(batch: Batch<StoreFile>): Promise<PlannedBatch> {
    return planBatch(this.#context, batch, this.#options);
  }

  /**
   * Has the data plane at work when it returns. `appended`: what the batch before appended, if the index is still to learn of it. That has
   * to happen before the event loop gets its turn, in which the data plane asks what the store has.
   */
  start(batch: PlannedBatch, appended: readonly AppendedSegment[]): Promise<StoredBatch> {
    const { plane, index, files, cores } = this.#context;
    const { isSaved, isKnown, signal, assetThreshold = ASSET_THRESHOLD } = this.#options;
    batch.items.forEach((file, i) => (batch.planned[i].dictionary = this.#dictionaries.numberOf(file)));
    const request: IngestRequest = {
      files: batch.planned,
      dictionaries: [...this.#dictionaries.list],
      bases: batch.bases,
      storeFolder: files.folder,
      segments: openSegments(this.#context, appended, this.segmentTarget),
      segmentTarget: this.segmentTarget,
      assetThreshold,
      level: LEVEL,
      packLevel: isSaved ? SAVED_PACK_LEVEL : PACK_LEVEL,
      workers: workersFor(batch.bytes, cores),
    };
    const hooks = {
      isKnown: isKnown ?? ((ids: Buffer) => index.isKnown(ids)),
      onProgress: this.#progress.ofNextBatch(),
      signal,
    };
    const running = plane.ingest(request, hooks).then((result) => {
      this.#dictionaries.written(result.dictionaries);
      return { ...result, first: batch.first };
    });
    // Its failure is thrown where it is waited for, which may be later than it happens.
    running.catch(() => undefined);
    return running;
  }

  /** From here on the store has what was stored. Synchronous: see `start`. */
  enter({ segments, files }: StoredBatch): void {
    enterAppended(this.#context, segments, this.#options.replace === true);
    for (const file of files)
      if (file.kind === 'asset' && file.sections) this.#context.sections.write(file.blake3, file.sections);
    this.#dictionaries.remember();
  }
}

/** Those of a batch that another file may turn out to be like: when there are many, only the new ones. */
function storedAssets(files: readonly StoreFile[], results: IngestedAt[], isSaved: boolean): StoredAsset[] {
  const assets: StoredAsset[] = [];
  for (const { index, result } of results) {
    if (result.kind !== 'asset' || (files[index].previous && !isSaved)) continue;
    assets.push({ path: files[index].path, pointer: { blake3: result.blake3, size: result.size } });
  }
  return assets;
}

type Done = { files: number; bytes: number; newBytes: number; storedBytes: number };

/** What all batches so far have done. They follow one another, so the last report of one is what the next starts from. */
class IngestProgress {
  readonly #whole: { totalFiles: number; totalBytes: number };
  readonly #report: IngestOptions['onProgress'];
  #done: Done = { files: 0, bytes: 0, newBytes: 0, storedBytes: 0 };

  constructor(files: readonly StoreFile[], { onProgress }: IngestOptions) {
    this.#whole = { totalFiles: files.length, totalBytes: files.reduce((sum, { size }) => sum + size, 0) };
    this.#report = onProgress;
  }

  get totalBytes(): number {
    return this.#whole.totalBytes;
  }

  ofNextBatch(): (done: Done) => void {
    const before = this.#done;
    return ({ files, bytes, newBytes, storedBytes }) => {
      this.#done = {
        files: before.files + files,
        bytes: before.bytes + bytes,
        newBytes: before.newBytes + newBytes,
        storedBytes: before.storedBytes + storedBytes,
      };
      this.#report?.({ phase: 'store', ...this.#done, ...this.#whole });
    };
  }
}
