// Owns which records the live assets need, and which of those lie where they can stay: packed, and packed against nothing but such.
import { createHash } from 'node:crypto';
import { ForgeError } from '../errors.ts';
import type { ManifestChunk } from '../model/manifest.ts';
import type { Pointer } from '../model/pointer.ts';
import { Codec, RecordType } from '../model/record.ts';
import { type OperationOptions, throwIfAborted } from '../progress.ts';
import type { ChunkIndex, RecordLocation } from './chunkIndex.ts';
import { IdTable } from './idTable.ts';
import type { ChunkList, StoreReader } from './storeReader.ts';

/** The assets that some ref or kept operation reaches. */
export interface LiveAssets {
  /** Distinct assets. */
  readonly count: number;
  /** Each asset once: versions of one path together, oldest first. May be gone through several times. */
  groups(): Iterable<Pointer[]>;
}

/** For assets of one chunk, which do not say how they were cut: the usual average. */
const ALIGNMENT_LOG2 = 16;
/** Assets whose manifests are read at once. */
const PREFETCH = 256;

/** What is known of a live chunk: nothing yet, that it has to be packed, or 2 + the depth of its record that can stay. */
const UNKNOWN = 0;
const LOOSE = 1;
const FIXED = 2;

export class LiveRecords {
  readonly chunks = new IdTable();
  readonly manifests = new IdTable();
  /** Live assets that the store has nothing of, or not all. */
  lacking = 0;
  private readonly index: ChunkIndex;
  /** Whether a segment's records were packed as small as they get. */
  private readonly isPacked: (segment: number) => boolean;
  private states = new Uint8Array(0);

  constructor(index: ChunkIndex, isPacked: (segment: number) => boolean) {
    this.index = index;
    this.isPacked = isPacked;
  }

  /** Marks what the assets need. @throws ForgeError CORRUPT when a manifest cannot be read: then nothing says what it needs */
  async mark(reader: StoreReader, assets: LiveAssets, options: OperationOptions): Promise<void> {
    let files = 0;
    for (const group of slicesOf(assets)) {
      throwIfAborted(options.signal);
      reader.prefetch(group);
      for (const pointer of group) await this.markAsset(reader, pointer);
      files += group.length;
      options.onProgress?.({ ...NOTHING_DONE, phase: 'mark', files, totalFiles: assets.count });
    }
    this.forgetStates();
  }

  private async markAsset(reader: StoreReader, pointer: Pointer): Promise<void> {
    const parts = await partsOf(reader, pointer);
    if (!parts.isWhole) this.lacking++;
    this.markParts(parts);
    // Copies of a manifest may list different chunks: an asset that was recoded, in an index that was made anew since. Whichever of them
    // will be kept, what it needs is there.
    const id = Buffer.from(pointer.blake3, 'hex');
    const copies = this.index.copies(id, RecordType.manifest);
    if (copies.length < 2) return;
    const lists = new Set([listName(await reader.chunksOf(pointer))]);
    for (const copy of copies) {
      const list = reader.manifestAt(copy);
      if (!list || lists.has(listName(list))) continue;
      lists.add(listName(list));
      this.markParts(await partsIn(reader, pointer, list));
    }
  }

  private markParts({ manifests, chunks }: AssetParts): void {
    for (const manifest of manifests) this.manifests.add(manifest);
    for (const { id } of chunks) this.chunks.add(id);
  }

  /** To be called when records were added: some may be able to stay now. */
  forgetStates(): void {
    this.states = new Uint8Array(this.chunks.count);
  }

  /** The place where a live chunk or manifest can stay as it is; undefined when it has to be packed. */
  fixedPlace(id: Buffer, type: RecordType): RecordLocation | undefined {
    if (type === RecordType.chunk) {
      const position = this.chunks.positionOf(id);
      if (position < 0 || this.states[position] === LOOSE) return undefined;
      const place = this.findFixed(id, type);
      this.states[position] = place ? FIXED + place.depth : LOOSE;
      return place;
    }
    return this.findFixed(id, type);
  }

  /** The place of a live manifest whose bases are live, too: packing it anew would only make it larger. */
  manifestAmongLive(id: Buffer): RecordLocation | undefined {
    const place = this.index.find(id, RecordType.manifest);
    return place?.codec === Codec.prefix && place.bases.every((base) => this.manifests.has(base))
      ? place
      : undefined;
  }

  /** Ids of the dictionaries that live chunks are packed with, wherever they lie. */
  dictionaries(): IdTable {
    const ids = new IdTable();
    for (let i = 0; i < this.chunks.count; i++) {
      for (const { codec, bases } of this.index.copies(this.chunks.at(i), RecordType.chunk))
        if (codec === Codec.dictionary) for (const base of bases) ids.add(base);
    }
    return ids;
  }

