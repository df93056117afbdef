// Owns the manifest codec: the ordered chunk list that rebuilds one asset (docs/formats/manifest.md).
import { ID_SIZE } from './record.ts';

export const MANIFEST_MAGIC = 0x314e4d46; // "FMN1", little-endian
const HEADER_SIZE = 24;
const ROW_SIZE = ID_SIZE + 4;

export interface ManifestChunk {
  id: Buffer;
  /** Raw bytes of the chunk. */
  length: number;
}

export interface Manifest {
  /** Logarithm of the average chunk size the file was cut with; a path keeps its parent version's. */
  averageLog2: number;
  size: number;
  chunks: ManifestChunk[];
}

/** magic u32 | averageLog2 u8 | 0 x 3 | chunk count u32 | 0 u32 | file size u64 | count x { id 32, length u32 }. */
export function encodeManifest(manifest: Manifest): Buffer {
  const out = Buffer.alloc(HEADER_SIZE + ROW_SIZE * manifest.chunks.length);
  out.writeUInt32LE(MANIFEST_MAGIC, 0);
  out[4] = manifest.averageLog2;
  out.writeUInt32LE(manifest.chunks.length, 8);
  out.writeBigUInt64LE(BigInt(manifest.size), 16);
  manifest.chunks.forEach((chunk, i) => {
    chunk.id.copy(out, HEADER_SIZE + ROW_SIZE * i);
    out.writeUInt32LE(chunk.length, HEADER_SIZE + ROW_SIZE * i + ID_SIZE);
  });
  return out;
}

/** Returns undefined unless the bytes are a whole manifest whose lengths add up to its size. */
export function decodeManifest(bytes: Buffer): Manifest | undefined {
  if (bytes.length < HEADER_SIZE || bytes.readUInt32LE(0) !== MANIFEST_MAGIC) return undefined;
  const count = bytes.readUInt32LE(8);
  if (bytes.length !== HEADER_SIZE + ROW_SIZE * count) return undefined;
  const size = Number(bytes.readBigUInt64LE(16));
  const chunks: ManifestChunk[] = [];
  let sum = 0;
  for (let at = HEADER_SIZE; at < bytes.length; at += ROW_SIZE) {
    const length = bytes.readUInt32LE(at + ID_SIZE);
    chunks.push({ id: Buffer.from(bytes.subarray(at, at + ID_SIZE)), length });
    sum += length;
  }
  return sum === size ? { averageLog2: bytes[4], size, chunks } : undefined;
}
