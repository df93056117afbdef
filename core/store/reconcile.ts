// Owns bringing index and segments in step: at the start of writing, and when the index is made anew.
import { rm, truncate } from 'node:fs/promises';
import type { DataPlane } from '../dataplane/dataPlane.ts';
import { ForgeError, fromSystemError } from '../errors.ts';
import { SEGMENT_HEADER_SIZE } from '../model/segment.ts';
import { endOf, type IndexChange, type SegmentInfo, type WritableChunkIndex } from './chunkIndex.ts';
import { removeDropped } from './droppedSegments.ts';
import { isOpenName, type ScannedSegment, type SegmentFiles, type StoreProblem } from './segmentFiles.ts';

/** Entries, in bytes, that are added to the index in one transaction. */
const TRANSACTION_BYTES = 8 * 1024 * 1024;

interface Candidate {
  info: SegmentInfo;
  entries: Buffer;
}

/**
 * Makes `index` agree with the files in the store folder. Only the repository's writer may call this.
 * `salvage`: the index is empty and tells nothing of how far open segments were committed.
 * Returns what people should hear of; everything that could be done about it has been done.
 * @throws ForgeError FORMAT_TOO_NEW, IO, …
 */
export async function reconcile(
  files: SegmentFiles,
  index: WritableChunkIndex,
  plane: DataPlane,
  options: { salvage: boolean },
): Promise<StoreProblem[]> {
  return new Reconciliation(files, index, plane, options.salvage).run();
}

class Reconciliation {
  private readonly files: SegmentFiles;
  private readonly index: WritableChunkIndex;
  private readonly plane: DataPlane;
  private readonly salvage: boolean;
  private readonly problems: StoreProblem[] = [];
  private readonly sealed: Candidate[] = [];
  private readonly open: Candidate[] = [];
  private nextNumber = 1;

  constructor(files: SegmentFiles, index: WritableChunkIndex, plane: DataPlane, salvage: boolean) {
    this.files = files;
    this.index = index;
    this.plane = plane;
    this.salvage = salvage;
  }

  async run(): Promise<StoreProblem[]> {
    await removeDropped(this.files, this.index);
    const infos = this.index.segments();
    this.nextNumber = infos.reduce((most, { number }) => Math.max(most, number), 0) + 1;
    const present = new Set(await this.files.names());
    const missing = infos.filter(({ name, state }) => !present.has(name) && state !== 'dropped');
    const unknown = new Set(present);
    for (const { name } of infos) unknown.delete(name);
    for (const info of infos) {
      if (info.state === 'open' && present.has(info.name)) await this.checkOpen(info);
    }
    for (const name of unknown) await this.meet(name, missing);
    this.flushSealed();
    this.adopt();
    this.forget(missing);
    await this.finishSeals();
    return this.problems;
  }

  /** An open segment that the index knows: it may have grown before a crash, or lost its end. */
  private async checkOpen(info: SegmentInfo): Promise<void> {
    const fileLength = await this.files.fileLength(info.name);
    if (fileLength < info.length) return this.cut(info, fileLength);
    if (fileLength === info.length) return;
    const scan = await this.plane.scanSegment(this.files.path(info.name), {
      from: info.length,
      footer: false,
      payloads: true,
    });
    if (scan.sealed && scan.validLength === fileLength) {
      this.open.push({ info: { ...info, length: fileLength, state: 'sealed' }, entries: scan.entries });
      return;
    }
    await this.trim(info.name, scan.validLength);
    this.open.push({ info: { ...info, length: scan.validLength }, entries: scan.entries });
  }

  /** The file is shorter than what was committed: the disk lost writes it had confirmed, or somebody cut it. */
  private async cut(info: SegmentInfo, fileLength: number): Promise<void> {
    const path = this.files.path(info.name);
    let end = SEGMENT_HEADER_SIZE;
    let lost = 0;
    for (const location of this.index.locations()) {
      if (location.segment !== info.number) continue;
      const next = endOf(location);
      if (next > fileLength) lost++;
      else end = Math.max(end, next);
    }
    this.report(
      info.name,
      `${path} ends at byte ${fileLength} of ${info.length}; ${lost} records in it are lost`,
    );
    const isWhole = fileLength >= SEGMENT_HEADER_SIZE;
    if (isWhole) await this.trim(info.name, end);
    this.index.apply({
      cutSegments: [{ segment: info.number, length: isWhole ? end : 0 }],
      segments: [{ ...info, length: isWhole ? end : fileLength, state: isWhole ? 'open' : 'frozen' }],
    });
  }

