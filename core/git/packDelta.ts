// Owns Git's pack deltas: an object as copies from a base and literal bytes.
import { ForgeError } from '../errors.ts';

/** Lengths of base and result, and where the instructions start. @throws ForgeError CORRUPT */
export function readDeltaHead(delta: Buffer): { baseSize: number; resultSize: number; start: number } {
  const base = readSize(delta, 0);
  const result = readSize(delta, base.end);
  return { baseSize: base.value, resultSize: result.value, start: result.end };
}

/** @throws ForgeError CORRUPT when the delta does not fit the base */
export function applyDelta(base: Buffer, delta: Buffer): Buffer {
  const { baseSize, resultSize, start } = readDeltaHead(delta);
  if (baseSize !== base.length) throw damaged();
  const out = Buffer.allocUnsafe(resultSize);
  let at = start;
  let length = 0;
  while (at < delta.length) {
    const instruction = delta[at++];
    if (instruction & 0x80) {
      // Bits 0 to 3 say which bytes of the offset follow, bits 4 to 6 which of the size; size 0 means 65,536.
      let offset = 0;
      let size = 0;
      for (let i = 0; i < 4; i++) if (instruction & (1 << i)) offset += delta[at++] * 2 ** (8 * i);
      for (let i = 0; i < 3; i++) if (instruction & (16 << i)) size += delta[at++] << (8 * i);
      if (size === 0) size = 0x10000;
      if (!(offset + size <= base.length) || length + size > resultSize) throw damaged();
      length += base.copy(out, length, offset, offset + size);
    } else {
      if (instruction === 0 || at + instruction > delta.length || length + instruction > resultSize)
        throw damaged();
      length += delta.copy(out, length, at, at + instruction);
      at += instruction;
    }
  }
  if (length !== resultSize) throw damaged();
  return out;
}

/** 7 bits a byte, the lowest first. */
function readSize(bytes: Buffer, start: number): { value: number; end: number } {
  let value = 0;
  let factor = 1;
  for (let at = start; at < Math.min(bytes.length, start + 8); at++) {
    value += (bytes[at] & 0x7f) * factor;
    if (bytes[at] < 0x80) return { value, end: at + 1 };
    factor *= 128;
  }
  throw damaged();
}

function damaged(): ForgeError {
  return new ForgeError(
    'CORRUPT',
    'A delta in a Git pack is damaged',
    'Run `git fsck` and restore the pack from a clone.',
  );
}
