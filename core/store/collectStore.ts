// Owns collecting garbage in the store: what is live is packed into new segments where that pays, then segments without it are dropped.
import { mkdir, rename, rm } from 'node:fs/promises';
import { ForgeError, fromSystemError } from '../errors.ts';
import { syncFolder } from '../dataplane/portable/systemCalls.ts';
import { RecordType } from '../model/record.ts';
import { SegmentFlag } from '../model/segment.ts';
import { type OperationOptions, throwIfAborted } from '../progress.ts';
import { workersFor } from './batches.ts';
import type { SegmentInfo } from './chunkIndex.ts';
import { LiveRecords, type LiveAssets, NOTHING_DONE, unreadable } from './liveRecords.ts';
import { removeDropped } from './droppedSegments.ts';
import { recodeAssets, type RecodeSizes } from './recodeAssets.ts';
import { RepackBatch } from './repackBatch.ts';
import { RepackGroups } from './repackGroups.ts';
import { SegmentSurvey, SMALL_SEGMENT } from './segmentSurvey.ts';
import type { SegmentFiles } from './segmentFiles.ts';
import type { StoreContext, WritableStoreContext } from './storeContext.ts';
import { StoreReader } from './storeReader.ts';

/** zstd level of what is packed. */
const LEVEL = 19;

export interface CollectOptions extends OperationOptions {
  /** Called before anything is dropped, once. What it does must be on disk when it resolves. */
  beforeDrop?: () => Promise<void>;
}

export interface CollectContext extends WritableStoreContext, RecodeSizes {
  /** Where segments are made; on the file system of the store, and emptied by every writer. */
  temporaryFolder: string;
  segmentTarget: number;
}

export interface CollectResult {
  /** Bytes of all segments; of a survey what they would be without what nothing reaches. */
  before: number;
  after: number;
  /** Stored bytes and number of chunks that nothing reaches. */
  droppedBytes: number;
  droppedChunks: number;
  liveChunks: number;
  /** Segments there are afterwards. */
  segments: number;
  /** Bytes written anew. */
  repackedBytes: number;
  /** Live assets that the store does not have, or not all of. */
  lacking: number;
}

/** What there is to drop, and what would be written anew. Changes nothing. @throws ForgeError CORRUPT, ABORTED, … */
export async function surveyStore(
  context: StoreContext,
  assets: LiveAssets,
  options: OperationOptions,
): Promise<{ result: CollectResult; live: LiveRecords; packed: Set<number>; survey: SegmentSurvey }> {
  const { index, files } = context;
  const packed = await packedSegments(context);
  const live = new LiveRecords(index, (segment) => packed.has(segment));
  try {
    await live.mark(new StoreReader(files, index), assets, options);
  } catch (error) {
    throw unreadable(error);
  }
  const survey = new SegmentSurvey(index, live, packed);
  const before = totalLength(index.segments());
  const result = {
    before,
    after: before - survey.totals.droppedBytes,
    ...survey.totals,
    liveChunks: live.chunks.count,
    segments: present(index.segments()).length,
    repackedBytes: 0,
    lacking: live.lacking,
  };
  return { result, live, packed, survey };
}

/**
 * Drops what no asset of `assets` needs. New segments are on disk and in the index before old ones go, batch by batch, so it may
 * be stopped at any moment and run again. @throws ForgeError CORRUPT, DISK_FULL, ABORTED, IO, …
 */
export async function collectStore(
  context: CollectContext,
  assets: LiveAssets,
  options: CollectOptions,
): Promise<CollectResult> {
  const before = totalLength(context.index.segments());
  const alreadyPacked = await packedSegments(context);
  await recodeAssets(context, assets, (segment) => alreadyPacked.has(segment), options);
  const { result, live, packed, survey } = await surveyStore(context, assets, options);
  const collection = new Collection(context, assets, options, live, packed);
  await collection.repack(survey);
  await collection.drop(survey, result.droppedBytes > 0);
  const segments = present(context.index.segments());
  const { repackedBytes } = collection;
  return { ...result, before, after: totalLength(segments), segments: segments.length, repackedBytes };
}

async function packedSegments({ files, index }: StoreContext): Promise<Set<number>> {
  const packed = new Set<number>();
  for (const { number, name, state } of index.segments()) {
    const header = state === 'sealed' || state === 'frozen' ? await headerIfThere(files, name) : undefined;
    if (header && (header.flags & SegmentFlag.packed) !== 0) packed.add(number);
  }
  return packed;
}

/** For who only looks, a writer may take segments away meanwhile. */
async function headerIfThere(files: SegmentFiles, name: string): ReturnType<SegmentFiles['header']> {
  try {
    return await files.header(name);
  } catch (error) {
    if (error instanceof ForgeError && error.code === 'NOT_FOUND') return undefined;
    throw error;
  }
}

class Collection {
  repackedBytes = 0;
  private readonly context: CollectContext;
  private readonly assets: LiveAssets;
  private readonly options: CollectOptions;
  private readonly live: LiveRecords;
  private readonly packed: Set<number>;
  private reader: StoreReader;
  private done = { files: 0, bytes: 0 };

  constructor(
    context: CollectContext,
    assets: LiveAssets,
    options: CollectOptions,
    live: LiveRecords,
    packed: Set<number>,
  ) {
    this.context = context;
    this.assets = assets;
    this.options = options;
    this.live = live;
    this.packed = packed;
    this.reader = new StoreReader(context.files, context.index);
  }

