// Owns keys and values of the tables in LMDB (docs/formats/store.md).
import type { SegmentInfo } from './chunkIndex.ts';
import { damagedIndex } from './recordPlaces.ts';

/** @throws ForgeError CORRUPT */
export function unpackSegment(key: Buffer, value: Buffer): SegmentInfo {
  try {
    const info = JSON.parse(value.toString()) as Omit<SegmentInfo, 'number'>;
    return { number: key.readUInt32BE(0), ...info };
  } catch {
    throw damagedIndex();
  }
}

/** Big-endian, so that numbers sort. */
export function segmentKey(number: number): Buffer {
  const key = Buffer.allocUnsafe(4);
  key.writeUInt32BE(number, 0);
  return key;
}

/** Names of files are longer than LMDB's keys may be, so their beginning has to do. */
export function dictionaryKey(kind: string): Buffer {
  return Buffer.from(`dictionary ${kind}`).subarray(0, 256);
}

export function u32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32LE(value, 0);
  return bytes;
}

export function u48(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(6);
  bytes.writeUIntLE(value, 0, 6);
  return bytes;
}
