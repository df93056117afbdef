// Owns the lock file of a new database: LMDB maps it, so all of its bytes have to be on the disk before.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What LMDB makes it, for 126 readers. */
const LOCK_SIZE = 8272;

/**
 * Makes folder and lock file of a database that nobody uses yet. Left to LMDB the file is one hole, and where the disk is full the process
 * ends with a bus error when it is written to. LMDB sets up what is in it when it is first opened.
 * @throws the system's error, ENOSPC
 */
export function makeLock(folder: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'lock.mdb'), Buffer.alloc(LOCK_SIZE));
}
