// Owns the chunk index: LMDB's tables with what is new, over runs with the rest, in durable transactions (docs/formats/store.md).
import type { Database, RootDatabase } from 'lmdb';
import { join } from 'node:path';
import { ForgeError } from '../errors.ts';
import { ID_SIZE, type RecordType } from '../model/record.ts';
import {
  endOf,
  INDEX_FORMAT,
  type IndexChange,
  type RecordLocation,
  type SegmentEntries,
  type SegmentInfo,
  type WritableChunkIndex,
} from './chunkIndex.ts';
import { IndexRuns, mergeEntries } from './indexRuns.ts';
import type { RunEntry } from './indexRun.ts';
import { openFailure, writeFailure } from './lmdbFailures.ts';
import { makeLock } from './lmdbLock.ts';
import { dictionaryKey, segmentKey, u32, u48, unpackSegment } from './lmdbValues.ts';
import {
  damagedIndex,
  entryStarts,
  isChunk,
  isPlainChunk,
  knownAmong,
  packPlace,
  samePlace,
  splitPlaces,
  typeOf,
  unpackPlace,
} from './recordPlaces.ts';

type Table = Database<Buffer, Buffer>;

const FORMAT_KEY = Buffer.from('format');
const CHUNKS_KEY = Buffer.from('chunks');
const RUNS_KEY = Buffer.from('runs');
/** Address space for the map, not memory or disk. Beyond it LMDB maps anew, which leaves the old maps in place. */
const MAP_SIZE = 16 * 1024 ** 3;
/**
 * Records that stay in LMDB. A transaction dirties a page for each that it adds, so it must not hold many: from this number on they become
 * a run (docs/decisions/0010-scale.md).
 */
const RECENT = 2 ** 18;
const NOT_KNOWN = Buffer.alloc(0);
/** Another process may have merged the runs that a snapshot names; then there is a newer snapshot. */
const TRIES = 8;
/**
 * Each look-up makes some of the map resident, in pieces of 64 KiB around what is read. After so many, at most 64 MiB, it is
 * given back: else an index larger than memory allows would become resident as a whole.
 */
const LOOKUPS_BEFORE_RELEASE = 1024;

export interface LmdbOptions {
  /** Gives back the memory that a mapped file takes (DataPlane.releaseMapped). */
  release?: (path: string) => void;
  /** Records that stay in LMDB, at most; 2^18 when not given. */
  recent?: number;
}
/** Records that are looked through at once when segments are dropped. */
const FORGET_SLICE = 16 * 1024;

export class LmdbChunkIndex implements WritableChunkIndex {
  private readonly folder: string;
  private readonly root: RootDatabase<Buffer, Buffer>;
  private readonly records: Table;
  private readonly segmentTable: Table;
  private readonly meta: Table;
  private readonly release: () => void;
  private readonly recent: number;
  private readonly runs: IndexRuns;
  /** What the database said of the runs when they were opened. */
  private runsInUse = NOT_KNOWN;
  private lookups = 0;

  private constructor(
    folder: string,
    { release, recent = RECENT }: LmdbOptions,
    root: RootDatabase<Buffer, Buffer>,
    tables: Table[],
  ) {
    this.folder = folder;
    const file = join(folder, 'data.mdb');
    this.release = () => release?.(file);
    this.recent = recent;
    this.runs = new IndexRuns(folder, { smallest: recent });
    this.root = root;
    [this.records, this.segmentTable, this.meta] = tables;
  }

  /** A new, empty database in a folder that does not exist yet. It counts as incomplete until `complete`. */
  static async create(folder: string, options: LmdbOptions = {}): Promise<LmdbChunkIndex> {
    const index = await LmdbChunkIndex.openTables(folder, { ...options, create: true, readOnly: false });
    return index!;
  }

  /**
   * Opens the database in `folder`. Undefined when it was never completed, or by an older version in another layout.
   * @throws ForgeError FORMAT_TOO_NEW; CORRUPT when LMDB refuses it
   */
  static async open(
    folder: string,
    options: LmdbOptions & { readOnly: boolean },
  ): Promise<LmdbChunkIndex | undefined> {
    const index = await LmdbChunkIndex.openTables(folder, { ...options, create: false });
    const format = index?.format() ?? 0;
    if (index && format === INDEX_FORMAT) return index.withRuns();
    await index?.close();
    if (format > INDEX_FORMAT) {
      throw new ForgeError(
        'FORMAT_TOO_NEW',
        `${folder} is a database of format ${format}; this program reads up to ${INDEX_FORMAT}`,
        'Update Forge.',
        { path: folder },
      );
    }
    return undefined;
  }

