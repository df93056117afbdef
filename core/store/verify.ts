// Owns checking the store: that segments and index agree, that records are intact, and which assets are touched where they are not.
import { setTimeout as sleep } from 'node:timers/promises';
import type { SegmentScan } from '../dataplane/dataPlane.ts';
import { ForgeError } from '../errors.ts';
import type { Pointer } from '../model/pointer.ts';
import { decodeEntries, type RecordEntry, RecordType } from '../model/record.ts';
import { SEGMENT_HEADER_SIZE } from '../model/segment.ts';
import { throwIfAborted, type OperationOptions } from '../progress.ts';
import { endOf, type RecordLocation, type SegmentInfo } from './chunkIndex.ts';
import { partsOf } from './liveRecords.ts';
import { placeName, type PlaceName } from './recordPlan.ts';
import type { StoreProblem } from './segmentFiles.ts';
import type { StoreContext } from './storeContext.ts';
import { MOST_SEARCHES, StoreReader } from './storeReader.ts';

/** Records in one call of the data plane. */
const BATCH = 32 * 1024;
/** Assets whose manifests are read at once. */
const GROUP = 256;
/** A file that the index does not know may be one that another process is just adding or removing. */
const PATIENCE = 250; // ms
const MOST_WAITS = 20;

export interface VerifyStoreOptions extends OperationOptions {
  /** Read every record, rather than only compare what index, file names and lengths say. */
  full: boolean;
}

/** A record at one place that cannot be used. */
export interface BadPlace {
  /** Hex. */
  id: string;
  kind: 'chunk' | 'manifest' | 'dictionary';
  message: string;
}

export interface StoreCheck {
  /** Places of records that were looked at, and the bytes they take. */
  records: number;
  bytes: number;
  problems: StoreProblem[];
  badPlaces: ReadonlyMap<PlaceName, BadPlace>;
  /** The index does not say what the segments hold; ChunkStore.rebuild makes a new one. */
  isIndexStale: boolean;
  /** All that makes it stale are segments that another process is making, or made before it was killed; ChunkStore.settle adds them. */
  isUnsettled: boolean;
}

/** Looks at every segment and every place in the index. @throws ForgeError ABORTED, IO, … */
export async function verifyStore(context: StoreContext, options: VerifyStoreOptions): Promise<StoreCheck> {
  return new StoreVerification(context, options).run();
}

const KINDS = { 1: 'chunk', 2: 'manifest', 3: 'dictionary' } as const;

class StoreVerification {
  private readonly context: StoreContext;
  private readonly options: VerifyStoreOptions;
  private readonly reader: StoreReader;
  private readonly infos: Map<number, SegmentInfo>;
  /** Lengths of the files, as far as they are there and what they should be. */
  private readonly lengths = new Map<number, number>();
  private readonly problems: StoreProblem[] = [];
  private readonly badPlaces = new Map<PlaceName, BadPlace>();
  private records = 0;
  private bytes = 0;
  private isIndexStale = false;
  private unknownSegments = 0;

  constructor(context: StoreContext, options: VerifyStoreOptions) {
    this.context = context;
    this.options = options;
    this.reader = new StoreReader(context.files, context.index);
    this.infos = new Map(this.present().map((info) => [info.number, info]));
  }

  async run(): Promise<StoreCheck> {
    await this.reader.paths.refresh(this.context.index);
    await this.checkFiles();
    await this.checkPlaces();
    if (this.options.full) for (const info of [...this.infos.values()]) await this.compareWithScan(info);
    const { records, bytes, problems, badPlaces, isIndexStale, unknownSegments } = this;
    const stale = problems.filter(({ kind }) => kind === 'index').length;
    const isUnsettled = stale > 0 && stale === unknownSegments;
    return { records, bytes, problems, badPlaces, isIndexStale, isUnsettled };
  }

  private present(): SegmentInfo[] {
    return this.context.index.segments().filter(({ state }) => state !== 'dropped');
  }

  private newest(): SegmentInfo[] {
    this.context.index.refresh();
    return this.present();
  }

  /** Another process dropped the segment since: what was in it is elsewhere, or needed by nothing. */
  private isDropped({ number, uuid }: SegmentInfo): boolean {
    return !this.newest().some((info) => info.number === number && info.uuid === uuid);
  }

  private async checkFiles(): Promise<void> {
    const { files } = this.context;
    for (const info of this.infos.values()) {
      await this.checkFile(info, this.reader.paths.of(info.number) ?? files.path(info.name));
    }
    for (const name of await this.unknownFiles()) {
      this.indexProblem(name, `The index does not know the segment ${files.path(name)}`);
      this.unknownSegments++;
    }
  }

