// Owns the cutting of long lists of files into batches of bounded memory.

/** Files in one call of the data plane, at most. */
const MAX_FILES = 8192;
/** Logical bytes in one call of the data plane, unless the caller says otherwise; a larger file is a batch of its own. */
const MAX_BYTES = 1024 ** 3;
/** Below this many bytes for each, further workers cost more than they bring. */
const BYTES_PER_WORKER = 8 * 1024 * 1024;

export interface Batch<T> {
  items: T[];
  /** Position of the first item in the whole list. */
  first: number;
  /** Sum of the sizes. */
  bytes: number;
}

/** `maxBytes`: of the files in one batch, or the size of a larger file. `firstBytes`: of the first batch. */
export function* batchesOf<T>(
  items: readonly T[],
  sizeOf: (item: T) => number,
  maxBytes = MAX_BYTES,
  firstBytes = maxBytes,
): Generator<Batch<T>, void> {
  let batch: Batch<T> = { items: [], first: 0, bytes: 0 };
  for (const item of items) {
    const size = sizeOf(item);
    if (
      batch.items.length === MAX_FILES ||
      (batch.items.length > 0 && batch.bytes + size > (batch.first === 0 ? firstBytes : maxBytes))
    ) {
      yield batch;
      batch = { items: [], first: batch.first + batch.items.length, bytes: 0 };
    }
    batch.items.push(item);
    batch.bytes += size;
  }
  if (batch.items.length > 0) yield batch;
}

/** How many of `cores` are worth waking for `bytes`. */
export function workersFor(bytes: number, cores: number): number {
  return Math.max(1, Math.min(cores, Math.ceil(bytes / BYTES_PER_WORKER)));
}
