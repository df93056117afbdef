// Owns the plan for a huge file that differs from its previous version in few places: which sections changed, and which chunks near them
// new ones may be packed against.
import {
  HUGE_FILE,
  type HashedSections,
  type KnownEdit,
  Known,
  SECTION_SIZE,
} from '../dataplane/dataPlane.ts';
import { NO_ROW } from '../dataplane/recordTable.ts';
import { encodeManifest, type ManifestChunk } from '../model/manifest.ts';
import type { Pointer } from '../model/pointer.ts';
import { ID_SIZE, RecordType } from '../model/record.ts';
import type { ChunkIndex } from './chunkIndex.ts';
import type { StoreFile } from './chunkStore.ts';
import type { RecordPlan } from './recordPlan.ts';
import type { WritableStoreContext } from './storeContext.ts';
import type { ChunkList } from './storeReader.ts';

/**
 * One worker cuts what changed, so where that is more than one in so many sections, all workers cutting all of the file are faster.
 * A few are always few.
 */
const MOST_CHANGED = 1 / 8;
const FEW_SECTIONS = 8;
/** So many numbers of chunks fit in a double beside 32 bits of an id. */
const MOST_CHUNKS = 2 ** 21;
/** Average chunks around a changed section whose rows are planned. */
const NEARBY_CHUNKS = 4;

/**
 * Undefined when it is not known that most of the file is as it was, or the store lacks a chunk of the previous version: then all of it
 * has to be read and cut. A file of another size is hashed here, if it ends or goes on as the previous version did.
 */
export async function planEdit(
  context: WritableStoreContext,
  bases: RecordPlan,
  file: StoreFile,
  previous: Pointer & ChunkList,
): Promise<{ base: Uint32Array; edit: KnownEdit } | undefined> {
  const { averageLog2, recipe, chunks, size } = previous;
  if (averageLog2 === undefined || recipe !== undefined || Math.min(size, file.size) < HUGE_FILE)
    return undefined;
  const previousSections = context.sections.read(previous.blake3);
  if (previousSections?.length !== ID_SIZE * Math.ceil(size / SECTION_SIZE)) return undefined;
  const hashed = file.hashed ?? (await hashIfAlike(context, file, previousSections));
  if (!hashed || !allKnown(context.index, chunks)) return undefined;
  const changed = changedSections(previousSections, hashed.values);
  const sections = hashed.values.length / ID_SIZE;
  if (changed.length > Math.max(FEW_SECTIONS, MOST_CHANGED * sections)) return undefined;
  const previousManifest = encodeManifest({ averageLog2, size, chunks });
  const base = nearbyRows(bases, chunks, changed, NEARBY_CHUNKS * 2 ** averageLog2);
  return { base, edit: { hashed, previousSections, previousManifest } };
}

/** Hashes a file whose last section in common with the previous version is as it was: nothing before it was moved. */
async function hashIfAlike(
  { plane }: WritableStoreContext,
  { path, size }: StoreFile,
  before: Buffer,
): Promise<HashedSections | undefined> {
  // The last section of either may be a short one.
  const last = Math.min(before.length / ID_SIZE, Math.ceil(size / SECTION_SIZE)) - 2;
  if (!plane.sectionOf(path, last)?.equals(before.subarray(ID_SIZE * last, ID_SIZE * (last + 1))))
    return undefined;
  const [hashed] = await plane.hashFiles([path]);
  return hashed.state === 'done' && hashed.sections
    ? { stat: hashed.stat, values: hashed.sections }
    : undefined;
}

/** Numbers of the sections of the new version that the old one does not have at the same place. */
function changedSections(before: Buffer, now: Buffer): number[] {
  const changed: number[] = [];
  for (let at = 0; at < now.length; at += ID_SIZE) {
    const end = at + ID_SIZE;
    if (end > before.length || before.compare(now, at, end, at, end) !== 0) changed.push(at / ID_SIZE);
  }
  return changed;
}

/** In the order of the ids, so that neighbours in the index are asked for together. */
function allKnown(index: ChunkIndex, chunks: ManifestChunk[]): boolean {
  if (chunks.length > MOST_CHUNKS) return false;
  const order = Float64Array.from(chunks, ({ id }, i) => id.readUInt32BE(0) * MOST_CHUNKS + i);
  const ids = Buffer.alloc(ID_SIZE * chunks.length);
  order.sort().forEach((key, at) => chunks[key % MOST_CHUNKS].id.copy(ids, ID_SIZE * at));
  return index.isKnown(ids).every((known) => known === Known.chunk);
}

/** For each chunk its row in `bases`, planned for those within `margin` bytes of a changed section alone. */
function nearbyRows(
  bases: RecordPlan,
  chunks: ManifestChunk[],
  changed: number[],
  margin: number,
): Uint32Array {
  const rows = new Uint32Array(chunks.length).fill(NO_ROW);
  let [next, start] = [0, 0];
  chunks.forEach(({ id, length }, i) => {
    const end = start + length;
    while (next < changed.length && (changed[next] + 1) * SECTION_SIZE + margin <= start) next++;
    const isLast = i === chunks.length - 1;
    if (next < changed.length && (changed[next] * SECTION_SIZE - margin < end || isLast))
      rows[i] = bases.add(id, RecordType.chunk) ?? NO_ROW;
    start = end;
  });
  return rows;
}
