// Owns the sealing of a segment: footer, sync, and the name that its content gives it.
import { closeSync, constants, fsyncSync, ftruncateSync, openSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { ForgeError } from '../../errors.ts';
import { decodeEntries, encodeEntry, entryLength } from '../../model/record.ts';
import { encodeSegmentTrailer } from '../../model/segment.ts';
import type { Blake3 } from './blake3.ts';
import type { JobContext } from './jobContext.ts';
import { hasRecordBetween, scanFile } from './scan.ts';
import { attempt, readFully, syncFolder, writeFully } from './systemCalls.ts';
import type { JobResults, SealJob } from './workerMessages.ts';

const BLOCK_SIZE = 1024 * 1024;

export function runSeal({ path }: SealJob, context: JobContext): JobResults['seal'] {
  return attempt(path, 'sealing', () => {
    const fd = openSync(path, constants.O_RDWR);
    try {
      const length = completeFooter(fd, path);
      fsyncSync(fd);
      const sealed = join(dirname(path), `${hashFile(fd, length, context.hashers.file)}.seg`);
      renameSync(path, sealed);
      syncFolder(dirname(path));
      return { path: sealed, length };
    } finally {
      closeSync(fd);
    }
  });
}

/**
 * Returns the length of the file. A footer that is already there (the rename was what a crash prevented) is kept, a torn tail is
 * dropped. Records behind damaged bytes are not: then the segment stays as it is.
 */
function completeFooter(fd: number, path: string): number {
  const scan = scanFile(fd, { path, from: 0, footer: false, payloads: true });
  const { sealed, validLength, fileLength } = scan;
  if (sealed && validLength === fileLength) return fileLength;
  if (sealed || hasRecordBetween(fd, validLength, fileLength)) {
    throw new ForgeError(
      'CORRUPT',
      `${path} is damaged at byte ${validLength}`,
      'Run `forge verify` to see what is affected.',
      { path },
    );
  }
  const records = decodeEntries(scan.entries);
  records.sort((a, b) => a.id.compare(b.id) || a.offset - b.offset);
  const entriesLength = records.reduce((sum, record) => sum + entryLength(record), 0);
  const entries = Buffer.alloc(entriesLength);
  records.reduce((at, record) => encodeEntry(record, entries, at), 0);
  const trailer = encodeSegmentTrailer({
    count: records.length,
    entriesOffset: validLength,
    entriesLength,
    entriesCrc: crc32(entries),
  });
  const footer = Buffer.concat([entries, trailer]);
  writeFully(fd, footer, validLength);
  ftruncateSync(fd, validLength + footer.length);
  return validLength + footer.length;
}

function hashFile(fd: number, length: number, hasher: Blake3): string {
  const buffer = Buffer.allocUnsafeSlow(BLOCK_SIZE);
  hasher.start();
  for (let at = 0; at < length; at += BLOCK_SIZE) {
    hasher.update(buffer.subarray(0, readFully(fd, buffer, 0, BLOCK_SIZE, at)));
  }
  return hasher.finish().toString('hex');
}