  private async unknownFiles(): Promise<string[]> {
    const { files, index } = this.context;
    let unknown: string[] = [];
    for (let waits = 0; ; waits++) {
      const names = new Set(await files.names());
      index.refresh();
      for (const { number, name, state } of index.segments()) {
        names.delete(name);
        const path = state === 'dropped' ? undefined : this.reader.paths.of(number);
        if (path !== undefined) names.delete(files.nameOf(path));
      }
      const before = unknown;
      unknown = [...names];
      const isSettled =
        waits > 0 && before.length === unknown.length && before.every((name) => names.has(name));
      if (unknown.length === 0 || isSettled || waits === MOST_WAITS) return unknown;
      await sleep(PATIENCE);
    }
  }

  private async checkFile(info: SegmentInfo, path: string): Promise<void> {
    const { files } = this.context;
    const name = files.nameOf(path);
    if (name !== info.name) this.indexProblem(info.name, `The index knows ${path} by its earlier name`);
    try {
      const length = await files.fileLength(name);
      const isWhole = info.state === 'open' ? length >= info.length : length === info.length;
      this.lengths.set(info.number, Math.min(length, info.length));
      if (!isWhole) this.segmentProblem(info, `${path} has ${length} bytes instead of ${info.length}`);
      const uuid = await files.uuid(name);
      if (uuid !== info.uuid)
        this.segmentProblem(info, `${path} does not start like the segment it should be`);
    } catch (error) {
      if (!(error instanceof ForgeError) || error.code !== 'NOT_FOUND') throw error;
      if (!this.isDropped(info)) this.segmentProblem(info, `The segment ${path} is missing`);
    }
  }

  /** What another process did to a segment since. */
  private async learn(number: number): Promise<void> {
    const known = this.infos.get(number);
    const info = this.newest().find((one) => one.number === number);
    if (!info || (known && known.name === info.name && known.length === info.length)) return;
    this.infos.set(number, info);
    await this.checkFile(info, this.reader.paths.of(number) ?? this.context.files.path(info.name));
  }

  /** Every place that the index names. */
  private async checkPlaces(): Promise<void> {
    try {
      await this.checkLocations();
    } catch (error) {
      if (!(error instanceof ForgeError) || error.code !== 'CORRUPT') throw error;
      this.indexProblem(undefined, error.message);
    }
  }

  private async checkLocations(): Promise<void> {
    // Before the first place is read: whatever becomes of a segment after this shows.
    const since = this.segmentNumbers();
    let batch: RecordLocation[] = [];
    for (const location of this.context.index.locations()) {
      this.records++;
      const end = endOf(location);
      this.bytes += end - location.offset;
      const isWithin = (): boolean =>
        location.offset >= SEGMENT_HEADER_SIZE && end <= (this.lengths.get(location.segment) ?? 0);
      // The segment may have grown, or come to be, since the files were looked at.
      if (!isWithin()) await this.learn(location.segment);
      const info = this.infos.get(location.segment);
      if (!isWithin()) {
        if (info && this.isDropped(info)) {
          // It is elsewhere, if anything needs it.
          if (this.options.full) batch.push(...this.context.index.copies(location.id, location.type));
          continue;
        }
        const path = this.reader.paths.of(location.segment) ?? `segment ${location.segment}`;
        this.bad(location, `The record at byte ${location.offset} of ${path} is not there`);
      } else if (this.options.full && batch.push(location) >= BATCH) {
        await this.checkBatch(batch, since);
        batch = [];
      }
    }
    await this.checkBatch(batch, since);
  }

  /**
   * `since`: the segments that there were before the places were read from the index. `tries`: how often another process dropped
   * segments while these records were read.
   */
  private async checkBatch(batch: RecordLocation[], since: string, tries = 0): Promise<void> {
    if (batch.length === 0) return;
    throwIfAborted(this.options.signal);
    // In the order of the disk.
    batch.sort((a, b) => a.segment - b.segment || a.offset - b.offset);
    const plan = this.reader.plan();
    const rows: number[] = [];
    const problems: { location: RecordLocation; message: string }[] = [];
    for (const location of batch) {
      const row = plan.addPlace(location);
      if (row !== undefined) rows.push(row);
      else {
        const message = `The ${KINDS[location.type]} ${location.id.toString('hex')} needs a record that is lost`;
        problems.push({ location, message });
      }
    }
    const before = this.bytes;
    const found = await this.context.plane.check(
      { records: plan.table(), rows: Uint32Array.from(rows), workers: this.context.cores },
      {
        signal: this.options.signal,
        onProgress: ({ files, bytes }) => this.progress(this.records - batch.length + files, before + bytes),
      },
    );
    for (const { row, message } of found) problems.push({ location: plan.location(row), message });
    if (problems.length === 0) return;
    const segments = this.segmentNumbers();
    if (tries < MOST_SEARCHES && segments !== since) {
      await this.reader.paths.refresh(this.context.index);
      const ids = new Map(
        problems.map(({ location }) => [`${location.type} ${location.id.toString('hex')}`, location]),
      );
      const now = [...ids.values()].flatMap(({ id, type }) => this.context.index.copies(id, type));
      return this.checkBatch(now, segments, tries + 1);
    }
    for (const { location, message } of problems) this.bad(location, message);
  }

  private segmentNumbers(): string {
    return this.newest()
      .map(({ number, name }) => `${number} ${name}`)
      .join();
  }

