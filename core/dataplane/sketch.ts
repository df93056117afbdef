// Owns sketches: a few numbers of a file that are likely to be those of another file, too, when the two are alike.
import { GEAR_TABLE } from './portable/gearTable.ts';

/** Bytes of each of the two parts of a file that are looked at: its start, and its middle. */
export const PART = 16 * 1024;
/** Numbers taken from each part. A start says little: files of one kind often have it in common. */
const START_FEATURES = 2;
const MIDDLE_FEATURES = 4;
export const SKETCH_FEATURES = START_FEATURES + MIDDLE_FEATURES;
/** So many of a file's features are those of another only where the middles are alike as well. */
export const ALIKE = START_FEATURES + 1;

const WINDOW = 32;
/** One window in so many is looked at, chosen by its content. */
const SAMPLED = 0xf8000000;
/** Odd factors that bring hashes into as many orders, each giving a feature; the first 32 bits of square roots of primes. */
const FACTORS = Uint32Array.of(0x6a09e667, 0xbb67ae85, 0x3c6ef373, 0xa54ff53b, 0x510e527f, 0x9b05688d);

/**
 * `SKETCH_FEATURES` 32-bit numbers for the first and the middle `PART` bytes of a file: of each part the greatest values that hash
 * functions take on its sampled windows of 32 bytes (min-wise hashing after Broder 1997, sampling as Odess, Zou et al. 2021).
 * Two parts with a share s of their windows in common have each feature in common with probability s. Undefined for bytes that are too
 * few, or too much the same, to tell.
 */
export function sketchOf(start: Uint8Array, middle: Uint8Array): Uint32Array | undefined {
  const features = new Uint32Array(SKETCH_FEATURES);
  const samples =
    addFeatures(start, features.subarray(0, START_FEATURES), 0) +
    addFeatures(middle, features.subarray(START_FEATURES), START_FEATURES);
  return samples < 2 * SKETCH_FEATURES ? undefined : features;
}

/** Returns how many different windows in a row were looked at. */
function addFeatures(bytes: Uint8Array, features: Uint32Array, firstFactor: number): number {
  let hash = 0;
  let last = 0;
  let samples = 0;
  for (let i = 0; i < bytes.length; i++) {
    hash = ((hash << 1) + GEAR_TABLE[bytes[i]]) | 0;
    if ((hash & SAMPLED) !== 0 || i < WINDOW || hash === last) continue;
    last = hash;
    samples++;
    for (let k = 0; k < features.length; k++) {
      // The sampled bits are all zero; what is below them is spread over the whole number.
      const value = Math.imul(hash, FACTORS[firstFactor + k]) >>> 0;
      if (value > features[k]) features[k] = value;
    }
  }
  return samples;
}
