// Owns a worker's share of an ingest: which files are assets, reading them block by block, and that they stayed as they were.
import { type BigIntStats, closeSync, fstatSync } from 'node:fs';
import type { ManifestChunk } from '../../model/manifest.ts';
import { decodePointer, MAX_POINTER_LENGTH } from '../../model/pointer.ts';
import { RecordType } from '../../model/record.ts';
import type { IngestFile, IngestedFile } from '../dataPlane.ts';
import { ChunkBatch, type NamedDictionary, type PendingFile, type StoredBytes } from './chunkBatch.ts';
import { longestChunk, nextLength } from './cut.ts';
import { DeltaEncoder } from './delta.ts';
import { sameFile, statTuple } from './fileStat.ts';
import type { JobContext } from './jobContext.ts';
import { ManifestBase } from './manifestBase.ts';
import { pack } from './packing.ts';
import { LONG_FORM, recode, type Recoded } from './recode.ts';
import { RecordReader } from './recordReader.ts';
import { SegmentWriter } from './segmentWriter.ts';
import { isSystemError, openToRead, readFully } from './systemCalls.ts';
import type { IngestJob, JobResults } from './workerMessages.ts';

/** Read at once: small enough for cutting and hashing to find the bytes in the processor's cache. */
const BLOCK_SIZE = 256 * 1024;
/** A NUL among these first bytes makes a file an asset. */
const PROBE_SIZE = 8000;
const TRIES = 3;
/** They are few, and read often. */
const DICTIONARY_LEVEL = 6;

/** What is known of a file once it has been read; what it took to store is known when its batch is written. */
type ReadFile =
  | Exclude<IngestedFile, { kind: 'asset' }>
  | (Omit<Extract<IngestedFile, { kind: 'asset' }>, keyof StoredBytes> & { stored: StoredBytes });

export async function runIngest(job: IngestJob, context: JobContext): Promise<JobResults['ingest']> {
  const writer = new SegmentWriter({
    folder: job.storeFolder,
    first: job.segment,
    target: job.segmentTarget,
    onCreate: (path) => context.announceSegment(path),
  });
  const reader = new RecordReader(job.bases);
  try {
    for (const { id, bytes, isStored } of job.dictionaries) if (!isStored) storeDictionary(writer, id, bytes);
    const batch = new ChunkBatch(context, writer, job);
    const files: [number, ReadFile][] = [];
    const ingest = new Ingest(job, context, batch, reader);
    for (let i = context.next(); i !== undefined; i = context.next()) {
      files.push([i, await ingest.file(job.files[i])]);
      context.progress({ files: 1 });
    }
    await batch.flush();
    const segments = await writer.finish();
    return { files: files.map(([index, file]) => [index, withStored(file)]), segments };
  } finally {
    await writer.close();
    reader.close();
  }
}

function storeDictionary(writer: SegmentWriter, id: Uint8Array, bytes: Uint8Array): void {
  const { codec, payload } = pack(Buffer.from(bytes), DICTIONARY_LEVEL);
  const rawLength = bytes.length;
  writer.append(
    { id: Buffer.from(id), type: RecordType.dictionary, codec, depth: 0, rawLength, bases: [] },
    payload,
  );
}

function withStored(file: ReadFile): IngestedFile {
  if (file.kind !== 'asset') return file;
  const { stored, ...rest } = file;
  return { ...rest, ...stored };
}

class Ingest {
  private readonly job: IngestJob;
  private readonly context: JobContext;
  private readonly batch: ChunkBatch;
  private readonly reader: RecordReader;
  private readonly dictionaries: NamedDictionary[];
  private readonly probe = Buffer.alloc(PROBE_SIZE);

  constructor(job: IngestJob, context: JobContext, batch: ChunkBatch, reader: RecordReader) {
    this.job = job;
    this.context = context;
    this.batch = batch;
    this.reader = reader;
    this.dictionaries = job.dictionaries.map(({ id, bytes }) => ({
      id: Buffer.from(id),
      bytes: Buffer.from(bytes),
    }));
  }

  async file(file: IngestFile): Promise<ReadFile> {
    const stored: StoredBytes = { newBytes: 0, storedBytes: 0 };
    for (let attempt = 0; attempt < TRIES; attempt++) {
      let fd: number | undefined;
      try {
        fd = openToRead(file.path);
        const result = await this.read(fd, file, stored);
        if (result) return result;
      } catch (error) {
        if (!isSystemError(error)) throw error;
        return { kind: 'failed', code: error.code, message: `${file.path} cannot be read: ${error.message}` };
      } finally {
        if (fd !== undefined) closeSync(fd);
      }
    }
    return {
      kind: 'failed',
      code: 'FILE_CHANGED',
      message: `${file.path} changed while it was read, ${TRIES} times in a row`,
    };
  }