  /** A file that the index does not know by its name. */
  private async meet(name: string, missing: SegmentInfo[]): Promise<void> {
    const uuid = await this.files.uuid(name);
    if (uuid === undefined) return this.meetHeadless(name);
    const at = missing.findIndex((info) => info.uuid === uuid);
    const known = at < 0 ? undefined : missing.splice(at, 1)[0];
    let scan: ScannedSegment;
    try {
      scan = await this.files.scan(name, uuid, { salvage: this.salvage || known !== undefined });
    } catch (error) {
      if (!(error instanceof ForgeError) || error.code !== 'CORRUPT') throw error;
      this.report(name, error.message);
      return;
    }
    if (scan.problem) this.problems.push(scan.problem);
    const { length, state, entries } = scan;
    const info = { number: known?.number ?? this.nextNumber++, name, uuid, length, state };
    if (state === 'sealed' && !isOpenName(name)) return this.addSealed({ info, entries });
    if (state === 'open' && length < scan.fileLength) await this.trim(name, length);
    this.open.push({ info, entries });
  }

  /** Many segments at once: every transaction writes a good part of a large index anew. */
  private addSealed(found: Candidate): void {
    this.sealed.push(found);
    const bytes = this.sealed.reduce((sum, { entries }) => sum + entries.length, 0);
    if (bytes > TRANSACTION_BYTES) this.flushSealed();
  }

  private flushSealed(): void {
    if (this.sealed.length > 0) this.index.apply(additionOf(this.sealed.splice(0)));
  }

  /** No segment by its first bytes. One that a crash kept from getting its header holds nothing. */
  private async meetHeadless(name: string): Promise<void> {
    const path = this.files.path(name);
    if (isOpenName(name) && (await this.files.fileLength(name)) <= SEGMENT_HEADER_SIZE) {
      await rm(path, { force: true });
      return;
    }
    this.report(name, `${path} does not start like a segment; nothing in it is used`);
  }

  /**
   * Takes over records that no transaction committed. Some of what they need may have been torn in another segment; whoever
   * asks for a record finds out then (canDecode).
   */
  private adopt(): void {
    if (this.open.length > 0) this.index.apply(additionOf(this.open));
  }

  private forget(missing: SegmentInfo[]): void {
    if (missing.length === 0) return;
    for (const { name } of missing) {
      this.report(
        name,
        `The segment ${this.files.path(name)} is missing; its records are lost unless it is put back`,
      );
    }
    this.index.apply({ dropSegments: missing.map(({ number }) => number) });
  }

  /** A footer was written, but a crash kept the file from getting its name. */
  private async finishSeals(): Promise<void> {
    for (const { info } of this.open) {
      if (info.state === 'sealed' && isOpenName(info.name)) {
        this.index.apply(await sealedChange(this.files, this.plane, info));
      }
    }
  }

  private async trim(name: string, length: number): Promise<void> {
    try {
      await truncate(this.files.path(name), length);
    } catch (error) {
      throw fromSystemError(error, this.files.path(name), 'cutting the torn end of');
    }
  }

  private report(name: string, message: string): void {
    this.problems.push({ kind: 'segment', message, id: name });
  }
}

function additionOf(found: Candidate[]): IndexChange {
  return {
    segments: found.map(({ info }) => info),
    entries: found.map(({ info, entries }) => ({ segment: info.number, entries })),
  };
}

/** Seals a segment; what the index must learn of it. */
export async function sealedChange(
  files: SegmentFiles,
  plane: DataPlane,
  info: SegmentInfo,
): Promise<IndexChange> {
  const sealed = await plane.sealSegment(files.path(info.name));
  const name = files.nameOf(sealed.path);
  return { segments: [{ ...info, name, length: sealed.length, state: 'sealed' }] };
}
