// Owns writing a small file so that after a crash it holds either its old or its new content.
import { open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fromSystemError } from '../errors.ts';

/** Writes beside `path`, syncs, renames, syncs the folder. The old content stays on any failure. */
export async function writeDurably(path: string, data: string | Uint8Array): Promise<void> {
  const aside = `${path}.${process.pid}.tmp`;
  try {
    await writeSynced(aside, data);
    await rename(aside, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await removeIfThere(aside);
    throw fromSystemError(error, path, 'writing');
  }
}

/**
 * Writes a file, given in one or more pieces, and syncs its bytes; its name is durable after `syncFolder` of its folder.
 * @throws ForgeError DISK_FULL, … naming it
 */
export async function writeSynced(
  path: string,
  data: string | Uint8Array | readonly Uint8Array[],
): Promise<void> {
  try {
    const file = await open(path, 'w');
    try {
      for (const piece of Array.isArray(data)
        ? (data as readonly Uint8Array[])
        : [data as string | Uint8Array])
        await file.writeFile(piece);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    throw fromSystemError(error, path, 'writing');
  }
}

/** Makes renames and removals inside `folder` durable, where the system can. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export async function removeIfThere(path: string): Promise<void> {
  await unlink(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}
