// Owns reading the parts of files that their sketches are made of.
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { PART, sketchOf } from '../sketch.ts';

/** After so many sketches the event loop gets its turn. */
const SKETCHES_PER_TURN = 64;

export async function sketchFiles(
  files: { path: string; size: number }[],
): Promise<(Uint32Array | undefined)[]> {
  const sketches: (Uint32Array | undefined)[] = [];
  const start = Buffer.alloc(PART);
  const middle = Buffer.alloc(PART);
  for (const { path, size } of files) {
    sketches.push(sketchFile(path, size, start, middle));
    if (sketches.length % SKETCHES_PER_TURN === 0) await setImmediate();
  }
  return sketches;
}

function sketchFile(path: string, size: number, start: Buffer, middle: Buffer): Uint32Array | undefined {
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const offset = Math.max(0, Math.floor((size - PART) / 2));
      return sketchOf(readPart(file, 0, start), readPart(file, offset, middle));
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}

function readPart(file: number, offset: number, part: Buffer): Uint8Array {
  return part.subarray(0, readSync(file, part, 0, PART, offset));
}
