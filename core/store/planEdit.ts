// Owns the plan for a huge file that differs from its previous version in few places: which sections changed, and which chunks near them
// new ones may be packed against.
import { HUGE_FILE, type HashedSections, type KnownEdit, SECTION_SIZE } from '../dataplane/dataPlane.ts';
import { NO_ROW } from '../dataplane/recordTable.ts';
import type { ManifestView } from '../model/manifest.ts';
import { ID_SIZE, RecordType } from '../model/record.ts';
import type { StoreFile } from './chunkStore.ts';
import type { RecordPlan } from './recordPlan.ts';
import type { WritableStoreContext } from './storeContext.ts';

/**
 * One worker cuts what changed, so where that is more than one in so many sections, all workers cutting all of the file are faster.
 * A few are always few.
 */
const MOST_CHANGED = 1 / 8;
const FEW_SECTIONS = 8;
/** Average chunks around a changed section whose rows are planned. */
const NEARBY_CHUNKS = 4;

/** What an `IngestFile` says instead of what it would without. */
export interface PlannedEdit {
  averageLog2: number;
  base: Uint32Array;
  baseManifest: number | undefined;
  edit: KnownEdit;
}

/**
 * Undefined when it is not known that most of the file is as it was, or the store lacks a chunk of the previous version: then all of it
 * has to be read and cut. A file of another size is hashed here, if it ends or goes on as the previous version did.
 */
export async function planEdit(
  context: WritableStoreContext,
  bases: RecordPlan,
  file: StoreFile,
  signal: AbortSignal | undefined,
): Promise<PlannedEdit | undefined> {
  const { previous } = file;
  if (!previous || Math.min(previous.size, file.size) < HUGE_FILE) return undefined;
  const known = await context.known.take(context, previous);
  const hashed = known && (file.hashed ?? (await hashIfAlike(context, file, known.sections, signal)));
  if (!hashed) return undefined;
  const { sections, manifest } = known;
  const changed = changedSections(sections, hashed.values);
  const most = Math.max(FEW_SECTIONS, (MOST_CHANGED * hashed.values.length) / ID_SIZE);
  if (changed.length > most) return undefined;
  const { averageLog2, bytes } = manifest;
  return {
    averageLog2,
    base: nearbyRows(bases, manifest, changed),
    baseManifest: bases.add(Buffer.from(previous.blake3, 'hex'), RecordType.manifest),
    edit: { hashed, previousSections: sections, previousManifest: bytes },
  };
}

/** Hashes a file whose last section in common with the previous version is as it was: nothing before it was moved. */
async function hashIfAlike(
  { plane }: WritableStoreContext,
  { path, size }: StoreFile,
  before: Buffer,
  signal: AbortSignal | undefined,
): Promise<HashedSections | undefined> {
  // The last section of either may be a short one.
  const last = Math.min(before.length / ID_SIZE, Math.ceil(size / SECTION_SIZE)) - 2;
  if (!plane.sectionOf(path, last)?.equals(before.subarray(ID_SIZE * last, ID_SIZE * (last + 1))))
    return undefined;
  const [hashed] = await plane.hashFiles([path], { signal });
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

/** For each chunk its row in `bases`, planned for those near a changed section alone. */
function nearbyRows(
  bases: RecordPlan,
  { bytes, count, averageLog2, at, length }: ManifestView,
  changed: number[],
): Uint32Array {
  const margin = NEARBY_CHUNKS * 2 ** averageLog2;
  const rows = new Uint32Array(count).fill(NO_ROW);
  let [next, start] = [0, 0];
  for (let i = 0; i < count; i++) {
    const end = start + length(i);
    while (next < changed.length && (changed[next] + 1) * SECTION_SIZE + margin <= start) next++;
    if (next === changed.length) break;
    // What was appended is like the last chunk, if like any.
    const isNear = changed[next] * SECTION_SIZE - margin < end || i === count - 1;
    const id = (): Buffer => Buffer.from(bytes.subarray(at(i), at(i) + ID_SIZE));
    if (isNear) rows[i] = bases.add(id(), RecordType.chunk) ?? NO_ROW;
    start = end;
  }
  return rows;
}
