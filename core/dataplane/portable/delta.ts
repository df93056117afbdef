// Owns deltas: which chunks of the previous version a new chunk is encoded against, and whether that pays.
import { ID_SIZE, MAX_BASES, MAX_DELTA_DEPTH } from '../../model/record.ts';
import type { Blake3 } from './blake3.ts';
import { packWithPrefix } from './packing.ts';
import { type Base, PreviousVersion } from './previousVersion.ts';
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

export interface Delta {
  payload: Buffer;
  depth: number;
  bases: Buffer[];
}

/** Follows one file against its previous version. Chunks are shown to it in their order. */
export class DeltaEncoder {
  private readonly reader: RecordReader;
  private readonly hasher: Blake3;
  private readonly previous: PreviousVersion;
  private failures = 0;

  /** `rows`: the previous version's chunks, in order. */
  constructor(rows: Uint32Array, averageLog2: number, reader: RecordReader, hasher: Blake3) {
    this.reader = reader;
    this.hasher = hasher;
    this.previous = new PreviousVersion(rows, averageLog2, reader);
  }

  /** Tells where the chunk with this id starts in the new version: if the old one has it, that aligns the two. */
  follow(id: Buffer, start: number): void {
    this.previous.follow(id, start);
  }

  /** A delta for the chunk at `start` of the new version; undefined when none can be had, or too many did not pay. */
  encode(raw: Buffer, start: number): Delta | undefined {
    const isTried = this.failures < MAX_FAILURES || this.failures % RETRY === 0;
    const bases = isTried ? this.usable(this.previous.around(start, raw.length, PREFIX_LIMIT)) : [];
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

  /** A chunk at the greatest depth cannot be a base; those it was made against, from an earlier version, can. */
  private usable(chunks: Base[]): Base[] {
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
