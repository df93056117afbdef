// Owns the segments that are appended to: which there are, how the index learns of what was appended, and the sealing of full ones.
import type { OpenSegment } from '../dataplane/dataPlane.ts';
import { SEGMENT_HEADER_SIZE } from '../model/segment.ts';
import type { SegmentEntries, SegmentInfo } from './chunkIndex.ts';
import { sealedChange } from './reconcile.ts';
import type { WritableStoreContext } from './storeContext.ts';

/** A segment after something was appended to it: its path, its new length, and the appended records (record.ts, encodeEntry). */
export interface AppendedSegment {
  path: string;
  length: number;
  entries: Buffer;
}

/**
 * Those that may be appended to, the longest first. `appended` are on disk and not in the index yet; those of them that are longer
 * than `target` will be sealed.
 */
export function openSegments(
  { index, files }: WritableStoreContext,
  appended: readonly AppendedSegment[] = [],
  target = Infinity,
): OpenSegment[] {
  const open = index
    .segments()
    .filter(({ state, length }) => state === 'open' && length >= SEGMENT_HEADER_SIZE)
    .map(({ name, length }) => ({ path: files.path(name), length }));
  const lengths = new Map([...open, ...appended].map(({ path, length }) => [path, length]));
  return [...lengths]
    .map(([path, length]) => ({ path, length }))
    .filter(({ length }) => length <= target)
    .sort((a, b) => b.length - a.length);
}

/** The records are on disk; from here on the store has them. */
export function enterAppended(
  { index, files }: WritableStoreContext,
  appended: readonly AppendedSegment[],
  replace: boolean,
): void {
  if (appended.length === 0) return;
  const known = new Map(index.segments().map((info) => [info.name, info]));
  let next = Math.max(0, ...[...known.values()].map(({ number }) => number)) + 1;
  const segments: SegmentInfo[] = [];
  const entries: SegmentEntries[] = [];
  for (const { path, length, entries: records } of appended) {
    const name = files.nameOf(path);
    const info = known.get(name) ?? {
      number: next++,
      name,
      uuid: files.uuidOfOpen(name),
      length,
      state: 'open',
    };
    segments.push({ ...info, length });
    entries.push({ segment: info.number, entries: records });
  }
  index.apply({ segments, entries, replace });
}

/** Seals segments past `target` bytes. The order matters: a crash in between leaves a sealed file that is recognised by its uuid (reconcile.ts). */
export async function sealFull({ index, files, plane }: WritableStoreContext, target: number): Promise<void> {
  for (const info of index.segments()) {
    if (info.state === 'open' && info.length > target) index.apply(await sealedChange(files, plane, info));
  }
}
