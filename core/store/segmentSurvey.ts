// Owns the decision which segments are rewritten: those with something dead, loose or damaged in them, and small ones when there are many.
import { Codec, RecordType } from '../model/record.ts';
import { SEGMENT_TARGET } from '../model/segment.ts';
import { type ChunkIndex, endOf, type RecordLocation } from './chunkIndex.ts';
import type { IdTable } from './idTable.ts';
import type { LiveRecords } from './liveRecords.ts';

/**
 * Packed segments below this many bytes get no footer, which of small records takes a third of the segment, and are joined once
 * there are more than so many: more than a data plane has workers.
 */
export const SMALL_SEGMENT = SEGMENT_TARGET / 8;
const MOST_SMALL = 16;

export class SegmentSurvey {
  /** What nothing reaches. */
  readonly totals = { droppedBytes: 0, droppedChunks: 0 };
  private readonly index: ChunkIndex;
  private readonly live: LiveRecords;
  /** Those that live chunks are packed with; whether that stays so shows once all is packed. */
  private readonly dictionaries: IdTable;
  /** What `keep` has seen. */
  private readonly kept = new Set<string>();
  /** Segments that are rewritten. New ones never are. */
  private readonly rewritten = new Set<number>();

  constructor(index: ChunkIndex, live: LiveRecords, packed: ReadonlySet<number>) {
    this.index = index;
    this.live = live;
    this.dictionaries = live.dictionaries();
    const spoiled = this.lookThrough();
    for (const { number, state } of index.segments()) {
      // What damage has frozen may hold what nobody knows of.
      const isKept = state === 'dropped' || (state === 'frozen' && !packed.has(number));
      if (spoiled.has(number) && !isKept) this.rewritten.add(number);
    }
    const small = index
      .segments()
      .filter(
        ({ number, state, length }) =>
          packed.has(number) && state !== 'dropped' && !this.rewritten.has(number) && length < SMALL_SEGMENT,
      );
    if (small.length > MOST_SMALL) for (const { number } of small) this.rewritten.add(number);
  }

  isRewritten(segment: number): boolean {
    return this.rewritten.has(segment);
  }

  /** Segments with anything else in them than live records in the place where they can stay, and empty ones. */
  private lookThrough(): Set<number> {
    const spoiled = new Set<number>(this.index.segments().map(({ number }) => number));
    const held = new Set<number>();
    const mixed = new Set<number>();
    let lastDead: Buffer | undefined;
    for (const location of this.index.locations()) {
      const { id, type, segment } = location;
      held.add(segment);
      if (!this.isLive(location)) {
        mixed.add(segment);
        this.totals.droppedBytes += endOf(location) - location.offset;
        if (type === RecordType.chunk && !lastDead?.equals(id)) {
          this.totals.droppedChunks++;
          lastDead = id;
        }
        continue;
      }
      const place = type === RecordType.dictionary ? location : this.live.fixedPlace(id, type);
      const isHome = place?.segment === segment && place.offset === location.offset;
      if (!isHome) mixed.add(segment);
    }
    for (const segment of held) if (!mixed.has(segment)) spoiled.delete(segment);
    return spoiled;
  }

  private isLive({ id, type }: RecordLocation): boolean {
    if (type === RecordType.chunk) return this.live.chunks.has(id);
    if (type === RecordType.dictionary) return this.dictionaries.has(id);
    return this.live.manifests.has(id);
  }

  /** Of the rewritten segments those that hold the only way to something live: what could not be read, say. */
  stillNeeded(): Set<number> {
    const needed = new Set<number>();
    this.kept.clear();
    for (const [table, type] of [
      [this.live.chunks, RecordType.chunk],
      [this.live.manifests, RecordType.manifest],
    ] as const) {
      for (let i = 0; i < table.count; i++) {
        const id = Buffer.from(table.at(i));
        const place = this.live.fixedPlace(id, type);
        if (!place || this.rewritten.has(place.segment)) this.keep(id, type, needed);
      }
    }
    for (const id of this.live.fixedDictionaries()) {
      const copies = this.index.copies(id, RecordType.dictionary);
      if (copies.every(({ segment }) => this.rewritten.has(segment)))
        for (const { segment } of copies) needed.add(segment);
    }
    return needed;
  }

  /** Keeps every place of a record, and of all that these are decoded with. Chains meet again and again below the first. */
  private keep(id: Buffer, type: RecordType, needed: Set<number>): void {
    const name = `${type} ${id.toString('latin1')}`;
    if (this.kept.has(name)) return;
    this.kept.add(name);
    for (const { segment, bases, codec } of this.index.copies(id, type)) {
      needed.add(segment);
      const baseType = codec === Codec.dictionary ? RecordType.dictionary : type;
      for (const base of bases) this.keep(base, baseType, needed);
    }
  }
}
