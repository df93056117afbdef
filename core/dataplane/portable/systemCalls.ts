// Owns the few file system calls that the portable plane's workers share; failures become errors that name the path.
import { closeSync, constants, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { fromSystemError } from '../../errors.ts';

/** @throws ForgeError when `call` fails with a system error. `doing` completes "Failed …". */
export function attempt<T>(path: string, doing: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw fromSystemError(error, path, doing);
  }
}

/** Reads `length` bytes at `position` of the file to `at` of `into`; fewer only where the file ends. Returns their number. */
export function readFully(
  fd: number,
  into: Uint8Array,
  at: number,
  length: number,
  position: number,
): number {
  let done = 0;
  while (done < length) {
    const count = readSync(fd, into, at + done, length - done, position + done);
    if (count === 0) break;
    done += count;
  }
  return done;
}

/** Writes all of `bytes` at `position` of the file. */
export function writeFully(fd: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length;)
    done += writeSync(fd, bytes, done, bytes.length - done, position + done);
}

/** Makes created, renamed and removed names of a folder durable. Windows, which opens no folders, does so itself. */
export function syncFolder(path: string): void {
  if (process.platform === 'win32') return;
  attempt(path, 'syncing', () => {
    const fd = openSync(path, 'r');
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  });
}

/** An error of the operating system: `code` is `ENOENT`, `EACCES`, … */
export type SystemError = NodeJS.ErrnoException & { code: string };

export function isSystemError(error: unknown): error is SystemError {
  const parts = error as NodeJS.ErrnoException | undefined;
  return typeof parts?.code === 'string' && typeof parts.syscall === 'string';
}

/** Opens a regular file. A symlink is refused (ELOOP), and whatever else is not a file (EISDIR, EINVAL). */
export function openToRead(path: string): number {
  // Without blocking: a pipe may have taken the file's place.
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  const stats = fstatSync(fd);
  if (stats.isFile()) return fd;
  closeSync(fd);
  const code = stats.isDirectory() ? 'EISDIR' : 'EINVAL';
  throw Object.assign(new Error(`${path} is not a regular file`), { code, syscall: 'open' });
}
