// Owns running part of a test as a user whom permissions hold back.
import { chownSync } from 'node:fs';
import type { Context } from 'mocha';

/** `nobody` on Linux. */
const NOBODY = 65_534;

/**
 * Runs `work` so that permissions count: root, who may do anything, becomes another user meanwhile and gives `folders` to that
 * user first. Skips the test where this cannot be done.
 */
export async function asUnprivilegedUser<T>(
  test: Context,
  folders: string[],
  work: () => Promise<T>,
): Promise<T> {
  if (process.platform === 'win32') test.skip();
  if (process.geteuid?.() !== 0) return work();
  for (const folder of folders) chownSync(folder, NOBODY, NOBODY);
  process.seteuid?.(NOBODY);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}
