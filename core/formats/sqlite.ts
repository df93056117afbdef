// Owns reading tables of an SQLite database that lies inside a file, bounded and without SQLite. Source: sqlite.org/fileformat2.html.
import { type ByteSource, Cursor, FormatProblem, readExactly } from './byteSource.ts';

export type SqliteValue = number | string | Uint8Array | null;

/** Pages that are looked at in all. */
const MOST_PAGES = 100_000;
/** Bytes that are read at once, a multiple of any page; and how many of them are kept. */
const BLOCK = 65_536;
const MOST_BLOCKS = 16;
const DEEPEST = 20;
/** A row, with what lies on pages of its own, in bytes. Longer ones are passed over. */
const LONGEST_ROW = 40 << 20;
const DAMAGED = 'the database in it is damaged';

interface Table {
  root: number;
  columns: string[];
}

export class SqliteReader {
  private readonly source: ByteSource;
  private readonly start: number;
  private readonly pageSize: number;
  /** Bytes of a page that are used. */
  private readonly usable: number;
  private readonly pages: number;
  private tables: Map<string, Table> | undefined;
  private readonly blocks = new Map<number, Uint8Array>();
  private seen = 0;

  private constructor(source: ByteSource, start: number, size: number, pageSize: number, reserved: number) {
    this.source = source;
    this.start = start;
    this.pageSize = pageSize;
    this.usable = pageSize - reserved;
    this.pages = Math.floor(size / pageSize);
  }

  /** The database in `size` bytes from `start` on. @throws FormatProblem when it is none that is known */
  static async open(source: ByteSource, start: number, size: number): Promise<SqliteReader> {
    const head = await readExactly(source, start, 100);
    if (!head.isNext('SQLite format 3\0')) throw new FormatProblem('the database in it is none of SQLite');
    const shown = head.seek(16).u16be();
    const pageSize = shown === 1 ? 65_536 : shown;
    const reserved = head.seek(20).u8();
    const encoding = head.seek(56).u32be();
    const isSane = pageSize >= 512 && (pageSize & (pageSize - 1)) === 0 && pageSize - reserved >= 480;
    if (!isSane || encoding > 1) throw new FormatProblem('the database in it is of an unknown kind');
    return new SqliteReader(source, start, size, pageSize, reserved);
  }

  /** The first `most` rows of a table, by the names of its columns; none where there is no such table. @throws FormatProblem */
  async rows(name: string, most: number): Promise<Record<string, SqliteValue>[]> {
    this.tables ??= await this.readTables();
    const table = this.tables.get(name);
    if (!table) return [];
    const rows = await this.records(table.root, most);
    return rows.map((values) => Object.fromEntries(table.columns.map((one, i) => [one, values[i] ?? null])));
  }

  private async readTables(): Promise<Map<string, Table>> {
    const found = new Map<string, Table>();
    for (const [type, name, , root, sql] of await this.records(1, 1000))
      if (type === 'table' && typeof name === 'string' && typeof root === 'number' && typeof sql === 'string')
        found.set(name, { root, columns: columnsOf(sql) });
    return found;
  }

  private async records(root: number, most: number): Promise<SqliteValue[][]> {
    const found: SqliteValue[][] = [];
    await this.walk(root, most, found, 0);
    return found;
  }

  /** The pages of a table as a tree: rows lie in its leaves. */
  private async walk(number: number, most: number, found: SqliteValue[][], depth: number): Promise<void> {
    if (depth > DEEPEST || found.length >= most) return;
    const page = await this.page(number);
    const head = number === 1 ? 100 : 0;
    const kind = page.seek(head).u8();
    const count = page.seek(head + 3).u16be();
    if (kind !== 0x0d && kind !== 0x05) throw new FormatProblem(DAMAGED);
    const cells = head + (kind === 0x05 ? 12 : 8);
    for (let index = 0; index < count && found.length < most; index += 1) {
      const at = page.seek(cells + 2 * index).u16be();
      if (kind === 0x05) await this.walk(page.seek(at).u32be(), most, found, depth + 1);
      else {
        const record = await this.payload(page.seek(at));
        if (record) found.push(valuesOf(record));
      }
    }
    if (kind === 0x05) await this.walk(page.seek(head + 8).u32be(), most, found, depth + 1);
  }

