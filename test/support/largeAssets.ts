// Owns making archives that stand for large assets in tests which recode from a small size on.
import { png, rows, zip } from './containers.ts';
import { xorshift32 } from './naiveCut.ts';

/** Some 600 KB: images, a text, and what is stored as it is. */
export function archive(seed: number, edited = seed): Buffer {
  const entries: Record<string, Buffer> = {};
  for (let i = 0; i < 12; i++) {
    // Too far apart for deflate.
    const text = rows(100 * (i === 3 ? edited : seed) + (i === 3 ? 50 : i >> 1), 3000);
    entries[`layer ${i}`] = i % 3 === 0 ? png(text) : text;
  }
  return Buffer.concat([zip(entries), xorshift32(seed + 1, 150_000), zip({ last: rows(seed, 9000) })]);
}

/** With these an archive is large. */
export const SMALL_SIZES = { recodeFrom: 100_000, partSize: 60_000 };

/** What a call seems to store, so that it looks like a large import and is not looked into. */
export const MANY = 65 * 1024 * 1024;
