// Owns bringing the segments of another repository into a new store: copied while that one may be written to or collected, and verified.
import { randomBytes } from 'node:crypto';
import { open, rename, rm, truncate } from 'node:fs/promises';
import type { DataPlane } from '../dataplane/dataPlane.ts';
import { ForgeError, fromSystemError } from '../errors.ts';
import {
  decodeSegmentHeader,
  encodeSegmentHeader,
  SEGMENT_HEADER_SIZE,
  SEGMENT_UUID_SIZE,
} from '../model/segment.ts';
import { type OperationOptions, throwIfAborted } from '../progress.ts';
import { isOpenName, SegmentFiles } from '../store/segmentFiles.ts';
import { ByteCopier, syncFile } from './copyBytes.ts';

const SEALED_NAME = /^([0-9a-f]{64})\.seg$/;
/** Each time, another process removed what was about to be copied. */
const MOST_PASSES = 100;

export interface SegmentCopyOptions extends OperationOptions {
  plane: DataPlane;
  /** Sealed segments that an earlier try left, by name. They are used after they were verified. */
  kept: ReadonlyMap<string, string>;
}

/** A segment that was appended to when it was copied, and where its last intact record ends: the rest was left out. */
export interface CutSegment {
  path: string;
  length: number;
}

/**
 * Copies the segments of a store. Sealed and packed ones keep their names; one that is still appended to there becomes a segment of
 * the new store alone, with an identity of its own. The source is only read, through its files: its database may be in use, or damaged.
 */
export class SegmentCopy {
  /** Bytes of segments that are in the new store, and those of them that were there from an earlier try. */
  bytes = 0;
  resumedBytes = 0;
  readonly cut: CutSegment[] = [];
  private readonly source: SegmentFiles;
  private readonly target: SegmentFiles;
  private readonly options: SegmentCopyOptions;
  private readonly copier = new ByteCopier();
  /** Names in the source that were taken, with what the copy is called and whose it is. */
  private readonly taken = new Map<string, { name: string | undefined; uuid: string | undefined }>();
  private checking: Promise<void> = Promise.resolve();
  private totalBytes = 0;
  private copiedBytes = 0;

  /** `source` and `target`: folders of segments; `target` exists. */
  constructor(source: string, target: string, options: SegmentCopyOptions) {
    this.source = new SegmentFiles(source, options.plane);
    this.target = new SegmentFiles(target, options.plane);
    this.options = options;
  }

  /** Copies of the source's segments. */
  get count(): number {
    return [...this.taken.values()].filter(({ name }) => name !== undefined).length;
  }

  /** Bytes of the source's segments as they are now. */
  async measure(): Promise<number> {
    const { signal } = this.options;
    let bytes = 0;
    for (const name of await this.source.names()) {
      throwIfAborted(signal);
      bytes += (await this.lengthOf(name)) ?? 0;
    }
    return bytes;
  }

  /**
   * Copies what was not copied yet, until everything that a listing of the source named is here. A segment that vanishes meanwhile was
   * sealed, or collected: whatever is needed of it is in one that the next listing names. Returns whether there was anything new.
   * @throws ForgeError CORRUPT naming the damaged segment, FILE_CHANGED, DISK_FULL, ABORTED, …
   */
  async run(): Promise<boolean> {
    const before = this.taken.size;
    try {
      for (let pass = 0; !(await this.pass()); pass++) {
        if (pass < MOST_PASSES) continue;
        throw new ForgeError(
          'FILE_CHANGED',
          `The segments in ${this.source.folder} were replaced again and again while they were copied`,
          'Wait until the other program is done, then run the command again.',
          { path: this.source.folder },
        );
      }
    } finally {
      await this.checking.catch(() => undefined);
    }
    return this.taken.size > before;
  }

  /** Returns false when a segment vanished before it was copied. */
  private async pass(): Promise<boolean> {
    const names = await this.source.names();
    const fresh: { name: string; length: number }[] = [];
    let whole = true;
    for (const name of names) {
      if (this.taken.has(name)) continue;
      const length = await this.lengthOf(name);
      if (length === undefined) whole = false;
      else fresh.push({ name, length });
    }
    this.totalBytes = this.copiedBytes + fresh.reduce((sum, { length }) => sum + length, 0);
    for (const { name } of fresh) whole = (await this.take(name, names)) && whole;
    await this.checking;
    return whole;
  }

  private async lengthOf(name: string): Promise<number | undefined> {
    try {
      return await this.source.fileLength(name);
    } catch (error) {
      if (error instanceof ForgeError && error.code === 'NOT_FOUND') return undefined;
      throw error;
    }
  }

  /** Returns false when it vanished. */
  private async take(name: string, names: readonly string[]): Promise<boolean> {
    const isOpen = isOpenName(name);
    const uuid = isOpen ? randomBytes(SEGMENT_UUID_SIZE) : undefined;
    const copy = uuid ? `open-${uuid.toString('hex')}.seg` : name;
    const kept = this.options.kept.get(name);
    if (kept === undefined || !(await this.reuse(kept, name))) {
      const copied = await this.copier.copy(this.source.path(name), this.target.path(copy), {
        signal: this.options.signal,
        onBytes: (bytes) => this.progress(bytes),
      });
      if (copied === undefined) return false;
    }
    // One is verified while the next is copied.
    await this.checking;
    this.checking = this.check(name, copy, uuid, names);
    this.checking.catch(() => undefined);
    return true;
  }

