// Owns the look at LMDB's file before the library maps it: a damaged map does not fail there, it ends the process.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';

export type DatabaseState = 'absent' | 'sound' | 'damaged';

/** LMDB's layout on 64-bit little-endian machines (mdb.c: MDB_page_header, MDB_meta, MDB_db, MDB_node). */
const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
const PAGE_HEADER = 24;
const NODE_HEADER = 8;
const TREE_SIZE = 48;
const BRANCH = 0x01;
const LEAF = 0x02;
const OVERFLOW = 0x04;
const META = 0x08;
const BIG_DATA = 0x01;
const SUB_DATA = 0x02;
/** Of the table of free pages: its keys are integers. Other flags would say that the database was made with other options. */
const FREE_TABLE_FLAGS = 0x08;
const EMPTY_TREE = 0xffffffffffffffffn;
const MAX_DEPTH = 32;
/**
 * Pages that are looked at: 16 MiB of the usual ones, some 60,000 records, in about 15 ms. Of a larger database these are the
 * upper levels, whose numbers are what leads LMDB astray.
 */
const PAGE_BUDGET = 4096;
const TRIES = 5;

/**
 * Whether the database in `folder` can be given to LMDB. Follows every page that its newest snapshot reaches, up to a
 * budget, and checks that nothing points out of the file or out of a page. Machines with another layout trust the file.
 */
export function databaseState(folder: string): DatabaseState {
  const path = join(folder, 'data.mdb');
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    return 'absent';
  }
  try {
    if (fstatSync(fd).size === 0) return 'absent';
    if (!hasKnownLayout()) return 'sound';
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const snapshot = newestSnapshot(fd);
      if (!snapshot) return 'damaged';
      if (new TreeWalk(fd, snapshot).isSound()) return 'sound';
      // A writer may have reused pages of the snapshot meanwhile; then there is a newer one.
      if (newestSnapshot(fd)?.transaction === snapshot.transaction) return 'damaged';
    }
    return 'sound';
  } finally {
    closeSync(fd);
  }
}

function hasKnownLayout(): boolean {
  return ['x64', 'arm64', 'riscv64', 'loong64'].includes(process.arch);
}

interface Snapshot {
  pageSize: number;
  pages: number;
  transaction: bigint;
  /** Roots of the table of free pages and of the table of tables. */
  roots: bigint[];
}

function newestSnapshot(fd: number): Snapshot | undefined {
  const first = readMeta(fd, 0);
  const second = first && readMeta(fd, first.pageSize);
  if (!second || second.pageSize !== first.pageSize) return undefined;
  return second.transaction > first.transaction ? second : first;
}

function readMeta(fd: number, at: number): Snapshot | undefined {
  const bytes = Buffer.alloc(PAGE_HEADER + 160);
  if (readSync(fd, bytes, 0, bytes.length, at) < bytes.length) return undefined;
  const meta = bytes.subarray(PAGE_HEADER);
  const pageSize = meta.readUInt32LE(24);
  const isMeta = (bytes.readUInt16LE(18) & META) !== 0 && meta.readUInt32LE(0) === MAGIC;
  if (!isMeta || (meta.readUInt32LE(4) & 0xffff) !== DATA_VERSION) return undefined;
  if (meta.readUInt16LE(28) !== FREE_TABLE_FLAGS) return undefined;
  if (pageSize < 512 || pageSize > 65536 || (pageSize & (pageSize - 1)) !== 0) return undefined;
  return {
    pageSize,
    pages: Number(meta.readBigUInt64LE(120)) + 1,
    transaction: meta.readBigUInt64LE(128),
    roots: [meta.readBigUInt64LE(24 + 40), meta.readBigUInt64LE(24 + TREE_SIZE + 40)],
  };
}

/**
 * Visits a snapshot's pages level by level. Every number in a page but the page numbers of 64 bits is read as 16-bit words:
 * a walk must cost far less than what the command it precedes does.
 */
