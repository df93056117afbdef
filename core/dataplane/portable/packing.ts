// Owns how raw bytes become a record's payload and back, with Node's own zstd.
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { Codec } from '../../model/record.ts';

/** Below this share of its raw size a chunk is worth the slower second try. */
const PACKS_WELL = 0.9;
/** A payload is compressed only if that saves at least 2 %: else reading it would cost more than it gains. */
const WORTH_IT = 0.98;
/** Logarithm of the entries of the largest tables: 16 MiB each. */
const LARGEST_TABLE = 22;

export interface Packed {
  codec: Codec;
  payload: Buffer;
}

/** Compresses `raw`, or returns it when that does not pay. */
export function pack(raw: Buffer, level: number): Packed {
  const payload = compress(raw, level);
  if (payload.length > WORTH_IT * raw.length) return { codec: Codec.raw, payload: raw };
  return { codec: Codec.zstd, payload };
}

/** Packs once more at `packLevel` what the first try showed to shrink well. */
export function packBetter(raw: Buffer, first: Packed, packLevel: number): Packed {
  if (first.codec === Codec.raw || first.payload.length >= PACKS_WELL * raw.length) return first;
  const payload = compress(raw, packLevel);
  return payload.length < first.payload.length ? { codec: Codec.zstd, payload } : first;
}

/** One frame made with a trained dictionary. */
export function packWithDictionary(raw: Buffer, dictionary: Buffer, level: number): Buffer {
  return zstdCompressSync(raw, {
    chunkSize: compressBound(raw.length),
    dictionary,
    params: { [constants.ZSTD_c_compressionLevel]: level },
  });
}

/**
 * One frame whose matches may reach into `prefix`, which must not start with the magic of a trained dictionary. `isLong`: the
 * tables of the level would forget where the prefix starts.
 */
export function packWithPrefix(raw: Buffer, prefix: Buffer, level: number, isLong = false): Buffer {
  const windowLog = Math.max(10, Math.ceil(Math.log2(prefix.length + raw.length)));
  const params: Record<number, number> = {
    [constants.ZSTD_c_compressionLevel]: level,
    [constants.ZSTD_c_windowLog]: windowLog,
  };
  if (isLong) {
    const tableLog = Math.min(LARGEST_TABLE, windowLog);
    params[constants.ZSTD_c_hashLog] = tableLog;
    params[constants.ZSTD_c_chainLog] = tableLog;
  }
  return zstdCompressSync(raw, { chunkSize: compressBound(raw.length), dictionary: prefix, params });
}

/**
 * Decodes a payload of codec zstd, or one of codec dictionary or prefix when their bytes are given.
 * Returns undefined when it is not a whole frame of exactly `rawLength` bytes.
 */
export function unpack(payload: Buffer, rawLength: number, dictionary?: Buffer): Buffer | undefined {
  try {
    const raw = zstdDecompressSync(payload, {
      chunkSize: Math.max(64, rawLength),
      maxOutputLength: Math.max(1, rawLength),
      dictionary,
    });
    return raw.length === rawLength ? raw : undefined;
  } catch {
    return undefined;
  }
}

/** One frame of the raw bytes alone. */
export function compress(raw: Buffer, level: number): Buffer {
  return zstdCompressSync(raw, {
    chunkSize: compressBound(raw.length),
    params: { [constants.ZSTD_c_compressionLevel]: level },
  });
}

/** No frame is longer, so that Node collects the output in one buffer (zstd.h, ZSTD_COMPRESSBOUND). */
function compressBound(length: number): number {
  return length + (length >>> 8) + 128;
}
