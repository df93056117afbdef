// Owns putting finished files under their names: temporary names, the check of what is there, the rename.
import { randomBytes } from 'node:crypto';
import { lstatSync, mkdirSync, renameSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { StatTuple } from '../dataplane/dataPlane.ts';
import { statTuple } from '../dataplane/portable/fileStat.ts';
import { fromSystemError } from '../errors.ts';
import { kindOfStat } from './entryMode.ts';
import { TEMPORARY_PREFIX } from './ignore.ts';

/** What may be overwritten at a path: nothing, the file with this stat (mtime, size and inode count), or whatever file is there. */
export type Expectation = 'absent' | 'any' | StatTuple;

const SIZE_MODULUS = 2 ** 32;

/** Stat of what is at an absolute path, links not followed; undefined when nothing is. @throws a system error */
export function lookAt(path: string): StatTuple | undefined {
  try {
    const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    return stats && statTuple(stats);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined;
    throw error;
  }
}

export function isFolder(stat: StatTuple): boolean {
  return kindOfStat(stat) === 'gitlink';
}

/** Whether what is there may be overwritten. A folder never may. Sizes from an index are known modulo 2^32 only. */
export function isExpected(now: StatTuple | undefined, expect: Expectation): boolean {
  if (now && isFolder(now)) return false;
  if (expect === 'any') return true;
  if (expect === 'absent' || !now) return expect === 'absent' && !now;
  const [, , seconds, nanoseconds, , inode, , , , size] = now;
  return (
    seconds === expect[2] &&
    nanoseconds === expect[3] &&
    inode === expect[5] &&
    size % SIZE_MODULUS === expect[9] % SIZE_MODULUS
  );
}

/** Removes a folder if it is empty. Returns whether it is gone. */
export function removeEmptyFolder(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch {
    // Whatever the reason: it stays, and whoever needs its place finds it there.
    return false;
  }
}

/** Renames a finished file over what is expected at `path`. Returns false, and leaves both alone, when something else is there. */
export function place(temporary: string, path: string, expect: Expectation): boolean {
  if (!isExpected(lookAt(path), expect)) return false;
  renameSync(temporary, path);
  return true;
}

/** Names for files that are being written, on the file system where they will end up. */
export class TemporaryNames {
  /** Permission bits that the user's umask leaves. */
  readonly permissions: number;
  readonly #folder: string;
  readonly #device: number;
  readonly #beside: string[] = [];
  #count = 0;

  /** Makes a folder for them in `parent`. @throws ForgeError for a system error */
  constructor(parent: string) {
    this.#folder = join(parent, randomBytes(8).toString('hex'));
    try {
      mkdirSync(parent, { recursive: true });
      mkdirSync(this.#folder);
      const { dev, mode } = statSync(this.#folder);
      this.#device = dev;
      this.permissions = mode & 0o777;
    } catch (error) {
      throw fromSystemError(error, this.#folder, 'creating the folder');
    }
  }

  /** A name for what will become `path` (absolute), whose folder is on `device`: beside it when that is another one. */
  next(path: string, device: number): string {
    const name = String(++this.#count);
    if (device === this.#device) return join(this.#folder, name);
    const beside = join(dirname(path), `${TEMPORARY_PREFIX}${randomBytes(8).toString('hex')}`);
    this.#beside.push(beside);
    return beside;
  }

  /** Removes whatever did not get its name, as far as that is possible. */
  close(): void {
    for (const path of [...this.#beside, this.#folder]) {
      try {
        rmSync(path, { recursive: true, force: true });
      } catch {
        // Names that nobody looks at: not worth an error that would hide what was achieved.
      }
    }
  }
}
