// Owns the reading of records from segments: checked, decoded with their bases, with a bounded cache of those bases.
import { closeSync, openSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import {
  Codec,
  decodeRecordHeader,
  MAX_RECORD_LENGTH,
  recordHeaderLength,
  RecordType,
} from '../../model/record.ts';
import { decodeRow, ROW_SIZE, type TableRow } from '../recordTable.ts';
import { unpackLzma } from './lzma.ts';
import { unpack } from './packing.ts';
import { readFully } from './systemCalls.ts';

const CACHE_BYTES = 16 * 1024 * 1024;
/**
 * Raw bytes of bases that are decoded for one record at most. Writers keep far below; where the bases of bases do not fit into the cache,
 * work could else grow fourfold with each round.
 */
const MOST_DECODED = 1024 ** 3;
const MAX_OPEN_SEGMENTS = 64;

/** A record that is not what its row, its checksums or its codec say. */
export class BadRecord extends Error {
  /** Its number, if one record can be blamed. */
  readonly row: number | undefined;

  constructor(row: number | undefined, message: string) {
    super(message);
    this.row = row;
  }
}

/** `rows` as recordTable.ts lays them out; the bytes may be shared between threads. */
export interface SharedTable {
  segments: string[];
  rows: Uint8Array;
}

export class RecordReader {
  private readonly segments: string[];
  private readonly rows: Buffer;
  private readonly files = new Map<number, number>();
  private readonly bases = new Map<number, Buffer>();
  private cached = 0;
  /** Raw bytes of bases that were decoded for the record that is being read, and how many rounds of bases that is from it. */
  private decoded = 0;
  private rounds = 0;
  private scratch = Buffer.alloc(0);

  constructor(table: SharedTable) {
    this.segments = table.segments;
    this.rows = Buffer.from(table.rows.buffer, table.rows.byteOffset, table.rows.byteLength);
  }

  row(row: number): TableRow {
    if ((row + 1) * ROW_SIZE > this.rows.length) throw new BadRecord(row, `there is no record ${row}`);
    return decodeRow(this.rows, row);
  }

  /**
   * The raw bytes of a record; they may be overwritten by the next call.
   * Both checksums, the header and the length are checked, the BLAKE3 is not.
   * @throws BadRecord, or the system's error when the segment cannot be read.
   */
  read(row: number): Buffer {
    if (this.rounds === 0) this.decoded = 0;
    this.rounds++;
    try {
      return this.decode(row);
    } finally {
      this.rounds--;
    }
  }

  private decode(row: number): Buffer {
    const record = this.row(row);
    if (record.codec === Codec.raw) return this.payload(row, record);
    const dictionary = this.dictionary(row, record);
    const payload = this.payload(row, record);
    const raw =
      record.codec === Codec.lzma
        ? unpackLzma(payload, record.rawLength, dictionary ?? Buffer.alloc(0))
        : unpack(payload, record.rawLength, dictionary);
    if (!raw) throw this.bad(row, 'does not decode');
    return raw;
  }

  /** The payload of a record as it is stored, under the conditions of `read`. */
  stored(row: number): Buffer {
    return this.payload(row, this.row(row));
  }

  /** Like `read`, but the bytes stay: for records that others are decoded or encoded against. */
  readBase(row: number): Buffer {
    const known = this.bases.get(row);
    if (known) {
      this.bases.delete(row);
      this.bases.set(row, known);
      return known;
    }
    if (this.rounds === 0) this.decoded = 0;
    this.decoded += this.row(row).rawLength;
    if (this.decoded > MOST_DECODED)
      throw this.bad(row, 'needs more to decode than any writer makes it need');
    const raw = Buffer.from(this.read(row));
    this.bases.set(row, raw);
    this.cached += raw.length;
    for (const [oldest, bytes] of this.bases) {
      if (this.cached <= CACHE_BYTES || oldest === row) break;
      this.bases.delete(oldest);
      this.cached -= bytes.length;
    }
    return raw;
  }

  close(): void {
    for (const fd of this.files.values()) closeSync(fd);
    this.files.clear();
  }

  private dictionary(row: number, record: TableRow): Buffer | undefined {
    if (record.codec === Codec.zstd) return undefined;
    for (const base of record.bases) this.checkBase(row, record, this.row(base));
    if (record.codec === Codec.dictionary && record.bases.length === 1) return this.readBase(record.bases[0]);
    if (record.codec === Codec.lzma && record.bases.length === 0) return undefined;
    if (record.codec >= Codec.prefix && record.bases.length > 0) {
      return Buffer.concat(record.bases.map((base) => this.readBase(base)));
    }
    throw this.bad(row, 'lacks its bases');
  }

  /** Depth falls with every base, so decoding ends whatever the rows say. */
  private checkBase(row: number, record: TableRow, base: TableRow): void {
    const fits =
      record.codec === Codec.dictionary
        ? base.type === RecordType.dictionary && base.codec <= Codec.zstd
        : base.type === record.type && base.depth < record.depth;
    if (!fits) throw this.bad(row, 'names a base that cannot be one');
  }

  /** The payload as stored, after the header and both checksums were found good. */
  private payload(row: number, record: TableRow): Buffer {
    if (record.storedLength > MAX_RECORD_LENGTH) throw this.bad(row, 'has an impossible length');
    const headerLength = recordHeaderLength(record);
    const length = headerLength + record.storedLength;
    if (this.scratch.length < length) this.scratch = Buffer.allocUnsafeSlow(Math.max(length, 1 << 17));
    const count = readFully(this.file(record.segment), this.scratch, 0, length, record.offset);
    if (count < length) throw this.bad(row, 'is cut off');
    const header = decodeRecordHeader(this.scratch.subarray(0, headerLength), 0);
    if (!header) throw this.bad(row, 'has a damaged header');
    const agrees =
      header.id.equals(record.id) &&
      header.type === record.type &&
      header.codec === record.codec &&
      header.depth === record.depth &&
      header.rawLength === record.rawLength &&
      header.storedLength === record.storedLength &&
      header.bases.length === record.bases.length &&
      header.bases.every((id, i) => id.equals(this.row(record.bases[i]).id));
    if (!agrees) throw this.bad(row, 'is not the one that the index describes');
    if (record.codec === Codec.raw && record.storedLength !== record.rawLength) {
      throw this.bad(row, 'has an impossible length');
    }
    const payload = this.scratch.subarray(headerLength, length);
    if (crc32(payload) !== header.payloadCrc) throw this.bad(row, 'has a damaged payload');
    return payload;
  }

  private file(segment: number): number {
    const known = this.files.get(segment);
    if (known !== undefined) return known;
    if (this.files.size >= MAX_OPEN_SEGMENTS) {
      const [oldest, fd] = this.files.entries().next().value!;
      closeSync(fd);
      this.files.delete(oldest);
    }
    const fd = openSync(this.segments[segment], 'r');
    this.files.set(segment, fd);
    return fd;
  }

  /** `what` of the record in a sentence that names its segment and place. */
  describe(row: number, what: string): string {
    const { segment, offset } = this.row(row);
    return `The record at byte ${offset} of ${this.segments[segment]} ${what}`;
  }

  private bad(row: number, what: string): BadRecord {
    return new BadRecord(row, this.describe(row, what));
  }
}
