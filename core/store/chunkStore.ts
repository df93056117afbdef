// Owns the store of one repository: assets in, assets out, over segments (the truth) and their index (a cache).
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { DataPlane, HashedSections } from '../dataplane/dataPlane.ts';
import { ForgeError } from '../errors.ts';
import type { Pointer } from '../model/pointer.ts';
import { RecordType } from '../model/record.ts';
import { SEGMENT_TARGET } from '../model/segment.ts';
import type { OperationOptions } from '../progress.ts';
import { addedBytes } from './addedBytes.ts';
import type { ChunkIndex } from './chunkIndex.ts';
import { type CollectOptions, type CollectResult, collectStore, surveyStore } from './collectStore.ts';
import { ingestFiles, type IngestedAt } from './ingestFiles.ts';
import { KnownVersions } from './knownVersions.ts';
import type { LiveAssets } from './liveRecords.ts';
import { type AssetToRestore, type RestoredAt, restoreFiles } from './restoreFiles.ts';
import type { RecodeSizes } from './recodeAssets.ts';
import { reingest } from './reingest.ts';
import { readForm } from './readForm.ts';
import { SectionCache } from './sectionCache.ts';
import { SegmentFiles, type StoreProblem } from './segmentFiles.ts';
import { SimilarAssets } from './similarAssets.ts';
import type { StoreContext } from './storeContext.ts';
import { StoreIndex } from './storeIndex.ts';
import { type ChunkList, MOST_SEARCHES, StoreReader } from './storeReader.ts';
import { findBadForms } from './verifyForms.ts';
import {
  findAssetsTouched,
  type StoreCheck,
  type TouchedAsset,
  verifyStore,
  type VerifyStoreOptions,
} from './verify.ts';

export interface StoreFile {
  /** Absolute path of a regular file. */
  path: string;
  /** Bytes, as far as the caller knows; used for planning. */
  size: number;
  rule: 'auto' | 'asset' | 'text';
  /** The asset that this path held before: its chunk size is kept, and deltas are made against it. */
  previous?: Pointer;
  /** What hashing it told, if it was hashed and is huge. */
  hashed?: HashedSections;
}

export interface ChunkStoreOptions extends RecodeSizes {
  /** Absolute path of `.forge`. */
  forgeFolder: string;
  plane: DataPlane;
  /** Refuse to write. */
  readOnly?: boolean;
  /** Worker threads to use at most. */
  cores?: number;
  /** A segment longer than this many bytes is sealed; 256 MiB when not given. */
  segmentTarget?: number;
}

export interface StoreOptions {
  /** Files above this many bytes are assets under rule `auto`; 1 MiB when not given. */
  assetThreshold?: number;
}

export interface StoreStats {
  segments: number;
  /** Distinct chunks. */
  chunks: number;
  /** Bytes of all segments. */
  storedBytes: number;
}

/**
 * Reading methods may be called at any time, also while another process writes. Writing ones (`ingest`, `reingest`,
 * `rebuild`, `collect`) are for the holder of the repository's writer lock, one call at a time.
 */
export class ChunkStore {
  private readonly files: SegmentFiles;
  private readonly plane: DataPlane;
  private readonly sections: SectionCache;
  private readonly known = new KnownVersions();
  private readonly cores: number;
  private readonly segmentTarget: number;
  private readonly recodeSizes: RecodeSizes;
  private readonly temporaryFolder: string;
  private readonly similar: SimilarAssets;
  private readonly state: StoreIndex;
  private isWriting = false;

  private constructor(options: ChunkStoreOptions, files: SegmentFiles, state: StoreIndex) {
    this.files = files;
    this.plane = options.plane;
    this.sections = new SectionCache(join(options.forgeFolder, 'cache', 'sections'), options.plane);
    this.cores = options.cores ?? availableParallelism();
    this.segmentTarget = options.segmentTarget ?? SEGMENT_TARGET;
    this.recodeSizes = { recodeFrom: options.recodeFrom, partSize: options.partSize };
    this.temporaryFolder = join(options.forgeFolder, 'tmp');
    this.similar = new SimilarAssets(join(options.forgeFolder, 'similar'), options.plane);
    this.state = state;
  }

  /**
   * Opens the store in `<forgeFolder>/store`, which may not exist yet, and changes nothing. Without a usable database the
   * segments are scanned; the next writer makes a new one. @throws ForgeError FORMAT_TOO_NEW, …
   */
  static async open(options: ChunkStoreOptions): Promise<ChunkStore> {
    const { forgeFolder, plane, readOnly = false } = options;
    const files = new SegmentFiles(join(forgeFolder, 'store'), plane);
    const state = await StoreIndex.open({ forgeFolder, files, plane, readOnly });
    return new ChunkStore(options, files, state);
  }

  /** What was found out of order so far, e.g. a missing segment. */
  get problems(): readonly StoreProblem[] {
    return this.state.problems;
  }

