// Owns copying one large file durably: by sharing its blocks where the file system can, else by reading, with progress and a way to stop.
import { constants, copyFile, type FileHandle, open, rm } from 'node:fs/promises';
import { fromSystemError } from '../errors.ts';
import { throwIfAborted } from '../progress.ts';

const BLOCK_SIZE = 4 * 1024 * 1024;
const NEW_FILE_MODE = 0o644;
/** A file that is no longer where it was; ESTALE comes from network file systems. */
const GONE = ['ENOENT', 'ESTALE'];

export interface CopyHooks {
  signal?: AbortSignal | undefined;
  /** Bytes that were copied since the last call. */
  onBytes?: ((bytes: number) => void) | undefined;
}

/** Copies files of one folder to another; whether blocks can be shared is tried once. */
export class ByteCopier {
  private readonly block = Buffer.allocUnsafeSlow(BLOCK_SIZE);
  private canShare = true;

  /**
   * Copies what `from` holds now to the new file `to`, which is not synced. Of a file that grows meanwhile at least what was there at
   * first is copied. Returns the bytes copied; undefined when `from` is gone, and nothing is at `to` then.
   * @throws ForgeError UNREADABLE, DISK_FULL, ABORTED, IO naming the file; what was copied stays
   */
  async copy(from: string, to: string, hooks: CopyHooks = {}): Promise<number | undefined> {
    throwIfAborted(hooks.signal);
    const shared = await this.share(from, to);
    if (shared !== undefined) {
      hooks.onBytes?.(shared);
      return shared;
    }
    let source: FileHandle;
    try {
      source = await open(from, 'r');
    } catch (error) {
      if (isGone(error)) return undefined;
      throw fromSystemError(error, from, 'opening');
    }
    try {
      return await this.copyBlocks(source, from, to, hooks);
    } catch (error) {
      if (!isGone(error)) throw error;
      await rm(to, { force: true });
      return undefined;
    } finally {
      await source.close();
    }
  }

  /** Undefined when it has to be copied the long way. */
  private async share(from: string, to: string): Promise<number | undefined> {
    if (!this.canShare) return undefined;
    try {
      await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE);
    } catch (error) {
      // Between these two places it cannot be done. Whatever else is wrong shows again when it is copied.
      if (!isGone(error)) this.canShare = false;
      await rm(to, { force: true });
      return undefined;
    }
    const file = await open(to, 'r');
    try {
      // It came with the permissions of the source, which may be read-only.
      await file.chmod(NEW_FILE_MODE);
      return (await file.stat()).size;
    } finally {
      await file.close();
    }
  }

  private async copyBlocks(
    source: FileHandle,
    from: string,
    to: string,
    { signal, onBytes }: CopyHooks,
  ): Promise<number> {
    const target = await open(to, 'wx').catch((error: unknown) => {
      throw fromSystemError(error, to, 'creating');
    });
    try {
      for (let at = 0; ;) {
        throwIfAborted(signal);
        const { bytesRead } = await source.read(this.block, 0, BLOCK_SIZE, at).catch((error: unknown) => {
          throw isGone(error) ? error : fromSystemError(error, from, 'reading');
        });
        if (bytesRead === 0) return at;
        await writeFully(target, this.block.subarray(0, bytesRead), at).catch((error: unknown) => {
          throw fromSystemError(error, to, 'writing');
        });
        at += bytesRead;
        onBytes?.(bytesRead);
      }
    } finally {
      await target.close();
    }
  }
}

async function writeFully(file: FileHandle, bytes: Buffer, at: number): Promise<void> {
  for (let done = 0; done < bytes.length;)
    done += (await file.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
}

/** Puts a file's bytes on disk. @throws ForgeError DISK_FULL, IO */
export async function syncFile(path: string): Promise<void> {
  try {
    const file = await open(path, 'r+');
    try {
      await file.datasync();
    } finally {
      await file.close();
    }
  } catch (error) {
    throw fromSystemError(error, path, 'syncing');
  }
}

export function isGone(error: unknown): boolean {
  return GONE.includes((error as NodeJS.ErrnoException).code ?? '');
}
