// Owns packing the versions of one path: which chunks of which versions each chunk is packed against.
import { Codec, ID_SIZE, MAX_BASES, MAX_DELTA_DEPTH, recordHeaderLength } from '../../model/record.ts';
import type { TableRow } from '../recordTable.ts';
import { FIXED, type RepackVersion, WHOLE } from '../repack.ts';
import { MOST_KEPT, MOST_READ } from './delta.ts';
import { type Candidate, press } from './press.ts';
import { PreviousVersion } from './previousVersion.ts';
import { type RepackWriter, standsAlone } from './repack.ts';

/** Raw bytes of all bases of one record stay below this. */
const MAX_PREFIX = 4 * 1024 * 1024;
/** What bytes that start a trained dictionary start with: a prefix must not. */
const DICTIONARY_MAGIC = 0xec30a437;
/** So many chunks before a chunk in the same version are tried. (The native plane looks for similar ones in all versions.) */
const REACH = 4;
/** What a stored byte counts more for each record that it is decoded after. */
const DEPTH_WEIGHT = 0.004;

/** How a chunk of the group was packed. */
interface Packed {
  depth: number;
  stored: number;
  bases: number[];
}

export class GroupRun {
  private readonly writer: RepackWriter;
  private readonly number: number;
  /** How chunks of the group were packed. */
  private readonly packed = new Map<number, Packed>();

  constructor(writer: RepackWriter, number: number) {
    this.writer = writer;
    this.number = number;
  }

  /** Writes every chunk that the group owns, version after version. */
  run(): void {
    const { reader, job } = this.writer;
    const versions = job.groups[this.number];
    versions.forEach((version, number) => {
      const references = this.references(versions, number);
      const isWithin = version.references.includes(number);
      let start = 0;
      version.rows.forEach((row, at) => {
        const record = reader.row(row);
        // Every reference follows every chunk: that keeps it aligned.
        const around = references.map((reference) =>
          reference.follow(record.id, start)
            ? []
            : reference.around(start, record.rawLength, MAX_PREFIX).map((base) => base.row),
        );
        // What one chunk reads more than its share, its neighbours, which are decoded from the same, read less.
        const whole = start === 0 ? record.rawLength : Math.max(record.rawLength, 2 ** version.averageLog2);
        const share = Math.floor((whole * version.fileShare) / WHOLE);
        start += record.rawLength;
        if (job.owners[row] !== this.number || this.packed.has(row)) return;
        if (isWithin) around.push(version.rows.slice(Math.max(0, at - REACH), at).reverse());
        const sets: number[][] = [];
        for (const rows of around) {
          const bases = this.bounded(row, rows, share);
          const isNew = !sets.some((set) => isSame(set, bases));
          if (bases.length > 0 && isNew) sets.push(bases);
        }
        this.pack(row, record, sets, share);
      });
    });
  }

  private references(versions: RepackVersion[], at: number): PreviousVersion[] {
    const { references, averageLog2 } = versions[at];
    return references
      .filter((reference) => reference < at)
      .map((reference) => new PreviousVersion(versions[reference].rows, averageLog2, this.writer.reader));
  }

  private pack(row: number, record: TableRow, possible: number[][], share: number): void {
    const raw = this.writer.raw(row);
    if (!raw) return;
    const sets: number[][] = [];
    const candidates: Candidate[] = [];
    for (const bases of possible) {
      const prefix = this.prefix(bases);
      if (!prefix) continue;
      candidates.push({ prefix, bases: bases.length, weight: weightOf(this.depthOver(bases)) });
      sets.push(bases);
    }
    const pressed = press(raw, record.codec === Codec.raw, candidates, this.writer.job.level);
    const bases = pressed.codec === Codec.prefix ? sets[pressed.candidate] : [];
    const depth = this.depthOver(bases);
    const cost = weightOf(depth) * (pressed.payload.length + ID_SIZE * bases.length);
    const old = this.oldCost(record, share);
    if (old !== undefined && old <= cost) {
      // What a dictionary or a lucky choice did for it on commit, say, is not reached.
      const kept = standsAlone(record) ? [] : record.bases;
      const keptDepth = this.depthOver(kept);
      this.packed.set(row, { depth: keptDepth, stored: record.storedLength, bases: kept });
      this.writer.copy(row, keptDepth);
      return;
    }
    this.packed.set(row, { depth, stored: pressed.payload.length, bases });
    const ids = bases.map((base) => Buffer.from(this.writer.reader.row(base).id));
    this.writer.append(record, depth, ids, pressed);
  }