  /** The bytes of a row whose cell begins at the cursor; undefined for one that is too long. */
  private async payload(page: Cursor): Promise<Uint8Array | undefined> {
    const length = varint(page);
    varint(page);
    if (length > LONGEST_ROW) return undefined;
    const { usable } = this;
    if (length <= usable - 35) return page.take(length);
    const least = Math.floor(((usable - 12) * 32) / 255) - 23;
    const fitting = least + ((length - least) % (usable - 4));
    const parts = [page.take(fitting <= usable - 35 ? fitting : least)];
    let left = length - parts[0].length;
    let next = page.u32be();
    while (left > 0) {
      const more = await this.page(next);
      next = more.u32be();
      const part = more.take(Math.min(left, usable - 4));
      parts.push(part);
      left -= part.length;
    }
    return Buffer.concat(parts);
  }

  /** Pages are counted from 1. */
  private async page(number: number): Promise<Cursor> {
    this.seen += 1;
    if (number < 1 || number > this.pages || this.seen > MOST_PAGES) throw new FormatProblem(DAMAGED);
    const at = (number - 1) * this.pageSize;
    const block = await this.block(Math.floor(at / BLOCK));
    return new Cursor(new Cursor(block).seek(at % BLOCK).take(this.pageSize));
  }

  /** Pages that belong together mostly lie together: each read of an old version costs more than its bytes. */
  private async block(index: number): Promise<Uint8Array> {
    const known = this.blocks.get(index);
    if (known) return known;
    const at = index * BLOCK;
    const length = Math.min(BLOCK, this.pages * this.pageSize - at);
    const { bytes } = await readExactly(this.source, this.start + at, length);
    if (this.blocks.size >= MOST_BLOCKS) this.blocks.delete([...this.blocks.keys()][0]);
    this.blocks.set(index, bytes);
    return bytes;
  }
}

/** Seven bits a byte, the high ones first; the ninth byte has eight. */
function varint(c: { u8(): number }): number {
  let value = 0n;
  for (let index = 0; index < 9; index += 1) {
    const byte = BigInt(c.u8());
    if (index === 8) value = (value << 8n) | byte;
    else value = (value << 7n) | (byte & 0x7fn);
    if (byte < 0x80n) break;
  }
  // Lengths and types are far below what a number holds; what is not is damaged.
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value);
}

const INTEGER_BYTES = [0, 1, 2, 3, 4, 6, 8];

function valuesOf(record: Uint8Array): SqliteValue[] {
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.length);
  let at = 0;
  const reader = {
    u8(): number {
      const byte = bytes[at];
      if (byte === undefined) throw new FormatProblem(DAMAGED);
      at += 1;
      return byte;
    },
  };
  const end = varint(reader);
  const types: number[] = [];
  while (at < end) types.push(varint(reader));
  return types.map((type) => {
    const length = lengthOf(type);
    if (at + length > bytes.length) throw new FormatProblem(DAMAGED);
    const part = bytes.subarray(at, at + length);
    at += length;
    if (type >= 12) return type % 2 === 0 ? part : part.toString('utf8');
    if (type === 7) return part.readDoubleBE(0);
    if (type === 8 || type === 9) return type - 8;
    if (type === 6) return Number(part.readBigInt64BE(0));
    return length === 0 ? null : part.readIntBE(0, length);
  });
}

function lengthOf(type: number): number {
  if (type >= 12) return Math.floor((type - 12) / 2);
  if (type === 7) return 8;
  return INTEGER_BYTES[type] ?? 0;
}

/** Names of the columns in a CREATE TABLE, whose definitions have no commas but in brackets. */
function columnsOf(sql: string): string[] {
  const inner = sql.slice(sql.indexOf('(') + 1, sql.lastIndexOf(')')).replaceAll(/\([^()]*\)/g, '');
  const names = inner.split(',').map((one) => /^\s*["'`[]?(\w+)/.exec(one)?.[1] ?? '');
  return names.filter((name) => !/^(PRIMARY|UNIQUE|CHECK|FOREIGN|CONSTRAINT)$/i.test(name));
}
