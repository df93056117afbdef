// Owns reflogs: where a ref has been, one line a move, as `git reflog` shows.
import { appendFile, mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fromSystemError } from '../errors.ts';
import type { Signature } from './commits.ts';
import { encodeSignature } from './commits.ts';

/** What a log says where there is no commit. */
const NOTHING = '0'.repeat(40);
const LOGGED = /^(HEAD$|refs\/heads\/|refs\/remotes\/|refs\/notes\/)/;

export interface LogEntry {
  /** Where the ref's log lies: the Git directory of its refs. */
  folder: string;
  ref: string;
  before: string | undefined;
  after: string | undefined;
}

export function isLogged(ref: string): boolean {
  return LOGGED.test(ref);
}

/** Appends a line to the log of a ref. @throws ForgeError DISK_FULL, … */
export async function appendReflog(entry: LogEntry, who: Signature, message: string): Promise<void> {
  const path = join(entry.folder, 'logs', entry.ref);
  const text = message.replace(/\s+/g, ' ').trim();
  const line = `${entry.before ?? NOTHING} ${entry.after ?? NOTHING} ${encodeSignature(who)}\t${text}\n`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await appendFile(path, line);
  } catch (error) {
    throw fromSystemError(error, path, 'writing');
  }
}

/** A deleted ref's log goes with it, as in Git. */
export async function removeReflog(folder: string, ref: string): Promise<void> {
  await rm(join(folder, 'logs', ref), { force: true });
}
