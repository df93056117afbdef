// Owns the few file operations that the parts of a Git directory share.
import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fromSystemError } from '../errors.ts';

/** Makes renames in a folder durable. Systems that cannot open or sync a folder (Windows) do so on their own. */
export async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (!['EPERM', 'EISDIR', 'EINVAL', 'ENOTSUP', 'EACCES'].includes(code))
      throw fromSystemError(error, path, 'syncing');
  }
}

export function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** Where a Git directory keeps objects and branches: itself, unless it is that of a linked working tree. */
export function commonDirOf(gitDir: string): string {
  try {
    return resolve(gitDir, readFileSync(`${gitDir}/commondir`, 'utf8').trimEnd());
  } catch (error) {
    if (isMissing(error)) return gitDir;
    throw fromSystemError(error, `${gitDir}/commondir`, 'reading');
  }
}
