// Owns the lock that lets one process at a time change a repository: `.forge/lock`, with owner and heartbeat.
import { readFileSync } from 'node:fs';
import { link, open, readFile, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ForgeError, fromSystemError } from '../errors.ts';

const HEARTBEAT_MS = 2_000;
/** A holder on another machine whose heartbeat is older than this is taken for dead. */
const STALE_MS = 60_000;
const POLL_MS = 50;
/** What file systems without hard links answer. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];

interface Holder {
  id: string;
  pid: number;
  host: string;
  command: string;
  since: string;
  /** Start time of the process in clock ticks since boot (Linux), so that a reused pid is not taken for the holder. */
  startTicks: string | undefined;
}

export interface LockOptions {
  hostName: string;
  processId: number;
  /** Shown to whoever waits. */
  command: string;
  /** False: fail at once when somebody else holds the lock. */
  wait: boolean;
  /** Called once, with a description of the holder, before waiting. */
  onWait?: (holder: string) => void;
  signal?: AbortSignal;
}

export class WriterLock {
  private readonly path: string;
  private readonly id: string;
  private readonly heartbeat: NodeJS.Timeout;

  private constructor(path: string, id: string) {
    this.path = path;
    this.id = id;
    this.heartbeat = setInterval(() => {
      const now = new Date();
      utimes(path, now, now).catch((error: unknown) => {
        // A lock file that vanished was taken over: release() finds out by its id.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') clearInterval(this.heartbeat);
      });
    }, HEARTBEAT_MS);
    this.heartbeat.unref();
  }

  /**
   * Waits for, or takes over from a dead holder, the lock of a `.forge` folder.
   * @throws ForgeError LOCKED (held by somebody alive and `wait` is false), READ_ONLY, ABORTED.
   */
  static async acquire(forgeFolder: string, options: LockOptions): Promise<WriterLock> {
    const path = join(forgeFolder, 'lock');
    const holder: Holder = {
      id: uniqueId(),
      pid: options.processId,
      host: options.hostName,
      command: options.command,
      since: new Date().toISOString(),
      startTicks: startTicks(options.processId),
    };
    let told = false;
    for (;;) {
      if (options.signal?.aborted) {
        throw new ForgeError('ABORTED', 'Stopped while waiting for the repository', 'Run the command again.');
      }
      if (await tryCreate(path, holder)) return new WriterLock(path, holder.id);
      const current = await readHolder(path);
      if (current === undefined) continue;
      if (current === 'unreadable' || (await isDead(path, current, options.hostName))) {
        await takeOver(path, current === 'unreadable' ? undefined : current.id);
        continue;
      }
      const description = `forge ${current.command} (process ${current.pid} on ${current.host}, since ${current.since})`;
      if (!options.wait) {
        throw new ForgeError(
          'LOCKED',
          `The repository is being changed by ${description}`,
          'Wait for it, or run again without --no-wait.',
        );
      }
      if (!told) options.onWait?.(description);
      told = true;
      await sleep(POLL_MS);
    }
  }

  /** Gives the lock back. Harmless when it was taken over meanwhile. */
  async release(): Promise<void> {
    clearInterval(this.heartbeat);
    const holder = await readHolder(this.path);
    if (holder !== undefined && holder !== 'unreadable' && holder.id === this.id) await unlink(this.path);
  }
}

/** The lock appears with its content or not at all: it is written aside and linked into place. */
async function tryCreate(path: string, holder: Holder): Promise<boolean> {
  const aside = `${path}.${holder.id}`;
  try {
    await writeFile(aside, JSON.stringify(holder), { flag: 'wx' });
    await link(aside, path).catch((error: NodeJS.ErrnoException) => {
      if (!NO_LINKS.includes(error.code ?? '')) throw error;
      return writeFile(path, JSON.stringify(holder), { flag: 'wx' });
    });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    const failure = fromSystemError(error, path, 'creating the lock');
    if (failure.code !== 'UNREADABLE') throw failure;
    throw new ForgeError(
      'READ_ONLY',
      `No permission to change the repository (${path})`,
      'Check who owns the folder.',
      { path, cause: error },
    );
  } finally {
    await unlink(aside).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT' && error.code !== 'EROFS' && error.code !== 'EACCES') throw error;
    });
  }
}

async function readHolder(path: string): Promise<Holder | 'unreadable' | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw fromSystemError(error, path, 'reading the lock');
  }
  try {
    const holder = JSON.parse(text) as Holder;
    return typeof holder.id === 'string' && Number.isInteger(holder.pid) ? holder : 'unreadable';
  } catch {
    // A power cut can leave an empty file behind; nobody alive holds such a lock.
    return 'unreadable';
  }
}

async function isDead(path: string, holder: Holder, hostName: string): Promise<boolean> {
  if (holder.host !== hostName) {
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }));
    return Date.now() - mtimeMs > STALE_MS;
  }
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
  return holder.startTicks !== startTicks(holder.pid);
}

/** Removes a dead holder's lock; a second short-lived lock keeps two rescuers from removing each other's new one. */
async function takeOver(path: string, deadId: string | undefined): Promise<void> {
  const guard = `${path}.takeover`;
  try {
    await (await open(guard, 'wx')).close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
      throw fromSystemError(error, guard, 'taking over the lock');
    const { mtimeMs } = await stat(guard).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > 5_000) await unlinkIfThere(guard);
    await sleep(POLL_MS);
    return;
  }
  try {
    const holder = await readHolder(path);
    const stillDead = holder === 'unreadable' ? deadId === undefined : holder?.id === deadId;
    if (holder !== undefined && stillDead) await unlinkIfThere(path);
  } finally {
    await unlinkIfThere(guard);
  }
}

async function unlinkIfThere(path: string): Promise<void> {
  await unlink(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}

function startTicks(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the command in parentheses and may itself hold spaces and parentheses.
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

/** Differs from that of any other holder. Loading `node:crypto` for it would take a tenth of the time of a short command. */
function uniqueId(): string {
  return `${process.hrtime.bigint().toString(36)}-${Math.random().toString(36).slice(2)}`;
}
