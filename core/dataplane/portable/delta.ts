// Owns deltas: which chunks of the previous version a new chunk is encoded against, and whether that pays.
import { ID_SIZE, MAX_BASES, MAX_DELTA_DEPTH } from '../../model/record.ts';
import type { TableRow } from '../recordTable.ts';
import type { Blake3 } from './blake3.ts';
import { packWithPrefix } from './packing.ts';
import type { RecordReader } from './recordReader.ts';

const PREFIX_LIMIT = 1024 * 1024;
/** Level 1's tables are too small for long prefixes; 3 finds matches all over them. */
export const DELTA_LEVEL = 3;
export const WORTH_IT = 0.9;
/** After this many chunks in a row for which no delta paid, only one in `RETRY` is tried. */
const MAX_FAILURES = 8;
const RETRY = 16;
/** A decoder may load the prefix as a dictionary; bytes that start like a trained one would be taken for one. */
const DICTIONARY_MAGIC = 0xec30a437;

interface Base {
  row: number;
  record: TableRow;
}

interface PreviousChunk extends Base {
  /** Where it lies in the previous version, bytes. */
  start: number;
  end: number;
}

export interface Delta {
  payload: Buffer;
  depth: number;
  bases: Buffer[];
}

/** Follows one file against its previous version. Chunks are shown to it in their order. */
export class DeltaEncoder {
  private readonly reader: RecordReader;
  private readonly hasher: Blake3;
  private readonly chunks: PreviousChunk[] = [];
  private readonly byId = new Map<string, number>();
  /** Bytes around the mapped place that are taken along: edits move cuts. */
  private readonly margin: number;
  /** How much further on the last matched chunk lies in the previous version. */
  private drift = 0;
  private failures = 0;

  /** `rows`: the previous version's chunks, in order. */
  constructor(rows: Uint32Array, averageLog2: number, reader: RecordReader, hasher: Blake3) {
    this.reader = reader;
    this.hasher = hasher;
    this.margin = 2 ** (averageLog2 - 1);
    let start = 0;
    for (const row of rows) {
      const record = reader.row(row);
      const end = start + record.rawLength;
      this.byId.set(key(record.id), this.chunks.length);
      this.chunks.push({ row, record, start, end });
      start = end;
    }
  }

  /** Tells where the chunk with this id starts in the new version: if the old one has it, that aligns the two. */
  follow(id: Buffer, start: number): void {
    const inLine = this.chunks[this.indexAt(start + this.drift)];
    // Of equal chunks (zeros, say) the one in line is meant.
    if (inLine?.start === start + this.drift && inLine.record.id.equals(id)) return;
    const match = this.byId.get(key(id));
    if (match !== undefined) this.drift = this.chunks[match].start - start;
  }

  /** A delta for the chunk at `start` of the new version; undefined when none can be had, or too many did not pay. */
  encode(raw: Buffer, start: number): Delta | undefined {
    const isTried = this.failures < MAX_FAILURES || this.failures % RETRY === 0;
    const bases = isTried ? this.select(start, raw.length) : [];
    const prefix = this.prefix(bases);
    if (!prefix) {
      this.failures++;
      return undefined;
    }
    return {
      payload: packWithPrefix(raw, prefix, DELTA_LEVEL),
      depth: 1 + Math.max(...bases.map((base) => base.record.depth)),
      bases: bases.map((base) => base.record.id),
    };
  }

  /** Whether a delta is worth its chain, compared with a plain payload of `plainLength` bytes. Counts for when to stop. */
  pays(delta: Delta, plainLength: number): boolean {
    const pays = deltaLength(delta) < WORTH_IT * plainLength;
    this.failures = pays ? 0 : this.failures + 1;
    return pays;
  }

  /** Chunks of the previous version around the place of [start, start + length), those nearest to its middle. */
  private select(start: number, length: number): Base[] {
    if (this.chunks.length === 0) return [];
    const from = start + this.drift;
    const middle = from + length / 2;
    let low = this.indexAt(from - this.margin);
    let high = this.indexAt(from + length + this.margin - 1);
    const tooMany = (): boolean =>
      high - low >= MAX_BASES || this.chunks[high].end - this.chunks[low].start >= PREFIX_LIMIT;
    while (high > low && tooMany()) {
      if (middle - this.chunks[low].start > this.chunks[high].end - middle) low++;
      else high--;
    }
    return this.usable(this.chunks.slice(low, high + 1));
  }

  /** A chunk at the greatest depth cannot be a base; those it was made against, from an earlier version, can. */
  private usable(chunks: PreviousChunk[]): Base[] {
    const candidates = chunks.flatMap((chunk): Base[] =>
      chunk.record.depth < MAX_DELTA_DEPTH
        ? [chunk]
        : chunk.record.bases.map((row) => ({ row, record: this.reader.row(row) })),
    );
    const bases: Base[] = [];
    let total = 0;
    for (const base of candidates) {
      const { rawLength } = base.record;
      const isNew = !bases.some(({ row }) => row === base.row);
      if (!isNew || bases.length === MAX_BASES || total + rawLength >= PREFIX_LIMIT) continue;
      bases.push(base);
      total += rawLength;
    }
    return bases;
  }

  /** Number of the chunk that holds this byte; of the first or last for bytes outside. */
  private indexAt(position: number): number {
    let low = 0;
    let high = this.chunks.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.chunks[middle].end > position) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** The bases' bytes, verified: a delta against bytes that are wrong could never be decoded again. */
  private prefix(bases: Base[]): Buffer | undefined {
    if (bases.length === 0) return undefined;
    try {
      const parts = bases.map((base) => this.reader.readBase(base.row));
      if (!parts.every((part, i) => this.hasher.hash(part).equals(bases[i].record.id))) return undefined;
      const prefix = Buffer.concat(parts);
      return prefix.length >= 4 && prefix.readUInt32LE(0) === DICTIONARY_MAGIC ? undefined : prefix;
    } catch {
      // A base that cannot be read costs the delta, not the file; `forge verify` finds it.
      return undefined;
    }
  }
}

/** Bytes that the ids of the bases take count too. */
export function deltaLength({ payload, bases }: Delta): number {
  return payload.length + ID_SIZE * bases.length;
}

function key(id: Buffer): string {
  return id.toString('latin1');
}
