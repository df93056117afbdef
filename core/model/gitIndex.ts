// Owns the Git index: which paths the next commit holds, and what their files looked like when last compared.
import { createHash } from 'node:crypto';
import type { CacheTree } from './cacheTree.ts';
import { copyCacheTree, invalidateCacheTree } from './cacheTree.ts';
import type { GitIndexEntry } from './gitIndexEntry.ts';
import {
  corruptIndex,
  decodeEntry,
  encodeEntry,
  entryOffsets,
  entryPathEnd,
  entryPathStart,
  entrySizeBound,
  entryStage,
  expandEntries,
  isExtendedEntry,
  isRacyEntry,
  scanEntries,
  smudgeEntry,
} from './gitIndexEntry.ts';
import { checkTrailer, encodeExtension, readExtensions, unknownVersion } from './gitIndexFrame.ts';
import { IndexPieces } from './indexPieces.ts';
import { comparePaths, sortPaths } from './pathOrder.ts';

const SIGNATURE = Buffer.from('DIRC', 'latin1');
const HEADER_SIZE = 12;
const TRAILER_SIZE = 20;
/** So few changes may stay objects. */
const FEW_CHANGES = 8_192;
/** Among the entries, so small a part of them is not worth copying all of them for. */
const SMALL_PART = 1 / 8;
/** How much larger the memory for entries gets when entries are added behind them. */
const GROWTH = 1.5;

/**
 * An index file in memory. Entries stay in the file's own bytes and become objects when asked for; changes lie over them until
 * `encode`. So a large index costs little more than its file, and writing it copies what did not change.
 */
export class GitIndex {
  /** Trees of folders that did not change since they were written; undefined when nothing is known. */
  cacheTree: CacheTree | undefined;
  /** Entries as decoded, in versions 2 and 3's layout, sorted by path and stage. */
  #bytes: Buffer;
  #offsets: Uint32Array;
  /** Another index stands on the same bytes. */
  #areBytesShared = false;
  /** Memory that starts with the entries; what follows is zero and free for more. */
  #room = Buffer.alloc(0);
  /** Entries by path, by stage, that replace the decoded ones of that path. An empty list: removed. */
  readonly #changes = new Map<string, GitIndexEntry[]>();
  /** The paths in `#changes` in order; out of date when they are fewer, for none is ever taken out. */
  #sortedPaths: string[] = [];
  /** Folders that hold at least one entry, as far as `set` has looked. */
  readonly #folders = new Set<string>();
  /** Where the next look-up of a decoded entry starts: callers go through paths in order. */
  #hint = 0;

  /** An empty index. */
  constructor(bytes: Buffer = Buffer.alloc(0), offsets: Uint32Array = new Uint32Array(0)) {
    this.#bytes = bytes;
    this.#offsets = offsets;
  }

  /**
   * Reads an index of version 2, 3 or 4. The bytes belong to the index from then on.
   * @throws ForgeError CORRUPT, or UNSUPPORTED for a split or sparse index and for mandatory extensions that are not known.
   */
  static decode(bytes: Buffer): GitIndex {
    if (bytes.length < HEADER_SIZE + TRAILER_SIZE || !bytes.subarray(0, 4).equals(SIGNATURE))
      throw corruptIndex('it is too short or not an index');
    const version = bytes.readUInt32BE(4);
    if (version < 2 || version > 4) throw unknownVersion(version);
    const body = bytes.subarray(0, bytes.length - TRAILER_SIZE);
    checkTrailer(body, bytes.subarray(body.length));
    const count = bytes.readUInt32BE(8);
    if (count > body.length / 64 + 1 && version < 4) throw corruptIndex('it has fewer entries than it says');
    const { index, end } = version === 4 ? readVersion4(body, count) : readVersion3(body, count);
    index.cacheTree = readExtensions(body, end);
    return index;
  }

