// Owns reading what the store holds in this process: single records, verified, and the chunk lists of assets.
import type { StoredForm } from '../dataplane/dataPlane.ts';
import { Blake3 } from '../dataplane/portable/blake3.ts';
import { BadRecord, RecordReader } from '../dataplane/portable/recordReader.ts';
import { ForgeError, fromSystemError } from '../errors.ts';
import { decodeManifest, type Manifest, type ManifestChunk, viewManifest } from '../model/manifest.ts';
import type { Pointer } from '../model/pointer.ts';
import { RecordType } from '../model/record.ts';
import type { ChunkIndex, RecordLocation } from './chunkIndex.ts';
import { placeName, type PlaceName, RecordPlan } from './recordPlan.ts';
import type { SegmentFiles } from './segmentFiles.ts';
import { SegmentPaths } from './segmentPaths.ts';

export interface ChunkList {
  /** Logarithm of the average chunk size that the asset was cut with; undefined when it was not cut. */
  averageLog2: number | undefined;
  /** Length of the recipe at the end of the chunks, when they hold the asset's plain form rather than its bytes. */
  recipe?: number | undefined;
  /** The chunks are parts: assets of their own, in whatever form. */
  isParts?: boolean | undefined;
  chunks: ManifestChunk[];
}

/** Rows of a plan. */
interface PlannedPart {
  rows: number[];
  /** Length of the recipe at the end of the chunks. */
  recipe?: number | undefined;
}

/** What is to be read of an asset: its chunks, or those of its parts. */
export interface PlannedAsset extends PlannedPart {
  parts?: (PlannedPart & { size: number })[] | undefined;
}

let sharedHasher: Promise<Blake3> | undefined;

/** How often segments are looked for that are not where they should be: each time they may have been compacted once more. */
export const MOST_SEARCHES = 8;

/** Reads through an index, while another process may seal, compact and drop segments. */
export class StoreReader {
  readonly index: ChunkIndex;
  readonly paths: SegmentPaths;
  /** By the hex id. */
  private readonly manifests = new Map<string, Manifest>();

  constructor(files: SegmentFiles, index: ChunkIndex) {
    this.index = index;
    this.paths = new SegmentPaths(files, index);
  }

  plan(avoid?: ReadonlySet<PlaceName>): RecordPlan {
    return new RecordPlan({ index: this.index, pathOf: this.paths.of, avoid });
  }

  /**
   * Raw bytes of a record, verified: a chunk by its BLAKE3, a manifest by its structure. A bad copy is passed over.
   * Undefined when the index does not know it. @throws ForgeError CORRUPT when no copy is good, IO, …
   */
  async record(id: Buffer, type: RecordType): Promise<Buffer | undefined> {
    const avoid = new Set<PlaceName>();
    let problem: string | undefined;
    let searches = 0;
    for (;;) {
      const plan = this.plan(avoid);
      const row = plan.add(id, type);
      if (row === undefined) {
        if (problem === undefined) return undefined;
        throw new ForgeError(
          'CORRUPT',
          problem,
          'Run `forge verify` to see what is affected and what can be repaired.',
        );
      }
      try {
        return await readRow(plan, row);
      } catch (error) {
        if (error instanceof BadRecord) {
          problem = error.message;
          avoid.add(placeName(plan.location(error.row ?? row)));
        } else if (searches < MOST_SEARCHES && (error as NodeJS.ErrnoException).code === 'ENOENT') {
          searches++;
          problem = `A segment is missing: ${(error as NodeJS.ErrnoException).path}`;
          await this.paths.refresh(this.index);
        } else {
          throw fromSystemError(error, this.paths.of(plan.location(row).segment) ?? 'a segment', 'reading');
        }
      }
    }
  }

  /**
   * Reads the manifests of many assets at once, which is several times faster than one by one; `chunksOf` then has them.
   * What goes wrong is left to `chunksOf`.
   */
  prefetch(pointers: Iterable<Pointer>): void {
    this.manifests.clear();
    const plan = this.plan();
    const rows: number[] = [];
    for (const { blake3 } of pointers) {
      const row = plan.add(Buffer.from(blake3, 'hex'), RecordType.manifest);
      if (row !== undefined) rows.push(row);
    }
    const reader = new RecordReader(plan.table());
    try {
      for (const row of rows) {
        const manifest = decodeManifest(reader.read(row));
        if (manifest) this.manifests.set(plan.location(row).id.toString('hex'), manifest);
      }
    } catch {
      // The rest is read one by one, by those who can say what is wrong.
    } finally {
      reader.close();
    }
  }

