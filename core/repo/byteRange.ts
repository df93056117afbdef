// Owns the check that a range of bytes lies inside a file.
import { ForgeError } from '../errors.ts';
import type { ByteRange } from './types.ts';

/** @throws ForgeError USAGE unless the range is a part of `size` bytes, and not of none. */
export function checkRange(range: ByteRange | undefined, size: number, path: string): void {
  if (!range) return;
  const { offset, length } = range;
  const isInside = offset >= 0 && length > 0 && offset + length <= size;
  if (isInside && Number.isSafeInteger(offset) && Number.isSafeInteger(length)) return;
  throw new ForgeError(
    'USAGE',
    `${path} has ${size} bytes; there are no ${length} from byte ${offset} on`,
    'Give a range inside the file: OFFSET:LENGTH, both in bytes.',
    { path },
  );
}