  /**
   * Stores files in batches of at most 8,192 files or 256 MiB, one ahead of its caller. What a yielded batch says is on disk. Results
   * carry the position of their file; one that could not be read is of kind `failed`. @throws ForgeError DISK_FULL, ABORTED, …
   */
  async *ingest(
    files: readonly StoreFile[],
    options: StoreOptions & OperationOptions = {},
  ): AsyncGenerator<IngestedAt[]> {
    if (files.length === 0) return;
    const release = this.startWriting();
    try {
      const index = await this.state.forWriting();
      const { segmentTarget, similar, known } = this;
      const context = { ...(await this.context()), index, known };
      yield* ingestFiles(context, files, { ...options, segmentTarget, similar });
    } finally {
      release();
    }
  }

  /**
   * Learns of the earlier versions of files what `ingest` will ask for, in time that their hashing takes anyway.
   * @throws ForgeError READ_ONLY, IO, …
   */
  async prepare(previous: readonly Pointer[]): Promise<void> {
    const release = this.startWriting();
    try {
      await this.state.forWriting();
      await this.known.prepare(await this.context(), previous);
    } finally {
      release();
    }
  }

  /**
   * Rebuilds assets at their paths, in batches. Every file is verified before it gets its name; a failure is a result and
   * names the asset. @throws ForgeError DISK_FULL, ABORTED, … when it cannot go on
   */
  async *restore(
    files: readonly AssetToRestore[],
    options: OperationOptions = {},
  ): AsyncGenerator<RestoredAt[]> {
    if (files.length === 0) return;
    yield* restoreFiles(await this.context(), files, options);
  }

  /** Whether the index knows the asset; whether all of its records are intact is for `verify`. */
  has(pointer: Pointer): boolean {
    const id = Buffer.from(pointer.blake3, 'hex');
    const index = this.state.reading;
    return (
      pointer.size === 0 ||
      index.find(id, RecordType.manifest) !== undefined ||
      index.find(id, RecordType.chunk)?.rawLength === pointer.size
    );
  }

  /** The chunks of an asset, in order. Undefined when the store does not have it. @throws ForgeError CORRUPT, … */
  async chunksOf(pointer: Pointer): Promise<ChunkList | undefined> {
    return (await this.reader()).chunksOf(pointer);
  }

  /** What a version added to the store next to the one before it, in bytes: see addedBytes.ts. */
  async addedBytes(version: Pointer, before: Pointer | undefined): Promise<number | undefined> {
    return addedBytes(await this.reader(), version, before);
  }

  /** Raw bytes of a chunk, verified. Undefined when the store does not have it. @throws ForgeError CORRUPT, IO, … */
  async chunk(id: Buffer): Promise<Buffer | undefined> {
    return (await this.reader()).record(id, RecordType.chunk);
  }

  /**
   * The bytes of an asset from `offset` on, `length` of them (fewer where it ends), chunk by chunk, each verified.
   * @throws ForgeError NOT_FOUND, CORRUPT, …
   */
  async *read(pointer: Pointer, range?: { offset: number; length: number }): AsyncGenerator<Buffer> {
    let from = range?.offset ?? 0;
    const to = from + (range?.length ?? pointer.size);
    for (let tries = 0; ; tries++) {
      try {
        for await (const bytes of readBytes(await this.reader(), pointer, from, to)) {
          yield bytes;
          from += bytes.length;
        }
        return;
      } catch (error) {
        // Another process may have recoded the asset meanwhile, and dropped the chunks that were listed: the new list goes on from here.
        if (tries === MOST_SEARCHES || !isAboutRecords(error)) throw error;
        const before = this.state.reading.find(Buffer.from(pointer.blake3, 'hex'), RecordType.manifest);
        await this.reading();
        const now = this.state.reading.find(Buffer.from(pointer.blake3, 'hex'), RecordType.manifest);
        if (tries > 0 && before?.segment === now?.segment && before?.offset === now?.offset) throw error;
      }
    }
  }

  async stats(): Promise<StoreStats> {
    const index = await this.reading();
    const segments = index.segments().filter(({ state }) => state !== 'dropped');
    const storedBytes = segments.reduce((sum, { length }) => sum + length, 0);
    return { segments: segments.length, chunks: index.chunkCount(), storedBytes };
  }

  /** Makes the index anew by scanning every segment. @throws ForgeError READ_ONLY, FORMAT_TOO_NEW, … */
  async rebuild(): Promise<void> {
    const release = this.startWriting();
    try {
      await this.state.rebuild();
    } finally {
      release();
    }
  }

  /** Checks segments, index and, when `full`, every record. @throws ForgeError ABORTED, IO, … */
  async verify(options: VerifyStoreOptions): Promise<StoreCheck> {
    const context = await this.context();
    const check = await verifyStore(context, options);
    const lacksDatabase = this.state.isInMemory && context.index.segments().length > 0;
    const problems = [...this.problems, ...check.problems];
    if (lacksDatabase && !problems.some(({ kind }) => kind === 'index')) {
      problems.push({
        kind: 'index',
        message: 'The database of the store is missing; the segments were scanned',
      });
    }
    const isIndexStale = check.isIndexStale || lacksDatabase;
    return { ...check, problems, isIndexStale, isUnsettled: check.isUnsettled && !lacksDatabase };
  }

