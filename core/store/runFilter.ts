// Owns the filter of a run: which ids are certainly not in it, asked at the cost of one line of memory.
import { ID_SIZE } from '../model/record.ts';

/** Bytes of a line: all bits of one id are in one, so that a look-up touches one cache line or reads one piece of the file. */
export const LINE = 64;
const BITS_PER_ID = 10;
const BITS_PER_WORD = 3;

/** Bytes of a filter for so many ids: about one in a hundred of all others seems to be there. */
export function filterSize(ids: number): number {
  return LINE * Math.max(1, Math.ceil((ids * BITS_PER_ID) / (8 * LINE)));
}

/** Where the line of an id starts in a filter of `size` bytes. Ids are hashes, so their bytes serve as they are. */
export function lineOf(id: Uint8Array, size: number): number {
  return LINE * Math.floor((wordAt(id, 8) / 2 ** 32) * (size / LINE));
}

export function addToLine(line: Uint8Array, id: Uint8Array): void {
  for (const bit of bitsOf(id)) line[bit >>> 3] |= 1 << (bit & 7);
}

export function mayBeInLine(line: Uint8Array, id: Uint8Array): boolean {
  return bitsOf(id).every((bit) => (line[bit >>> 3] & (1 << (bit & 7))) !== 0);
}

/** Six bits of 512 (a blocked Bloom filter: Putze, Sanders and Singler 2007). */
function bitsOf(id: Uint8Array): number[] {
  const bits: number[] = [];
  for (const word of [wordAt(id, 12), wordAt(id, ID_SIZE - 4)])
    for (let i = 0; i < BITS_PER_WORD; i++) bits.push((word >>> (9 * i)) & 511);
  return bits;
}

function wordAt(id: Uint8Array, at: number): number {
  return (id[at] | (id[at + 1] << 8) | (id[at + 2] << 16) | (id[at + 3] << 24)) >>> 0;
}
