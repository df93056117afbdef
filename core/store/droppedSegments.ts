// Owns the end of segments that nothing needs any more: gone from the index first, then from the disk.
import { rm } from 'node:fs/promises';
import { fromSystemError } from '../errors.ts';
import type { WritableChunkIndex } from './chunkIndex.ts';
import type { SegmentFiles } from './segmentFiles.ts';

/** What systems answer that do not remove open files: a reader has it, and the next writer tries again. */
const BUSY = ['EBUSY', 'EPERM', 'EACCES', 'ETXTBSY'];

/** Removes the files of segments that were dropped; those that cannot be removed yet stay known as dropped. */
export async function removeDropped(files: SegmentFiles, index: WritableChunkIndex): Promise<void> {
  const removed: number[] = [];
  for (const { number, name, state } of index.segments()) {
    if (state !== 'dropped') continue;
    try {
      await rm(files.path(name), { force: true });
      removed.push(number);
    } catch (error) {
      if (!BUSY.includes((error as NodeJS.ErrnoException).code ?? ''))
        throw fromSystemError(error, files.path(name), 'removing');
    }
  }
  if (removed.length > 0) index.apply({ forgetSegments: removed });
}
