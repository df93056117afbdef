// Owns the layout of one entry of a Git index: versions 2 and 3 as bytes, version 4 expanded to them.
import { isUtf8 } from 'node:buffer';
import type { StatTuple } from '../dataplane/dataPlane.ts';
import { ForgeError } from '../errors.ts';

/** One path of the index, or one side of a conflicted path. */
export interface GitIndexEntry {
  /** Relative to the root of the working tree, with `/`. */
  path: string;
  /** Object id, 40 lower-case hex digits. */
  oid: string;
  /** 0o100644, 0o100755, 0o120000 or 0o160000. */
  mode: number;
  /** 0, or 1 to 3 for base, ours and theirs of a conflict. */
  stage: number;
  /** What the working tree's file looked like when it was known to equal `oid`; its mode is the entry's when decoded. */
  stat: StatTuple;
  assumeValid: boolean;
  skipWorktree: boolean;
  intentToAdd: boolean;
}

/**
 * Bytes of an entry before its path: ctime s, ns, mtime s, ns, dev, ino, mode, uid, gid, size (u32 each), oid 20, flags u16.
 * Flags: assume-valid 1 bit, extended 1, stage 2, length of the path 12 (4095: or more). An extended entry (version 3) has
 * 16 more flags before its path. NULs after the path, 1 to 8, make the entry a multiple of 8 long.
 */
export const ENTRY_HEAD_SIZE = 62;
const MODE_OFFSET = 24;
const SIZE_OFFSET = 36;
const OID_OFFSET = 40;
const OID_SIZE = 20;
const FLAGS_OFFSET = 60;
const ASSUME_VALID = 0x8000;
const EXTENDED = 0x4000;
const LONGEST_COUNTED_PATH = 0xfff;
const SKIP_WORKTREE = 0x4000;
const INTENT_TO_ADD = 0x2000;
const FOLDER_MODE = 0o040000;

export const UNKNOWN_STAT: StatTuple = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/** An ordinary entry: stage 0, no flags. Without a stat, the next comparison with the working tree reads the file. */
export function indexEntry(
  path: string,
  oid: string,
  mode: number,
  stat: StatTuple = UNKNOWN_STAT,
): GitIndexEntry {
  return { path, oid, mode, stage: 0, stat, assumeValid: false, skipWorktree: false, intentToAdd: false };
}

export function isExtendedEntry(bytes: Buffer, at: number): boolean {
  return (bytes[at + FLAGS_OFFSET] & (EXTENDED >> 8)) !== 0;
}

/** Where the path of the entry at `at` starts. */
export function entryPathStart(bytes: Buffer, at: number): number {
  return at + ENTRY_HEAD_SIZE + (isExtendedEntry(bytes, at) ? 2 : 0);
}

/** Where the path of the entry at `at` ends; -1 when it never does. */
export function entryPathEnd(bytes: Buffer, at: number): number {
  const counted = bytes.readUInt16BE(at + FLAGS_OFFSET) & LONGEST_COUNTED_PATH;
  const start = entryPathStart(bytes, at);
  return counted < LONGEST_COUNTED_PATH ? start + counted : bytes.indexOf(0, start + LONGEST_COUNTED_PATH);
}

/** Where the entry after the one at `at` starts, given the end of its path. */
export function nextEntry(at: number, pathEnd: number): number {
  return at + ((pathEnd - at + 8) & ~7);
}

export function entryStage(bytes: Buffer, at: number): number {
  return (bytes[at + FLAGS_OFFSET] >> 4) & 3;
}

export function decodeEntry(bytes: Buffer, at: number, path: string): GitIndexEntry {
  const flags = bytes.readUInt16BE(at + FLAGS_OFFSET);
  const more = flags & EXTENDED ? bytes.readUInt16BE(at + ENTRY_HEAD_SIZE) : 0;
  return {
    path,
    oid: bytes.toString('hex', at + OID_OFFSET, at + OID_OFFSET + OID_SIZE),
    mode: bytes.readUInt32BE(at + MODE_OFFSET),
    stage: (flags >> 12) & 3,
    stat: [
      bytes.readUInt32BE(at),
      bytes.readUInt32BE(at + 4),
      bytes.readUInt32BE(at + 8),
      bytes.readUInt32BE(at + 12),
      bytes.readUInt32BE(at + 16),
      bytes.readUInt32BE(at + 20),
      bytes.readUInt32BE(at + MODE_OFFSET),
      bytes.readUInt32BE(at + 28),
      bytes.readUInt32BE(at + 32),
      bytes.readUInt32BE(at + SIZE_OFFSET),
    ],
    assumeValid: (flags & ASSUME_VALID) !== 0,
    skipWorktree: (more & SKIP_WORKTREE) !== 0,
    intentToAdd: (more & INTENT_TO_ADD) !== 0,
  };
}

