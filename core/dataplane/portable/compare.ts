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
  await comparison.walk('', trackedFolders(index.entries()));
  return {
    entries: index.size,
    rootTree: index.cacheTree?.oid,
    changed: comparison.changed.sort((a, b) => a.order - b.order).map(({ change }) => change),
    untracked: comparison.untracked.build(),
    problems: comparison.problems,
  };
}

/** When an index file was written. */
export interface IndexTime {
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
export interface TrackedPath {
  order: number;
  entries: GitIndexEntry[];
}

export interface TrackedFolder {
  paths: Map<string, TrackedPath>;
  folders: Map<string, TrackedFolder>;
}

/** The entries, in the order of the index, by folder. `base`: the folder that all lie in and that the result stands for, '' or with a slash. */
export function trackedFolders(entries: Iterable<GitIndexEntry>, base = ''): TrackedFolder {
  const root: TrackedFolder = { paths: new Map(), folders: new Map() };
  let order = 0;
  for (const entry of entries) {
    const names = entry.path.slice(base.length).split('/');
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

/** Entries of a working tree against those of an index, by stat. */
export class Comparison {
  readonly changed: { order: number; change: ChangedEntry }[] = [];
  readonly untracked = new ListingBuilder();
  readonly problems: PathProblem[] = [];
  private readonly root: string;
  private readonly skip: ReadonlySet<string>;
  private readonly written: IndexTime;
  private readonly breather = new Breather();
  /** Entries looked at so far. */
  looked = 0;

  constructor(root: string, skip: ReadonlySet<string>, written: IndexTime) {
    this.root = root;
    this.skip = skip;
    this.written = written;
  }

  /** Compares a folder and all that is tracked below it. Stops once more than `limit` entries were looked at. */
  async walk(start: string, tracked: TrackedFolder, limit = Infinity): Promise<void> {
    const waiting = [{ path: start, folder: tracked }];
    for (let next = waiting.pop(); next && this.looked <= limit; next = waiting.pop()) {
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
      const found = this.entry(joinPath(path, name), tracked.paths.get(name), tracked.folders.has(name));
      if (found === 'gone') continue;
      unseenPaths.delete(name);
      if (found === 'file') continue;
      unseenFolders.delete(name);
      if (found === 'folder') entered.push(name);
    }
    for (const known of unseenPaths.values()) this.missingPath(known);
    for (const folder of unseenFolders.values()) this.missing(folder);
    return entered;
  }

  /**
   * Compares what is at `path` itself. `known`: what the index has there; `isFolder`: it has something below. `folder`: a folder with
   * something tracked in it is there, which is still to be looked into.
   */
  entry(
    path: string,
    known: TrackedPath | undefined,
    isFolder: boolean,
  ): 'gone' | 'unreadable' | 'folder' | 'file' {
    this.looked++;
    const stats = this.stat(path);
    if (stats === 'gone' || stats === 'unreadable') return stats;
    const type = entryType(stats);
    const isTrackedFolder = type === EntryType.directory && isFolder;
    if (known) this.compare(known, stats);
    const isKnown = known !== undefined && (type !== EntryType.directory || isGitlink(known));
    if (!isKnown && !isTrackedFolder && type !== EntryType.other) {
      this.untracked.add(path, type, statTuple(stats));
    }
    return isTrackedFolder ? 'folder' : 'file';
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

  /** All that is tracked in a folder is not there. */
  missing({ paths, folders }: TrackedFolder): void {
    for (const known of paths.values()) this.missingPath(known);
    for (const folder of folders.values()) this.missing(folder);
  }

  /** A tracked path is not there. */
  missingPath({ order, entries }: TrackedPath): void {
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
