// Owns the making of large files that nothing can compress, the same every time.
import { createCipheriv } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';

const BLOCK = 4 * 1024 * 1024;

/** Writes `bytes` bytes of an AES key stream; `seed` 0 to 255. */
export function writeNoise(path: string, bytes: number, seed: number): void {
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, seed), Buffer.alloc(16));
  const zeros = Buffer.alloc(BLOCK);
  const file = openSync(path, 'w');
  for (let left = bytes; left > 0; left -= BLOCK) {
    writeSync(file, cipher.update(left < BLOCK ? zeros.subarray(0, left) : zeros));
  }
  closeSync(file);
}
