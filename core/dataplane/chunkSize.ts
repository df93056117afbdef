// Owns the choice of the average chunk size for a file that has no earlier version.

const GIB = 1024 ** 3;
export const DEFAULT_AVERAGE_LOG2 = 16;

/** Logarithm of the average chunk size for a new file of `size` bytes: 64 KiB, 256 KiB above 4 GiB, 1 MiB above 256 GiB. */
export function averageLog2For(size: number): number {
  if (size > 256 * GIB) return 20;
  return size > 4 * GIB ? 18 : DEFAULT_AVERAGE_LOG2;
}