/** Most bytes that an entry with this path takes. */
export function entrySizeBound(path: string): number {
  return ENTRY_HEAD_SIZE + 2 + 3 * path.length + 8;
}

/** Writes an entry at `at` of `out`, which is zero there, and returns where the next one starts. */
export function encodeEntry(entry: GitIndexEntry, out: Buffer, at: number): number {
  for (let i = 0; i < entry.stat.length; i++) out.writeUInt32BE(entry.stat[i] >>> 0, at + 4 * i);
  out.writeUInt32BE(entry.mode, at + MODE_OFFSET);
  out.write(entry.oid, at + OID_OFFSET, OID_SIZE, 'hex');
  const more = (entry.skipWorktree ? SKIP_WORKTREE : 0) | (entry.intentToAdd ? INTENT_TO_ADD : 0);
  if (more !== 0) out.writeUInt16BE(more, at + ENTRY_HEAD_SIZE);
  const pathStart = at + ENTRY_HEAD_SIZE + (more !== 0 ? 2 : 0);
  const length = out.write(entry.path, pathStart, 'utf8');
  const flags =
    (entry.assumeValid ? ASSUME_VALID : 0) |
    (more !== 0 ? EXTENDED : 0) |
    (entry.stage << 12) |
    Math.min(length, LONGEST_COUNTED_PATH);
  out.writeUInt16BE(flags, at + FLAGS_OFFSET);
  return nextEntry(at, pathStart + length);
}

/**
 * Makes the stat of the entry at `at` look outdated, as Git does for a file that may have changed since it was compared within
 * the clock's resolution: a size of 0 never equals that of a file with content.
 */
export function smudgeEntry(bytes: Buffer, at: number): void {
  bytes.writeUInt32BE(0, at + SIZE_OFFSET);
}

/** Whether the file was modified no earlier than the given time, so that its stat proves nothing. */
export function isRacyEntry(bytes: Buffer, at: number, seconds: number, nanoseconds: number): boolean {
  const modified = bytes.readUInt32BE(at + 8);
  return modified > seconds || (modified === seconds && bytes.readUInt32BE(at + 12) >= nanoseconds);
}

/**
 * Checks `count` entries that start at `start` of an index of version 2 or 3 and finds where each starts.
 * @throws ForgeError CORRUPT when they are torn or out of order, UNSUPPORTED for a sparse or split index and paths that are not UTF-8.
 */
export function scanEntries(
  bytes: Buffer,
  start: number,
  count: number,
): { offsets: Uint32Array; end: number } {
  const offsets = new Uint32Array(count);
  let at = start;
  let previous = -1;
  for (let i = 0; i < count; i++) {
    if (at + ENTRY_HEAD_SIZE + 2 > bytes.length) throw torn(i);
    const pathEnd = entryPathEnd(bytes, at);
    const next = nextEntry(at, pathEnd);
    // Only a split index has entries without a path: they replace some of its other file.
    if (pathEnd === entryPathStart(bytes, at)) throw splitIndex();
    if (pathEnd < 0 || next > bytes.length || bytes[pathEnd] !== 0) throw torn(i);
    if (bytes.readUInt32BE(at + MODE_OFFSET) === FOLDER_MODE) throw sparse();
    if (!isAscii(bytes, entryPathStart(bytes, at), pathEnd)) {
      if (!isUtf8(bytes.subarray(entryPathStart(bytes, at), pathEnd))) throw notUtf8(bytes, at, pathEnd);
    }
    if (previous >= 0 && compareEntries(bytes, previous, at) >= 0) throw torn(i);
    offsets[i] = previous = at;
    at = next;
  }
  return { offsets, end: at };
}

