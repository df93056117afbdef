// Owns cut rule FC1: where an asset is cut into chunks (docs/formats/cutPoints.md).
import { GEAR_TABLE } from './gearTable.ts';

const WINDOW = 32;
/**
 * The table with its numbers' top bits flipped, as signed integers. A hash summed up from it has its own top bit flipped (doubling
 * drops what earlier steps flipped), so that comparing hashes as signed 32-bit integers, which engines are fast at, orders them as
 * the unsigned numbers that they are.
 */
const GEAR = Int32Array.from(GEAR_TABLE, (value) => value ^ 0x80000000);

/** The most bytes of a chunk that `nextLength` looks at. */
export function longestChunk(averageLog2: number): number {
  return 3 * 2 ** (averageLog2 - 1);
}

/**
 * Length of the chunk that starts at `start` of `bytes`, when `rest` bytes of the file are left from there.
 * `bytes` must hold the smaller of `rest` and `longestChunk` of them.
 */
export function nextLength(bytes: Uint8Array, start: number, rest: number, averageLog2: number): number {
  const average = 2 ** averageLog2;
  if (rest <= average) return rest;
  const shortest = average / 2;
  const longest = Math.min(longestChunk(averageLog2), rest - average / 4);
  const end = start + longest;
  let cut = start + shortest;
  let hash = 0;
  // After 32 steps every older byte has been shifted out, so starting from 0 is exact.
  for (let i = cut - WINDOW; i < cut; i++) hash = ((hash << 1) + GEAR[bytes[i]]) | 0;
  let least = hash;
  for (let i = cut; i < end; i++) {
    hash = ((hash << 1) + GEAR[bytes[i]]) | 0;
    if (hash <= least) {
      least = hash;
      cut = i + 1;
    }
  }
  return cut - start;
}

/** Length of every chunk of a file whose bytes are all at hand. */
export function cutAll(bytes: Uint8Array, averageLog2: number): number[] {
  const lengths: number[] = [];
  for (let start = 0; start < bytes.length;) {
    const length = nextLength(bytes, start, bytes.length - start, averageLog2);
    lengths.push(length);
    start += length;
  }
  return lengths;
}
