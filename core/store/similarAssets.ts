// Owns which stored assets are like which files: a table of sketches in a file of bounded size that may be lost at any time.
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { isCompressedMedia } from '../dataplane/chunkSize.ts';
import type { Pointer } from '../model/pointer.ts';
import type { StoreFile } from './chunkStore.ts';
import { ALIKE, PART, sketchOf } from './sketch.ts';

/** A power of two. Some 10,000 assets are remembered; of two that meet in a slot the later one. */
const SLOTS = 2 ** 16;
/** Feature u32, which of the features u32, size u64, id 32 bytes (docs/formats/store.md). */
const SLOT_SIZE = 48;
const SLOT_STRIDE = 0x2aab;
/** A delta saves little on shorter files. */
const LEAST_BYTES = 4096;

/** Of those in one call of `learn`, spread evenly. */
const MOST_LEARNED = 2048;
/** From so many sketches on, the table is written as a whole. */
const WHOLE_TABLE = 64;
/** Used again for each file: one is sketched at a time. */
const startPart = Buffer.alloc(PART);
const middlePart = Buffer.alloc(PART);
/** After so many sketches the event loop gets its turn. */
const SKETCHES_PER_TURN = 64;

export interface StoredAsset {
  /** Absolute path of a file with its bytes. */
  path: string;
  pointer: Pointer;
}

/**
 * Files are compared as they are, so those that compress inside are left out: two versions of one look like two different files.
 * Whatever cannot be read or written is done without: what is found here is an offer, which the delta encoder takes up or not.
 */
export class SimilarAssets {
  readonly #file: string;

  /** `file`: absolute path of the table, which need not exist. */
  constructor(file: string) {
    this.#file = file;
  }

  /** The files, those without a previous version with the latest of the assets most like them in its place, if there is one. */
  withBases(files: readonly StoreFile[]): StoreFile[] {
    const table = openTable(this.#file, constants.O_RDONLY);
    if (table === undefined) return [...files];
    try {
      return files.map((file) => {
        const sketch = file.previous || file.rule === 'text' ? undefined : sketchFile(file.path, file.size);
        const previous = sketch && mostAlike(table, sketch);
        return previous ? { ...file, previous } : file;
      });
    } catch {
      return [...files];
    } finally {
      closeSync(table);
    }
  }

  /** Has assets that were just stored found from now on. */
  async learn(assets: readonly StoredAsset[]): Promise<void> {
    const table = assets.length > 0 ? openTable(this.#file, constants.O_RDWR | constants.O_CREAT) : undefined;
    if (table === undefined) return;
    try {
      const count = Math.min(assets.length, MOST_LEARNED);
      const found: [sketch: Uint32Array, pointer: Pointer][] = [];
      for (let i = 0; i < count; i++) {
        const { path, pointer } = assets[Math.floor((i * assets.length) / count)];
        const sketch = sketchFile(path, pointer.size);
        if (sketch) found.push([sketch, pointer]);
        if (i % SKETCHES_PER_TURN === SKETCHES_PER_TURN - 1) await setImmediate();
      }
      enter(table, found);
    } catch {
      // A full disk says so where it matters.
    } finally {
      closeSync(table);
    }
  }
}

function openTable(file: string, flags: number): number | undefined {
  try {
    return openSync(file, flags, 0o666);
  } catch {
    return undefined;
  }
}

/** Undefined when it is not worth one, or the file cannot be read: whoever stores it will say why. */
function sketchFile(path: string, size: number): Uint32Array | undefined {
  if (size < LEAST_BYTES || isCompressedMedia(path)) return undefined;
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
  try {
    const middle = Math.max(0, Math.floor((size - PART) / 2));
    return sketchOf(readPart(file, 0, startPart), readPart(file, middle, middlePart));
  } catch {
    return undefined;
  } finally {
    closeSync(file);
  }
}

function readPart(file: number, offset: number, part: Buffer): Uint8Array {
  return part.subarray(0, readSync(file, part, 0, PART, offset));
}

function mostAlike(table: number, sketch: Uint32Array): Pointer | undefined {
  const found = new Map<string, { pointer: Pointer; features: number }>();
  sketch.forEach((feature, k) => {
    const pointer = readSlot(table, feature, k);
    if (!pointer) return;
    const candidate = found.get(pointer.blake3) ?? { pointer, features: 0 };
    candidate.features++;
    found.set(pointer.blake3, candidate);
  });
  let best: { pointer: Pointer; features: number } | undefined;
  for (const candidate of found.values())
    if (candidate.features >= (best?.features ?? ALIKE)) best = candidate;
  return best?.pointer;
}

/** Many slots are written as the whole table, which takes as long as some dozens of them. */
function enter(table: number, found: [sketch: Uint32Array, pointer: Pointer][]): void {
  if (found.length < WHOLE_TABLE) {
    for (const [sketch, pointer] of found)
      sketch.forEach((feature, k) => {
        writeSync(table, encodeSlot(feature, k, pointer), 0, SLOT_SIZE, offsetOf(feature, k));
      });
    return;
  }
  const slots = Buffer.alloc(SLOTS * SLOT_SIZE);
  readSync(table, slots, 0, slots.length, 0);
  for (const [sketch, pointer] of found)
    sketch.forEach((feature, k) => encodeSlot(feature, k, pointer).copy(slots, offsetOf(feature, k)));
  writeSync(table, slots, 0, slots.length, 0);
}

function offsetOf(feature: number, k: number): number {
  return ((feature + k * SLOT_STRIDE) % SLOTS) * SLOT_SIZE;
}

function encodeSlot(feature: number, k: number, { size, blake3 }: Pointer): Buffer {
  const slot = Buffer.alloc(SLOT_SIZE);
  slot.writeUInt32LE(feature, 0);
  slot.writeUInt32LE(k, 4);
  slot.writeBigUInt64LE(BigInt(size), 8);
  slot.write(blake3, 16, 'hex');
  return slot;
}

function readSlot(table: number, feature: number, k: number): Pointer | undefined {
  const slot = Buffer.alloc(SLOT_SIZE);
  if (readSync(table, slot, 0, SLOT_SIZE, offsetOf(feature, k)) < SLOT_SIZE) return undefined;
  if (slot.readUInt32LE(0) !== feature || slot.readUInt32LE(4) !== k) return undefined;
  return { size: Number(slot.readBigUInt64LE(8)), blake3: slot.toString('hex', 16) };
}
