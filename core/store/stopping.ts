// Owns how the store's long operations stop when they are told to.
import { ForgeError } from '../errors.ts';

/** @throws ForgeError ABORTED once the signal was given */
export function throwIfStopped(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return;
  throw new ForgeError('ABORTED', 'Stopped', 'Run the command again; what was stored is kept.', {
    cause: signal.reason,
  });
}
