// Owns the manifest codec: the ordered chunk list that rebuilds one asset (docs/formats/manifest.md).
import { ID_SIZE } from './record.ts';

export const MANIFEST_MAGIC = 0x314e4d46; // "FMN1", little-endian
const HEADER_SIZE = 24;
const ROW_SIZE = ID_SIZE + 4;
/** What the chunks hold: the file itself, or its plain form and then a recipe; or they are parts, which make the file. */
const Form = { file: 0, recipe: 1, parts: 2 } as const;

export interface ManifestChunk {
  id: Buffer;
  /** Raw bytes of the chunk. */
  length: number;
}

export interface Manifest {
  /** Logarithm of the average chunk size the file was cut with; a path keeps its parent version's. */
  averageLog2: number;
  /** Bytes of the file. */
  size: number;
  /** Length of the recipe at the end of the chunks, which then hold the file's plain form; undefined when they are the file. */
  recipe?: number | undefined;
  /** The chunks are parts: assets of their own, in whatever form. */
  isParts?: boolean | undefined;
  chunks: ManifestChunk[];
}

/**
 * magic u32 | averageLog2 u8 | form u8 | 0 x 2 | chunk count u32 | recipe length u32 | file size u64 |
 * count x { id 32, length u32 }.
 */
export function encodeManifest(manifest: Manifest): Buffer {
  const out = Buffer.alloc(HEADER_SIZE + ROW_SIZE * manifest.chunks.length);
  out.writeUInt32LE(MANIFEST_MAGIC, 0);
  out[4] = manifest.averageLog2;
  if (manifest.isParts) out[5] = Form.parts;
  else out[5] = manifest.recipe === undefined ? Form.file : Form.recipe;
  out.writeUInt32LE(manifest.chunks.length, 8);
  out.writeUInt32LE(manifest.recipe ?? 0, 12);
  out.writeBigUInt64LE(BigInt(manifest.size), 16);
  manifest.chunks.forEach((chunk, i) => {
    chunk.id.copy(out, HEADER_SIZE + ROW_SIZE * i);
    out.writeUInt32LE(chunk.length, HEADER_SIZE + ROW_SIZE * i + ID_SIZE);
  });
  return out;
}

/** Returns undefined unless the bytes are a whole manifest whose lengths add up to its size, or leave room for its recipe. */
export function decodeManifest(bytes: Buffer): Manifest | undefined {
  const view = viewManifest(bytes);
  if (!view) return undefined;
  const { averageLog2, size, recipe, isParts, count, at, length } = view;
  const chunks: ManifestChunk[] = [];
  for (let i = 0; i < count; i++)
    chunks.push({ id: Buffer.from(bytes.subarray(at(i), at(i) + ID_SIZE)), length: length(i) });
  return { averageLog2, size, ...(recipe !== undefined && { recipe }), ...(isParts && { isParts }), chunks };
}

/** A manifest in the bytes that it is encoded in: there may be too many chunks to make an object of each. */
export interface ManifestView extends Omit<Manifest, 'chunks'> {
  bytes: Buffer;
  /** Chunks. */
  count: number;
  /** Where in `bytes` the id of a chunk starts. */
  at: (chunk: number) => number;
  length: (chunk: number) => number;
}

/** Refuses what `decodeManifest` refuses. */
export function viewManifest(bytes: Buffer): ManifestView | undefined {
  if (bytes.length < HEADER_SIZE || bytes.readUInt32LE(0) !== MANIFEST_MAGIC) return undefined;
  const count = bytes.readUInt32LE(8);
  if (bytes.length !== HEADER_SIZE + ROW_SIZE * count) return undefined;
  const at = (chunk: number): number => HEADER_SIZE + ROW_SIZE * chunk;
  const length = (chunk: number): number => bytes.readUInt32LE(at(chunk) + ID_SIZE);
  let sum = 0;
  for (let i = 0; i < count; i++) sum += length(i);
  const size = Number(bytes.readBigUInt64LE(16));
  const recipe = bytes.readUInt32LE(12);
  const view = { averageLog2: bytes[4], size, bytes, count, at, length };
  if (bytes[5] === Form.recipe && recipe > 0 && recipe <= sum) return { ...view, recipe };
  if (recipe !== 0 || sum !== size) return undefined;
  if (bytes[5] === Form.parts) return { ...view, isParts: true };
  return bytes[5] === Form.file ? view : undefined;
}
