// Owns the packed rows in which core hands records to a data plane.
import { ID_SIZE, MAX_BASES, type RecordEntry } from '../model/record.ts';
import type { RecordTable } from './dataPlane.ts';

/**
 * id 32 | offset u64 | rawLength u32 | storedLength u32 | segment u32 | type u8 | codec u8 | depth << 4 | baseCount u8 | 0 u8 |
 * 4 x row number of a base u32 (unused: 0xffffffff). Little-endian.
 */
export const ROW_SIZE = 72;
/** In place of a row number: there is none. */
export const NO_ROW = 0xffffffff;

export interface TableRow {
  id: Buffer;
  offset: number;
  rawLength: number;
  storedLength: number;
  segment: number;
  type: number;
  codec: number;
  depth: number;
  bases: number[];
}

export function decodeRow(rows: Buffer, row: number): TableRow {
  const at = row * ROW_SIZE;
  const bases: number[] = [];
  for (let i = 0; i < (rows[at + 54] & 15); i++) bases.push(rows.readUInt32LE(at + 56 + 4 * i));
  return {
    id: rows.subarray(at, at + ID_SIZE),
    offset: Number(rows.readBigUInt64LE(at + 32)),
    rawLength: rows.readUInt32LE(at + 40),
    storedLength: rows.readUInt32LE(at + 44),
    segment: rows.readUInt32LE(at + 48),
    type: rows[at + 52],
    codec: rows[at + 53],
    depth: rows[at + 54] >> 4,
    bases,
  };
}

/** Collects rows; a record is added once, its bases before it. */
export class RecordTableBuilder {
  private readonly segments: string[] = [];
  private readonly segmentNumbers = new Map<string, number>();
  private rows = Buffer.alloc(64 * ROW_SIZE);
  private count = 0;

  get length(): number {
    return this.count;
  }

  /** `bases` are the row numbers of the entry's bases, in their order. Returns the new row's number. */
  add(segmentPath: string, entry: RecordEntry, bases: number[]): number {
    let segment = this.segmentNumbers.get(segmentPath);
    if (segment === undefined) {
      segment = this.segments.push(segmentPath) - 1;
      this.segmentNumbers.set(segmentPath, segment);
    }
    const at = this.count * ROW_SIZE;
    if (at === this.rows.length) this.rows = Buffer.concat([this.rows, Buffer.alloc(this.rows.length)]);
    entry.id.copy(this.rows, at);
    this.rows.writeBigUInt64LE(BigInt(entry.offset), at + 32);
    this.rows.writeUInt32LE(entry.rawLength, at + 40);
    this.rows.writeUInt32LE(entry.storedLength, at + 44);
    this.rows.writeUInt32LE(segment, at + 48);
    this.rows[at + 52] = entry.type;
    this.rows[at + 53] = entry.codec;
    this.rows[at + 54] = (entry.depth << 4) | bases.length;
    for (let i = 0; i < MAX_BASES; i++) this.rows.writeUInt32LE(bases[i] ?? NO_ROW, at + 56 + 4 * i);
    return this.count++;
  }

  table(): RecordTable {
    return { segments: this.segments, rows: this.rows.subarray(0, this.count * ROW_SIZE) };
  }
}