  /** What the record costs as it is; undefined when it cannot stay so. */
  private oldCost(record: TableRow, share: number): number | undefined {
    const { bases, storedLength } = record;
    if (standsAlone(record)) return storedLength + ID_SIZE * bases.length;
    const stays = bases.every((base) => (this.depth(base) ?? MAX_DELTA_DEPTH) < MAX_DELTA_DEPTH);
    if (!stays || !this.isBounded(bases, share)) return undefined;
    return weightOf(this.depthOver(bases)) * (storedLength + ID_SIZE * bases.length);
  }

  /** Those of `rows` that a record may be packed against; where their chains are full, what these start from. */
  private bounded(own: number, rows: number[], share: number): number[] {
    const isUsable = (row: number): boolean =>
      row !== own && this.depth(row) !== undefined && this.writer.reader.row(row).rawLength > 0;
    const roots = [...new Set(rows.flatMap((row) => this.roots(row)))].filter(isUsable);
    const chains = rows.flatMap((row) =>
      (this.depth(row) ?? 0) < MAX_DELTA_DEPTH ? [row] : this.roots(row),
    );
    const direct = [...new Set(chains)].filter(isUsable);
    for (let count = MAX_BASES; count > 0; count--) {
      for (const chosen of [direct, roots]) {
        const first = Math.max(0, chosen.length - count) >> 1;
        const middle = chosen.slice(first, first + count);
        if (this.isBounded(middle, share)) return middle;
      }
    }
    return [];
  }

  /** Depth falls with every base, so this ends. */
  private roots(row: number): number[] {
    const depth = this.depth(row);
    if (depth === undefined) return [];
    if (depth === 0) return [row];
    return this.basesOf(row).flatMap((base) => ((this.depth(base) ?? depth) < depth ? this.roots(base) : []));
  }

  /** Whether all that a record that counts as `share` bytes is decoded from may be read and kept (delta.ts). */
  private isBounded(bases: number[], share: number): boolean {
    const seen = new Set<number>();
    const waiting = [...bases];
    let [raw, stored, prefix] = [0, recordHeaderLength({ bases }), 0];
    for (let row = waiting.pop(); row !== undefined; row = waiting.pop()) {
      if (seen.has(row)) continue;
      seen.add(row);
      const record = this.writer.reader.row(row);
      raw += record.rawLength;
      const below = this.basesOf(row);
      stored += recordHeaderLength({ bases: below }) + (this.packed.get(row)?.stored ?? record.storedLength);
      if (bases.includes(row)) prefix += record.rawLength;
      const isLong = prefix >= MAX_PREFIX && bases.length > 1;
      if (raw > MOST_KEPT || stored > MOST_READ * share || isLong) return false;
      waiting.push(...below);
    }
    return true;
  }

  private basesOf(row: number): number[] {
    return this.packed.get(row)?.bases ?? this.writer.reader.row(row).bases;
  }

  /** Depth of a record with these bases. */
  private depthOver(bases: number[]): number {
    return bases.length === 0 ? 0 : 1 + Math.max(...bases.map((base) => this.depth(base) ?? 0));
  }

  /** Depth of the record that this row will have; undefined when nobody may rely on it. */
  private depth(row: number): number | undefined {
    const packed = this.packed.get(row);
    if (packed) return packed.depth;
    return this.writer.job.owners[row] === FIXED ? this.writer.reader.row(row).depth : undefined;
  }

  /** The bases' bytes, verified; undefined when one cannot be read. */
  private prefix(bases: number[]): Buffer | undefined {
    const { reader, context } = this.writer;
    try {
      const parts = bases.map((base) => reader.readBase(base));
      const isGood = parts.every((part, i) =>
        context.hashers.chunk.hash(part).equals(reader.row(bases[i]).id),
      );
      const prefix = isGood ? Buffer.concat(parts) : undefined;
      return prefix && prefix.length >= 4 && prefix.readUInt32LE(0) === DICTIONARY_MAGIC ? undefined : prefix;
    } catch {
      // A base that cannot be read costs the delta, not the record; `forge verify` finds it.
      return undefined;
    }
  }
}

function weightOf(depth: number): number {
  return 1 + DEPTH_WEIGHT * depth;
}

function isSame(a: number[], b: number[]): boolean {
  return a.length === b.length && a.every((one, i) => one === b[i]);
}