  /** Takes a segment of an earlier try. Returns false when its bytes are not those that its name says. */
  private async reuse(kept: string, name: string): Promise<boolean> {
    const blake3 = await this.hash(kept);
    if (`${blake3}.seg` !== name) return false;
    await rename(kept, this.target.path(name));
    const length = await this.target.fileLength(name);
    this.resumedBytes += length;
    this.progress(length);
    return true;
  }

  /** Verifies a copy, makes it durable and lets go of one that it takes the place of. */
  private async check(
    name: string,
    copy: string,
    uuid: Buffer | undefined,
    names: readonly string[],
  ): Promise<void> {
    const path = this.target.path(copy);
    const header = await this.headerOf(path, this.source.path(name));
    if (!header && uuid && (await this.target.fileLength(copy)) <= SEGMENT_HEADER_SIZE) {
      // It was being made: nothing is in it yet.
      await rm(path);
      this.taken.set(name, { name: undefined, uuid: undefined });
      return;
    }
    if (!header) throw damaged(this.source.path(name), 'it does not start like a segment');
    const sealed = SEALED_NAME.exec(name)?.[1];
    if (sealed !== undefined) await this.checkSealed(name, sealed);
    else await this.checkRecords(name, copy);
    if (uuid) await writeHeader(path, encodeSegmentHeader(uuid, header.flags));
    await syncFile(path);
    this.bytes += await this.target.fileLength(copy);
    const own = header.uuid.toString('hex');
    for (const [earlier, taken] of this.taken) {
      // It was sealed since: what was copied of it is in this one too.
      if (taken.name === undefined || taken.uuid !== own || names.includes(earlier)) continue;
      this.bytes -= await this.target.fileLength(taken.name);
      await rm(this.target.path(taken.name));
      this.taken.set(earlier, { name: undefined, uuid: undefined });
    }
    this.taken.set(name, { name: copy, uuid: own });
  }

  private async headerOf(path: string, from: string): Promise<{ uuid: Buffer; flags: number } | undefined> {
    const file = await open(path, 'r');
    try {
      const bytes = Buffer.alloc(SEGMENT_HEADER_SIZE);
      const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
      const header = decodeSegmentHeader(bytes.subarray(0, bytesRead));
      if (header.state === 'tooNew')
        throw new ForgeError(
          'FORMAT_TOO_NEW',
          `${from} is a segment of version ${header.version}, which this Forge does not know`,
          'Update Forge, then clone again.',
          { path: from },
        );
      return header.state === 'ok' ? header : undefined;
    } finally {
      await file.close();
    }
  }

  /** The name of a sealed segment is the BLAKE3 of all its bytes. */
  private async checkSealed(name: string, blake3: string): Promise<void> {
    if ((await this.hash(this.target.path(name))) !== blake3)
      throw damaged(this.source.path(name), 'its bytes do not have the BLAKE3 that its name says');
  }

  private async hash(path: string): Promise<string> {
    const [hashed] = await this.options.plane.hashFiles([path], { signal: this.options.signal });
    if (hashed.state === 'done') return hashed.blake3;
    throw fromSystemError(Object.assign(new Error(hashed.message), { code: hashed.code }), path, 'reading');
  }

  /** Reads every record with its checksums. What follows the last intact one of an open segment is being written, or was torn. */
  private async checkRecords(name: string, copy: string): Promise<void> {
    const path = this.target.path(copy);
    const scan = await this.options.plane.scanSegment(path, { from: 0, footer: false, payloads: true });
    if (scan.validLength === scan.fileLength) return;
    const from = this.source.path(name);
    if (!isOpenName(name)) throw damaged(from, `no intact record is at byte ${scan.validLength}`);
    this.cut.push({ path: from, length: scan.validLength });
    try {
      await truncate(path, scan.validLength);
    } catch (error) {
      throw fromSystemError(error, path, 'shortening');
    }
  }

  private progress(bytes: number): void {
    this.copiedBytes += bytes;
    this.options.onProgress?.({
      phase: 'copy',
      files: this.taken.size,
      totalFiles: 0,
      bytes: this.copiedBytes,
      // What is appended to meanwhile is longer than it was.
      totalBytes: Math.max(this.totalBytes, this.copiedBytes),
      newBytes: this.copiedBytes,
      storedBytes: this.copiedBytes,
    });
  }
}

async function writeHeader(path: string, header: Buffer): Promise<void> {
  try {
    const file = await open(path, 'r+');
    try {
      await file.write(header, 0, header.length, 0);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw fromSystemError(error, path, 'writing');
  }
}

function damaged(path: string, why: string): ForgeError {
  return new ForgeError(
    'CORRUPT',
    `The segment ${path} is damaged: ${why}`,
    'Run `forge verify --full` there, which mends what it can, then `forge gc`, which lets go of the damaged segment; then clone again.',
    { path },
  );
}
