// Owns a run: ids and their places, sorted by id, in a file that never changes (docs/formats/store.md).
import { closeSync, fstatSync, fsyncSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { ID_SIZE } from '../model/record.ts';
import { damagedIndex } from './recordPlaces.ts';
import { addToLine, filterSize, LINE, lineOf, mayBeInLine } from './runFilter.ts';

const MAGIC = Buffer.from('FORGERUN');
const VERSION = 1;
/** magic 8 | version u32 | crc32 of the rest u32 | entries u64 | blocks u64 | filter's offset u64 | its size u64 */
const HEADER_SIZE = 48;
/** A block is closed once it has so many bytes. */
const BLOCK_SIZE = 4096;
/** Before an entry's places: its id and their length, u32. */
const ENTRY_HEAD = ID_SIZE + 4;
const CRC_SIZE = 4;
/** Of the table: the first six bytes of a block's first id, big-endian, as a number, and where the block starts. Both float64. */
const TABLE_ROW = 16;
const PREFIX_BYTES = 6;
/** After so many look-ups the whole filter is worth its reading. */
const LOOKUPS_BEFORE_LOADING = 4096;

export interface RunEntry {
  id: Buffer;
  /** recordPlaces.ts; empty: the id is known no more. */
  places: Buffer;
}

export class IndexRun {
  readonly path: string;
  readonly entryCount: number;
  readonly #file: number;
  readonly #blocks: number;
  readonly #filterAt: number;
  readonly #filterSize: number;
  /** Prefix and start of each block, and the end of the last. */
  #table: Float64Array | undefined;
  #filter: Buffer | undefined;
  #lookups = 0;

  private constructor(path: string, file: number, header: Buffer) {
    this.path = path;
    this.#file = file;
    this.entryCount = Number(header.readBigUInt64LE(16));
    this.#blocks = Number(header.readBigUInt64LE(24));
    this.#filterAt = Number(header.readBigUInt64LE(32));
    this.#filterSize = Number(header.readBigUInt64LE(40));
  }

  /** @throws ForgeError CORRUPT when it is no run; what opening a file throws */
  static open(path: string): IndexRun {
    const file = openSync(path, 'r');
    try {
      const header = readAt(file, 0, HEADER_SIZE);
      const isWhole =
        header.subarray(0, 8).equals(MAGIC) &&
        header.readUInt32LE(8) === VERSION &&
        header.readUInt32LE(12) === crc32(header.subarray(16));
      if (!isWhole) throw damagedIndex();
      const run = new IndexRun(path, file, header);
      if (run.#tableEnd + CRC_SIZE !== fstatSync(file).size) throw damagedIndex();
      return run;
    } catch (error) {
      closeSync(file);
      throw error;
    }
  }

  close(): void {
    closeSync(this.#file);
  }

  /** Places of an id, empty when it is known no more; undefined when the run says nothing of it. @throws ForgeError CORRUPT */
  get(id: Uint8Array): Buffer | undefined {
    if (!this.#mayHave(id)) return undefined;
    const key = Buffer.from(id.buffer, id.byteOffset, ID_SIZE);
    const prefix = key.readUIntBE(0, PREFIX_BYTES);
    const table = (this.#table ??= this.#readTable());
    // Ids with the same prefix may begin in the block before the first that starts with it.
    const start = Math.max(0, this.#firstBlockFrom(table, prefix) - 1);
    for (let i = start; i < this.#blocks && (i === start || table[2 * i] <= prefix); i++) {
      const found = findInBlock(this.#readBlock(table, i), key);
      if (found) return found;
    }
    return undefined;
  }

  /** Every entry, by id. @throws ForgeError CORRUPT */
  *entries(): Generator<RunEntry> {
    const table = this.#readTable();
    for (let i = 0; i < this.#blocks; i++) {
      const block = this.#readBlock(table, i);
      for (let at = 0; at < block.length;) {
        const end = at + ENTRY_HEAD + block.readUInt32LE(at + ID_SIZE);
        yield { id: block.subarray(at, at + ID_SIZE), places: block.subarray(at + ENTRY_HEAD, end) };
        at = end;
      }
    }
  }

  get #tableEnd(): number {
    return this.#filterAt + this.#filterSize + TABLE_ROW * (this.#blocks + 1);
  }

  #mayHave(id: Uint8Array): boolean {
    if (++this.#lookups === LOOKUPS_BEFORE_LOADING)
      this.#filter = readAt(this.#file, this.#filterAt, this.#filterSize);
    const at = lineOf(id, this.#filterSize);
    const line = this.#filter?.subarray(at, at + LINE) ?? readAt(this.#file, this.#filterAt + at, LINE);
    return mayBeInLine(line, id);
  }

  #readTable(): Float64Array {
    const at = this.#filterAt + this.#filterSize;
    const size = this.#tableEnd - at;
    const bytes = readAt(this.#file, at, size + CRC_SIZE);
    if (bytes.readUInt32LE(size) !== crc32(bytes.subarray(0, size))) throw damagedIndex();
    const table = new Float64Array(size / 8);
    for (let i = 0; i < table.length; i++) table[i] = bytes.readDoubleLE(8 * i);
    return table;
  }

  /** Index of the first block whose first id has this prefix or a greater one. */
  #firstBlockFrom(table: Float64Array, prefix: number): number {
    let low = 0;
    let high = this.#blocks;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (table[2 * middle] < prefix) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #readBlock(table: Float64Array, i: number): Buffer {
    const start = table[2 * i + 1];
    const size = table[2 * i + 3] - start - CRC_SIZE;
    const bytes = readAt(this.#file, start, size + CRC_SIZE);
    if (bytes.readUInt32LE(size) !== crc32(bytes.subarray(0, size))) throw damagedIndex();
    return bytes.subarray(0, size);
  }
}

function findInBlock(block: Buffer, id: Buffer): Buffer | undefined {
  const first = id.readUInt32LE(0);
  for (let at = 0; at < block.length;) {
    const end = at + ENTRY_HEAD + block.readUInt32LE(at + ID_SIZE);
    if (block.readUInt32LE(at) === first && id.compare(block, at, at + ID_SIZE) === 0)
      return block.subarray(at + ENTRY_HEAD, end);
    at = end;
  }
  return undefined;
}

/** @throws ForgeError CORRUPT when the file ends before */
function readAt(file: number, at: number, size: number): Buffer {
  const bytes = Buffer.allocUnsafe(size);
  for (let done = 0; done < size;) {
    const read = readSync(file, bytes, done, size - done, at + done);
    if (read === 0) throw damagedIndex();
    done += read;
  }
  return bytes;
}

/**
 * Writes a run of entries that come sorted by id, at most `most` of them. It is on disk when this returns; its name is when the caller has
 * synced the folder. Of a run that cannot be written nothing is left.
 */
export function writeRun(path: string, entries: Iterable<RunEntry>, most: number): void {
  const file = openSync(path, 'w');
  try {
    new RunWriter(file, most).write(entries);
    fsyncSync(file);
  } catch (error) {
    unlinkSync(path);
    throw error;
  } finally {
    closeSync(file);
  }
}

const WRITE_SIZE = 1024 * 1024;

class RunWriter {
  readonly #file: number;
  readonly #filter: Buffer;
  readonly #table: number[] = [];
  /** What is not written yet, from `#written` of the file on. */
  #parts: Buffer[] = [];
  #pending = 0;
  #written = 0;
  #entries = 0;

  constructor(file: number, most: number) {
    this.#file = file;
    this.#filter = Buffer.alloc(filterSize(most));
  }

  write(entries: Iterable<RunEntry>): void {
    this.#put(Buffer.alloc(HEADER_SIZE));
    let block: Buffer[] = [];
    let size = 0;
    for (const { id, places } of entries) {
      if (size === 0) this.#table.push(id.readUIntBE(0, PREFIX_BYTES), this.#end);
      const head = Buffer.allocUnsafe(ENTRY_HEAD);
      id.copy(head);
      head.writeUInt32LE(places.length, ID_SIZE);
      block.push(head, Buffer.from(places));
      size += ENTRY_HEAD + places.length;
      const at = lineOf(id, this.#filter.length);
      addToLine(this.#filter.subarray(at, at + LINE), id);
      this.#entries++;
      if (size >= BLOCK_SIZE) {
        this.#putChecked(Buffer.concat(block));
        [block, size] = [[], 0];
      }
    }
    if (size > 0) this.#putChecked(Buffer.concat(block));
    this.#finish();
  }

  #finish(): void {
    const blocks = this.#table.length / 2;
    const filterAt = this.#end;
    this.#put(this.#filter);
    const table = Buffer.alloc(TABLE_ROW * (blocks + 1));
    [...this.#table, Infinity, filterAt].forEach((number, i) => table.writeDoubleLE(number, 8 * i));
    this.#putChecked(table);
    this.#flush();
    const header = Buffer.alloc(HEADER_SIZE);
    MAGIC.copy(header);
    header.writeUInt32LE(VERSION, 8);
    [this.#entries, blocks, filterAt, this.#filter.length].forEach((number, i) =>
      header.writeBigUInt64LE(BigInt(number), 16 + 8 * i),
    );
    header.writeUInt32LE(crc32(header.subarray(16)), 12);
    writeAll(this.#file, header, 0);
  }

  get #end(): number {
    return this.#written + this.#pending;
  }

  #putChecked(bytes: Buffer): void {
    const crc = Buffer.allocUnsafe(CRC_SIZE);
    crc.writeUInt32LE(crc32(bytes), 0);
    this.#put(bytes);
    this.#put(crc);
  }

  #put(bytes: Buffer): void {
    this.#parts.push(bytes);
    this.#pending += bytes.length;
    if (this.#pending >= WRITE_SIZE) this.#flush();
  }

  #flush(): void {
    writeAll(this.#file, Buffer.concat(this.#parts), this.#written);
    this.#written += this.#pending;
    [this.#parts, this.#pending] = [[], 0];
  }
}

function writeAll(file: number, bytes: Buffer, at: number): void {
  for (let done = 0; done < bytes.length;)
    done += writeSync(file, bytes, done, bytes.length - done, at + done);
}