  /** Undefined when a table is missing. */
  private static async openTables(
    folder: string,
    options: LmdbOptions & { create: boolean; readOnly: boolean },
  ): Promise<LmdbChunkIndex | undefined> {
    // Loading the library takes 50 ms, so only those who need the index wait for it.
    const { open } = await import('lmdb');
    const common = { keyEncoding: 'binary', encoding: 'binary' } as const;
    let root: RootDatabase<Buffer, Buffer> | undefined;
    try {
      if (options.create) makeLock(folder);
      root = open<Buffer, Buffer>(folder, {
        ...common,
        noSubdir: false,
        readOnly: options.readOnly,
        mapSize: MAP_SIZE,
        // Without this option LMDB works as it was designed: a transaction writes its pages, syncs the file, then writes
        // the page that makes them valid through a descriptor opened with O_DSYNC, all before the commit returns. With it
        // (the default) a commit returns before anything is synced, and `flushed` would have to be awaited each time.
        overlappingSync: false,
      });
      const tables: Table[] = [];
      for (const name of ['records', 'segments', 'meta']) {
        const settings = { ...common, create: options.create };
        const table: Table | undefined = root.openDB<Buffer, Buffer>(name, settings);
        if (table) tables.push(table);
      }
      if (tables.length === 3) return new LmdbChunkIndex(folder, options, root, tables);
      await root.close();
      return undefined;
    } catch (error) {
      await root?.close();
      throw openFailure(error, folder);
    }
  }

  /** @throws ForgeError CORRUPT when a run is missing or damaged */
  private async withRuns(): Promise<this> {
    try {
      this.turnToRuns();
      return this;
    } catch (error) {
      await this.close();
      throw openFailure(error, this.folder);
    }
  }

  /** Marks the tables as filled to the end; before that nobody uses them. */
  complete(): void {
    this.transact(() => this.meta.putSync(FORMAT_KEY, u32(INDEX_FORMAT)));
  }

  private format(): number | undefined {
    return this.meta.get(FORMAT_KEY)?.readUInt32LE(0);
  }

  /** Turns to the newest snapshot. Without it lookups do so once in a turn of the event loop. */
  refresh(): void {
    this.root.resetReadTxn();
  }

  isKnown(ids: Buffer): Uint8Array {
    return knownAmong(
      (id) => this.places(id),
      ids,
      (id) => this.isPlainChunk(id),
    );
  }

  find(id: Buffer, type: RecordType): RecordLocation | undefined {
    const place = this.places(id).find((candidate) => typeOf(candidate) === type);
    return place && unpackPlace(id, place);
  }

  copies(id: Buffer, type: RecordType): RecordLocation[] {
    return this.places(id)
      .filter((place) => typeOf(place) === type)
      .map((place) => unpackPlace(id, place));
  }

  segments(): SegmentInfo[] {
    const found: SegmentInfo[] = [];
    for (const { key, value } of this.segmentTable.getRange({})) {
      found.push(unpackSegment(key, value));
    }
    return found;
  }

  dictionaryOf(kind: string): Buffer | undefined {
    const id = this.meta.get(dictionaryKey(kind));
    return id && Buffer.from(id);
  }

  chunkCount(): number {
    return this.meta.get(CHUNKS_KEY)?.readUIntLE(0, 6) ?? 0;
  }

  *locations(): Iterable<RecordLocation> {
    this.turnToRuns();
    for (const { id, places } of mergeEntries([this.runs.entries(), this.recentEntries()]))
      for (const place of splitPlaces(places)) yield unpackPlace(id, place);
  }

  apply(change: IndexChange): void {
    this.transact(() => {
      let chunks = this.chunkCount();
      chunks -= this.forget(change);
      const gone = [...(change.dropSegments ?? []), ...(change.forgetSegments ?? [])];
      for (const number of gone) this.segmentTable.removeSync(segmentKey(number));
      for (const { number, ...info } of change.segments ?? []) {
        this.segmentTable.putSync(segmentKey(number), Buffer.from(JSON.stringify(info)));
      }
      for (const run of change.entries ?? []) chunks += this.addEntries(run, change);
      for (const { kind, id } of change.dictionaries ?? []) this.meta.putSync(dictionaryKey(kind), id);
      this.meta.putSync(CHUNKS_KEY, u48(chunks));
    });
    this.moveToRun();
  }

  async close(): Promise<void> {
    this.runs.close();
    await this.root.close();
  }

  /** Records become a run once there are many. Where that is not possible they stay where they are. @throws ForgeError CORRUPT */
  private moveToRun(): void {
    this.root.resetReadTxn();
    const { entryCount } = this.records.getStats() as { entryCount: number };
    if (entryCount < this.recent) return;
    try {
      const names = this.runs.write(this.recentEntries(), entryCount);
      this.transact(() => {
        this.meta.putSync(RUNS_KEY, Buffer.from(JSON.stringify(names)));
        this.records.clearSync();
      });
      this.root.resetReadTxn();
      this.turnToRuns();
      this.runs.removeUnused();
    } catch (error) {
      if (error instanceof ForgeError && error.code === 'CORRUPT') throw error;
    }
  }

  private *recentEntries(): Generator<RunEntry> {
    for (const { key, value } of this.records.getRange({})) {
      this.countLookup();
      yield { id: key, places: value };
    }
  }

