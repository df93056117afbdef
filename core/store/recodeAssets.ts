// Owns recoding large assets while the store is compacted: those that came in as they are and hold streams are stored by parts, each by its
// plain form, once that is proven to rebuild them.
import { ForgeError } from '../errors.ts';
import { SegmentWriter } from '../dataplane/portable/segmentWriter.ts';
import { encodeManifest, type ManifestChunk } from '../model/manifest.ts';
import type { Pointer } from '../model/pointer.ts';
import { Codec, ID_SIZE, recordHeaderLength, RecordType } from '../model/record.ts';
import { type OperationOptions, throwIfAborted } from '../progress.ts';
import { workersFor } from './batches.ts';
import { enterAppended, openSegments, sealFull } from './appendedSegments.ts';
import { LEVEL, PACK_LEVEL } from './ingestFiles.ts';
import { LONG_FORM_LOG2 } from './ingestPlan.ts';
import { type LiveAssets, NOTHING_DONE, partsOf } from './liveRecords.ts';
import type { WritableStoreContext } from './storeContext.ts';
import { type ChunkList, storedForm, StoreReader } from './storeReader.ts';

/** Assets of so many bytes are looked into. Smaller ones were, when they were saved. */
const LEAST_SIZE = 64 * 1024 * 1024;
const MOST_SIZE = 1024 * 1024 * 1024;
/** Bytes of the file in a part, if nothing else ends it. */
const PART_SIZE = 8 * 1024 * 1024;
/** An asset that has one version pays when what it takes before it is packed shrinks to this: reading it takes longer from then on. */
const SINGLE_SHARE = 7 / 8;
/** Average chunk of a file that is one, for what it is cut with otherwise. */
const UNCUT_LOG2 = 16;

/** Sizes that tests make smaller. */
export interface RecodeSizes {
  /** Bytes of an asset, at least. */
  recodeFrom?: number;
  /** Bytes of the file in a part. */
  partSize?: number;
}

interface RecodeContext extends WritableStoreContext, RecodeSizes {
  segmentTarget: number;
}

type Part = ManifestChunk;

/**
 * Recodes what pays of the assets that are not packed yet. At any moment an asset can be rebuilt from what the index names: its parts are on
 * disk, in the index and read back before anything says that they are the asset. @throws ForgeError DISK_FULL, ABORTED, IO, …
 */
export async function recodeAssets(
  context: RecodeContext,
  assets: LiveAssets,
  isPacked: (segment: number) => boolean,
  options: OperationOptions,
): Promise<void> {
  const run = new Recoding(context, isPacked, options);
  for (const group of assets.groups()) await run.group(group);
}

class Recoding {
  private readonly context: RecodeContext;
  private readonly isPacked: (segment: number) => boolean;
  private readonly options: OperationOptions;
  private done = { files: 0, bytes: 0 };
  /** By the id of a manifest (latin1), those that are packed against it. */
  private dependents: Map<string, Buffer[]> | undefined;

  constructor(context: RecodeContext, isPacked: (segment: number) => boolean, options: OperationOptions) {
    this.context = context;
    this.isPacked = isPacked;
    this.options = options;
  }

  async group(group: readonly Pointer[]): Promise<void> {
    const least = this.context.recodeFrom ?? LEAST_SIZE;
    const large = group.filter(({ size }) => size > least && size <= MOST_SIZE);
    if (large.length === 0) return;
    for (const pointer of large) await this.settle(pointer);
    if (!this.context.plane.recodesParts) return;
    const packed: [Pointer, ChunkList][] = [];
    let hasStreams = false;
    for (const pointer of large) {
      const list = await this.listOf(pointer);
      if (!list) continue;
      if (list.isParts) hasStreams = true;
      else if (this.isAllPacked(list)) packed.push([pointer, list]);
      else if (await this.asset(pointer, list, large.length > 1)) hasStreams = true;
    }
    // Versions of it that an earlier collection found no reason to recode would have nothing in common with the others.
    if (hasStreams) for (const [pointer, list] of packed) await this.asset(pointer, list, true);
  }

