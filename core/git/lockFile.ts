// Owns `<file>.lock`, by which programs that change a Git directory keep out of each other's way.
import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, stat, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ForgeError, fromSystemError } from '../errors.ts';
import { isMissing } from './files.ts';

/** Stock Git holds a lock for some milliseconds. */
const WAIT_MS = 2000;
const RETRY_MS = 25;
/** Forge holds its locks for less than a second, so an older one was left by a process that died. */
const STALE_MS = 60_000;
/** What file systems without hard links answer. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];
const MARKER = 'forge lock';

/** Who holds locks, so that others can tell whether it still lives. */
export interface LockOwner {
  hostName: string;
  processId: number;
}

/**
 * Creates `<path>.lock` and returns how to give it back. Stock Git respects the file; it tells Forge's own processes whether its
 * owner still lives, so that a killed one blocks nobody.
 * @throws ForgeError LOCKED when another program keeps it for two seconds
 */
export async function acquireLock(path: string, owner: LockOwner): Promise<() => Promise<void>> {
  const lock = `${path}.lock`;
  try {
    await mkdir(dirname(lock), { recursive: true });
    for (let waited = 0; !(await tryCreate(lock, owner)); waited += RETRY_MS) {
      if (await isAbandoned(lock, owner)) await unlink(lock);
      else if (waited >= WAIT_MS) throw held(lock);
      else await delay(RETRY_MS);
    }
  } catch (error) {
    throw fromSystemError(error, lock, 'creating');
  }
  return () => unlink(lock).catch(() => undefined);
}

/** The lock appears with its content or not at all: a killed process never leaves one that does not say whose it was. */
async function tryCreate(lock: string, owner: LockOwner): Promise<boolean> {
  // Git takes no file that ends in .lock for a ref.
  const aside = join(dirname(lock), `.forge-${randomBytes(6).toString('hex')}.lock`);
  try {
    const content = `${MARKER} ${owner.processId} ${owner.hostName}\n`;
    await writeFile(aside, content, { flag: 'wx' });
    await link(aside, lock).catch((error: unknown) => {
      if (!NO_LINKS.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
      return writeFile(lock, content, { flag: 'wx' });
    });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await unlink(aside).catch(() => undefined);
  }
}

/** Whether a Forge process left the lock when it died. One of stock Git's is never judged: its content is not a marker. */
async function isAbandoned(lock: string, { hostName }: LockOwner): Promise<boolean> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(lock, 'latin1'), stat(lock)]);
    const isOld = Date.now() - mtimeMs > STALE_MS;
    // A power cut between creating and writing leaves it empty.
    if (text === '') return isOld;
    if (!text.startsWith(MARKER)) return false;
    const [pid, host] = text.slice(MARKER.length + 1, -1).split(' ');
    return isOld || (host === hostName && !isAlive(Number(pid)));
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