  /** Writes anew whatever is live in the segments that will be dropped. */
  async repack(survey: SegmentSurvey): Promise<void> {
    const claimed = new Uint8Array(this.live.chunks.count);
    let batch = this.newBatch(claimed);
    const flushIfFull = async (): Promise<RepackBatch> => {
      if (!batch.isFull) return batch;
      await this.write(batch);
      return (batch = this.newBatch(claimed));
    };
    const groups = new RepackGroups(this.live, this.assets, () => this.reader);
    await groups.addTo(() => flushIfFull());
    const addRecord = (id: Buffer, type: RecordType): void => {
      const place = this.live.fixedPlace(id, type);
      if (!place) {
        if (type === RecordType.chunk) return;
        const delta = this.live.manifestAmongLive(id);
        if (delta) batch.addCopy(delta);
        else batch.addSingle(id, type);
      } else if (survey.isRewritten(place.segment)) batch.addCopy(place);
    };
    for (let i = 0; i < this.live.manifests.count; i++) {
      await flushIfFull();
      addRecord(Buffer.from(this.live.manifests.at(i)), RecordType.manifest);
    }
    for (let i = 0; i < this.live.chunks.count; i++) {
      await flushIfFull();
      addRecord(Buffer.from(this.live.chunks.at(i)), RecordType.chunk);
    }
    await this.write(batch);
    batch = this.newBatch(claimed);
    // Which dictionaries are needed shows once everything lies where it stays.
    for (const id of this.live.fixedDictionaries()) {
      const places = this.context.index.copies(id, RecordType.dictionary);
      if (places.every(({ segment }) => survey.isRewritten(segment)) && places[0]) batch.addCopy(places[0]);
    }
    await this.write(batch);
  }

  private newBatch(claimed: Uint8Array): RepackBatch {
    this.reader = new StoreReader(this.context.files, this.context.index);
    return new RepackBatch(this.live, this.reader.plan(), claimed);
  }

  /** The order makes it safe to stop at any moment: segments on disk, then their names, then the index. */
  private async write(batch: RepackBatch): Promise<void> {
    const { plane, files, index, temporaryFolder, segmentTarget, cores } = this.context;
    if (batch.isEmpty) return;
    throwIfAborted(this.options.signal);
    const before = this.done;
    await mkdir(temporaryFolder, { recursive: true });
    const workers = workersFor(batch.bytes, cores);
    const result = await plane.repack(
      batch.request({ folder: temporaryFolder, segmentTarget, level: LEVEL, workers }),
      {
        signal: this.options.signal,
        onProgress: ({ files: records, bytes }) => {
          this.done = { files: before.files + records, bytes: before.bytes + bytes };
          this.options.onProgress?.({ ...NOTHING_DONE, phase: 'repack', ...this.done });
        },
      },
    );
    let number = index.segments().reduce((most, info) => Math.max(most, info.number), 0);
    const written: { info: SegmentInfo; entries: Buffer }[] = [];
    try {
      for (const { path, length, entries } of result.segments) {
        const uuid = files.uuidOfOpen(files.nameOf(path));
        const isSealed = length >= SMALL_SEGMENT;
        const made = isSealed ? await plane.sealSegment(path) : { path, length };
        const name = isSealed ? files.nameOf(made.path) : files.packedName(uuid);
        await moveInto(made.path, files.path(name));
        written.push({
          info: { number: ++number, name, uuid, length: made.length, state: isSealed ? 'sealed' : 'frozen' },
          entries,
        });
      }
      if (written.length > 0) syncFolder(files.folder);
      index.apply({
        segments: written.map(({ info }) => info),
        entries: written.map(({ info, entries }) => ({ segment: info.number, entries })),
        prefer: true,
      });
    } catch (error) {
      // Nothing knows them: their space is free again. Where that fails the next writer takes them over, and they serve.
      for (const { info } of written) await rm(files.path(info.name), { force: true }).catch(() => undefined);
      throw error;
    }
    for (const { info } of written) {
      this.packed.add(info.number);
      this.repackedBytes += info.length;
    }
    this.live.forgetStates();
  }

  /** Drops the segments of which everything live is elsewhere now. */
  async drop(survey: SegmentSurvey, isLoss: boolean): Promise<void> {
    const { files, index } = this.context;
    throwIfAborted(this.options.signal);
    const needed = survey.stillNeeded();
    const gone = index
      .segments()
      .filter(({ number }) => survey.isRewritten(number) && !needed.has(number))
      .map((info) => ({ ...info, state: 'dropped' as const }));
    if (gone.length === 0) return;
    if (isLoss) await this.options.beforeDrop?.();
    index.apply({ dropSegments: gone.map(({ number }) => number), segments: gone });
    await removeDropped(files, index);
    syncFolder(files.folder);
  }
}

async function moveInto(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    throw fromSystemError(error, to, 'renaming');
  }
}

function present(segments: SegmentInfo[]): SegmentInfo[] {
  return segments.filter(({ state }) => state !== 'dropped');
}

function totalLength(segments: SegmentInfo[]): number {
  return present(segments).reduce((sum, { length }) => sum + length, 0);
}