  /** The chunks of an asset. Undefined when the store does not have it. @throws ForgeError CORRUPT, IO, … */
  async chunksOf(pointer: Pointer): Promise<ChunkList | undefined> {
    const id = Buffer.from(pointer.blake3, 'hex');
    if (pointer.size === 0) return { averageLog2: undefined, chunks: [] };
    const manifest = this.manifests.get(pointer.blake3) ?? (await this.manifest(id));
    if (manifest?.size === pointer.size) return manifest;
    const chunk = this.index.find(id, RecordType.chunk);
    if (chunk?.rawLength !== pointer.size) return undefined;
    return { averageLog2: undefined, chunks: [{ id, length: pointer.size }] };
  }

  /** The list in exactly this manifest's record. Undefined when it cannot be read. */
  manifestAt(location: RecordLocation): ChunkList | undefined {
    const plan = this.plan();
    const row = plan.addPlace(location);
    if (row === undefined) return undefined;
    const reader = new RecordReader(plan.table());
    try {
      return decodeManifest(reader.read(row));
    } catch (error) {
      if (error instanceof BadRecord || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    } finally {
      reader.close();
    }
  }

  private async manifest(id: Buffer): Promise<Manifest | undefined> {
    const bytes = await this.record(id, RecordType.manifest);
    return bytes && decodeManifest(bytes);
  }

  /**
   * Plans an asset: the rows of its chunks in order and the length of the recipe at their end, if any, or the same of its parts; or what
   * the store lacks.
   * The content of a chunk may also be an asset that was cut more finely, and stored as that: as bytes, not as a plain form.
   * @throws ForgeError CORRUPT when no copy of a manifest is good, IO, …
   */
  async planAsset(plan: RecordPlan, pointer: Pointer): Promise<PlannedAsset | { lacks: string }> {
    const list = await this.chunksOf(pointer);
    return list ? this.planList(plan, pointer, list) : { lacks: `the asset ${pointer.blake3}` };
  }

  /** The same by this list. */
  async planList(
    plan: RecordPlan,
    pointer: Pointer,
    list: ChunkList,
  ): Promise<PlannedAsset | { lacks: string }> {
    if (list.isParts) return this.planParts(plan, pointer, list);
    const rows: number[] = [];
    for (const { id, length } of list.chunks) {
      const row = plan.add(id, RecordType.chunk);
      if (row !== undefined) {
        rows.push(row);
        continue;
      }
      const lacks = { lacks: `the chunk ${id.toString('hex')}` };
      const isPart = list.recipe === undefined && length < pointer.size;
      if (!isPart || !this.index.find(id, RecordType.manifest)) return lacks;
      const part = await this.planAsset(plan, { blake3: id.toString('hex'), size: length });
      if ('lacks' in part || part.recipe !== undefined || part.parts) return lacks;
      for (const partRow of part.rows) rows.push(partRow);
    }
    return { rows, recipe: list.recipe };
  }

  private async planParts(
    plan: RecordPlan,
    { size: whole }: Pointer,
    { chunks }: ChunkList,
  ): Promise<PlannedAsset | { lacks: string }> {
    const parts: NonNullable<PlannedAsset['parts']> = [];
    for (const { id, length: size } of chunks) {
      const lacks = { lacks: `the part ${id.toString('hex')}` };
      // A part of the whole's size would be the whole.
      const part = size < whole ? await this.planAsset(plan, { blake3: id.toString('hex'), size }) : lacks;
      if ('lacks' in part) return part;
      if (part.parts) return lacks;
      parts.push({ rows: part.rows, recipe: part.recipe, size });
    }
    return { rows: [], parts };
  }
}

/** What a data plane is told of a planned asset. */
export function storedForm({
  rows,
  recipe,
  parts,
}: PlannedAsset): Pick<StoredForm, 'chunks' | 'recipe' | 'parts'> {
  return {
    chunks: Uint32Array.from(rows),
    ...(recipe !== undefined && { recipe }),
    ...(parts && {
      parts: parts.map(({ size, ...part }) => ({
        size,
        chunks: Uint32Array.from(part.rows),
        ...(part.recipe !== undefined && { recipe: part.recipe }),
      })),
    }),
  };
}

async function readRow(plan: RecordPlan, row: number): Promise<Buffer> {
  const hasher = await (sharedHasher ??= Blake3.create());
  const reader = new RecordReader(plan.table());
  try {
    const raw = Buffer.from(reader.read(row));
    const { id, type } = plan.location(row);
    const isGood =
      type === RecordType.manifest ? viewManifest(raw) !== undefined : hasher.hash(raw).equals(id);
    if (isGood) return raw;
    throw new BadRecord(row, reader.describe(row, 'does not hold what it is named after'));
  } finally {
    reader.close();
  }
}