  /** Undefined when the file changed meanwhile. */
  private async read(fd: number, file: IngestFile, stored: StoredBytes): Promise<ReadFile | undefined> {
    const before = fstatSync(fd, { bigint: true });
    const size = Number(before.size);
    if (this.isText(fd, file, size)) {
      const after = fstatSync(fd, { bigint: true });
      if (!sameFile(before, after)) return undefined;
      this.context.progress({ bytes: size });
      return { kind: 'text', stat: statTuple(after) };
    }
    const delta = file.base?.length
      ? new DeltaEncoder(file.base, file.averageLog2, this.reader, this.context.hashers.chunk)
      : undefined;
    const dictionary = file.dictionary === undefined ? undefined : this.dictionaries[file.dictionary];
    const manifestBase =
      file.baseManifest === undefined ? undefined : new ManifestBase(file.baseManifest, this.reader);
    const pending: PendingFile = { stored, delta, dictionary, manifestBase };
    if (!file.recode) return this.readAsset(fd, file, before, pending);
    const endTurn = this.context.takeTurn();
    try {
      const recoded = recode(fd, size, this.context.hashers.file);
      return await this.readAsset(fd, file, before, pending, recoded);
    } finally {
      endTurn();
    }
  }

  private isText(fd: number, file: IngestFile, size: number): boolean {
    if (size === 0 || file.rule === 'text') return true;
    if (file.rule === 'asset' || size > this.job.assetThreshold) return false;
    const start = this.probe.subarray(0, readFully(fd, this.probe, 0, Math.min(size, PROBE_SIZE), 0));
    if (start.includes(0)) return false;
    return size > MAX_POINTER_LENGTH || decodePointer(start) === undefined;
  }

  private async readAsset(
    fd: number,
    file: IngestFile,
    before: BigIntStats,
    pending: PendingFile,
    recoded?: Recoded,
  ): Promise<ReadFile | undefined> {
    const { batch, context } = this;
    const { chunk: chunkHasher, file: fileHasher } = context.hashers;
    const fileSize = Number(before.size);
    const size = recoded?.bytes.length ?? fileSize;
    const isLongForm = recoded !== undefined && size > LONG_FORM;
    const averageLog2 = (isLongForm ? file.longFormLog2 : undefined) ?? file.averageLog2;
    pending.delta?.countsAs(fileSize, size, averageLog2);
    const isOneChunk = !recoded && size <= 2 ** averageLog2;
    const isHashed = !recoded && !isOneChunk;
    const longest = longestChunk(averageLog2);
    const chunks: ManifestChunk[] = [];
    // The file's bytes [start, read) are the arena's [batch.used, batch.used + read - start).
    let start = 0;
    let read = 0;
    if (isHashed) fileHasher.start();
    while (start < size) {
      const block = Math.min(size - read, BLOCK_SIZE);
      if (batch.isFull || batch.used + (read - start) + block > batch.arena.length) {
        await batch.flush(read - start);
      }
      const at = batch.used + read - start;
      const count = recoded
        ? recoded.bytes.copy(batch.arena, at, read, read + block)
        : readFully(fd, batch.arena, at, block, read);
      if (!recoded) context.progress({ bytes: count });
      read += count;
      if (count < block) break;
      if (isHashed) fileHasher.update(batch.arena.subarray(at, at + count));
      while (start < size && (read === size || read - start >= longest)) {
        const length = nextLength(batch.arena, batch.used, size - start, averageLog2);
        const id = chunkHasher.hash(batch.arena.subarray(batch.used, batch.used + length));
        chunks.push({ id, length });
        batch.addChunk(pending, id, start, length);
        start += length;
      }
    }
    const after = fstatSync(fd, { bigint: true });
    if (start < size || !sameFile(before, after)) {
      if (!recoded) context.progress({ bytes: -read });
      return undefined;
    }
    if (recoded) context.progress({ bytes: fileSize });
    const id = recoded?.id ?? (isOneChunk ? chunks[0].id : fileHasher.finish());
    if (!isOneChunk) {
      batch.addManifest(pending, id, { averageLog2, size: fileSize, recipe: recoded?.recipe, chunks });
    }
    return {
      kind: 'asset',
      stat: statTuple(after),
      blake3: id.toString('hex'),
      size: fileSize,
      chunks: chunks.length,
      stored: pending.stored,
    };
  }
}