/** Where each of `count` entries starts that are known to be sound, the first at `start`. */
export function entryOffsets(bytes: Buffer, start: number, count: number): Uint32Array {
  const offsets = new Uint32Array(count);
  for (let i = 0, at = start; i < count; i++) {
    offsets[i] = at;
    at = nextEntry(at, entryPathEnd(bytes, at));
  }
  return offsets;
}

/** Byte by byte, as are the comparisons below: paths are short, and a call that leaves JavaScript takes longer. */
function isAscii(bytes: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] >= 0x80) return false;
  return true;
}

function compareEntries(bytes: Buffer, a: number, b: number): number {
  const aStart = entryPathStart(bytes, a);
  const bStart = entryPathStart(bytes, b);
  const aLength = entryPathEnd(bytes, a) - aStart;
  const bLength = entryPathEnd(bytes, b) - bStart;
  const length = Math.min(aLength, bLength);
  for (let i = 0; i < length; i++) {
    const order = bytes[aStart + i] - bytes[bStart + i];
    if (order !== 0) return order;
  }
  return aLength - bLength || entryStage(bytes, a) - entryStage(bytes, b);
}

/** A small index of version 4 can describe endless paths: expanded it may take so many times its size. */
const MOST_EXPANDED = 64;

/**
 * Rewrites the entries of a version 4 index, whose paths share prefixes with their predecessors, in the layout of version 3.
 * @throws ForgeError CORRUPT
 */
export function expandEntries(bytes: Buffer, start: number, count: number): { entries: Buffer; end: number } {
  let out = Buffer.alloc(Math.max(4096, 2 * bytes.length));
  let path = Buffer.alloc(0);
  let at = start;
  let length = 0;
  for (let i = 0; i < count; i++) {
    if (at + ENTRY_HEAD_SIZE + 2 > bytes.length) throw torn(i);
    const headEnd = entryPathStart(bytes, at);
    const strip = readOffset(bytes, headEnd);
    const nameEnd = strip ? bytes.indexOf(0, strip.end) : -1;
    if (!strip || nameEnd < 0 || strip.value > path.length) throw torn(i);
    path = Buffer.concat([path.subarray(0, path.length - strip.value), bytes.subarray(strip.end, nameEnd)]);
    const needed = length + ENTRY_HEAD_SIZE + path.length + 16;
    if (needed > MOST_EXPANDED * bytes.length + 4096) throw torn(i);
    if (needed > out.length) out = Buffer.concat([out, Buffer.alloc(Math.max(out.length, needed))]);
    bytes.copy(out, length, at, headEnd);
    path.copy(out, length + headEnd - at);
    length = nextEntry(length, length + headEnd - at + path.length);
    at = nameEnd + 1;
  }
  return { entries: out.subarray(0, length), end: at };
}

/** The variable-length number of pack offsets and version 4 prefixes: 7 bits a byte, each further byte adding one. */
function readOffset(bytes: Buffer, at: number): { value: number; end: number } | undefined {
  let value = 0;
  for (let i = at; i < Math.min(bytes.length, at + 5); i++) {
    value = value * 128 + (bytes[i] & 0x7f);
    if (bytes[i] < 0x80) return { value, end: i + 1 };
    value++;
  }
  return undefined;
}

export const GIT_INDEX_REMEDY =
  'Delete the index file and run `forge restore --staged .`, which builds it anew from the last commit.';

export function corruptIndex(what: string): ForgeError {
  return new ForgeError('CORRUPT', `The Git index is damaged: ${what}`, GIT_INDEX_REMEDY);
}

function torn(entry: number): ForgeError {
  return corruptIndex(`entry ${entry} is torn or out of order`);
}

export function splitIndex(): ForgeError {
  return new ForgeError(
    'UNSUPPORTED',
    'The Git index is split into two files',
    'Run `git update-index --no-split-index` and try again.',
  );
}

function sparse(): ForgeError {
  return new ForgeError(
    'UNSUPPORTED',
    'The Git index is sparse: it holds whole folders as single entries',
    'Run `git sparse-checkout reapply --no-sparse-index` and try again.',
  );
}

function notUtf8(bytes: Buffer, at: number, pathEnd: number): ForgeError {
  const path = bytes.toString('latin1', entryPathStart(bytes, at), pathEnd);
  return new ForgeError(
    'UNSUPPORTED',
    `The Git index holds a path that is not UTF-8: ${JSON.stringify(path)}`,
    'Rename this file to a UTF-8 name with `git mv`.',
  );
}
