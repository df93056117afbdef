// Owns the shape in which long operations tell how far they are and learn that they should stop.
import { ForgeError } from './errors.ts';

/** Totals are 0 until known. Of `repack` files are records, of `copy` segments. Bytes are logical (as the user's files have them) unless the name says otherwise. */
export interface Progress {
  phase: 'scan' | 'store' | 'git' | 'restore' | 'verify' | 'rebuild' | 'recode' | 'mark' | 'repack' | 'copy';
  files: number;
  totalFiles: number;
  bytes: number;
  totalBytes: number;
  /** Logical bytes that the store did not have yet. */
  newBytes: number;
  /** Bytes appended to segments. */
  storedBytes: number;
}

export interface OperationOptions {
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
}

/** @throws ForgeError ABORTED once the caller asked to stop */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) {
    throw new ForgeError(
      'ABORTED',
      'Stopped before it was done',
      'Run the command again; it goes on where it can.',
    );
  }
}
