// Owns storing working files: batches through the data plane, then index, then the sealing of full segments, in that order.
import { averageLog2For, SAVED_AVERAGE_LOG2 } from '../dataplane/chunkSize.ts';
import {
  HUGE_FILE,
  type IngestedFile,
  type IngestFile,
  type IngestRequest,
  type OpenSegment,
} from '../dataplane/dataPlane.ts';
import { ForgeError } from '../errors.ts';
import type { Pointer } from '../model/pointer.ts';
import { RecordType } from '../model/record.ts';
import { SEGMENT_HEADER_SIZE, SEGMENT_TARGET } from '../model/segment.ts';
import { throwIfAborted, type OperationOptions } from '../progress.ts';
import { type Batch, batchesOf, workersFor } from './batches.ts';
import type { StoreFile } from './chunkStore.ts';
import type { SegmentEntries, SegmentInfo } from './chunkIndex.ts';
import { planEdit } from './planEdit.ts';
import { sealedChange } from './reconcile.ts';
import { IngestDictionaries } from './dictionaries.ts';
import type { RecordPlan } from './recordPlan.ts';
import type { SimilarAssets, StoredAsset } from './similarAssets.ts';
import type { WritableStoreContext } from './storeContext.ts';
import { StoreReader } from './storeReader.ts';

/**
 * Files up to this many bytes in all are what a person saves: there is time to make them small, to look into those that compress inside,
 * and for what new ones are like.
 */
const SAVED_CALL = 64 * 1024 * 1024;
/** Longer files are never recoded. */
const LARGEST_RECODED = 64 * 1024 * 1024;
/**
 * Logarithm of the average chunk size of a long plain form that comes first: inflated bytes pack so well that in small chunks what
 * is said of each would weigh more than the chunk.
 */
export const LONG_FORM_LOG2 = 18;

/** zstd levels: the first try is fast, and what it shrinks well is worth the second. */
export const LEVEL = 1;
export const PACK_LEVEL = 5;
const SAVED_PACK_LEVEL = 9;
/**
 * Small enough that the caller is at work on one batch while the next is stored; large enough that the disk, for which each batch
 * waits in its end, seldom makes everybody wait (700 MB: 2.8 s in batches of 128 MiB, 2.0 s of 256, 1.9 s of 512).
 */
