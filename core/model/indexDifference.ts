// Owns finding where two indexes that were read from files differ, without turning what they have in common into objects.
import { foldersAbove } from './foldersAbove.ts';
import type { GitIndex } from './gitIndex.ts';
import { entryPathEnd, entryPathStart } from './gitIndexEntry.ts';

/** So many entries at a time are compared as one run of bytes; where they differ, in smaller runs. */
const RUNS = [4_096, 256, 16, 1];

/**
 * Branches of the tree, as files and folders, outside of which both indexes have the same entries, stats and all: each path about which
 * they differ, or the outermost folder above it that only one of them has something in. Neither may have been changed since it was
 * decoded. Undefined when there are more than `limit` paths.
 */
export function differingBranches(before: GitIndex, after: GitIndex, limit: number): Set<string> | undefined {
  const branches = new Set<string>();
  const paths = differingPaths(new Entries(before), new Entries(after));
  let count = 0;
  for (const path of paths) {
    if (++count > limit) return undefined;
    const folders = foldersAbove(path).reverse();
    branches.add(folders.find((folder) => hasFolder(before, folder) !== hasFolder(after, folder)) ?? path);
  }
  return branches;
}

class Entries {
  readonly bytes: Buffer;
  readonly count: number;
  readonly #offsets: Uint32Array;

  constructor(index: GitIndex) {
    const { bytes, offsets } = index.decoded;
    this.bytes = bytes;
    this.count = offsets.length;
    this.#offsets = offsets;
  }

  /** Where entry `i` starts, or the last one ends. */
  start(i: number): number {
    return i < this.count ? this.#offsets[i] : this.bytes.length;
  }

  pathBytes(i: number): Buffer {
    const at = this.#offsets[i];
    return this.bytes.subarray(entryPathStart(this.bytes, at), entryPathEnd(this.bytes, at));
  }
}

/** A path in conflict may come several times. */
function* differingPaths(before: Entries, after: Entries): Generator<string> {
  let i = 0;
  let j = 0;
  while (i < before.count || j < after.count) {
    const equal = RUNS.find((count) => isSameRun(before, i, after, j, count));
    if (equal !== undefined) {
      i += equal;
      j += equal;
      continue;
    }
    const order =
      i === before.count ? 1 : j === after.count ? -1 : before.pathBytes(i).compare(after.pathBytes(j));
    yield (order <= 0 ? before.pathBytes(i) : after.pathBytes(j)).toString('utf8');
    if (order <= 0) i++;
    if (order >= 0) j++;
  }
}

function isSameRun(before: Entries, i: number, after: Entries, j: number, count: number): boolean {
  if (i + count > before.count || j + count > after.count) return false;
  const from = before.start(i);
  const to = before.start(i + count);
  const otherFrom = after.start(j);
  const otherTo = after.start(j + count);
  return (
    to - from === otherTo - otherFrom && before.bytes.compare(after.bytes, otherFrom, otherTo, from, to) === 0
  );
}

/** Whether an index has something in a folder. */
function hasFolder(index: GitIndex, folder: string): boolean {
  const next = index.paths(`${folder}/`).next();
  return !next.done && next.value.startsWith(`${folder}/`);
}
