// Owns cut rule FC1 written down once more, straight from docs/formats/cutPoints.md and slowly, and inputs to try it on.
import { blake3 } from 'hash-wasm';

const TABLE = await gearTable();

async function gearTable(): Promise<number[]> {
  const bytes = Buffer.from(await blake3('forge fc1 gear table', 8 * 1024), 'hex');
  return Array.from({ length: 256 }, (_, i) => bytes.readUInt32LE(4 * i));
}

/** h(L): the hash of the 32 bytes that end a chunk of length `length` which starts at `start`. */
function hash(bytes: Uint8Array, start: number, length: number): number {
  let sum = 0;
  for (let k = 0; k < 32; k++) sum = (sum + ((TABLE[bytes[start + length - 1 - k]] << k) >>> 0)) % 2 ** 32;
  return sum;
}

/** Length of every chunk. */
export function naiveCut(bytes: Uint8Array, averageLog2: number): number[] {
  const average = 2 ** averageLog2;
  const lengths: number[] = [];
  let start = 0;
  while (start < bytes.length) {
    const rest = bytes.length - start;
    let best = rest;
    if (rest > average) {
      let least = Infinity;
      for (let length = average / 2; length <= Math.min(1.5 * average, rest - average / 4); length++) {
        const value = hash(bytes, start, length);
        if (value > least) continue;
        least = value;
        best = length;
      }
    }
    lengths.push(best);
    start += best;
  }
  return lengths;
}

/** `pattern` (hex) again and again, or xorshift32 (`xorshift32` below) from a seed. */
export type CutInput = { pattern: string; length: number } | { seed: number; length: number };

export function cutInput(input: CutInput): Buffer {
  return 'seed' in input
    ? xorshift32(input.seed, input.length)
    : Buffer.alloc(input.length, input.pattern, 'hex');
}

/**
 * Marsaglia's xorshift32: x ^= x << 13, x ^= x >>> 17, x ^= x << 5 in 32 bits, starting with x = seed (not 0). Each step gives the
 * 4 bytes of x, little-endian.
 */
export function xorshift32(seed: number, length: number): Buffer {
  const words = new Uint32Array(Math.ceil(length / 4));
  let x = seed;
  for (let i = 0; i < words.length; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    words[i] = x;
  }
  return Buffer.from(words.buffer, 0, length);
}
