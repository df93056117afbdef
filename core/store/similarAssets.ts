// Owns which stored assets are like which files: a table of sketches in a file of bounded size that may be lost at any time.
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import type { DataPlane } from '../dataplane/dataPlane.ts';
import { isCompressedMedia } from '../dataplane/chunkSize.ts';
import { ALIKE } from '../dataplane/sketch.ts';
import type { Pointer } from '../model/pointer.ts';
import type { StoreFile } from './chunkStore.ts';

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

type SizedFile = { path: string; size: number };
type Sketch = Uint32Array;

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
  readonly #plane: Pick<DataPlane, 'sketchFiles'>;

  /** `file`: absolute path of the table, which need not exist. */
  constructor(file: string, plane: Pick<DataPlane, 'sketchFiles'>) {
    this.#file = file;
    this.#plane = plane;
  }

  /** The files, those without a previous version with the latest of the assets most like them in its place, if there is one. */
  async withBases(files: readonly StoreFile[]): Promise<StoreFile[]> {
    const table = openTable(this.#file, constants.O_RDONLY);
    if (table === undefined) return [...files];
    try {
      const isAsked = (file: StoreFile): boolean =>
        !file.previous && file.rule !== 'text' && isSketched(file);
      const sketches = (await this.#plane.sketchFiles(files.filter(isAsked))).values();
      return files.map((file) => {
        const sketch = isAsked(file) ? sketches.next().value : undefined;
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
    const learned = evenly(assets, MOST_LEARNED).filter(({ path, pointer: { size } }) =>
      isSketched({ path, size }),
    );
    const table =
      learned.length > 0 ? openTable(this.#file, constants.O_RDWR | constants.O_CREAT) : undefined;
    if (table === undefined) return;
    try {
      const sketches = await this.#plane.sketchFiles(
        learned.map(({ path, pointer }) => ({ path, size: pointer.size })),
      );
      enter(
        table,
        learned.flatMap(({ pointer }, i): [Sketch, Pointer][] => {
          const sketch = sketches[i];
          return sketch ? [[sketch, pointer]] : [];
        }),
      );
    } catch {
      // A full disk says so where it matters.
    } finally {
      closeSync(table);
    }
  }
}

/** At most `count` of them. */
function evenly<T>(items: readonly T[], count: number): T[] {
  const step = Math.max(1, items.length / count);
  return Array.from({ length: Math.min(items.length, count) }, (_, i) => items[Math.floor(i * step)]);
}

function openTable(file: string, flags: number): number | undefined {
  try {
    return openSync(file, flags, 0o666);
  } catch {
    return undefined;
  }
}

/** Whether a sketch of the file is worth its while. */
function isSketched({ path, size }: SizedFile): boolean {
  return size >= LEAST_BYTES && !isCompressedMedia(path);
}

function mostAlike(table: number, sketch: Sketch): Pointer | undefined {
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
function enter(table: number, found: [Sketch, Pointer][]): void {
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