  /** Undefined for what is recoded as a whole, or cannot be read. */
  private async listOf(pointer: Pointer): Promise<ChunkList | undefined> {
    try {
      const list = await this.reader().chunksOf(pointer);
      return list?.recipe === undefined ? list : undefined;
    } catch (error) {
      // What it says of the collection is said by who marks.
      if (error instanceof ForgeError && error.code === 'CORRUPT') return undefined;
      throw error;
    }
  }

  private isAllPacked({ chunks }: ChunkList): boolean {
    return chunks.every(({ id }) => {
      const place = this.context.index.find(id, RecordType.chunk);
      return place !== undefined && this.isPacked(place.segment);
    });
  }

  /** Returns whether the asset is stored by parts now. `isWorthIt`: whatever it takes. */
  private async asset(pointer: Pointer, list: ChunkList, isWorthIt: boolean): Promise<boolean> {
    throwIfAborted(this.options.signal);
    const before = this.storedBytes(await partsOf(this.reader(), pointer));
    const parts = await this.storeParts(pointer, list);
    if (!parts) return false;
    const whole = { isParts: true, chunks: parts };
    const after = this.storedBytes(await this.partsOfAll(parts));
    if (!isWorthIt && after > SINGLE_SHARE * before) return false;
    if (!(await this.isProven(pointer, whole))) return false;
    const averageLog2 = list.averageLog2 ?? UNCUT_LOG2;
    await this.writeList(pointer, { averageLog2, ...whole });
    return true;
  }

  /**
   * Where an index that was made anew has both lists of an asset, the collection before having ended in between, leaves one: that by parts,
   * if it is good.
   */
  private async settle(pointer: Pointer): Promise<void> {
    const { index } = this.context;
    const copies = index.copies(Buffer.from(pointer.blake3, 'hex'), RecordType.manifest);
    if (copies.length < 2) return;
    const reader = this.reader();
    const lists = copies.flatMap((copy) => reader.manifestAt(copy) ?? []);
    const byParts = lists.find(({ isParts }) => isParts);
    const other = lists.find(({ isParts }) => !isParts);
    if (!byParts || !other) return;
    await this.writeList(pointer, (await this.isProven(pointer, byParts)) ? byParts : other);
  }

  /** What is stored of it is found, in part, where other assets have the same. */
  private storedBytes({ chunks }: { chunks: readonly { id: Buffer }[] }): number {
    const names = new Set<string>();
    let bytes = 0;
    for (const { id } of chunks) {
      const name = id.toString('latin1');
      const place = names.has(name) ? undefined : this.context.index.find(id, RecordType.chunk);
      names.add(name);
      if (place) bytes += recordHeaderLength(place) + place.storedLength;
    }
    return bytes;
  }

  private async partsOfAll(parts: readonly Part[]): Promise<{ chunks: { id: Buffer }[] }> {
    const chunks: { id: Buffer }[] = [];
    for (const { id, length } of parts) {
      const part = await partsOf(this.reader(), { blake3: id.toString('hex'), size: length });
      for (const chunk of part.chunks) chunks.push(chunk);
    }
    return { chunks };
  }

  /** Undefined when it holds nothing that pays, or cannot be read: then nothing was stored. */
  private async storeParts(pointer: Pointer, list: ChunkList): Promise<Part[] | undefined> {
    const { context } = this;
    const { plane, index, segmentTarget, partSize = PART_SIZE } = context;
    const reader = this.reader();
    const plan = reader.plan();
    const planned = await reader.planAsset(plan, pointer);
    if ('lacks' in planned || planned.parts || planned.recipe !== undefined) return undefined;
    const before = this.done;
    const result = await plane.ingest(
      {
        files: [
          {
            path: pointer.blake3,
            rule: 'asset',
            averageLog2: list.averageLog2 ?? UNCUT_LOG2,
            recode: true,
            longFormLog2: LONG_FORM_LOG2,
            content: { rows: Uint32Array.from(planned.rows), size: pointer.size, part: partSize },
          },
        ],
        dictionaries: [],
        bases: plan.table(),
        storeFolder: context.files.folder,
        segments: openSegments(context),
        segmentTarget,
        assetThreshold: 0,
        level: LEVEL,
        packLevel: PACK_LEVEL,
        workers: workersFor(pointer.size, context.cores),
      },
      {
        isKnown: (ids) => index.isKnown(ids),
        onProgress: ({ files, bytes }) => {
          this.done = { files: before.files + files, bytes: before.bytes + bytes };
          this.options.onProgress?.({ ...NOTHING_DONE, phase: 'recode', ...this.done });
        },
        signal: this.options.signal,
      },
    );
    enterAppended(context, result.segments, false);
    await sealFull(context, segmentTarget);
    const [file] = result.files;
    if (file.kind !== 'asset' || file.blake3 !== pointer.blake3 || !file.parts) return undefined;
    return decodeParts(file.parts);
  }

