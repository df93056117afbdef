// Owns the ten edits between the first and the second commit: the same for every tool.
import { open, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { InputFile } from './gameData.ts';

const EDITED_FILES = 10;
const SMALLEST = 10_000;
const RUN = 1_000;

/** The files that are edited: spread evenly over those of at least 10 KB. */
export function editedFiles(files: InputFile[]): InputFile[] {
  const candidates = files.filter(({ size }) => size >= SMALLEST);
  const step = Math.max(1, Math.floor(candidates.length / EDITED_FILES));
  return candidates.filter((_, i) => i % step === 0).slice(0, EDITED_FILES);
}

/** Overwrites 1,000 bytes in the middle of every other file, and inserts 1,000 bytes in the middle of the rest. */
export async function editFiles(folder: string, files: InputFile[]): Promise<void> {
  for (const [i, { path: name, size }] of editedFiles(files).entries()) {
    const run = Buffer.from(Array.from({ length: RUN }, (_, k) => (k * 7 + i * 31) & 255));
    const middle = Math.floor(size / 2);
    if (i % 2 === 0) await overwrite(path.join(folder, name), middle, run);
    else await insert(path.join(folder, name), middle, run);
  }
}

async function overwrite(file: string, offset: number, run: Buffer): Promise<void> {
  const handle = await open(file, 'r+');
  await handle.write(run, 0, run.length, offset);
  await handle.close();
}

async function insert(file: string, offset: number, run: Buffer): Promise<void> {
  const whole = await readFile(file);
  await writeFile(file, Buffer.concat([whole.subarray(0, offset), run, whole.subarray(offset)]));
}