  /** One to be changed, which shares the bytes of this one. This one must not have been changed, and is not to be from now on. */
  fork(): GitIndex {
    const fork = new GitIndex(this.#bytes, this.#offsets);
    fork.cacheTree = this.cacheTree && copyCacheTree(this.cacheTree);
    fork.#areBytesShared = true;
    return fork;
  }

  /** The entries as they were decoded, in the layout of versions 2 and 3, and where each starts. Changes made since are not in it. */
  get decoded(): { bytes: Buffer; offsets: Uint32Array } {
    return { bytes: this.#bytes, offsets: this.#offsets };
  }

  /** Number of entries, every side of a conflict counted. */
  get size(): number {
    let size = this.#offsets.length;
    for (const [path, entries] of this.#changes) {
      const [from, to] = this.#decodedRange(path);
      size += entries.length - (to - from);
    }
    return size;
  }

  /** Entries sorted by the bytes of their paths, then by stage; those before the path `from` are left out. */
  *entries(from = ''): Generator<GitIndexEntry> {
    for (const run of this.#runs(from)) {
      if (run.entries) yield* run.entries;
      else for (let i = run.from; i < run.to; i++) yield this.#decoded(i);
    }
  }

  /** Paths in the same order, those in conflict once for every side. */
  *paths(from = ''): Generator<string> {
    for (const run of this.#runs(from)) {
      if (run.entries) for (const { path } of run.entries) yield path;
      else for (let i = run.from; i < run.to; i++) yield this.#path(i);
    }
  }

  /** The entry of a path that is not in conflict. */
  get(path: string): GitIndexEntry | undefined {
    const [entry] = this.stages(path);
    return entry?.stage === 0 ? entry : undefined;
  }

  /** Every entry of a path: none, one of stage 0, or the sides of a conflict. */
  stages(path: string): GitIndexEntry[] {
    const changed = this.#changes.get(path);
    if (changed) return [...changed];
    const [from, to] = this.#decodedRange(path);
    const entries: GitIndexEntry[] = [];
    for (let i = from; i < to; i++) entries.push(this.#decoded(i));
    return entries;
  }

  /** Paths in conflict, sorted. */
  conflicts(): string[] {
    const paths = new Set<string>();
    for (const run of this.#runs()) {
      for (const entry of run.entries ?? []) if (entry.stage > 0) paths.add(entry.path);
      if (run.entries) continue;
      for (let i = run.from; i < run.to; i++)
        if (entryStage(this.#bytes, this.#offsets[i]) > 0) paths.add(this.#path(i));
    }
    return [...paths];
  }

  /**
   * Adds an entry or replaces the one of the same path and stage. Stage 0 ends a conflict, a side of a conflict replaces stage 0.
   * A file takes the place of a folder of its name, and of a file that is now its folder. Cached trees stay good when just the stat
   * is new.
   */
  set(entry: GitIndexEntry): void {
    const entries = this.stages(entry.path);
    const kept = entries.filter((one) => entry.stage > 0 && one.stage > 0 && one.stage !== entry.stage);
    kept.push(entry);
    kept.sort((a, b) => a.stage - b.stage);
    if (entry.stage === 0 && entries[0]?.stage !== 0) this.#makeRoom(entry.path);
    this.#changes.set(entry.path, kept);
    if (entries.length !== 1 || !meansTheSame(entries[0], entry)) this.#invalidate(entry.path);
  }

  /** Removes every entry of a path. Returns false when there was none. */
  remove(path: string): boolean {
    const changed = this.#changes.get(path);
    const [from, to] = this.#decodedRange(path);
    if (changed ? changed.length === 0 : from === to) return false;
    this.#changes.set(path, []);
    this.#invalidate(path);
    return true;
  }

  /**
   * Makes entries read from the file look outdated where their file was modified no earlier than the index file. To be called with
   * the index file's mtime when the index will be written again: a younger index would hide that their stat proves nothing, and
   * a change made within the clock's resolution would be lost.
   */
  smudgeRacy(seconds: number, nanoseconds: number): void {
    for (const at of this.#offsets) {
      if (!isRacyEntry(this.#bytes, at, seconds, nanoseconds)) continue;
      if (this.#areBytesShared) this.#bytes = Buffer.from(this.#bytes);
      this.#areBytesShared = false;
      smudgeEntry(this.#bytes, at);
    }
  }

  /**
   * Turns many changes into bytes like those of the entries they lie over, so that a million of them take little memory; few
   * stay as they are. Not to be called while `entries` or `paths` is being read.
   */
  compact(): void {
    if (this.#changes.size < FEW_CHANGES) return;
    if (this.#areChangesLast()) this.#append();
    else if (this.#changes.size >= SMALL_PART * this.#offsets.length) this.#merge();
    else return;
    this.#changes.clear();
    this.#sortedPaths = [];
    this.#hint = 0;
  }

  /** Whether every changed path sorts after the decoded entries, as when a tree is added in order. */
  #areChangesLast(): boolean {
    const [first] = this.#sortedChanges();
    return this.#lowerBound(Buffer.from(first, 'utf8')) === this.#offsets.length;
  }

  /** Writes the changes behind the entries, which mostly are not moved for that. */
  #append(): void {
    const added = [...this.#sortedChanges()].flatMap((path) => this.#changes.get(path) ?? []);
    const offsets = new Uint32Array(this.#offsets.length + added.length);
    offsets.set(this.#offsets);
    let end = this.#bytes.length;
    const bound = added.reduce((sum, { path }) => sum + entrySizeBound(path), end);
    if (bound > this.#room.length || this.#bytes.buffer !== this.#room.buffer) {
      // Zero, and no memory until it is written to.
      this.#room = Buffer.alloc(Math.max(bound, Math.ceil(GROWTH * end)));
      this.#bytes.copy(this.#room);
    }
    for (const [i, entry] of added.entries()) {
      offsets[this.#offsets.length + i] = end;
      end = encodeEntry(entry, this.#room, end);
    }
    this.#bytes = this.#room.subarray(0, end);
    this.#offsets = offsets;
  }

  #merge(): void {
    const pieces = new IndexPieces();
    const count = this.#writeEntries(pieces);
    this.#bytes = Buffer.concat(pieces.finish());
    this.#room = Buffer.alloc(0);
    this.#offsets = entryOffsets(this.#bytes, 0, count);
  }

  /** The file's bytes: version 2, or 3 when an entry needs its flags. */
  encode(): Buffer {
    return Buffer.concat(this.encodePieces());
  }

  /** As `encode`, in pieces. Those of entries that did not change are views: to be used before the index changes again. */
  encodePieces(): Buffer[] {
    const pieces = new IndexPieces();
    const count = this.#writeEntries(pieces);
    const header = Buffer.alloc(HEADER_SIZE);
    SIGNATURE.copy(header);
    header.writeUInt32BE(this.#needsVersion3() ? 3 : 2, 4);
    header.writeUInt32BE(count, 8);
    const all = [header, ...pieces.finish()];
    if (this.cacheTree) all.push(...encodeExtension(this.cacheTree));
    const sha = createHash('sha1');
    for (const piece of all) sha.update(piece);
    all.push(sha.digest());
    return all;
  }

  /** Returns the number of entries. */
  #writeEntries(pieces: IndexPieces): number {
    let count = 0;
    for (const run of this.#runs()) {
      if (run.entries) {
        for (const entry of run.entries) pieces.addEntry(entry);
        count += run.entries.length;
      } else {
        pieces.addBytes(this.#bytes.subarray(this.#offsets[run.from], this.#end(run.to)));
        count += run.to - run.from;
      }
    }
    return count;
  }

  /** Removes what stands in the way of a file at `path`: entries below it, and files where its folders must be. */
  #makeRoom(path: string): void {
    const below = `${path}/`;
    for (let i = this.#lowerBound(Buffer.from(below, 'utf8')); i < this.#offsets.length; i++) {
      const other = this.#path(i);
      if (!other.startsWith(below)) break;
      this.remove(other);
    }
    if (this.#folders.has(path)) {
      for (const other of [...this.#changes.keys()]) if (other.startsWith(below)) this.remove(other);
      for (const folder of [...this.#folders])
        if (folder === path || folder.startsWith(below)) this.#folders.delete(folder);
    }
    let slash = path.lastIndexOf('/');
    while (slash > 0) {
      const folder = path.slice(0, slash);
      if (this.#folders.has(folder)) break;
      this.remove(folder);
      this.#folders.add(folder);
      slash = folder.lastIndexOf('/');
    }
  }

  #needsVersion3(): boolean {
    for (const entries of this.#changes.values())
      if (entries.some((entry) => entry.skipWorktree || entry.intentToAdd)) return true;
    return this.#offsets.some((at) => isExtendedEntry(this.#bytes, at));
  }

  #invalidate(path: string): void {
    if (this.cacheTree) invalidateCacheTree(this.cacheTree, path);
  }

  /** The index in order: runs of decoded entries as they are, and changed paths between them. */
  *#runs(first = ''): Generator<{ entries: GitIndexEntry[] | undefined; from: number; to: number }> {
    const paths = this.#sortedChanges();
    let next = first === '' ? 0 : this.#lowerBound(Buffer.from(first, 'utf8'));
    for (let i = firstNotBefore(paths, first); i < paths.length; i++) {
      const [from, to] = this.#decodedRange(paths[i]);
      if (from > next) yield { entries: undefined, from: next, to: from };
      next = to;
      const entries = this.#changes.get(paths[i]);
      if (entries && entries.length > 0) yield { entries, from, to };
    }
    if (next < this.#offsets.length) yield { entries: undefined, from: next, to: this.#offsets.length };
  }

  #sortedChanges(): string[] {
    if (this.#sortedPaths.length !== this.#changes.size)
      this.#sortedPaths = sortPaths([...this.#changes.keys()]);
    return this.#sortedPaths;
  }

  #decoded(i: number): GitIndexEntry {
    return decodeEntry(this.#bytes, this.#offsets[i], this.#path(i));
  }

  #path(i: number): string {
    const at = this.#offsets[i];
    return this.#bytes.toString('utf8', entryPathStart(this.#bytes, at), entryPathEnd(this.#bytes, at));
  }

  #end(count: number): number {
    return count < this.#offsets.length ? this.#offsets[count] : this.#bytes.length;
  }

  /** Numbers [from, to) of the decoded entries of a path; from = to where they would be. */
  #decodedRange(path: string): [number, number] {
    if (this.#offsets.length === 0) return [0, 0];
    const wanted = Buffer.from(path, 'utf8');
    const from = this.#lowerBound(wanted);
    let to = from;
    while (to < this.#offsets.length && this.#compare(to, wanted) === 0) to++;
    this.#hint = to;
    return [from, to];
  }

  /** Number of the first decoded entry whose path is not before `wanted`. */
  #lowerBound(wanted: Buffer): number {
    let low = 0;
    let high = this.#offsets.length;
    const hint = this.#hint;
    if (hint === 0 || this.#compare(hint - 1, wanted) < 0) {
      low = hint;
      if (hint < high && this.#compare(hint, wanted) >= 0) high = hint;
    } else high = hint - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(middle, wanted) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #compare(i: number, wanted: Buffer): number {
    const at = this.#offsets[i];
    const start = entryPathStart(this.#bytes, at);
    return this.#bytes.compare(wanted, 0, wanted.length, start, entryPathEnd(this.#bytes, at));
  }
}

/** Whether two entries of a path give the same tree. */
function meansTheSame(a: GitIndexEntry, b: GitIndexEntry): boolean {
  return a.oid === b.oid && a.mode === b.mode && a.stage === b.stage && a.intentToAdd === b.intentToAdd;
}

/** Number of the first of sorted `paths` that is not before `path`. */
function firstNotBefore(paths: string[], path: string): number {
  let low = 0;
  let high = path === '' ? 0 : paths.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (comparePaths(paths[middle], path) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function readVersion3(body: Buffer, count: number): { index: GitIndex; end: number } {
  const { offsets, end } = scanEntries(body, HEADER_SIZE, count);
  return { index: new GitIndex(body.subarray(0, end), offsets), end };
}

function readVersion4(body: Buffer, count: number): { index: GitIndex; end: number } {
  const { entries, end } = expandEntries(body, HEADER_SIZE, count);
  return { index: new GitIndex(entries, scanEntries(entries, 0, count).offsets), end };
}