  /** Rebuilds the whole file from what is on disk. */
  private async isProven(
    { blake3, size }: Pointer,
    list: Pick<ChunkList, 'isParts' | 'chunks'>,
  ): Promise<boolean> {
    const { plane } = this.context;
    const reader = this.reader();
    const plan = reader.plan();
    const planned = await reader.planList(plan, { blake3, size }, { averageLog2: undefined, ...list });
    if ('lacks' in planned) return false;
    const files = [{ blake3, size, ...storedForm(planned) }];
    const [problem] = await plane.checkForms(
      { records: plan.table(), files, workers: 1 },
      { signal: this.options.signal },
    );
    return problem === undefined;
  }

  /**
   * From here on this is what the asset is rebuilt from. Older lists of it stay on disk, as good as this one, until they are dropped.
   * Manifests that were packed against one are written as they are, before: they could not be read with the other.
   */
  private async writeList({ blake3, size }: Pointer, list: ChunkList): Promise<void> {
    const { context } = this;
    const { averageLog2 = UNCUT_LOG2, recipe, isParts, chunks } = list;
    const manifests = await this.manifestsOver(blake3);
    const whole = encodeManifest({ averageLog2, size, recipe, isParts, chunks });
    manifests.push({ id: Buffer.from(blake3, 'hex'), bytes: whole });
    const writer = new SegmentWriter({
      folder: context.files.folder,
      first: openSegments(context)[0],
      target: context.segmentTarget,
      onCreate: () => undefined,
    });
    const type = RecordType.manifest;
    for (const { id, bytes } of manifests)
      writer.append({ id, type, codec: Codec.raw, depth: 0, rawLength: bytes.length, bases: [] }, bytes);
    enterAppended(context, await writer.finish(), true);
    await sealFull(context, context.segmentTarget);
  }

  /** Every manifest, live or not, that any place of it needs this one for, as it reads now. */
  private async manifestsOver(blake3: string): Promise<{ id: Buffer; bytes: Buffer }[]> {
    this.dependents ??= this.findDependents();
    const reader = this.reader();
    const manifests: { id: Buffer; bytes: Buffer }[] = [];
    const name = Buffer.from(blake3, 'hex').toString('latin1');
    for (const id of this.dependents.get(name) ?? []) {
      const bytes = await reader.record(id, RecordType.manifest);
      if (bytes) manifests.push({ id, bytes });
    }
    this.dependents.delete(name);
    return manifests;
  }

  private findDependents(): Map<string, Buffer[]> {
    const dependents = new Map<string, Buffer[]>();
    for (const { id, type, bases } of this.context.index.locations()) {
      if (type !== RecordType.manifest) continue;
      for (const base of bases) {
        const name = base.toString('latin1');
        const known = dependents.get(name) ?? [];
        if (!known.some((other) => other.equals(id))) known.push(Buffer.from(id));
        dependents.set(name, known);
      }
    }
    return dependents;
  }

  private reader(): StoreReader {
    return new StoreReader(this.context.files, this.context.index);
  }
}

function decodeParts(packed: Buffer): Part[] {
  const parts: Part[] = [];
  for (let at = 0; at < packed.length; at += ID_SIZE + 4)
    parts.push({ id: packed.subarray(at, at + ID_SIZE), length: packed.readUInt32LE(at + ID_SIZE) });
  return parts;
}
