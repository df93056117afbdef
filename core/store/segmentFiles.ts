// Owns the folder of segments: which files there are, who they are by their headers, and what a scan finds in one.
import { open, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { DataPlane } from '../dataplane/dataPlane.ts';
import { ForgeError, fromSystemError } from '../errors.ts';
import { decodeRecordHeader, RECORD_HEADER_SIZE, RECORD_MAGIC } from '../model/record.ts';
import { decodeSegmentHeader, SEGMENT_HEADER_SIZE, SEGMENT_VERSION } from '../model/segment.ts';
import type { SegmentState } from './chunkIndex.ts';

/** Something about the store that a person should hear of. */
export interface StoreProblem {
  kind: 'segment' | 'index';
  message: string;
  /** Name of the segment. */
  id?: string;
}

/** What a segment's file holds. */
export interface ScannedSegment {
  uuid: string;
  state: SegmentState;
  /** Bytes up to the end of the last record, or of the file when it is sealed or frozen. */
  length: number;
  fileLength: number;
  /** record.ts, encodeEntry */
  entries: Buffer;
  problem: StoreProblem | undefined;
}

const SEALED_NAME = /^[0-9a-f]{64}\.seg$/;
const OPEN_NAME = /^open-([0-9a-f]{32})\.seg$/;
const SEARCH_BLOCK = 1024 * 1024;

export class SegmentFiles {
  readonly folder: string;
  private readonly plane: DataPlane;

  constructor(folder: string, plane: DataPlane) {
    this.folder = folder;
    this.plane = plane;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  nameOf(path: string): string {
    return basename(path);
  }

  /** The uuid in the name of an open segment. */
  uuidOfOpen(name: string): string {
    return OPEN_NAME.exec(name)?.[1] ?? '';
  }

  /** Name of a packed segment that is too small to be sealed: no name of an open one, so that nobody appends to it. */
  packedName(uuid: string): string {
    return `packed-${uuid}.seg`;
  }

  /** Names of all segments, sorted. None when the folder is missing. */
  async names(): Promise<string[]> {
    try {
      return (await readdir(this.folder)).filter((name) => name.endsWith('.seg')).sort();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw fromSystemError(error, this.folder, 'listing');
    }
  }

  /** Bytes of a segment's file. @throws ForgeError NOT_FOUND, … */
  async fileLength(name: string): Promise<number> {
    try {
      return (await stat(this.path(name))).size;
    } catch (error) {
      throw fromSystemError(error, this.path(name), 'looking at');
    }
  }

  /** The uuid in a segment's header; undefined when there is no intact header. @throws ForgeError FORMAT_TOO_NEW, … */
  async uuid(name: string): Promise<string | undefined> {
    return (await this.header(name))?.uuid;
  }

  /** What a segment's header says; undefined when there is no intact one. @throws ForgeError FORMAT_TOO_NEW, … */
  async header(name: string): Promise<{ uuid: string; flags: number } | undefined> {
    const path = this.path(name);
    try {
      const file = await open(path, 'r');
      try {
        const bytes = Buffer.alloc(SEGMENT_HEADER_SIZE);
        const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
        const header = decodeSegmentHeader(bytes.subarray(0, bytesRead));
        if (header.state === 'tooNew') throw tooNew(path, header.version);
        return header.state === 'ok' ? { uuid: header.uuid.toString('hex'), flags: header.flags } : undefined;
      } finally {
        await file.close();
      }
    } catch (error) {
      throw fromSystemError(error, path, 'reading');
    }
  }

  /**
   * Finds the records of a segment that the index does not know. What follows the first gap of an open segment is a torn
   * write, unless `salvage` says that committed records may lie there: then the rest is searched, and a segment with
   * records behind a gap is frozen.
   */
  async scan(name: string, uuid: string, options: { salvage: boolean }): Promise<ScannedSegment> {
    const isSealed = SEALED_NAME.test(name);
    const isOpen = OPEN_NAME.exec(name)?.[1] === uuid;
    // Payloads are read where a torn write can be: a header may have reached the disk without what follows it.
    const scan = await this.plane.scanSegment(this.path(name), {
      from: 0,
      footer: isSealed,
      payloads: !isSealed,
    });
    const { fileLength } = scan;
    const found = { uuid, fileLength, problem: undefined };
    if (scan.validLength === fileLength) {
      const state = isSealed || scan.sealed ? 'sealed' : isOpen ? 'open' : 'frozen';
      return { ...found, state, length: fileLength, entries: scan.entries };
    }
    if (isOpen && !options.salvage) {
      return { ...found, state: 'open', length: scan.validLength, entries: scan.entries };
    }
    const further = await this.searchOn(name, scan.validLength);
    if (isOpen && further.length === 0) {
      return { ...found, state: 'open', length: scan.validLength, entries: scan.entries };
    }
    return {
      ...found,
      state: isSealed ? 'sealed' : 'frozen',
      length: fileLength,
      entries: Buffer.concat([scan.entries, ...further]),
      problem: {
        kind: 'segment',
        message: `${this.path(name)} is damaged at byte ${scan.validLength}; the records before and behind are used`,
        id: name,
      },
    };
  }

  /** Intact records behind a gap. */
  private async searchOn(name: string, gap: number): Promise<Buffer[]> {
    const runs: Buffer[] = [];
    for (let at = await this.nextRecord(name, gap + 1); at !== undefined;) {
      const run = await this.plane.scanSegment(this.path(name), { from: at, footer: false, payloads: true });
      if (run.entries.length > 0) runs.push(run.entries);
      at = await this.nextRecord(name, Math.max(run.validLength, at + 1));
    }
    return runs;
  }

  /** Where the next intact record header starts, at `from` or later. */
  private async nextRecord(name: string, from: number): Promise<number | undefined> {
    const magic = Buffer.alloc(4);
    magic.writeUInt32LE(RECORD_MAGIC, 0);
    const file = await open(this.path(name), 'r');
    try {
      // Blocks overlap by the longest header, so that none is missed at a border.
      const overlap = RECORD_HEADER_SIZE + 4 * 32;
      const block = Buffer.alloc(SEARCH_BLOCK + overlap);
      for (let start = from; ; start += SEARCH_BLOCK) {
        const { bytesRead } = await file.read(block, 0, block.length, start);
        if (bytesRead < RECORD_HEADER_SIZE) return undefined;
        const bytes = block.subarray(0, bytesRead);
        for (let at = bytes.indexOf(magic); at >= 0; at = bytes.indexOf(magic, at + 1)) {
          if (decodeRecordHeader(bytes, at)) return start + at;
        }
      }
    } finally {
      await file.close();
    }
  }
}

/** Whether appending to the file of this name is allowed at all. */
export function isOpenName(name: string): boolean {
  return OPEN_NAME.test(name);
}

function tooNew(path: string, version: number): ForgeError {
  return new ForgeError(
    'FORMAT_TOO_NEW',
    `${path} is a segment of version ${version}; this program reads up to ${SEGMENT_VERSION}`,
    'Update Forge.',
    { path },
  );
}
