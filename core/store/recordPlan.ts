// Owns the choice of places for the records that a data plane will read: one row per record, its bases before it.
import type { RecordTable } from '../dataplane/dataPlane.ts';
import { RecordTableBuilder } from '../dataplane/recordTable.ts';
import { Codec, RecordType } from '../model/record.ts';
import type { ChunkIndex, RecordLocation } from './chunkIndex.ts';

/** Names one place of one segment. */
export type PlaceName = string;

export function placeName(location: { segment: number; offset: number }): PlaceName {
  return `${location.segment}:${location.offset}`;
}

export interface RecordPlanOptions {
  index: ChunkIndex;
  /** Absolute path of a segment by its number; undefined when there is no such segment. */
  pathOf: (segment: number) => string | undefined;
  /** Places that were found to be bad. */
  avoid?: ReadonlySet<PlaceName>;
}

export class RecordPlan {
  private readonly options: RecordPlanOptions;
  private readonly builder = new RecordTableBuilder();
  private readonly rows = new Map<string, number>();
  private readonly locations: RecordLocation[] = [];
  /** What could not be planned, and below which depth: the chains of many records meet in one that is missing. */
  private readonly failures = new Set<string>();

  constructor(options: RecordPlanOptions) {
    this.options = options;
  }

  get length(): number {
    return this.builder.length;
  }

  /**
   * Row of a record, planned with everything its decoding needs. Undefined when that is not known in full.
   * `below`: it serves as a base of a record of this depth, and bases are less deep; so every chain ends.
   */
  add(id: Buffer, type: RecordType, below = Infinity): number | undefined {
    const key = `${id.toString('latin1')}${type}`;
    const planned = this.rows.get(key);
    if (planned !== undefined && this.locations[planned].depth < below) return planned;
    const failure = `${key} ${below}`;
    if (this.failures.has(failure)) return undefined;
    for (const location of this.candidates(id, type)) {
      const row = location.depth < below ? this.addPlace(location) : undefined;
      if (row === undefined) continue;
      this.rows.set(key, row);
      return row;
    }
    this.failures.add(failure);
    return undefined;
  }

  /** Row of a record at exactly this place. Undefined when a base is not known. */
  addPlace(location: RecordLocation): number | undefined {
    const path = this.options.pathOf(location.segment);
    if (path === undefined) return undefined;
    const [baseType, below] =
      location.codec === Codec.dictionary
        ? [RecordType.dictionary, Infinity]
        : [location.type, location.depth];
    const bases: number[] = [];
    for (const base of location.bases) {
      const row = this.add(base, baseType, below);
      if (row === undefined) return undefined;
      bases.push(row);
    }
    this.locations.push(location);
    return this.builder.add(path, location, bases);
  }

  /** Where the record of a row is. */
  location(row: number): RecordLocation {
    return this.locations[row];
  }

  table(): RecordTable {
    return this.builder.table();
  }

  /** Places of a record that are not known to be bad. Most have one, so further copies are looked up only when asked for. */
  private *candidates(id: Buffer, type: RecordType): Iterable<RecordLocation> {
    const { index, avoid } = this.options;
    const first = index.find(id, type);
    if (!first) return;
    if (!avoid?.has(placeName(first))) yield first;
    for (const copy of index.copies(id, type).slice(1)) if (!avoid?.has(placeName(copy))) yield copy;
  }
}