class TreeWalk {
  private readonly fd: number;
  private readonly snapshot: Snapshot;
  private readonly page: Buffer;
  private readonly words: Uint16Array;
  private readonly filePages: number;
  /** Pages to visit, and how far below a root each is. */
  private readonly queue: number[] = [];
  private readonly depths: number[] = [];

  constructor(fd: number, snapshot: Snapshot) {
    this.fd = fd;
    this.snapshot = snapshot;
    this.page = Buffer.from(new ArrayBuffer(snapshot.pageSize));
    this.words = new Uint16Array(this.page.buffer);
    this.filePages = Math.ceil(fstatSync(fd).size / snapshot.pageSize);
  }

  isSound(): boolean {
    // The last pages may be free ones that were never written, but not an eighth of the file.
    if (this.filePages < this.snapshot.pages * (7 / 8) - 16) return false;
    for (const root of this.snapshot.roots) this.followRoot(root, 0);
    for (let i = 0; i < this.queue.length && i < PAGE_BUDGET; i++) {
      if (this.depths[i] > MAX_DEPTH || !this.read(this.queue[i]) || !this.checkNodes(this.depths[i]))
        return false;
    }
    return true;
  }

  private followRoot(number: bigint, depth: number): void {
    if (number !== EMPTY_TREE) this.follow(Number(number), depth);
  }

  private follow(number: number, depth: number): void {
    this.queue.push(number);
    this.depths.push(depth);
  }

  private read(number: number): boolean {
    const { pages, pageSize, transaction } = this.snapshot;
    if (number < 2 || number >= pages) return false;
    if (readSync(this.fd, this.page, 0, pageSize, number * pageSize) < pageSize) return false;
    // A page of a transaction yet to come would be taken for one that is being written.
    return this.page.readBigUInt64LE(0) === BigInt(number) && this.page.readBigUInt64LE(8) <= transaction;
  }

  private checkNodes(depth: number): boolean {
    const { words } = this;
    const kind = words[9] & (BRANCH | LEAF | OVERFLOW | META);
    const lower = words[10];
    const upper = words[11];
    const room = this.snapshot.pageSize - PAGE_HEADER;
    if ((kind !== BRANCH && kind !== LEAF) || lower > upper || upper > room || lower % 2 !== 0) return false;
    for (let i = 0; i < lower / 2; i++) {
      const node = words[PAGE_HEADER / 2 + i];
      if (node < upper || node + NODE_HEADER > room || node % 2 !== 0) return false;
      const at = PAGE_HEADER + node;
      if (!(kind === BRANCH ? this.checkBranch(at, depth) : this.checkLeaf(at, depth))) return false;
    }
    return true;
  }

  /** page number 48 bits | length of the key u16 | key */
  private checkBranch(at: number, depth: number): boolean {
    const { words } = this;
    const word = at / 2;
    this.follow(words[word] + words[word + 1] * 2 ** 16 + words[word + 2] * 2 ** 32, depth + 1);
    return at + NODE_HEADER + words[word + 3] <= this.snapshot.pageSize;
  }

  /** length of the data u32 | flags u16 | length of the key u16 | key | data */
  private checkLeaf(at: number, depth: number): boolean {
    const { words, page } = this;
    const word = at / 2;
    const length = words[word] + words[word + 1] * 2 ** 16;
    const flags = words[word + 2];
    const data = at + NODE_HEADER + words[word + 3];
    const isBig = (flags & BIG_DATA) !== 0;
    if (data + (isBig ? PAGE_HEADER : length) > this.snapshot.pageSize) return false;
    if (isBig) {
      const first = page.readBigUInt64LE(data);
      const count = page.readBigUInt64LE(data + 16);
      return first >= 2n && count > 0n && first + count <= BigInt(this.filePages);
    }
    if ((flags & SUB_DATA) === 0) return true;
    if (length === TREE_SIZE) this.followRoot(page.readBigUInt64LE(data + 40), depth + 1);
    return length === TREE_SIZE;
  }
}