  /** The same for the places where chunks can stay. */
  fixedDictionaries(): IdTable {
    const ids = new IdTable();
    for (let i = 0; i < this.chunks.count; i++) {
      const place = this.fixedPlace(this.chunks.at(i), RecordType.chunk);
      if (place?.codec === Codec.dictionary) for (const base of place.bases) ids.add(base);
    }
    return ids;
  }

  isFixed(id: Buffer): boolean {
    return this.fixedDepth(id) !== undefined;
  }

  private findFixed(id: Buffer, type: RecordType): RecordLocation | undefined {
    return this.index.copies(id, type).find((place) => this.isPacked(place.segment) && this.canStay(place));
  }

  private canStay({ type, codec, bases, depth }: RecordLocation): boolean {
    if (type === RecordType.manifest)
      return bases.every((id) => {
        const base = this.manifests.has(id) ? this.findFixed(id, type) : undefined;
        return base !== undefined && base.depth < depth;
      });
    // A dictionary is kept by whoever needs it (collectStore.ts), wherever it lies.
    if (codec === Codec.dictionary)
      return bases.every((id) => this.index.find(id, RecordType.dictionary) !== undefined);
    return bases.every((id) => (this.fixedDepth(id) ?? Infinity) < depth);
  }

  /** Bases are less deep, so this ends. */
  private fixedDepth(id: Buffer): number | undefined {
    const position = this.chunks.positionOf(id);
    if (position < 0) return undefined;
    if (this.states[position] === UNKNOWN) this.fixedPlace(id, RecordType.chunk);
    return this.states[position] >= FIXED ? this.states[position] - FIXED : undefined;
  }
}

export const NOTHING_DONE = {
  files: 0,
  totalFiles: 0,
  bytes: 0,
  totalBytes: 0,
  newBytes: 0,
  storedBytes: 0,
};

function* slicesOf(assets: LiveAssets): Iterable<Pointer[]> {
  let slice: Pointer[] = [];
  for (const group of assets.groups()) {
    for (const pointer of group) {
      if (slice.push(pointer) < PREFETCH) continue;
      yield slice;
      slice = [];
    }
  }
  yield slice;
}

export interface AssetParts {
  averageLog2: number;
  /** Chunks in order, those of finer-cut parts in their places. */
  chunks: ManifestChunk[];
  manifests: Buffer[];
  /** Whether the store knows all of it. */
  isWhole: boolean;
}

function listName(list: ChunkList | undefined): string {
  const hash = createHash('sha256').update(`${list?.recipe} ${list?.isParts === true}`);
  for (const { id } of list?.chunks ?? []) hash.update(id);
  return hash.digest('hex');
}

/** Everything an asset is made from. @throws ForgeError CORRUPT when a manifest cannot be read, IO, … */
export async function partsOf(reader: StoreReader, pointer: Pointer): Promise<AssetParts> {
  return partsIn(reader, pointer, await reader.chunksOf(pointer));
}

/** The same by one of the lists that the asset has. */
async function partsIn(
  reader: StoreReader,
  pointer: Pointer,
  list: ChunkList | undefined,
): Promise<AssetParts> {
  if (!list) return { averageLog2: ALIGNMENT_LOG2, chunks: [], manifests: [], isWhole: false };
  const parts: AssetParts = {
    averageLog2: list.averageLog2 ?? ALIGNMENT_LOG2,
    chunks: [],
    manifests: [],
    isWhole: true,
  };
  const id = Buffer.from(pointer.blake3, 'hex');
  if (reader.index.find(id, RecordType.manifest)) parts.manifests.push(id);
  for (const chunk of list.chunks) {
    if (!list.isParts && reader.index.find(chunk.id, RecordType.chunk)) {
      parts.chunks.push(chunk);
      continue;
    }
    const isPart =
      chunk.length < pointer.size && (list.isParts || reader.index.find(chunk.id, RecordType.manifest));
    const blake3 = chunk.id.toString('hex');
    const part = isPart ? await partsOf(reader, { blake3, size: chunk.length }) : undefined;
    parts.chunks.push(...(part?.chunks ?? []));
    parts.manifests.push(...(part?.manifests ?? []));
    if (part) parts.averageLog2 = Math.max(parts.averageLog2, part.averageLog2);
    if (!part?.isWhole) parts.isWhole = false;
  }
  return parts;
}

/** Why nothing can be collected. */
export function unreadable(error: unknown): unknown {
  if (!(error instanceof ForgeError) || error.code !== 'CORRUPT') return error;
  return new ForgeError(
    'CORRUPT',
    `${error.message}; nothing says what this asset needs, so nothing was dropped`,
    'Run `forge verify --full`, which repairs what it can, then collect again.',
    { cause: error },
  );
}
