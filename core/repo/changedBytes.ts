// Owns where two versions of an asset differ: by their chunks first, then by the bytes of the chunks that are new.
import type { ManifestChunk } from '../model/manifest.ts';
import type { ByteRange } from './types.ts';

/** Bytes of both versions that are compared at most; what changed beyond that is told by whole chunks. */
export const MOST_COMPARED = 64 * 1024 * 1024;
const MAX_RANGES = 1_000;
/** Equal bytes between two changes that do not make them two: chance makes a few of them in any edit. */
const JOINED_GAP = 64;
/** Bytes passed over at once while they are equal. */
const BLOCK = 4096;

/** One version: its chunks in order, and a way to its bytes. */
export interface ComparedSide {
  chunks: ManifestChunk[];
  /** Bytes that are content; what the chunks hold after them, a recipe, is not compared. */
  end: number;
  /** `length` bytes from `offset` on, of which `chunks` are the chunks; undefined when they cannot be had. */
  read: (range: ByteRange, chunks: ManifestChunk[]) => Promise<Buffer | undefined>;
}

export interface Changed {
  changedBytes: number;
  changedRanges: ByteRange[];
}

/** Chunks `first` to `end` (exclusive) of a version. */
interface Run {
  first: number;
  end: number;
}

/**
 * Bytes of `now` that `old` lacks, and where they lie, in order: at most 1,000 ranges, while the sum counts all. Reads at most
 * `budget` bytes of both versions.
 */
export async function findChanged(
  old: ComparedSide,
  now: ComparedSide,
  budget = MOST_COMPARED,
): Promise<Changed> {
  const ranges = new RangeList();
  const oldStarts = startsOf(old);
  const nowStarts = startsOf(now);
  let left = budget;
  for (const [fresh, gone] of pairRuns(old.chunks, now.chunks)) {
    const range = rangeOf(nowStarts, fresh);
    const before = gone && rangeOf(oldStarts, gone);
    if (range.length === 0) continue;
    const cost = range.length + (before?.length ?? 0);
    if (!before || before.length === 0 || cost > left) {
      ranges.add(range.offset, range.length);
      continue;
    }
    left -= cost;
    const was = await old.read(before, old.chunks.slice(gone.first, gone.end));
    const is = was && (await now.read(range, now.chunks.slice(fresh.first, fresh.end)));
    if (was?.length !== before.length || is?.length !== range.length) ranges.add(range.offset, range.length);
    else compareBytes(was, is, (start, end) => ranges.add(range.offset + start, end - start));
  }
  return ranges.result;
}

/** Calls `differs` for every part of `is` that `was` does not have there, in order. */
export function compareBytes(was: Buffer, is: Buffer, differs: (start: number, end: number) => void): void {
  const shorter = Math.min(was.length, is.length);
  const prefix = equalBytes(was, is, 0, shorter);
  const suffix = equalTail(was, is, shorter - prefix);
  const end = is.length - suffix;
  if (prefix === end) return;
  if (was.length !== is.length) {
    differs(prefix, end);
    return;
  }
  let start = prefix;
  let last = prefix;
  for (let at = prefix; at < end;) {
    if (was[at] === is[at]) {
      at += equalBytes(was, is, at, end);
      continue;
    }
    if (at - last > JOINED_GAP) {
      differs(start, last);
      start = at;
    }
    last = ++at;
  }
  differs(start, last);
}

/** How many bytes are equal from `from` on, before `end`. */
function equalBytes(was: Buffer, is: Buffer, from: number, end: number): number {
  let at = from;
  while (at + BLOCK <= end && was[at] === is[at] && was.compare(is, at, at + BLOCK, at, at + BLOCK) === 0)
    at += BLOCK;
  while (at < end && was[at] === is[at]) at++;
  return at - from;
}

/** How many bytes are equal at the ends, `most` at most. */
function equalTail(was: Buffer, is: Buffer, most: number): number {
  let count = 0;
  for (; count + BLOCK <= most; count += BLOCK) {
    const [a, b] = [was.length - count, is.length - count];
    if (was.compare(is, b - BLOCK, b, a - BLOCK, a) !== 0) break;
  }
  while (count < most && was[was.length - 1 - count] === is[is.length - 1 - count]) count++;
  return count;
}

/** Runs of chunks that only `now` has, each with the run of `old` between the same neighbours, where there is one. */
function* pairRuns(old: ManifestChunk[], now: ManifestChunk[]): Generator<[Run, Run | undefined]> {
  const places = new Map<string, number[]>();
  old.forEach(({ id }, i) => {
    const key = id.toString('latin1');
    const known = places.get(key);
    if (known) known.push(i);
    else places.set(key, [i]);
  });
  const placesOf = (i: number): number[] | undefined => places.get(now[i].id.toString('latin1'));
  let before = -1;
  for (let i = 0; i < now.length; i++) {
    const known = placesOf(i);
    if (known) {
      before = placeAfter(known, before) ?? known[0];
      continue;
    }
    const first = i;
    while (i + 1 < now.length && !placesOf(i + 1)) i++;
    const next = i + 1 < now.length ? placeAfter(placesOf(i + 1) ?? [], before) : old.length;
    yield [{ first, end: i + 1 }, next === undefined ? undefined : { first: before + 1, end: next }];
  }
}

/** The first of ascending `places` after `place`. */
function placeAfter(places: number[], place: number): number | undefined {
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (places[middle] > place) high = middle;
    else low = middle + 1;
  }
  return places.at(low);
}

/** Where each chunk starts and the last one ends, as far as that is content. */
function startsOf({ chunks, end }: ComparedSide): number[] {
  const starts = [0];
  let offset = 0;
  for (const { length } of chunks) starts.push(Math.min(end, (offset += length)));
  return starts;
}

function rangeOf(starts: number[], { first, end }: Run): ByteRange {
  return { offset: starts[first], length: starts[end] - starts[first] };
}

class RangeList {
  readonly result: Changed = { changedBytes: 0, changedRanges: [] };

  add(offset: number, length: number): void {
    const ranges = this.result.changedRanges;
    this.result.changedBytes += length;
    const last = ranges.at(-1);
    if (last && last.offset + last.length === offset) last.length += length;
    else if (ranges.length < MAX_RANGES) ranges.push({ offset, length });
  }
}
