// Owns planning a batch of files for the data plane: chunk sizes, and of each earlier version what deltas may be made against.
import { averageLog2For, SAVED_AVERAGE_LOG2 } from '../dataplane/chunkSize.ts';
import { HUGE_FILE, type IngestFile, type RecordTable } from '../dataplane/dataPlane.ts';
import { ForgeError } from '../errors.ts';
import type { Pointer } from '../model/pointer.ts';
import { RecordType } from '../model/record.ts';
import type { Batch } from './batches.ts';
import type { StoreFile } from './chunkStore.ts';
import { planEdit } from './planEdit.ts';
import type { RecordPlan } from './recordPlan.ts';
import type { WritableStoreContext } from './storeContext.ts';
import { StoreReader } from './storeReader.ts';

/** Longer files are never recoded. */
const LARGEST_RECODED = 64 * 1024 * 1024;
/**
 * Logarithm of the average chunk size of a long plain form that comes first: inflated bytes pack so well that in small chunks what
 * is said of each would weigh more than the chunk.
 */
export const LONG_FORM_LOG2 = 18;

/** Above this many bytes a file of rule `auto` is an asset. */
export const ASSET_THRESHOLD = 1024 * 1024;

export interface PlanOptions {
  assetThreshold?: number;
  /** Chunks may be asked for that the store knows. */
  isKnown?: (ids: Buffer) => Uint8Array;
  withoutDeltas?: boolean;
  /** There is time; all files are looked into, not only those whose previous version was recoded. */
  isSaved: boolean;
  signal?: AbortSignal;
}

export interface PlannedBatch extends Batch<StoreFile> {
  planned: IngestFile[];
  bases: RecordTable;
}

/** Whether nothing that the store has matters to how these files are stored. */
export function isNew({ items }: Batch<StoreFile>): boolean {
  return items.every(({ previous }) => !previous);
}

/** @throws ForgeError CORRUPT, IO, ABORTED, … */
export async function planBatch(
  context: WritableStoreContext,
  batch: Batch<StoreFile>,
  options: PlanOptions,
): Promise<PlannedBatch> {
  const reader = new StoreReader(context.files, context.index);
  // Those of huge files are not read along: they may not be needed as lists.
  const listed = batch.items.filter(({ previous }) => previous && previous.size < HUGE_FILE);
  reader.prefetch(listed.flatMap(({ previous }) => previous ?? []));
  const bases = reader.plan();
  const planned: IngestFile[] = [];
  for (const file of batch.items) planned.push(await planFile(context, reader, bases, file, options));
  return { ...batch, planned, bases: bases.table() };
}

/** The previous version gives the chunk size, so that cuts stay where they are, and the bases for deltas. */
async function planFile(
  context: WritableStoreContext,
  reader: StoreReader,
  bases: RecordPlan,
  file: StoreFile,
  { withoutDeltas, isSaved, isKnown, assetThreshold = ASSET_THRESHOLD, signal }: PlanOptions,
): Promise<IngestFile> {
  const { path, rule, size, previous } = file;
  const mayRecode = size <= LARGEST_RECODED && rule !== 'text';
  const fresh = {
    path,
    rule,
    averageLog2: Math.max(averageLog2For(size, path), isSaved ? SAVED_AVERAGE_LOG2 : 0),
    recode: isSaved && mayRecode,
    longFormLog2: LONG_FORM_LOG2,
  };
  if (!previous || rule === 'text') return fresh;
  const isAsset = rule === 'asset' || size > assetThreshold;
  const mayBeLike = isAsset && !fresh.recode && !withoutDeltas && isKnown === undefined;
  const edit = mayBeLike ? await planEdit(context, bases, file, signal) : undefined;
  if (edit) return { ...fresh, ...edit };
  const list = await chunksIfReadable(reader, previous);
  if (!list) return fresh;
  const averageLog2 = list.averageLog2 ?? fresh.averageLog2;
  const recode = mayRecode && (isSaved || list.recipe !== undefined);
  const longFormLog2 = list.recipe === undefined ? LONG_FORM_LOG2 : averageLog2;
  const like = { path, rule, averageLog2, recode, longFormLog2 };
  if (withoutDeltas) return like;
  // What is new is in another form than parts are.
  if (list.isParts) return like;
  const rows: number[] = [];
  for (const { id } of list.chunks) {
    const row = bases.add(id, RecordType.chunk);
    if (row !== undefined) rows.push(row);
  }
  const baseManifest =
    list.chunks.length > 1 ? bases.add(Buffer.from(previous.blake3, 'hex'), RecordType.manifest) : undefined;
  return { ...like, base: Uint32Array.from(rows), baseManifest };
}

/** A damaged previous version must not keep anybody from storing the next. */
async function chunksIfReadable(reader: StoreReader, pointer: Pointer) {
  try {
    return await reader.chunksOf(pointer);
  } catch (error) {
    if (error instanceof ForgeError && error.code === 'CORRUPT') return undefined;
    throw error;
  }
}
