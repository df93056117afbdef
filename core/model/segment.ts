// Owns the codec of a segment's header and of the footer that seals it (docs/formats/segment.md).
import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

const HEADER_MAGIC = Buffer.from('FORGESEG', 'latin1');
const FOOTER_MAGIC = Buffer.from('FORGEEND', 'latin1');
export const SEGMENT_VERSION = 1;
export const SEGMENT_HEADER_SIZE = 64;
export const SEGMENT_TRAILER_SIZE = 48;
/** A segment is sealed once it has grown past this many bytes. */
export const SEGMENT_TARGET = 256 * 1024 * 1024;
/** Identity of a segment from its first byte on, before it has a content name. */
export const SEGMENT_UUID_SIZE = 16;

/** Flags of a segment. `packed`: its records were packed as small as they get, so that packing them again would gain nothing. */
export const SegmentFlag = { packed: 1 } as const;

/** magic 8 | version u16 | flags u8 | 0 u8 | 0 u32 | uuid 16 | 0 x 28 | CRC-32 of the 60 bytes before, u32. */
export function encodeSegmentHeader(uuid: Buffer = randomBytes(SEGMENT_UUID_SIZE), flags = 0): Buffer {
  const out = Buffer.alloc(SEGMENT_HEADER_SIZE);
  HEADER_MAGIC.copy(out, 0);
  out.writeUInt16LE(SEGMENT_VERSION, 8);
  out[10] = flags;
  uuid.copy(out, 16);
  out.writeUInt32LE(crc32(out.subarray(0, 60)), 60);
  return out;
}

export type SegmentHeader =
  { state: 'ok'; uuid: Buffer; flags: number } | { state: 'tooNew'; version: number } | { state: 'bad' };

export function decodeSegmentHeader(bytes: Buffer): SegmentHeader {
  if (bytes.length < SEGMENT_HEADER_SIZE || bytes.compare(HEADER_MAGIC, 0, 8, 0, 8) !== 0)
    return { state: 'bad' };
  const version = bytes.readUInt16LE(8);
  if (version > SEGMENT_VERSION) return { state: 'tooNew', version };
  if (bytes.readUInt32LE(60) !== crc32(bytes.subarray(0, 60))) return { state: 'bad' };
  return { state: 'ok', uuid: Buffer.from(bytes.subarray(16, 32)), flags: bytes[10] };
}

/**
 * What ends a sealed segment, after the entries sorted by id and then offset:
 * magic 8 | version u16 | 0 u16 | CRC-32 of the entries u32 | count u64 | start of the entries u64 | length of the entries u64 |
 * 0 u32 | CRC-32 of the 44 bytes before, u32.
 */
export interface SegmentTrailer {
  count: number;
  entriesOffset: number;
  entriesLength: number;
  entriesCrc: number;
}

export function encodeSegmentTrailer(trailer: SegmentTrailer): Buffer {
  const out = Buffer.alloc(SEGMENT_TRAILER_SIZE);
  FOOTER_MAGIC.copy(out, 0);
  out.writeUInt16LE(SEGMENT_VERSION, 8);
  out.writeUInt32LE(trailer.entriesCrc, 12);
  out.writeBigUInt64LE(BigInt(trailer.count), 16);
  out.writeBigUInt64LE(BigInt(trailer.entriesOffset), 24);
  out.writeBigUInt64LE(BigInt(trailer.entriesLength), 32);
  out.writeUInt32LE(crc32(out.subarray(0, 44)), 44);
  return out;
}

/** `bytes` are the last 48 of a file. Undefined when the file is not sealed. */
export function decodeSegmentTrailer(bytes: Buffer): SegmentTrailer | undefined {
  if (bytes.length !== SEGMENT_TRAILER_SIZE || bytes.compare(FOOTER_MAGIC, 0, 8, 0, 8) !== 0)
    return undefined;
  if (bytes.readUInt16LE(8) !== SEGMENT_VERSION || bytes.readUInt32LE(44) !== crc32(bytes.subarray(0, 44)))
    return undefined;
  return {
    entriesCrc: bytes.readUInt32LE(12),
    count: Number(bytes.readBigUInt64LE(16)),
    entriesOffset: Number(bytes.readBigUInt64LE(24)),
    entriesLength: Number(bytes.readBigUInt64LE(32)),
  };
}
