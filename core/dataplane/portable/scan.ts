// Owns the scan of a segment: from record to record, or straight from the footer of a sealed one.
import { closeSync, fstatSync, openSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { ForgeError } from '../../errors.ts';
import {
  decodeEntries,
  decodeRecordHeader,
  encodeEntry,
  entryLength,
  ID_SIZE,
  MAX_BASES,
  RECORD_HEADER_SIZE,
  RECORD_MAGIC,
  type RecordEntry,
  recordHeaderLength,
} from '../../model/record.ts';
import {
  decodeSegmentHeader,
  decodeSegmentTrailer,
  SEGMENT_HEADER_SIZE,
  SEGMENT_TRAILER_SIZE,
  SEGMENT_VERSION,
  type SegmentTrailer,
} from '../../model/segment.ts';
import type { SegmentScan } from '../dataPlane.ts';
import { attempt, readFully } from './systemCalls.ts';
import type { ScanJob } from './workerMessages.ts';

const MAGIC = Buffer.alloc(4);
MAGIC.writeUInt32LE(RECORD_MAGIC);
const MAX_HEADER = RECORD_HEADER_SIZE + ID_SIZE * MAX_BASES;
/** Headers of small records come many to a read; large payloads are skipped by not reading on. */
const HEADER_WINDOW = 16 * 1024;
const PAYLOAD_WINDOW = 1024 * 1024;

export function runScan(job: ScanJob): SegmentScan {
  return attempt(job.path, 'scanning', () => {
    const fd = openSync(job.path, 'r');
    try {
      return scanFile(fd, job);
    } finally {
      closeSync(fd);
    }
  });
}

/** @throws ForgeError CORRUPT when this is no segment, FORMAT_TOO_NEW when it is a later version's. */
export function scanFile(fd: number, options: Omit<ScanJob, 'name'>): SegmentScan {
  const { path, from, footer, payloads } = options;
  const fileLength = fstatSync(fd).size;
  const uuid = readUuid(fd, path);
  const trailer = readTrailer(fd, fileLength);
  const sealed = trailer !== undefined;
  const start = Math.max(from, SEGMENT_HEADER_SIZE);
  const listed = trailer && readFooter(fd, trailer);
  if (footer && listed) {
    const entries = start === SEGMENT_HEADER_SIZE ? listed : entriesFrom(listed, start);
    return { uuid, sealed, validLength: fileLength, fileLength, entries };
  }
  const end = trailer?.entriesOffset ?? fileLength;
  const window = new FileWindow(fd, payloads ? PAYLOAD_WINDOW : HEADER_WINDOW);
  const entries: Buffer[] = [];
  let at = start;
  while (at < end) {
    const record = readRecord(window, at, end, payloads);
    if (!record) break;
    const encoded = Buffer.alloc(entryLength(record));
    encodeEntry(record, encoded, 0);
    entries.push(encoded);
    at += recordHeaderLength(record) + record.storedLength;
  }
  const validLength = at === end && listed ? fileLength : at;
  return { uuid, sealed, validLength, fileLength, entries: Buffer.concat(entries) };
}

/** Whether an intact record starts anywhere in [from, to): then the bytes before it are damage, not a torn tail. */
export function hasRecordBetween(fd: number, from: number, to: number): boolean {
  const window = new FileWindow(fd, PAYLOAD_WINDOW);
  const check = new FileWindow(fd, PAYLOAD_WINDOW);
  for (let at = from; at < to;) {
    const bytes = window.read(at, PAYLOAD_WINDOW);
    for (let found = bytes.indexOf(MAGIC); found >= 0; found = bytes.indexOf(MAGIC, found + 1)) {
      if (readRecord(check, at + found, to, true)) return true;
    }
    if (bytes.length < MAGIC.length) break;
    // A magic may straddle two reads.
    at += bytes.length - (MAGIC.length - 1);
  }
  return false;
}

/** Reads and checks a segment's header. @throws ForgeError CORRUPT, FORMAT_TOO_NEW */
export function readUuid(fd: number, path: string): Buffer {
  const bytes = Buffer.alloc(SEGMENT_HEADER_SIZE);
  const header = decodeSegmentHeader(bytes.subarray(0, readFully(fd, bytes, 0, bytes.length, 0)));
  if (header.state === 'ok') return header.uuid;
  if (header.state === 'tooNew') {
    throw new ForgeError(
      'FORMAT_TOO_NEW',
      `${path} is a segment of version ${header.version}; this program reads up to ${SEGMENT_VERSION}`,
      'Update Forge.',
      { path },
    );
  }
  throw new ForgeError('CORRUPT', `${path} does not start like a segment`, 'Run `forge verify`.', { path });
}

/** Undefined when the file does not end in an intact trailer that fits its length. */
function readTrailer(fd: number, fileLength: number): SegmentTrailer | undefined {
  const at = fileLength - SEGMENT_TRAILER_SIZE;
  if (at < SEGMENT_HEADER_SIZE) return undefined;
  const bytes = Buffer.alloc(SEGMENT_TRAILER_SIZE);
  readFully(fd, bytes, 0, bytes.length, at);
  const trailer = decodeSegmentTrailer(bytes);
  return trailer && trailer.entriesOffset + trailer.entriesLength === at ? trailer : undefined;
}

/** Undefined when the entries are damaged, or not what the trailer says. */
function readFooter(fd: number, trailer: SegmentTrailer): Buffer | undefined {
  const bytes = Buffer.alloc(trailer.entriesLength);
  readFully(fd, bytes, 0, bytes.length, trailer.entriesOffset);
  if (crc32(bytes) !== trailer.entriesCrc) return undefined;
  try {
    return decodeEntries(bytes).length === trailer.count ? bytes : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function entriesFrom(entries: Buffer, offset: number): Buffer {
  const kept: Buffer[] = [];
  for (const entry of decodeEntries(entries)) {
    if (entry.offset < offset) continue;
    const encoded = Buffer.alloc(entryLength(entry));
    encodeEntry(entry, encoded, 0);
    kept.push(encoded);
  }
  return Buffer.concat(kept);
}

/** The record at `at`, if it is intact and ends by `end`. */
function readRecord(window: FileWindow, at: number, end: number, payloads: boolean): RecordEntry | undefined {
  const header = decodeRecordHeader(window.read(at, Math.min(MAX_HEADER, end - at)), 0);
  if (!header) return undefined;
  const { payloadCrc, ...entry } = header;
  const payloadAt = at + recordHeaderLength(header);
  const next = payloadAt + header.storedLength;
  if (next > end) return undefined;
  if (payloads && window.checksum(payloadAt, next) !== payloadCrc) return undefined;
  return { ...entry, offset: at };
}

/** Reads a file through a buffer that holds what lies around the last read. */
class FileWindow {
  private readonly fd: number;
  private readonly buffer: Buffer;
  private start = 0;
  private length = 0;

  constructor(fd: number, size: number) {
    this.fd = fd;
    this.buffer = Buffer.allocUnsafeSlow(size);
  }

  /** At most a window's bytes; fewer where the file ends. Valid until the next read. */
  read(at: number, length: number): Buffer {
    if (at < this.start || at + length > this.start + this.length) {
      this.start = at;
      this.length = readFully(this.fd, this.buffer, 0, this.buffer.length, at);
    }
    const from = at - this.start;
    return this.buffer.subarray(from, Math.min(from + length, this.length));
  }

  checksum(from: number, to: number): number {
    let crc = 0;
    for (let at = from; at < to;) {
      const bytes = this.read(at, Math.min(this.buffer.length, to - at));
      if (bytes.length === 0) break;
      crc = crc32(bytes, crc);
      at += bytes.length;
    }
    return crc;
  }
}