  /** Opens the runs that go with the current snapshot. @throws ForgeError CORRUPT */
  private turnToRuns(): void {
    for (let attempt = 1; ; attempt++) {
      const wanted = this.meta.get(RUNS_KEY) ?? NOT_KNOWN;
      if (wanted.equals(this.runsInUse)) return;
      try {
        this.runs.use(JSON.parse(wanted.toString()) as string[]);
        this.runsInUse = Buffer.from(wanted);
        return;
      } catch (error) {
        if (error instanceof ForgeError) throw error;
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || attempt === TRIES) throw damagedIndex();
        this.root.resetReadTxn();
      }
    }
  }

  /** Adds records, sorted by id so that neighbours share pages. Returns the number of chunks not known before. */
  private addEntries(
    { segment, entries }: SegmentEntries,
    how: Pick<IndexChange, 'replace' | 'prefer'>,
  ): number {
    const starts = entryStarts(entries);
    const order = starts.slice(0, -1).map((at, i) => ({ at, end: starts[i + 1] }));
    order.sort((a, b) => entries.compare(entries, b.at, b.at + ID_SIZE, a.at, a.at + ID_SIZE));
    let added = 0;
    for (const { at, end } of order) {
      this.countLookup();
      const id = Buffer.from(entries.subarray(at, at + ID_SIZE));
      const place = packPlace(segment, entries, at, end);
      const isInRun = this.runs.get(id) !== undefined;
      // The library's types hide that it tells whether the record was new.
      const isNew =
        !isInRun && (this.records.putSync(id, place, { noOverwrite: true }) as unknown as boolean);
      if ((isNew || this.addPlace(id, place, how)) && isChunk(place)) added++;
    }
    return added;
  }

  /** Adds a place to those of an id. Returns whether there was none of its type. */
  private addPlace(
    id: Buffer,
    place: Buffer,
    { replace, prefer }: Pick<IndexChange, 'replace' | 'prefer'>,
  ): boolean {
    const known = this.places(id);
    if (!replace && !prefer && known.some((other) => samePlace(other, place))) return false;
    const others = known.filter((other) => typeOf(other) !== typeOf(place));
    const rest = replace ? others : known.filter((other) => !samePlace(other, place));
    this.records.putSync(id, Buffer.concat(replace || prefer ? [place, ...rest] : [...known, place]));
    return others.length === known.length;
  }

  /** Removes what `change` drops and cuts. Returns the number of chunks that are known no more. */
  private forget({ dropSegments = [], cutSegments = [] }: IndexChange): number {
    if (dropSegments.length === 0 && cutSegments.length === 0) return 0;
    const limits = new Map(cutSegments.map(({ segment, length }) => [segment, length]));
    for (const number of dropSegments) limits.set(number, 0);
    const isKept = (id: Buffer, place: Buffer) => {
      const location = unpackPlace(id, place);
      return endOf(location) <= (limits.get(location.segment) ?? Infinity);
    };
    let lost = 0;
    const look = (id: Buffer, value: Buffer) => {
      this.countLookup();
      const places = splitPlaces(value);
      const kept = places.filter((place) => isKept(id, place));
      if (kept.length === places.length) return;
      // Where a run knows the record, what is left of it has to be said even if it is nothing.
      if (kept.length > 0 || this.runs.get(id)) this.records.putSync(id, Buffer.concat(kept));
      else this.records.removeSync(id);
      if (places.some(isChunk) && !kept.some(isChunk)) lost++;
    };
    // Slice by slice, so that memory does not grow with what is dropped. Of a slice all is read before anything is changed: a
    // table must not change under its cursor.
    for (let start: Buffer | undefined; ;) {
      const slice = [...this.records.getRange({ ...(start && { start }), limit: FORGET_SLICE })];
      for (const { key, value } of slice) look(key, value);
      if (slice.length < FORGET_SLICE) break;
      // The last one once more: whether it is still there or not, the next slice starts right behind.
      start = Buffer.from(slice[slice.length - 1].key);
    }
    for (const { id, places } of this.runs.entries()) if (!this.records.get(id)) look(id, places);
    return lost;
  }

  private places(id: Buffer): Buffer[] {
    this.countLookup();
    const recent = this.records.get(id);
    if (recent) return splitPlaces(recent);
    this.turnToRuns();
    return splitPlaces(this.runs.get(id) ?? NOT_KNOWN);
  }

  /** As `places` would tell, without making anything that has to be collected. */
  private isPlainChunk(id: Buffer): boolean {
    this.countLookup();
    const places = this.records.getBinaryFast(id);
    // The library's types hide that it tells how much of the buffer was written.
    const { lastSize } = this.records as unknown as { lastSize: number };
    return places !== undefined && isPlainChunk(places, lastSize);
  }

  private countLookup(): void {
    if (++this.lookups % LOOKUPS_BEFORE_RELEASE === 0) this.release();
  }

  /** `work` must not return a promise: the transaction ends, on disk, when it returns. */
  private transact(work: () => void): void {
    try {
      this.root.transactionSync(() => {
        this.turnToRuns();
        work();
      });
    } catch (error) {
      throw writeFailure(error, this.folder);
    }
  }
}