  /** Brings the index in step with what a writer that was killed left, as every writer does first. @throws ForgeError READ_ONLY, … */
  async settle(): Promise<void> {
    const release = this.startWriting();
    try {
      await this.state.forWriting();
    } finally {
      release();
    }
  }

  /**
   * Packs what the assets of `live` need, and drops all else. May be stopped at any moment and run again; readers go on.
   * @throws ForgeError READ_ONLY, CORRUPT, DISK_FULL, ABORTED, …
   */
  async collect(live: LiveAssets, options: CollectOptions): Promise<CollectResult> {
    const release = this.startWriting();
    try {
      const index = await this.state.forWriting();
      const { temporaryFolder, segmentTarget, known, recodeSizes } = this;
      return await collectStore(
        { ...(await this.context()), index, known, temporaryFolder, segmentTarget, ...recodeSizes },
        live,
        options,
      );
    } finally {
      release();
    }
  }

  /** What `collect` would drop. Changes nothing. @throws ForgeError CORRUPT, ABORTED, … */
  async survey(live: LiveAssets, options: OperationOptions): Promise<CollectResult> {
    return (await surveyStore(await this.context(), live, options)).result;
  }

  /** Those of `pointers` that cannot be rebuilt, given what `verify` found. */
  async *assetsTouched(
    check: Pick<StoreCheck, 'badPlaces'>,
    pointers: Iterable<Pointer> | AsyncIterable<Pointer>,
  ): AsyncGenerator<TouchedAsset> {
    yield* findAssetsTouched(await this.context(), check.badPlaces, pointers);
  }

  /** Those of `pointers` whose plain form and recipe make another file, or none. Rebuilds them all. @throws ForgeError ABORTED, IO, … */
  async *badForms(pointers: readonly Pointer[], options: OperationOptions): AsyncGenerator<TouchedAsset> {
    yield* findBadForms(await this.context(), pointers, options);
  }

  /**
   * Repairs an asset from a file that has its content: whatever of it is bad or missing is stored again. Returns whether
   * the asset is whole now; false when the file has other content. @throws ForgeError READ_ONLY, DISK_FULL, …
   */
  async reingest(path: string, pointer: Pointer): Promise<boolean> {
    const release = this.startWriting();
    try {
      const index = await this.state.forWriting();
      return await reingest({ ...(await this.context()), index, known: this.known }, path, pointer);
    } finally {
      release();
    }
  }

  async close(): Promise<void> {
    await this.state.close();
  }

  /** Two at a time would append to the same segments. @throws ForgeError LOCKED */
  private startWriting(): () => void {
    if (this.isWriting) {
      throw new ForgeError('LOCKED', 'The store is being written to', 'Wait for the other operation to end.');
    }
    this.isWriting = true;
    return () => {
      this.isWriting = false;
    };
  }

  private async context(): Promise<StoreContext> {
    const { files, plane, sections, cores } = this;
    return { files, plane, sections, cores, index: await this.reading() };
  }

  private async reading(): Promise<ChunkIndex> {
    await this.state.refresh();
    return this.state.reading;
  }

  private async reader(): Promise<StoreReader> {
    return new StoreReader(this.files, await this.reading());
  }
}

/** The bytes [from, to) of an asset. */
async function* readBytes(
  reader: StoreReader,
  pointer: Pointer,
  from: number,
  to: number,
): AsyncGenerator<Buffer> {
  const list = await reader.chunksOf(pointer);
  if (!list) throw missing(`The store has no asset ${pointer.blake3}`);
  if (list.recipe !== undefined) {
    yield (await readForm(reader, pointer, list)).subarray(from, to);
    return;
  }
  let start = 0;
  for (const { id, length } of list.chunks) {
    const [first, end] = [Math.max(0, from - start), Math.min(length, to - start)];
    start += length;
    if (first >= end) continue;
    const bytes = await reader.record(id, RecordType.chunk);
    const blake3 = id.toString('hex');
    if (bytes) yield bytes.subarray(first, end);
    // Stored as an asset of its own, cut more finely.
    else if (length < pointer.size) yield* readBytes(reader, { blake3, size: length }, first, end);
    else throw missing(`The store lacks the chunk ${blake3}`);
  }
}

function isAboutRecords(error: unknown): boolean {
  return error instanceof ForgeError && (error.code === 'NOT_FOUND' || error.code === 'CORRUPT');
}

function missing(message: string): ForgeError {
  return new ForgeError(
    'NOT_FOUND',
    message,
    'Run `forge verify` to see what is affected and what can be repaired.',
  );
}
