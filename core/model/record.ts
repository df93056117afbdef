// Owns the codec of a segment record's header and of the entry that describes a record (docs/formats/segment.md).
import { crc32 } from 'node:zlib';

export const RECORD_MAGIC = 0x43455246; // "FREC", little-endian
export const RECORD_VERSION = 1;
/** Bytes of a record header before its base ids. */
export const RECORD_HEADER_SIZE = 56;
export const ID_SIZE = 32;
export const MAX_BASES = 4;
/** A chain of delta records is at most this long; a record that is not a delta has depth 0. */
export const MAX_DELTA_DEPTH = 15;
/** Largest offset of a record: what a number counts exactly. */
const MAX_RECORD_OFFSET = 2 ** 53;
/** Largest raw or stored length of one record, bytes. */
export const MAX_RECORD_LENGTH = 256 * 1024 * 1024;

export const RecordType = { chunk: 1, manifest: 2, dictionary: 3 } as const;
export type RecordType = (typeof RecordType)[keyof typeof RecordType];

/** How a record's payload holds its raw bytes. `dictionary`, `prefix` and `lzma` (if it has any) use the records named as bases. */
export const Codec = { raw: 0, zstd: 1, dictionary: 2, prefix: 3, lzma: 4 } as const;
export type Codec = (typeof Codec)[keyof typeof Codec];

/** One record of a segment, without its bytes. Offsets and lengths in bytes. */
export interface RecordEntry {
  /** BLAKE3 of the raw bytes (chunk, dictionary), or of the whole file that a manifest rebuilds. */
  id: Buffer;
  type: RecordType;
  codec: Codec;
  depth: number;
  rawLength: number;
  /** Payload bytes, without header and base ids. */
  storedLength: number;
  /** Where the record's header starts in its segment. */
  offset: number;
  /** Ids of the chunks (prefix: in order, whole) or of the dictionary that decoding needs. */
  bases: Buffer[];
}

export interface RecordHeader extends Omit<RecordEntry, 'offset'> {
  /** CRC-32 (IEEE) of the payload as stored. */
  payloadCrc: number;
}

export function recordHeaderLength(entry: { bases: readonly unknown[] }): number {
  return RECORD_HEADER_SIZE + ID_SIZE * entry.bases.length;
}

/** Header with base ids, ready to be written in front of the payload. */
export function encodeRecordHeader(header: RecordHeader): Buffer {
  const out = Buffer.alloc(recordHeaderLength(header));
  out.writeUInt32LE(RECORD_MAGIC, 0);
  out[4] = RECORD_VERSION;
  out[5] = header.type;
  out[6] = header.codec;
  out[7] = (header.depth << 4) | header.bases.length;
  out.writeUInt32LE(header.rawLength, 8);
  out.writeUInt32LE(header.storedLength, 12);
  header.id.copy(out, 16);
  out.writeUInt32LE(header.payloadCrc, 48);
  header.bases.forEach((base, i) => base.copy(out, RECORD_HEADER_SIZE + ID_SIZE * i));
  out.writeUInt32LE(headerCrc(out), 52);
  return out;
}

/**
 * Decodes the header at `offset` of `bytes`. Returns undefined when no intact header of a known kind is there
 * (wrong magic, checksum, version, type, codec or an impossible length), or when `bytes` ends before it does.
 */
