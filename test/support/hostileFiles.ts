// Owns files of hostile shapes and lengths, each a function of its number: empty, one byte, all the same, periods of 1 to 64 bytes, noise,
// seams of these, and lengths one around every border at which something changes.
import { xorshift32 } from './naiveCut.ts';

export interface HostileFile {
  /** Relative path; a few extensions, since an extension decides about chunk size and dictionary. */
  name: string;
  bytes: Buffer;
}

const EXTENSIONS = ['bin', 'uasset', 'png', 'wav', 'zip'];
/** Lengths around which chunks, records, blocks and probes end: of every average 2^14 to 2^20, its parts and multiples. */
const BORDERS = [16, 56, 512, 4096, 8000, 8192, 65_536, 262_144];
for (let log2 = 14; log2 <= 20; log2++) {
  for (const part of [1 / 4, 1 / 2, 1, 5 / 4, 3 / 2, 2, 3]) BORDERS.push(2 ** log2 * part);
}
const FOLDER_SIZE = 1000;
const PERIODS = 64;
/** Of so many files one has a length around a border, and of these most one of the first. */
const BORDER_EVERY = 16;
const SMALL = 3000;

/** File number `n`, always the same. `largest`: lengths above are not made. */
export function hostileFile(n: number, largest = 2 ** 20 * 3 + 1): HostileFile {
  const random = numbers(n);
  const name = `d${Math.floor(n / FOLDER_SIZE)}/f${n}.${EXTENSIONS[random(EXTENSIONS.length)]}`;
  return { name, bytes: content(random, n, Math.min(lengthOf(random, n), largest)) };
}

function lengthOf(random: Below, n: number): number {
  if (n % 97 === 0) return 0;
  if (n % 97 === 1) return 1;
  if (n % BORDER_EVERY !== 0) return random(SMALL);
  // The long ones seldom: each number below the drawn one is as likely.
  const border = BORDERS[random(1 + random(1 + random(BORDERS.length)))];
  return border - 1 + random(3);
}

function content(random: Below, n: number, length: number): Buffer {
  switch (random(8)) {
    case 0:
      return Buffer.alloc(length);
    case 1:
      return Buffer.alloc(length, random(256));
    case 2:
      return noise(random, length);
    case 3:
      return Buffer.concat([noise(random, length >> 1), Buffer.alloc(length - (length >> 1))]);
    case 4: {
      // Two periods that meet.
      const at = random(length + 1);
      return Buffer.concat([
        periodic(random, 1 + (n % PERIODS), at),
        periodic(random, 1 + random(PERIODS), length - at),
      ]);
    }
    case 5: {
      // All the same but for one byte.
      const bytes = Buffer.alloc(length, random(256));
      if (length > 0) bytes[random(length)] ^= 1 << random(8);
      return bytes;
    }
    default:
      return periodic(random, 1 + (n % PERIODS), length);
  }
}

function periodic(random: Below, period: number, length: number): Buffer {
  return length === 0 ? Buffer.alloc(0) : Buffer.alloc(length, noise(random, period));
}

function noise(random: Below, length: number): Buffer {
  return xorshift32(1 + random(2 ** 31), length);
}

type Below = (limit: number) => number;

function numbers(seed: number): Below {
  let state = (Math.imul(seed + 1, 2_654_435_761) ^ 0x9e3779b9) >>> 0 || 1;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return Math.floor(((state >>> 0) / 2 ** 32) * limit);
  };
}
