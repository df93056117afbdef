// Owns the appending of records to segments: one writer per worker, buffered, synced at the end.
import { randomBytes } from 'node:crypto';
import { closeSync, fdatasync, fdatasyncSync, fstatSync, ftruncateSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { ForgeError, fromSystemError } from '../../errors.ts';
import { encodeEntry, encodeRecordHeader, entryLength, type RecordEntry } from '../../model/record.ts';
import { encodeSegmentHeader, SEGMENT_HEADER_SIZE, SEGMENT_UUID_SIZE } from '../../model/segment.ts';
import type { OpenSegment } from '../dataPlane.ts';
import { readUuid } from './scan.ts';
import { attempt, syncFolder, writeFully } from './systemCalls.ts';

const BUFFER_SIZE = 1 << 20;
/** After so many bytes the disk is set to work on them, so that it does not idle until the end. */
const SYNC_INTERVAL = 32 * 1024 * 1024;

/** What a record says of itself; its place and lengths are the writer's to tell. */
export type NewRecord = Pick<RecordEntry, 'id' | 'type' | 'codec' | 'depth' | 'rawLength' | 'bases'>;

export interface AppendedSegment {
  path: string;
  length: number;
  /** The appended records (record.ts, encodeEntry). */
  entries: Buffer;
}

interface Segment {
  path: string;
  fd: number;
  /** With what still waits in the buffer, and without. */
  length: number;
  written: number;
  /** Bytes that a sync was started for. */
  syncing: number;
  created: boolean;
  entries: Buffer[];
}

export interface SegmentWriterOptions {
  /** Where new segments are created. */
  folder: string;
  /** Appended to first, from `length` on. */
  first: OpenSegment | undefined;
  /** A segment longer than this gets no further records. */
  target: number;
  /** Of the headers of new segments. */
  flags?: number;
  /** Told before a new segment's file exists. */
  onCreate(path: string): void;
}

/** Every method throws a ForgeError (DISK_FULL, CORRUPT, IO, …) that names the segment. */
export class SegmentWriter {
  private readonly options: SegmentWriterOptions;
  private readonly segments: Segment[] = [];
  private current: Segment | undefined;
  private readonly buffer = Buffer.allocUnsafeSlow(BUFFER_SIZE);
  private buffered = 0;
  private earlySync: Promise<void> | undefined;
  private syncFailure: ForgeError | undefined;

  constructor(options: SegmentWriterOptions) {
    this.options = options;
  }

  /** Returns the bytes that the record takes, its header included. */
  append(record: NewRecord, payload: Buffer): number {
    const segment = (this.current ??= this.open());
    const header = encodeRecordHeader({
      ...record,
      storedLength: payload.length,
      payloadCrc: crc32(payload),
    });
    const entry: RecordEntry = { ...record, storedLength: payload.length, offset: segment.length };
    const encoded = Buffer.alloc(entryLength(entry));
    encodeEntry(entry, encoded, 0);
    this.write(segment, header);
    this.write(segment, payload);
    segment.entries.push(encoded);
    segment.length += header.length + payload.length;
    if (segment.length > this.options.target) {
      this.drain(segment);
      this.current = undefined;
    }
    return header.length + payload.length;
  }

  /** Brings everything to the disk and closes the segments. */
  async finish(): Promise<AppendedSegment[]> {
    if (this.current) this.drain(this.current);
    await this.earlySync;
    // Once a sync failed, a later one may succeed without those bytes.
    if (this.syncFailure) throw this.syncFailure;
    for (const segment of this.segments) {
      attempt(segment.path, 'syncing', () => fdatasyncSync(segment.fd));
    }
    if (this.segments.some((segment) => segment.created)) syncFolder(this.options.folder);
    await this.close();
    return this.segments.map(({ path, length, entries }) => ({
      path,
      length,
      entries: Buffer.concat(entries),
    }));
  }

  /** Closes the files without syncing them. */
  async close(): Promise<void> {
    await this.earlySync;
    for (const segment of this.segments) {
      if (segment.fd >= 0) closeSync(segment.fd);
      segment.fd = -1;
    }
  }

  private open(): Segment {
    const { first, target } = this.options;
    const reuse = this.segments.length === 0 && first !== undefined && first.length <= target;
    const segment = reuse ? openExisting(first) : this.create();
    this.segments.push(segment);
    return segment;
  }

  private create(): Segment {
    const uuid = randomBytes(SEGMENT_UUID_SIZE);
    const path = join(this.options.folder, `open-${uuid.toString('hex')}.seg`);
    this.options.onCreate(path);
    const fd = attempt(path, 'creating', () => openSync(path, 'wx'));
    const segment: Segment = { path, fd, length: 0, written: 0, syncing: 0, created: true, entries: [] };
    const header = encodeSegmentHeader(uuid, this.options.flags);
    this.write(segment, header);
    segment.length = header.length;
    return segment;
  }

  /** Bytes that fit wait in the buffer; longer ones are written at once, after what was waiting. */
  private write(segment: Segment, bytes: Buffer): void {
    if (bytes.length > BUFFER_SIZE - this.buffered) this.drain(segment);
    if (bytes.length > BUFFER_SIZE) {
      this.writeNow(segment, bytes);
    } else {
      this.buffered += bytes.copy(this.buffer, this.buffered);
    }
  }

  private drain(segment: Segment): void {
    this.writeNow(segment, this.buffer.subarray(0, this.buffered));
    this.buffered = 0;
  }

  private writeNow(segment: Segment, bytes: Buffer): void {
    attempt(segment.path, 'writing', () => writeFully(segment.fd, bytes, segment.written));
    segment.written += bytes.length;
    if (segment.written - segment.syncing >= SYNC_INTERVAL && !this.earlySync) this.startSync(segment);
  }

  /** Syncs in the background what was written so far. */
  private startSync(segment: Segment): void {
    segment.syncing = segment.written;
    this.earlySync = new Promise((resolve) => {
      fdatasync(segment.fd, (error) => {
        if (error) this.syncFailure = fromSystemError(error, segment.path, 'syncing');
        this.earlySync = undefined;
        resolve();
      });
    });
  }
}

function openExisting({ path, length }: OpenSegment): Segment {
  return attempt(path, 'opening', () => {
    const fd = openSync(path, 'r+');
    try {
      readUuid(fd, path);
      const { size } = fstatSync(fd);
      if (size < length || length < SEGMENT_HEADER_SIZE) throw tooShort(path, size, length);
      // What a crash left behind the committed bytes goes, so that it can never be taken for records.
      ftruncateSync(fd, length);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    return { path, fd, length, written: length, syncing: length, created: false, entries: [] };
  });
}

function tooShort(path: string, size: number, committed: number): ForgeError {
  return new ForgeError(
    'CORRUPT',
    `${path} has ${size} bytes, ${committed} were committed`,
    'Run `forge verify` to see what is affected.',
    { path },
  );
}