export function decodeRecordHeader(bytes: Buffer, offset: number): RecordHeader | undefined {
  if (offset + RECORD_HEADER_SIZE > bytes.length || bytes.readUInt32LE(offset) !== RECORD_MAGIC)
    return undefined;
  const count = bytes[offset + 7] & 15;
  if (count > MAX_BASES || offset + RECORD_HEADER_SIZE + ID_SIZE * count > bytes.length) return undefined;
  const header = bytes.subarray(offset, offset + RECORD_HEADER_SIZE + ID_SIZE * count);
  if (header.readUInt32LE(52) !== headerCrc(header)) return undefined;
  const type = header[5];
  const codec = header[6];
  const rawLength = header.readUInt32LE(8);
  const storedLength = header.readUInt32LE(12);
  if (header[4] !== RECORD_VERSION || type < 1 || type > 3 || codec > Codec.lzma) return undefined;
  if (rawLength > MAX_RECORD_LENGTH || storedLength > MAX_RECORD_LENGTH) return undefined;
  const bases: Buffer[] = [];
  for (let i = 0; i < count; i++) {
    const at = RECORD_HEADER_SIZE + ID_SIZE * i;
    bases.push(Buffer.from(header.subarray(at, at + ID_SIZE)));
  }
  return {
    id: Buffer.from(header.subarray(16, 48)),
    type: type as RecordType,
    codec: codec as Codec,
    depth: header[7] >> 4,
    rawLength,
    storedLength,
    payloadCrc: header.readUInt32LE(48),
    bases,
  };
}

/** Over everything but the checksum field itself. */
function headerCrc(header: Buffer): number {
  return crc32(header.subarray(RECORD_HEADER_SIZE), crc32(header.subarray(0, 52)));
}

/** Bytes of an encoded entry before its base ids. */
const ENTRY_SIZE = 52;

export function entryLength(entry: { bases: readonly unknown[] }): number {
  return ENTRY_SIZE + ID_SIZE * entry.bases.length;
}

/**
 * Writes an entry at `at` of `out` and returns where the next one starts. The same encoding serves a segment's footer
 * index and the batches that data planes hand over:
 * id 32 | offset u64 | rawLength u32 | storedLength u32 | type u8 | codec u8 | depth << 4 | baseCount u8 | 0 u8 | base ids.
 */
export function encodeEntry(entry: RecordEntry, out: Buffer, at: number): number {
  entry.id.copy(out, at);
  out.writeBigUInt64LE(BigInt(entry.offset), at + 32);
  out.writeUInt32LE(entry.rawLength, at + 40);
  out.writeUInt32LE(entry.storedLength, at + 44);
  out[at + 48] = entry.type;
  out[at + 49] = entry.codec;
  out[at + 50] = (entry.depth << 4) | entry.bases.length;
  out[at + 51] = 0;
  let next = at + ENTRY_SIZE;
  for (const base of entry.bases) next += base.copy(out, next);
  return next;
}

/** Decodes a run of entries. @throws RangeError when the run is torn, or an entry names an unknown kind or has an impossible length or offset */
export function decodeEntries(bytes: Buffer): RecordEntry[] {
  const entries: RecordEntry[] = [];
  let at = 0;
  while (at < bytes.length) {
    const count = bytes[at + 50] & 15;
    const end = at + ENTRY_SIZE + ID_SIZE * count;
    if (end > bytes.length || count > MAX_BASES) throw new RangeError('torn record entry');
    if (!isPossible(bytes, at)) throw new RangeError('impossible record entry');
    const bases: Buffer[] = [];
    for (let b = at + ENTRY_SIZE; b < end; b += ID_SIZE)
      bases.push(Buffer.from(bytes.subarray(b, b + ID_SIZE)));
    entries.push({
      id: Buffer.from(bytes.subarray(at, at + ID_SIZE)),
      offset: Number(bytes.readBigUInt64LE(at + 32)),
      rawLength: bytes.readUInt32LE(at + 40),
      storedLength: bytes.readUInt32LE(at + 44),
      type: bytes[at + 48] as RecordType,
      codec: bytes[at + 49] as Codec,
      depth: bytes[at + 50] >> 4,
      bases,
    });
    at = end;
  }
  return entries;
}

function isPossible(bytes: Buffer, at: number): boolean {
  const [type, codec] = [bytes[at + 48], bytes[at + 49]];
  return (
    bytes.readBigUInt64LE(at + 32) <= MAX_RECORD_OFFSET &&
    bytes.readUInt32LE(at + 40) <= MAX_RECORD_LENGTH &&
    bytes.readUInt32LE(at + 44) <= MAX_RECORD_LENGTH &&
    type >= 1 &&
    type <= RecordType.dictionary &&
    codec <= Codec.lzma
  );
}
