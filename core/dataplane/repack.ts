// Owns what core asks of a data plane to write records anew: copied as they are, or packed as small as they get.
import type { RecordProblem, RecordTable } from './dataPlane.ts';

/** In `owners`: the record keeps its form, here or where it lies, so that any group may be packed against it. */
export const FIXED = 0xffffffff;
/** In `owners`: nobody may pack against the record. */
export const UNUSABLE = 0xfffffffe;

/** One version of a path. */
export interface RepackVersion {
  /** Its chunks, in order, as row numbers. */
  rows: number[];
  /** Versions before it in the group, by their position, whose chunks it may be packed against. */
  references: number[];
  averageLog2: number;
  /** May be packed in a way that takes long to read: what people work with is mostly in other records. */
  isCold: boolean;
  /** Of WHOLE, what the file is of its chunks (`fileShare`): what is read for a chunk is bounded by the file's bytes. */
  fileShare: number;
}

/** What the bytes of a file are a share of. */
export const WHOLE = 2 ** 16;

/**
 * What a file of `size` bytes is of the `length` bytes that are cut for it: less than a whole for a plain form of one chunk. Of
 * more chunks it is a whole: each has its own share, which lengths do not tell, and too small a one costs much.
 */
export function fileShare(size: number, length: number, averageLog2: number): number {
  return size >= length || length > 2 ** averageLog2 ? WHOLE : shareOf(size, length);
}

export function shareOf(size: number, length: number): number {
  return Math.max(1, Math.ceil((size * WHOLE) / length));
}

export interface RepackRequest {
  records: RecordTable;
  /** For each row: the number of the group that packs it, `FIXED` or `UNUSABLE`. */
  owners: Uint32Array;
  /** Rows to write as they are. */
  copies: Uint32Array;
  /** Rows to pack on their own. */
  singles: Uint32Array;
  /** Versions of one path each, in the order in which they are packed. A chunk is packed with the first that has it. */
  groups: RepackVersion[][];
  /** Where new segments (`open-<uuid>.seg`) are created; they are flagged as packed. */
  folder: string;
  /** A segment that has grown past this many bytes gets no further records. */
  segmentTarget: number;
  /** zstd level. */
  level: number;
  /** At most this many worker threads. */
  workers: number;
}

export interface RepackResult {
  /** Every segment that was written: its path, its length and its records (record.ts, encodeEntry). */
  segments: { path: string; length: number; entries: Buffer }[];
  /** Rows that could not be read, and so were not written. */
  problems: RecordProblem[];
}

/**
 * Groups as a list of numbers: for each group how many versions it has, and for each of those the number of rows, the number
 * of references, averageLog2, isCold (0 or 1) and fileShare, then the rows, then the references.
 */
export function packGroups(groups: readonly RepackVersion[][]): Uint32Array {
  let length = groups.length;
  for (const group of groups)
    for (const { rows, references } of group) length += 5 + rows.length + references.length;
  const packed = new Uint32Array(length);
  let at = 0;
  for (const group of groups) {
    packed[at++] = group.length;
    for (const { rows, references, averageLog2, isCold, fileShare } of group) {
      packed.set([rows.length, references.length, averageLog2, Number(isCold), fileShare], at);
      packed.set(rows, at + 5);
      packed.set(references, at + 5 + rows.length);
      at += 5 + rows.length + references.length;
    }
  }
  return packed;
}
