// Owns collecting garbage in the store: what is live is packed into new segments where that pays, then segments without it are dropped.
import { mkdir, rename, rm } from 'node:fs/promises';
import { fromSystemError } from '../errors.ts';
import { syncFolder } from '../dataplane/portable/systemCalls.ts';
import { RecordType } from '../model/record.ts';
import { SegmentFlag } from '../model/segment.ts';
import { type OperationOptions, throwIfAborted } from '../progress.ts';
import { workersFor } from './batches.ts';
import type { SegmentInfo } from './chunkIndex.ts';
import { LiveRecords, type LiveAssets, NOTHING_DONE, unreadable } from './liveRecords.ts';
import { removeDropped } from './droppedSegments.ts';
import { RepackBatch } from './repackBatch.ts';
import { RepackGroups } from './repackGroups.ts';
import { SegmentSurvey } from './segmentSurvey.ts';
import type { WritableStoreContext } from './storeContext.ts';
import { StoreReader } from './storeReader.ts';

/** zstd level of what is packed. */
const LEVEL = 19;

export interface CollectOptions extends OperationOptions {
  /** Only find out what there is to drop. */
  dryRun?: boolean;
  /** Called before anything is dropped, once. What it does must be on disk when it resolves. */
  beforeDrop?: () => Promise<void>;
}

export interface CollectContext extends WritableStoreContext {
  /** Where segments are made; on the file system of the store, and emptied by every writer. */
  temporaryFolder: string;
  segmentTarget: number;
}

export interface CollectResult {
  /** Bytes of all segments; after a dry run what they would be without what is dropped. */
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

/**
 * Drops what no asset of `live` needs. New segments are on disk and in the index before old ones go, batch by batch, so it may be
 * stopped at any moment and run again. @throws ForgeError CORRUPT, DISK_FULL, ABORTED, IO, …
 */
export async function collectStore(
  context: CollectContext,
  live: LiveAssets,
  options: CollectOptions,
): Promise<CollectResult> {
  return new Collection(context, live, options).run();
}

class Collection {
  private readonly context: CollectContext;
  private readonly assets: LiveAssets;
  private readonly options: CollectOptions;
  private readonly packed = new Set<number>();
  private readonly live: LiveRecords;
  private reader: StoreReader;
  private repackedBytes = 0;
  private done = { files: 0, bytes: 0 };

  constructor(context: CollectContext, assets: LiveAssets, options: CollectOptions) {
    this.context = context;
    this.assets = assets;
    this.options = options;
    this.live = new LiveRecords(context.index, (segment) => this.packed.has(segment));
    this.reader = new StoreReader(context.files, context.index);
  }

  async run(): Promise<CollectResult> {
    const { index } = this.context;
    const before = totalLength(index.segments());
    await this.findPacked();
    try {
      await this.live.mark(this.reader, this.assets, this.options);
    } catch (error) {
      throw unreadable(error);
    }
    const survey = new SegmentSurvey(index, this.live);
    const rest = { ...survey.totals, liveChunks: this.live.chunks.count, lacking: this.live.lacking };
    if (this.options.dryRun) {
      const segments = index.segments().length;
      return { before, after: before - rest.droppedBytes, segments, repackedBytes: 0, ...rest };
    }
    await this.repack(survey);
    await this.drop(survey, rest.droppedChunks > 0 || rest.droppedBytes > 0);
    const segments = index.segments().filter(({ state }) => state !== 'dropped');
    const { repackedBytes } = this;
    return { before, after: totalLength(segments), segments: segments.length, repackedBytes, ...rest };
  }

  private async findPacked(): Promise<void> {
    const { files, index } = this.context;
    for (const { number, name, state } of index.segments()) {
      if (state !== 'sealed') continue;
      const header = await files.header(name);
      if (header && (header.flags & SegmentFlag.packed) !== 0) this.packed.add(number);
    }
  }

  /** Writes anew whatever is live in the segments that will be dropped. */
  private async repack(survey: SegmentSurvey): Promise<void> {
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
        if (type !== RecordType.chunk) batch.addSingle(id, type);
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
    for (const id of survey.dictionaries()) {
      await flushIfFull();
      const place = this.context.index.find(id, RecordType.dictionary);
      if (place && survey.isRewritten(place.segment)) batch.addCopy(place);
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
      for (const { path, entries } of result.segments) {
        const uuid = files.uuidOfOpen(files.nameOf(path));
        const sealed = await plane.sealSegment(path);
        const name = files.nameOf(sealed.path);
        await moveInto(sealed.path, files.path(name));
        written.push({
          info: { number: ++number, name, uuid, length: sealed.length, state: 'sealed' },
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
  private async drop(survey: SegmentSurvey, isLoss: boolean): Promise<void> {
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

function totalLength(segments: SegmentInfo[]): number {
  return segments.reduce((sum, { length, state }) => sum + (state === 'dropped' ? 0 : length), 0);
}
