// Owns the comparison of a working tree with a Git index, by stat alone.
import { type BigIntStats, closeSync, fstatSync, lstatSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromSystemError } from '../../errors.ts';
import { GitIndex } from '../../model/gitIndex.ts';
import type { GitIndexEntry } from '../../model/gitIndexEntry.ts';
import {
  type ChangedEntry,
  type CompareRequest,
  type CompareResult,
  EntryType,
  type PathProblem,
  type StatTuple,
} from '../dataPlane.ts';
import { statTuple } from './fileStat.ts';
import { Breather, entryType, joinPath, ListingBuilder, readNames } from './folder.ts';
import { isSystemError } from './systemCalls.ts';

const GITLINK = 0o160000;
const SYMLINK = 0o120000;
const OWNER_EXECUTES = 0o100;

/** @throws ForgeError when the index or the root cannot be read. */
export async function compareTree(request: CompareRequest): Promise<CompareResult> {
  const { root, indexPath, skip } = request;
  const { index, written } = readIndex(indexPath);
  const comparison = new Comparison(root, new Set(skip), written);
  await comparison.walk(trackedFolders(index));
  return {
    entries: index.size,
    rootTree: index.cacheTree?.oid,
    changed: comparison.changed.sort((a, b) => a.order - b.order).map(({ change }) => change),
    untracked: comparison.untracked.build(),
    problems: comparison.problems,
  };
}

interface IndexTime {
  seconds: number;
  nanoseconds: number;
}

function readIndex(path: string): { index: GitIndex; written: IndexTime } {
  try {
    const fd = openSync(path, 'r');
    try {
      const [, , seconds, nanoseconds] = statTuple(fstatSync(fd, { bigint: true }));
      return { index: GitIndex.decode(readFileSync(fd)), written: { seconds, nanoseconds } };
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') {
      return { index: new GitIndex(), written: { seconds: 0, nanoseconds: 0 } };
    }
    throw fromSystemError(error, path, 'reading');
  }
}

/** A path of the index: one entry, or the sides of a conflict. `order` is its place in the index. */
interface TrackedPath {
  order: number;
  entries: GitIndexEntry[];
}

interface TrackedFolder {
  paths: Map<string, TrackedPath>;
  folders: Map<string, TrackedFolder>;
}

function trackedFolders(index: GitIndex): TrackedFolder {
  const root: TrackedFolder = { paths: new Map(), folders: new Map() };
  let order = 0;
  for (const entry of index.entries()) {
    const names = entry.path.split('/');
    const name = names.pop()!;
    let folder = root;
    for (const step of names) {
      let next = folder.folders.get(step);
      if (!next) folder.folders.set(step, (next = { paths: new Map(), folders: new Map() }));
      folder = next;
    }
    const known = folder.paths.get(name);
    if (known) known.entries.push(entry);
    else folder.paths.set(name, { order: order++, entries: [entry] });
  }
  return root;
}

class Comparison {
  readonly changed: { order: number; change: ChangedEntry }[] = [];
  readonly untracked = new ListingBuilder();
  readonly problems: PathProblem[] = [];
  private readonly root: string;
  private readonly skip: ReadonlySet<string>;
  private readonly written: IndexTime;
  private readonly breather = new Breather();

  constructor(root: string, skip: ReadonlySet<string>, written: IndexTime) {
    this.root = root;
    this.skip = skip;
    this.written = written;
  }

