// Owns `<file>.lock`, by which programs that change a Git directory keep out of each other's way.
import { closeSync, openSync, writeSync } from 'node:fs';
import { mkdir, readFile, stat, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ForgeError, fromSystemError } from '../errors.ts';
import { isMissing } from './files.ts';

/** Stock Git holds a lock for some milliseconds. */
const WAIT_MS = 2000;
const RETRY_MS = 25;
/** Forge holds its locks for less than a second, so an older one was left by a process that died. */
const STALE_MS = 60_000;
const MARKER = 'forge lock';

/**
 * Creates `<path>.lock` and returns how to give it back. Stock Git respects the file; it tells Forge's own processes whether its
 * owner still lives, so that a killed one blocks nobody.
 * @throws ForgeError LOCKED when another program keeps it for two seconds
 */
export async function acquireLock(path: string): Promise<() => Promise<void>> {
  const lock = `${path}.lock`;
  try {
    await mkdir(dirname(lock), { recursive: true });
    for (let waited = 0; !tryCreate(lock); waited += RETRY_MS) {
      if (await isAbandoned(lock)) await unlink(lock);
      else if (waited >= WAIT_MS) throw held(lock);
      else await delay(RETRY_MS);
    }
  } catch (error) {
    throw fromSystemError(error, lock, 'creating');
  }
  return () => unlink(lock).catch(() => undefined);
}

/** Without waiting between creating and marking, so that a kill hardly ever falls between them. */
function tryCreate(lock: string): boolean {
  let fd: number;
  try {
    fd = openSync(lock, 'wx');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  try {
    writeSync(fd, `${MARKER} ${process.pid} ${hostname()}\n`);
  } finally {
    closeSync(fd);
  }
  return true;
}

/** Whether a Forge process left the lock when it died. One of stock Git's is never judged: its content is not a marker. */
async function isAbandoned(lock: string): Promise<boolean> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(lock, 'latin1'), stat(lock)]);
    const isOld = Date.now() - mtimeMs > STALE_MS;
    // A power cut between creating and writing leaves it empty.
    if (text === '') return isOld;
    if (!text.startsWith(MARKER)) return false;
    const [pid, host] = text
      .slice(MARKER.length + 1)
      .trimEnd()
      .split(' ');
    return isOld || (host === hostname() && !isAlive(Number(pid)));
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function held(lock: string): ForgeError {
  return new ForgeError(
    'LOCKED',
    `Another program is changing this repository (${lock} exists)`,
    'Wait for it to finish; if no Git program runs, remove this file.',
    { path: lock },
  );
}
