// Owns deltas: which chunks of the previous version a new chunk is encoded against, and whether that pays.
import { ID_SIZE, MAX_BASES, MAX_DELTA_DEPTH, recordHeaderLength } from '../../model/record.ts';
import { fileShare, shareOf, WHOLE } from '../repack.ts';
import type { Blake3 } from './blake3.ts';
import { packWithPrefix } from './packing.ts';
import { type Base, PreviousVersion } from './previousVersion.ts';
import type { RecordReader } from './recordReader.ts';

/** Raw bytes of all bases of one delta stay below this. */
const PREFIX_LIMIT = 4 * 1024 * 1024;
/** Raw bytes of all that a record is decoded from: what every reader keeps at once (16 MiB and more). */
export const MOST_KEPT = 12 * 1024 * 1024;
/**
 * Stored bytes of all that a record is decoded from, headers and its own header too, in multiples of its raw bytes. With its payload
 * that makes at most four.
 */
export const MOST_READ = 3;
/** Lower levels have tables too small for long prefixes, or miss a tenth of what this one finds. */
export const DELTA_LEVEL = 9;
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
  private readonly average: number;
  private failures = 0;
  private fileShare = WHOLE;
  /** Whether each chunk has to keep to its own length's share. */
  private isTight = false;

  /** `rows`: the previous version's chunks, in order. */
  constructor(rows: Uint32Array, averageLog2: number, reader: RecordReader, hasher: Blake3) {
    this.reader = reader;
    this.hasher = hasher;
    this.previous = new PreviousVersion(rows, averageLog2, reader);
    this.average = 2 ** averageLog2;
  }

  /**
   * Tells that for the new version, a file of `size` bytes, `length` bytes are cut. Where those are more, a plain form, and where reading the
   * previous version takes more already than what reading a file of this size may, chunks have no more than their lengths' shares of the file.
   */
  countsAs(size: number, length: number, averageLog2: number): void {
    this.isTight = size < length && this.readFor(this.previous.rows()) > MOST_READ * size;
    this.fileShare = this.isTight ? shareOf(size, length) : fileShare(size, length, averageLog2);
  }

  /** Tells where the chunk with this id starts in the new version: if the old one has it, that aligns the two. */
  follow(id: Buffer, start: number): void {
    this.previous.follow(id, start);
  }

  /** A delta for the chunk at `start` of the new version; undefined when none can be had, or too many did not pay. */
  encode(raw: Buffer, start: number): Delta | undefined {
    const isTried = this.failures < MAX_FAILURES || this.failures % RETRY === 0;
    // What one chunk reads more than its share, its neighbours, which are decoded from the same, read less.
    const whole = start === 0 || this.isTight ? raw.length : Math.max(raw.length, this.average);
    const share = Math.floor((whole * this.fileShare) / WHOLE);
    const bases = isTried ? this.usable(this.previous.around(start, raw.length, PREFIX_LIMIT), share) : [];
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

  /**
   * The bases for a chunk that counts as `length` bytes, of these chunks of the previous version. Where the chains over them are full, what they
   * start from is taken instead: an earlier version, against which new chains have all their length. (Were it the version just
   * below, every further one would be as far from it again.) Rather fewer bases than too much to read.
   */
  private usable(chunks: Base[], length: number): Base[] {
    const roots = distinct(chunks.flatMap((chunk) => this.roots(chunk)));
    const direct = distinct(
      chunks.flatMap((chunk) => (chunk.record.depth < MAX_DELTA_DEPTH ? [chunk] : this.roots(chunk))),
    );
    for (let count = MAX_BASES; count > 0; count--) {
      for (const chosen of [middle(direct, count), middle(roots, count)])
        if (this.isBounded(chosen, length)) return chosen;
    }
    return [];
  }

  /** Whether all that a chunk of `length` bytes is decoded from, when it has these bases, may be read and kept. */
  private isBounded(bases: Base[], length: number): boolean {
    const seen = new Set<number>();
    const waiting = bases.map(({ row }) => row);
    let raw = 0;
    let stored = recordHeaderLength({ bases });
    for (let row = waiting.pop(); row !== undefined; row = waiting.pop()) {
      if (seen.has(row)) continue;
      seen.add(row);
      const record = this.reader.row(row);
      raw += record.rawLength;
      stored += recordHeaderLength(record) + record.storedLength;
      if (raw > MOST_KEPT || stored > MOST_READ * length) return false;
      waiting.push(...record.bases);
    }
    return true;
  }

  /** Stored bytes of the chunks in these rows and of all that they are decoded from, each once. */
  private readFor(rows: Iterable<number>): number {
    const seen = new Set<number>();
    const waiting = [...rows];
    let stored = 0;
    for (let row = waiting.pop(); row !== undefined; row = waiting.pop()) {
      if (seen.has(row)) continue;
      seen.add(row);
      const record = this.reader.row(row);
      stored += recordHeaderLength(record) + record.storedLength;
      waiting.push(...record.bases);
    }
    return stored;
  }

  /** What a record's chain starts from. Ways through it meet again and again, so each record is looked at once. */
  private roots(base: Base, seen = new Set<number>()): Base[] {
    if (seen.has(base.row)) return [];
    seen.add(base.row);
    if (base.record.depth === 0) return [base];
    return base.record.bases.flatMap((row) => {
      const below = { row, record: this.reader.row(row) };
      return below.record.depth < base.record.depth ? this.roots(below, seen) : [];
    });
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

function distinct(chosen: Base[]): Base[] {
  const byRow = new Map(chosen.map((base) => [base.row, base]));
  return [...byRow.values()].filter(({ record }) => record.rawLength > 0);
}

/** At most `count`, of those in the middle: they are the likeliest to be alike. */
function middle(chosen: Base[], count: number): Base[] {
  const first = Math.max(0, chosen.length - count) >> 1;
  let total = 0;
  return chosen.slice(first, first + count).filter(({ record }) => {
    if (total > 0 && total + record.rawLength >= PREFIX_LIMIT) return false;
    total += record.rawLength;
    return true;
  });
}

/** Bytes that the ids of the bases take count too. */
export function deltaLength({ payload, bases }: Delta): number {
  return payload.length + ID_SIZE * bases.length;
}