  async walk(tracked: TrackedFolder): Promise<void> {
    const waiting = [{ path: '', folder: tracked }];
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const { path, folder } = next;
      const entered = await this.folder(path, folder);
      for (const name of entered) {
        waiting.push({ path: joinPath(path, name), folder: folder.folders.get(name)! });
      }
    }
  }

  /** Compares one folder and returns the names of tracked folders in it. */
  private async folder(path: string, tracked: TrackedFolder): Promise<string[]> {
    let names: string[];
    try {
      names = readNames(join(this.root, path), path, this.skip, this.problems);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      if (path === '') throw fromSystemError(error, this.root, 'reading');
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') this.missing(tracked);
      else this.problems.push({ path, code: error.code });
      return [];
    }
    const unseenPaths = new Map(tracked.paths);
    const unseenFolders = new Map(tracked.folders);
    const entered: string[] = [];
    for (const name of names) {
      if (this.breather.due()) await this.breather.rest();
      const stats = this.stat(joinPath(path, name));
      if (stats === 'gone') continue;
      const known = tracked.paths.get(name);
      unseenPaths.delete(name);
      if (stats === 'unreadable') {
        unseenFolders.delete(name);
        continue;
      }
      const type = entryType(stats);
      const isTrackedFolder = type === EntryType.directory && unseenFolders.delete(name);
      if (isTrackedFolder) entered.push(name);
      if (known) this.compare(known, stats);
      const isKnown = known !== undefined && (type !== EntryType.directory || isGitlink(known));
      if (!isKnown && !isTrackedFolder && type !== EntryType.other) {
        this.untracked.add(joinPath(path, name), type, statTuple(stats));
      }
    }
    for (const known of unseenPaths.values()) this.missingPath(known);
    for (const folder of unseenFolders.values()) this.missing(folder);
    return entered;
  }

  private stat(path: string): BigIntStats | 'gone' | 'unreadable' {
    try {
      return lstatSync(`${this.root}/${path}`, { bigint: true, throwIfNoEntry: false }) ?? 'gone';
    } catch (error) {
      if (!isSystemError(error)) throw error;
      this.problems.push({ path, code: error.code });
      return 'unreadable';
    }
  }

  private missing({ paths, folders }: TrackedFolder): void {
    for (const known of paths.values()) this.missingPath(known);
    for (const folder of folders.values()) this.missing(folder);
  }

  private missingPath({ order, entries }: TrackedPath): void {
    for (const entry of entries) {
      if (entry.skipWorktree || entry.assumeValid) continue;
      this.report(order, entry, flagged(entry) ?? 'missing', undefined);
    }
  }

  private compare({ order, entries }: TrackedPath, stats: BigIntStats): void {
    for (const entry of entries) {
      // Git takes both flags as a promise not to look.
      if (entry.skipWorktree || entry.assumeValid) continue;
      const stat = statTuple(stats);
      const state = flagged(entry) ?? this.difference(entry, stats, stat);
      if (state) this.report(order, entry, state, stat);
    }
  }

  private difference(
    entry: GitIndexEntry,
    stats: BigIntStats,
    stat: StatTuple,
  ): ChangedEntry['state'] | undefined {
    if (!isSameKind(entry.mode, entryType(stats))) return 'type';
    if (entry.mode === GITLINK) return undefined;
    if (!isSameStat(entry, stat)) return 'stat';
    return this.isRacy(stat) ? 'racy' : undefined;
  }

  /** The file may have been modified after its stat was taken, within one tick of the clock. */
  private isRacy([, , seconds, nanoseconds]: StatTuple): boolean {
    const { written } = this;
    return seconds > written.seconds || (seconds === written.seconds && nanoseconds >= written.nanoseconds);
  }

  private report(
    order: number,
    { path, oid, mode, stage }: GitIndexEntry,
    state: ChangedEntry['state'],
    stat: StatTuple | undefined,
  ): void {
    this.changed.push({ order, change: { path, oid, mode, stage, state, stat } });
  }
}

function flagged(entry: GitIndexEntry): 'conflict' | 'intentToAdd' | undefined {
  if (entry.stage > 0) return 'conflict';
  return entry.intentToAdd ? 'intentToAdd' : undefined;
}

function isGitlink({ entries }: TrackedPath): boolean {
  return entries.some((entry) => entry.mode === GITLINK);
}

function isSameKind(mode: number, type: EntryType): boolean {
  if (mode === GITLINK) return type === EntryType.directory;
  return type === (mode === SYMLINK ? EntryType.symlink : EntryType.file);
}

/**
 * All fields that Git compares. Not the device: its number may change whenever a file system is mounted. An index keeps 32 bits of each
 * field, and of a mode only whether the owner may execute.
 */
function isSameStat({ mode, stat: known }: GitIndexEntry, stat: StatTuple): boolean {
  for (const field of COMPARED_FIELDS) if (stat[field] >>> 0 !== known[field] >>> 0) return false;
  return mode === SYMLINK || (mode & OWNER_EXECUTES) === (stat[6] & OWNER_EXECUTES);
}

/** ctime s and ns, mtime s and ns, ino, uid, gid, size. */
const COMPARED_FIELDS = [0, 1, 2, 3, 5, 7, 8, 9];