const BATCH_BYTES = 256 * 1024 * 1024;
/** Above this many bytes a file of rule `auto` is an asset. */
const ASSET_THRESHOLD = 1024 * 1024;

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
  const batches = batchesOf(files, ({ size }) => size, BATCH_BYTES);
  const start = (): Promise<IngestedAt[]> | undefined => {
    const next = batches.next();
    if (next.done) return undefined;
    const running = ingestBatch(
      context,
      next.value,
      dictionaries,
      { ...options, signal, isSaved },
      progress.ofNextBatch(),
    );
    // Its failure is thrown where it is waited for, which may be later than it happens.
    running.catch(() => undefined);
    return running;
  };
  const training = dictionaries.train();
  training.catch(() => undefined);
  // Only where there is another batch is one stored without what is being learned.
  if (progress.totalBytes <= BATCH_BYTES) await training;
  let running = start();
  try {
    while (running) {
      const results: IngestedAt[] = await running;
      running = undefined;
      await training;
      throwIfAborted(options.signal);
      running = start();
      await options.similar?.learn(storedAssets(files, results, isSaved));
      yield results;
    }
  } finally {
    stop.abort();
    await running?.catch(() => undefined);
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

/** `isSaved`: there is time; all files are looked into, not only those whose previous version was recoded. */
type BatchOptions = IngestOptions & { isSaved: boolean };

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

async function ingestBatch(
  context: WritableStoreContext,
  batch: Batch<StoreFile>,
  dictionaries: IngestDictionaries,
  options: BatchOptions,
  onProgress: (done: Done) => void,
): Promise<IngestedAt[]> {
  const { plane, index } = context;
  const segmentTarget = options.segmentTarget ?? SEGMENT_TARGET;
  const reader = new StoreReader(context.files, index);
  // Those of huge files are not read along: they may not be needed as lists.
  const listed = batch.items.filter(({ previous }) => previous && previous.size < HUGE_FILE);
  reader.prefetch(listed.flatMap(({ previous }) => previous ?? []));
  const bases = reader.plan();
  const planned: IngestFile[] = [];
  for (const file of batch.items) planned.push(await planFile(context, reader, bases, file, options));
  batch.items.forEach((file, i) => (planned[i].dictionary = dictionaries.numberOf(file)));
  const request: IngestRequest = {
    files: planned,
    dictionaries: [...dictionaries.list],
    bases: bases.table(),
    storeFolder: context.files.folder,
    segments: openSegments(context),
    segmentTarget,
    assetThreshold: options.assetThreshold ?? ASSET_THRESHOLD,
    level: LEVEL,
    packLevel: options.isSaved ? SAVED_PACK_LEVEL : PACK_LEVEL,
    workers: workersFor(batch.bytes, context.cores),
  };
  const result = await plane.ingest(request, {
    isKnown: options.isKnown ?? ((ids) => index.isKnown(ids)),
    onProgress,
    signal: options.signal,
  });
  commit(context, result.segments, options.replace === true);
  for (const file of result.files)
    if (file.kind === 'asset' && file.sections) context.sections.write(file.blake3, file.sections);
  dictionaries.remember();
  await sealFull(context, segmentTarget);
  return result.files.map((file, i) => ({ index: batch.first + i, result: file }));
}

/** The previous version gives the chunk size, so that cuts stay where they are, and the bases for deltas. */
async function planFile(
  context: WritableStoreContext,
  reader: StoreReader,
  bases: RecordPlan,
  file: StoreFile,
  { withoutDeltas, isSaved, isKnown, assetThreshold = ASSET_THRESHOLD, signal }: BatchOptions,
): Promise<IngestFile> {
  const { path, rule, size, previous } = file;
  const mayRecode = size <= LARGEST_RECODED && rule !== 'text';
  const fresh = {
    path,
    rule,
    averageLog2: Math.max(averageLog2For(size, path), isSaved ? SAVED_AVERAGE_LOG2 : 0),
    recode: isSaved && mayRecode,
    longFormLog2: LONG_FORM_LOG2,
  };
  if (!previous || rule === 'text') return fresh;
  const isAsset = rule === 'asset' || size > assetThreshold;
  const mayBeLike = isAsset && !fresh.recode && !withoutDeltas && isKnown === undefined;
  const edit = mayBeLike ? await planEdit(context, bases, file, signal) : undefined;
  if (edit) return { ...fresh, ...edit };
  const list = await chunksIfReadable(reader, previous);
  if (!list) return fresh;
  const averageLog2 = list.averageLog2 ?? fresh.averageLog2;
  const recode = mayRecode && (isSaved || list.recipe !== undefined);
  const longFormLog2 = list.recipe === undefined ? LONG_FORM_LOG2 : averageLog2;
  const like = { path, rule, averageLog2, recode, longFormLog2 };
  if (withoutDeltas) return like;
  // What is new is in another form than parts are.
  if (list.isParts) return like;
  const rows: number[] = [];
  for (const { id } of list.chunks) {
    const row = bases.add(id, RecordType.chunk);
    if (row !== undefined) rows.push(row);
  }
  const baseManifest =
    list.chunks.length > 1 ? bases.add(Buffer.from(previous.blake3, 'hex'), RecordType.manifest) : undefined;
  return { ...like, base: Uint32Array.from(rows), baseManifest };
}

/** A damaged previous version must not keep anybody from storing the next. */
async function chunksIfReadable(reader: StoreReader, pointer: Pointer) {
  try {
    return await reader.chunksOf(pointer);
  } catch (error) {
    if (error instanceof ForgeError && error.code === 'CORRUPT') return undefined;
    throw error;
  }
}

/** Those that may be appended to, the longest first. */
export function openSegments({ index, files }: WritableStoreContext): OpenSegment[] {
  return index
    .segments()
    .filter(({ state, length }) => state === 'open' && length >= SEGMENT_HEADER_SIZE)
    .sort((a, b) => b.length - a.length)
    .map(({ name, length }) => ({ path: files.path(name), length }));
}

/** The records are on disk; from here on the store has them. */
export function commit(
  { index, files }: WritableStoreContext,
  appended: { path: string; length: number; entries: Buffer }[],
  replace: boolean,
): void {
  if (appended.length === 0) return;
  const known = new Map(index.segments().map((info) => [info.name, info]));
  let next = Math.max(0, ...[...known.values()].map(({ number }) => number)) + 1;
  const segments: SegmentInfo[] = [];
  const entries: SegmentEntries[] = [];
  for (const { path, length, entries: records } of appended) {
    const name = files.nameOf(path);
    const info = known.get(name) ?? {
      number: next++,
      name,
      uuid: files.uuidOfOpen(name),
      length,
      state: 'open',
    };
    segments.push({ ...info, length });
    entries.push({ segment: info.number, entries: records });
  }
  index.apply({ segments, entries, replace });
}

/** Seals segments past `target` bytes. The order matters: a crash in between leaves a sealed file that is recognised by its uuid (reconcile.ts). */
export async function sealFull({ index, files, plane }: WritableStoreContext, target: number): Promise<void> {
  for (const info of index.segments()) {
    if (info.state === 'open' && info.length > target) index.apply(await sealedChange(files, plane, info));
  }
}
