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
const EMPTY_TREE = 0xffffffffffffffffn;
const MAX_DEPTH = 32;
/** 64 MiB of the usual pages, some 300,000 records: read in about 20 ms. Of larger databases the upper levels are read. */
const PAGE_BUDGET = 16 * 1024;
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
  if (pageSize < 512 || pageSize > 65536 || (pageSize & (pageSize - 1)) !== 0) return undefined;
  return {
    pageSize,
    pages: Number(meta.readBigUInt64LE(120)) + 1,
    transaction: meta.readBigUInt64LE(128),
    roots: [meta.readBigUInt64LE(24 + 40), meta.readBigUInt64LE(24 + TREE_SIZE + 40)],
  };
}

/** Visits a snapshot's pages level by level. */
class TreeWalk {
  private readonly fd: number;
  private readonly snapshot: Snapshot;
  private readonly page: Buffer;
  private readonly filePages: number;
  private queue: { number: bigint; depth: number }[] = [];

  constructor(fd: number, snapshot: Snapshot) {
    this.fd = fd;
    this.snapshot = snapshot;
    this.page = Buffer.alloc(snapshot.pageSize);
    this.filePages = fstatSync(fd).size / snapshot.pageSize;
  }

  isSound(): boolean {
    // The last pages may be free ones that were never written, but not an eighth of the file.
    if (this.filePages < this.snapshot.pages * (7 / 8) - 16) return false;
    for (const root of this.snapshot.roots) this.follow(root, 0);
    for (let i = 0; i < this.queue.length && i < PAGE_BUDGET; i++) {
      const { number, depth } = this.queue[i];
      if (depth > MAX_DEPTH || !this.read(number) || !this.checkNodes(depth)) return false;
    }
    return true;
  }

  private follow(number: bigint, depth: number): void {
    if (number !== EMPTY_TREE) this.queue.push({ number, depth });
  }

  private read(number: bigint): boolean {
    const { pages, pageSize } = this.snapshot;
    if (number < 2n || number >= BigInt(pages)) return false;
    const at = Number(number) * pageSize;
    if (readSync(this.fd, this.page, 0, pageSize, at) < pageSize) return false;
    return this.page.readBigUInt64LE(0) === number;
  }

  private checkNodes(depth: number): boolean {
    const { page } = this;
    const kind = page.readUInt16LE(18) & (BRANCH | LEAF | OVERFLOW | META);
    const lower = page.readUInt16LE(20);
    const upper = page.readUInt16LE(22);
    const room = this.snapshot.pageSize - PAGE_HEADER;
    if ((kind !== BRANCH && kind !== LEAF) || lower > upper || upper > room || lower % 2 !== 0) return false;
    for (let i = 0; i < lower; i += 2) {
      const node = page.readUInt16LE(PAGE_HEADER + i);
      if (node < upper || node + NODE_HEADER > room) return false;
      const fits =
        kind === BRANCH
          ? this.checkBranch(PAGE_HEADER + node, depth)
          : this.checkLeaf(PAGE_HEADER + node, depth);
      if (!fits) return false;
    }
    return true;
  }

  private checkBranch(at: number, depth: number): boolean {
    const { page } = this;
    this.queue.push({ number: BigInt(page.readUIntLE(at, 6)), depth: depth + 1 });
    return at + NODE_HEADER + page.readUInt16LE(at + 6) <= page.length;
  }

  private checkLeaf(at: number, depth: number): boolean {
    const { page } = this;
    const flags = page.readUInt16LE(at + 4);
    const data = at + NODE_HEADER + page.readUInt16LE(at + 6);
    const length = page.readUInt32LE(at);
    const inPage = (flags & BIG_DATA) !== 0 ? PAGE_HEADER : length;
    if (data + inPage > page.length) return false;
    if ((flags & BIG_DATA) !== 0) {
      const first = page.readBigUInt64LE(data);
      const count = page.readBigUInt64LE(data + 16);
      return first >= 2n && count > 0n && first + count <= BigInt(Math.ceil(this.filePages));
    }
    if ((flags & SUB_DATA) !== 0) {
      if (length !== TREE_SIZE) return false;
      this.follow(page.readBigUInt64LE(data + 40), depth + 1);
    }
    return true;
  }
}