  /** What a segment holds and the index does not tell. */
  private async compareWithScan(info: SegmentInfo): Promise<void> {
    const path = this.reader.paths.of(info.number);
    if (path === undefined || !this.lengths.has(info.number)) return;
    throwIfAborted(this.options.signal);
    const scan = await this.scan(info, path);
    if (!scan || this.isDropped(info)) return;
    const end = info.state === 'open' ? info.length : scan.fileLength;
    if (scan.validLength < end && info.state !== 'frozen') {
      this.segmentProblem(info, `${path} is damaged at byte ${scan.validLength}`);
    }
    let lacking = 0;
    for (const entry of scan.entries) {
      // A place may be left out on purpose: a damaged record that was stored again elsewhere.
      const isKnown = this.context.index.find(entry.id, entry.type) !== undefined;
      if (!isKnown && entry.offset < info.length) lacking++;
    }
    if (lacking > 0) this.indexProblem(info.name, `The index lacks ${lacking} records of ${path}`);
  }

  private async scan(
    info: SegmentInfo,
    path: string,
  ): Promise<({ entries: RecordEntry[] } & Omit<SegmentScan, 'entries'>) | undefined> {
    try {
      const scan = await this.context.plane.scanSegment(path, { from: 0, footer: false, payloads: false });
      return { ...scan, entries: decodeEntries(scan.entries) };
    } catch (error) {
      if (!(error instanceof ForgeError) || (error.code !== 'CORRUPT' && error.code !== 'NOT_FOUND'))
        throw error;
      if (!this.isDropped(info)) this.segmentProblem(info, error.message);
      return undefined;
    }
  }

  private bad(location: RecordLocation, message: string): void {
    const id = location.id.toString('hex');
    this.badPlaces.set(placeName(location), { id, kind: KINDS[location.type], message });
  }

  private segmentProblem({ name }: SegmentInfo, message: string): void {
    this.problems.push({ kind: 'segment', message, id: name });
  }

  private indexProblem(name: string | undefined, message: string): void {
    this.isIndexStale = true;
    this.problems.push({ kind: 'index', message, ...(name !== undefined && { id: name }) });
  }

  private progress(files: number, bytes: number): void {
    this.options.onProgress?.({
      phase: 'verify',
      files,
      totalFiles: 0,
      bytes,
      totalBytes: 0,
      newBytes: 0,
      storedBytes: 0,
    });
  }
}

/** An asset that cannot be rebuilt, and why. */
export interface TouchedAsset {
  pointer: Pointer;
  message: string;
}

/** Those of `pointers` that need a record which is at a bad place alone, or nowhere. */
export async function* findAssetsTouched(
  context: StoreContext,
  badPlaces: ReadonlyMap<PlaceName, BadPlace>,
  pointers: Iterable<Pointer> | AsyncIterable<Pointer>,
): AsyncGenerator<TouchedAsset> {
  const reader = new StoreReader(context.files, context.index);
  const avoid = new Set(badPlaces.keys());
  await reader.paths.refresh(context.index);
  for await (const group of groupsOf(pointers)) {
    reader.prefetch(group);
    for (const pointer of group) {
      const message = await whyTouched(reader, avoid, badPlaces, pointer);
      if (message !== undefined) yield { pointer, message };
    }
  }
}

async function* groupsOf<T>(items: Iterable<T> | AsyncIterable<T>): AsyncGenerator<T[]> {
  let group: T[] = [];
  for await (const item of items) {
    if (group.push(item) < GROUP) continue;
    yield group;
    group = [];
  }
  yield group;
}

async function whyTouched(
  reader: StoreReader,
  avoid: ReadonlySet<PlaceName>,
  badPlaces: ReadonlyMap<PlaceName, BadPlace>,
  pointer: Pointer,
): Promise<string | undefined> {
  try {
    // A plan for each asset: one for all would hold every record of the repository.
    const planned = await reader.planAsset(reader.plan(avoid), pointer);
    if (!('lacks' in planned)) return undefined;
    return (
      (await whyBad(reader, badPlaces, pointer)) ??
      `The store lacks ${planned.lacks}, or what it is made from`
    );
  } catch (error) {
    if (error instanceof ForgeError && error.code === 'CORRUPT') return error.message;
    throw error;
  }
}

/** What was found of the first bad chunk. */
async function whyBad(
  reader: StoreReader,
  badPlaces: ReadonlyMap<PlaceName, BadPlace>,
  pointer: Pointer,
): Promise<string | undefined> {
  const { chunks, manifests } = await partsOf(reader, pointer);
  for (const { id } of chunks) {
    for (const location of reader.index.copies(id, RecordType.chunk)) {
      const bad = badPlaces.get(placeName(location));
      if (bad) return bad.message;
    }
  }
  for (const id of manifests) {
    for (const location of reader.index.copies(id, RecordType.manifest)) {
      const bad = badPlaces.get(placeName(location));
      if (bad) return bad.message;
    }
  }
  return undefined;
}
