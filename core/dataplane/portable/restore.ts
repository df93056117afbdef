// Owns a worker's share of a restore: files are rebuilt under a temporary name, verified, and only then put in their place.
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  linkSync,
  lstatSync,
  openSync,
  renameSync,
  unlinkSync,
} from 'node:fs';
import { fromSystemError } from '../../errors.ts';
import type { RestoredFile, RestoreFile, StatTuple } from '../dataPlane.ts';
import { statTuple } from './fileStat.ts';
import type { JobContext } from './jobContext.ts';
import { writeContent } from './recode.ts';
import { BadRecord, RecordReader } from './recordReader.ts';
import { isSystemError, writeFully } from './systemCalls.ts';
import type { JobResults, RestoreJob } from './workerMessages.ts';

/** Chunks are collected up to this many bytes and written at once. */
const BUFFER_SIZE = 1024 * 1024;

export function runRestore(job: RestoreJob, context: JobContext): JobResults['restore'] {
  const reader = new RecordReader(job.records);
  const restore = new Restore(reader, context);
  const results: JobResults['restore'] = [];
  try {
    for (let i = context.next(); i !== undefined; i = context.next()) {
      results.push([i, restore.file(job.files[i])]);
      context.progress({ files: 1 });
    }
  } finally {
    reader.close();
  }
  return results;
}

class Restore {
  private readonly reader: RecordReader;
  private readonly context: JobContext;
  private readonly buffer = Buffer.allocUnsafeSlow(BUFFER_SIZE);

  constructor(reader: RecordReader, context: JobContext) {
    this.reader = reader;
    this.context = context;
  }

  file(file: RestoreFile): RestoredFile {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    let fd: number | undefined;
    let isPlaced = false;
    try {
      fd = openSync(file.temporary, flags, 0o600);
      this.writeChunks(fd, file);
      fchmodSync(fd, file.mode);
      isPlaced = place(file);
      // Of the open file: what is at the path by now may already be somebody else's.
      return isPlaced
        ? { state: 'done', stat: statTuple(fstatSync(fd, { bigint: true })) }
        : { state: 'conflict' };
    } catch (error) {
      return failure(error, file);
    } finally {
      if (fd !== undefined) {
        closeSync(fd);
        if (!isPlaced) removeTemporary(file.temporary);
      }
    }
  }

  /** @throws BadRecord when a record or the whole file does not verify. */
  private writeChunks(fd: number, file: RestoreFile): void {
    const hasher = this.context.hashers.file;
    hasher.start();
    let written = 0;
    let buffered = 0;
    const drain = (): void => {
      const bytes = this.buffer.subarray(0, buffered);
      hasher.update(bytes);
      writeFully(fd, bytes, written);
      written += buffered;
      this.context.progress({ bytes: buffered });
      buffered = 0;
    };
    const write = (raw: Buffer): void => {
      for (let at = 0; at < raw.length;) {
        const count = raw.copy(this.buffer, buffered, at);
        at += count;
        buffered += count;
        if (buffered === BUFFER_SIZE) drain();
      }
    };
    try {
      writeContent(this.reader, file, this.context, write);
    } catch (error) {
      if (error instanceof BadRecord && error.row === undefined) this.blame(file, error.message);
      throw error;
    }
    drain();
    if (written !== file.size || hasher.finish().toString('hex') !== file.blake3) this.blame(file);
  }

  /** Finds the chunk that is not what its id says. */
  private blame(file: RestoreFile, otherwise = "its chunks are another file's"): never {
    for (const row of [file, ...(file.parts ?? [])].flatMap(({ chunks }) => [...chunks])) {
      if (!this.context.hashers.chunk.hash(this.reader.read(row)).equals(this.reader.row(row).id)) {
        throw new BadRecord(
          row,
          `Chunk ${this.reader.row(row).id.toString('hex')} of ${file.path} is damaged`,
        );
      }
    }
    throw new BadRecord(undefined, `${file.path} would not be what its pointer says: ${otherwise}`);
  }
}

/** Gives the temporary file its final name, unless something else than expected is there: then false. */
function place({ path, temporary, expect }: RestoreFile): boolean {
  if (expect === 'absent') return placeNew(path, temporary);
  if (expect !== 'any' && !isExpected(path, expect)) return false;
  renameSync(temporary, path);
  return true;
}

/** A link, unlike a rename, never replaces what is there. */
function placeNew(path: string, temporary: string): boolean {
  try {
    linkSync(temporary, path);
    unlinkSync(temporary);
    return true;
  } catch (error) {
    if (isSystemError(error) && error.code === 'EEXIST') return false;
    if (!isSystemError(error) || !NO_LINKS.includes(error.code)) throw error;
  }
  if (lstatSync(path, { throwIfNoEntry: false })) return false;
  renameSync(temporary, path);
  return true;
}

/** How file systems without hard links (FAT, some network mounts) refuse one. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];

function isExpected(path: string, expected: StatTuple): boolean {
  const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  if (!stats) return false;
  const [, , mtimeSec, mtimeNsec, , ino, , , , size] = statTuple(stats);
  const [, , expectedSec, expectedNsec, , expectedIno, , , , expectedSize] = expected;
  return (
    mtimeSec === expectedSec && mtimeNsec === expectedNsec && ino === expectedIno && size === expectedSize
  );
}

/** What became of one file. @throws ForgeError DISK_FULL, and whatever is not this file's own trouble. */
function failure(error: unknown, file: RestoreFile): RestoredFile {
  if (error instanceof BadRecord) {
    return {
      state: 'failed',
      code: 'CORRUPT',
      message: error.message,
      ...(error.row !== undefined && { record: error.row }),
    };
  }
  if (!isSystemError(error)) throw error;
  const forgeError = fromSystemError(error, file.path, 'restoring');
  if (forgeError.code === 'DISK_FULL') throw forgeError;
  return { state: 'failed', code: error.code, message: forgeError.message };
}

function removeTemporary(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}
