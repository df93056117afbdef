// Owns the working tree of the benchmark at scale: many small binary files, the same ones for everybody.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** As in a project of a hundred thousand assets: 250 files in a folder, 20 folders at the top. */
const FILES_IN_FOLDER = 250;
const TOP_FOLDERS = 20;
const FILE_SIZE = 41;

/** Path of file `i`, relative to the tree. */
export function scalePath(i: number): string {
  const folder = Math.floor(i / FILES_IN_FOLDER);
  return `${folder % TOP_FOLDERS}/${folder}/${i % FILES_IN_FOLDER}.bin`;
}

/** Writes files 0 to `count` of version 0 below `root`. */
export function makeScaleTree(root: string, count: number): void {
  for (let i = 0; i < count; i++) {
    if (i % FILES_IN_FOLDER === 0)
      mkdirSync(path.join(root, path.dirname(scalePath(i))), { recursive: true });
    writeFileSync(path.join(root, scalePath(i)), scaleContent(i, 0));
  }
}

/** Gives `wanted` of the files, spread evenly over `count`, the content of `version`. Returns their numbers. */
export function editScaleTree(root: string, count: number, wanted: number, version: number): number[] {
  const numbers = spread(count, wanted, version);
  for (const i of numbers) writeFileSync(path.join(root, scalePath(i)), scaleContent(i, version));
  return numbers;
}

/** `wanted` of the numbers below `count`, evenly apart; `version` shifts them. */
export function spread(count: number, wanted: number, version: number): number[] {
  const numbers = Array.from(
    { length: wanted },
    (_, k) => (Math.floor((k * count) / wanted) + version) % count,
  );
  return [...new Set(numbers)];
}

/** A zero byte, which makes the file binary, then 40 bytes that no two files or versions share. */
export function scaleContent(file: number, version: number): Buffer {
  const bytes = Buffer.alloc(FILE_SIZE);
  let state = (Math.imul(file + 1, 0x9e3779b1) ^ Math.imul(version + 1, 0x85ebca6b)) >>> 0 || 1;
  for (let at = 1; at + 4 <= FILE_SIZE - 8; at += 4) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes.writeInt32LE(state | 0, at);
  }
  bytes.writeUInt32LE(file, FILE_SIZE - 8);
  bytes.writeUInt32LE(version, FILE_SIZE - 4);
  return bytes;
}
