// Owns a worker's share of hashing whole files.
import { closeSync, fstatSync } from 'node:fs';
import type { HashedFile } from '../dataPlane.ts';
import { sameFile, statTuple } from './fileStat.ts';
import type { JobContext } from './jobContext.ts';
import { isSystemError, openToRead, readFully } from './systemCalls.ts';
import type { HashJob, JobResults } from './workerMessages.ts';

const BLOCK_SIZE = 256 * 1024;
const TRIES = 3;

export function runHash(job: HashJob, context: JobContext): JobResults['hash'] {
  const buffer = Buffer.allocUnsafeSlow(BLOCK_SIZE);
  const results: JobResults['hash'] = [];
  for (let i = context.next(); i !== undefined; i = context.next()) {
    results.push([i, hashFile(job.paths[i], buffer, context)]);
    context.progress({ files: 1 });
  }
  return results;
}

function hashFile(path: string, buffer: Buffer, context: JobContext): HashedFile {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    let fd: number | undefined;
    try {
      fd = openToRead(path);
      const result = hashOnce(fd, buffer, context);
      if (result) return result;
    } catch (error) {
      if (!isSystemError(error)) throw error;
      return { state: 'failed', code: error.code, message: `${path} cannot be read: ${error.message}` };
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  }
  const message = `${path} changed while it was read, ${TRIES} times in a row`;
  return { state: 'failed', code: 'FILE_CHANGED', message };
}

/** Undefined when the file changed meanwhile. */
function hashOnce(fd: number, buffer: Buffer, context: JobContext): HashedFile | undefined {
  const before = fstatSync(fd, { bigint: true });
  const size = Number(before.size);
  const hasher = context.hashers.file;
  hasher.start();
  let done = 0;
  while (done < size) {
    context.checkStop();
    const count = readFully(fd, buffer, 0, Math.min(BLOCK_SIZE, size - done), done);
    if (count === 0) break;
    hasher.update(buffer.subarray(0, count));
    context.progress({ bytes: count });
    done += count;
  }
  const after = fstatSync(fd, { bigint: true });
  if (done === size && sameFile(before, after)) {
    return { state: 'done', blake3: hasher.finish().toString('hex'), size, stat: statTuple(after) };
  }
  context.progress({ bytes: -done });
  return undefined;
}
