// Owns the chunks that a worker has cut and hashed but not stored: asked about in batches, packed and appended when new.
import { encodeManifest, type Manifest } from '../../model/manifest.ts';
import { Codec, ID_SIZE, RecordType } from '../../model/record.ts';
import { type Delta, type DeltaEncoder, deltaLength } from './delta.ts';
import type { JobContext } from './jobContext.ts';
import type { ManifestBase } from './manifestBase.ts';
import { pack, packBetter, type Packed, packWithDictionary } from './packing.ts';
import type { SegmentWriter } from './segmentWriter.ts';

/** Holds a batch's bytes; several times the longest chunk. */
const ARENA_SIZE = 8 * 1024 * 1024;
/** A batch of this many ids is large enough to ask for. */
const BATCH_IDS = 1024;

/** Larger chunks show their own patterns. */
const DICTIONARY_LIMIT = 128 * 1024;
/** A delta below this share of the first plain try is taken without a second one. */
const CLEARLY_BETTER = 0.45;

/** What storing a file took. */
export interface StoredBytes {
  newBytes: number;
  storedBytes: number;
}

/** Of a record that is in the store, or will be when the ingest ends. */
export interface NamedDictionary {
  id: Buffer;
  bytes: Buffer;
}

export interface PendingFile {
  stored: StoredBytes;
  delta: DeltaEncoder | undefined;
  dictionary: NamedDictionary | undefined;
  manifestBase: ManifestBase | undefined;
}

interface PendingChunk {
  file: PendingFile;
  id: Buffer;
  /** Where it starts in the file. */
  start: number;
  /** Its bytes, in the arena. */
  raw: Buffer;
}

interface PendingManifest {
  file: PendingFile;
  id: Buffer;
  bytes: Buffer;
}

export class ChunkBatch {
  /** Files are read into it one behind the other; bytes before `used` belong to pending chunks. */
  readonly arena = Buffer.allocUnsafeSlow(ARENA_SIZE);
  used = 0;
  private readonly context: JobContext;
  private readonly writer: SegmentWriter;
  private readonly level: number;
  private readonly packLevel: number;
  private chunks: PendingChunk[] = [];
  private manifests: PendingManifest[] = [];

  constructor(context: JobContext, writer: SegmentWriter, levels: { level: number; packLevel: number }) {
    this.context = context;
    this.writer = writer;
    this.level = levels.level;
    this.packLevel = levels.packLevel;
  }

  get isFull(): boolean {
    return this.chunks.length + this.manifests.length >= BATCH_IDS;
  }

  /** The next `length` bytes of the arena, from `used` on, become the chunk that starts at `start` of the file. */
  addChunk(file: PendingFile, id: Buffer, start: number, length: number): void {
    this.chunks.push({ file, id, start, raw: this.arena.subarray(this.used, this.used + length) });
    this.used += length;
  }

  addManifest(file: PendingFile, id: Buffer, manifest: Manifest): void {
    this.manifests.push({ file, id, bytes: encodeManifest(manifest) });
  }

  /**
   * Stores what is new of the batch. The `keep` bytes behind `used` move to the arena's start, which is free again.
   * @throws ForgeError when a segment cannot be written; Stopped.
   */
  async flush(keep = 0): Promise<void> {
    this.context.checkStop();
    const { chunks, manifests } = this;
    if (chunks.length + manifests.length > 0) {
      const answer = await this.context.ask({ chunks: ids(chunks), manifests: ids(manifests) });
      chunks.forEach((chunk, i) => {
        chunk.file.delta?.follow(chunk.id, chunk.start);
        if (answer.chunks[i] === 0) this.storeChunk(chunk);
      });
      manifests.forEach((manifest, i) => {
        if (answer.manifests[i] === 0) this.storeManifest(manifest);
      });
    }
    this.arena.copyWithin(0, this.used, this.used + keep);
    this.used = 0;
    this.chunks = [];
    this.manifests = [];
  }

  private storeChunk({ file, id, start, raw }: PendingChunk): void {
    const { codec, depth, bases, payload } = this.packChunk(file, raw, start);
    const record = { id, type: RecordType.chunk, codec, depth, rawLength: raw.length, bases };
    this.count(file, raw.length, this.writer.append(record, payload));
  }

  private packChunk({ delta: encoder, dictionary }: PendingFile, raw: Buffer, start: number): Packed & Delta {
    const first = pack(raw, this.level);
    if (!encoder && dictionary && first.codec !== Codec.raw && raw.length <= DICTIONARY_LIMIT) {
      const payload = packWithDictionary(raw, dictionary.bytes, this.packLevel);
      if (payload.length + ID_SIZE < first.payload.length)
        return { codec: Codec.dictionary, payload, depth: 0, bases: [dictionary.id] };
    }
    const delta = encoder?.encode(raw, start);
    // Against a delta far below the quick try, the thorough one cannot win.
    const isClear = delta && deltaLength(delta) < CLEARLY_BETTER * first.payload.length;
    const plain = isClear ? first : this.packPlain(raw, first);
    return delta && encoder?.pays(delta, plain.payload.length)
      ? { codec: Codec.prefix, ...delta }
      : { ...plain, depth: 0, bases: [] };
  }

  private storeManifest({ file, id, bytes }: PendingManifest): void {
    const plain = this.packPlain(bytes, pack(bytes, this.level));
    const delta = file.manifestBase?.encode(id, bytes, plain.payload.length);
    const packed = delta ? { codec: Codec.prefix, ...delta } : { ...plain, depth: 0, bases: [] };
    const { payload, ...rest } = packed;
    const record = { id, type: RecordType.manifest, rawLength: bytes.length, ...rest };
    this.count(file, 0, this.writer.append(record, payload));
  }

  private packPlain(raw: Buffer, first: Packed): Packed {
    return this.packLevel === this.level ? first : packBetter(raw, first, this.packLevel);
  }

  private count(file: PendingFile, newBytes: number, storedBytes: number): void {
    file.stored.newBytes += newBytes;
    file.stored.storedBytes += storedBytes;
    this.context.progress({ newBytes, storedBytes });
  }
}

function ids(pending: { id: Buffer }[]): Uint8Array {
  const all = new Uint8Array(ID_SIZE * pending.length);
  pending.forEach(({ id }, i) => all.set(id, ID_SIZE * i));
  return all;
}
