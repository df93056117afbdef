// Owns packing the versions of one path: which chunks of which versions each chunk is packed against.
import { Codec, ID_SIZE, MAX_BASES } from '../../model/record.ts';
import type { TableRow } from '../recordTable.ts';
import { FIXED, type RepackVersion } from '../repack.ts';
import { type Candidate, press } from './press.ts';
import { PreviousVersion } from './previousVersion.ts';
import { isNoLarger, type RepackWriter } from './repack.ts';

/** Raw bytes of all bases of one record stay below this. */
const MAX_PREFIX = 2 * 1024 * 1024;
/** What bytes that start a trained dictionary start with: a prefix must not. */
const DICTIONARY_MAGIC = 0xec30a437;
/** How many chunks back in the same version a chunk is looked for to be packed against. */
const REACH = 16;
/** Of so many chunks of a version the first is not packed against others of it, the second at depth 1 and so on. */
const PERIOD = 8;
/** What a stored byte counts, by the depth of its record (native/src/repack_group.rs says why). */
const WEIGHTS = [1, 1.03, 1.1, 1.25];

export class GroupRun {
  private readonly writer: RepackWriter;
  private readonly number: number;
  /** How chunks of the group were packed. */
  private readonly packed = new Map<number, { depth: number; bases: number[] }>();

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
        start += record.rawLength;
        if (job.owners[row] !== this.number || this.packed.has(row)) return;
        const sets: number[][] = [];
        for (const rows of around) this.addSets(sets, row, rows, version.maxDepth);
        if (isWithin) {
          const before = version.rows.slice(Math.max(0, at - REACH), at).reverse();
          this.addSets(sets, row, before, Math.min(version.maxDepth, at % PERIOD));
        }
        this.pack(row, record, sets);
      });
    });
  }

  /**
   * Adds what a record of at most `maxDepth` may be packed against, of these rows. The same place at every depth: shallower
   * records serve more of those to come.
   */
  private addSets(sets: number[][], own: number, rows: number[], maxDepth: number): void {
    for (let limit = 1; limit <= maxDepth; limit++) {
      const bases = this.bases(own, rows, limit);
      const isNew = !sets.some(
        (set) => set.length === bases.length && set.every((one, i) => one === bases[i]),
      );
      if (bases.length > 0 && isNew) sets.push(bases);
    }
  }

  private references(versions: RepackVersion[], at: number): PreviousVersion[] {
    const { references, averageLog2 } = versions[at];
    return references
      .filter((reference) => reference < at)
      .map((reference) => new PreviousVersion(versions[reference].rows, averageLog2, this.writer.reader));
  }

  private pack(row: number, record: TableRow, possible: number[][]): void {
    const raw = this.writer.raw(row);
    if (!raw) return;
    const sets: number[][] = [];
    const candidates: Candidate[] = [];
    for (const bases of possible) {
      const prefix = this.prefix(bases);
      if (!prefix) continue;
      candidates.push({ prefix, bases: bases.length, weight: WEIGHTS[this.depthOver(bases)] });
      sets.push(bases);
    }
    const pressed = press(raw, record.codec === Codec.raw, candidates, this.writer.job.level);
    const cost = pressed.payload.length + (pressed.codec === Codec.prefix ? ID_SIZE : 0);
    if (isNoLarger(record, cost)) {
      // What a dictionary did for it on commit, say, is not reached without.
      this.packed.set(row, { depth: 0, bases: [] });
      this.writer.copy(row);
      return;
    }
    const bases = pressed.codec === Codec.prefix ? sets[pressed.candidate] : [];
    const depth = this.depthOver(bases);
    this.packed.set(row, { depth, bases });
    const ids = bases.map((base) => Buffer.from(this.writer.reader.row(base).id));
    this.writer.append(record, depth, ids, pressed);
  }

  /** Those of `rows` that a record of at most `maxDepth` may be packed against; what is too deep is replaced by what it stands on. */
  private bases(own: number, rows: number[], maxDepth: number): number[] {
    const bases: number[] = [];
    let size = 0;
    const add = (row: number): void => {
      const depth = this.depth(row);
      if (depth === undefined || row === own) return;
      const { rawLength, bases: stored } = this.writer.reader.row(row);
      if (depth >= maxDepth) {
        for (const below of this.packed.get(row)?.bases ?? stored) add(below);
        return;
      }
      if (rawLength === 0 || bases.length === MAX_BASES || bases.includes(row)) return;
      if (bases.length > 0 && size + rawLength >= MAX_PREFIX) return;
      bases.push(row);
      size += rawLength;
    };
    for (const row of rows) add(row);
    return bases;
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
