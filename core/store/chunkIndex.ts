// Owns the interface of the index over segments (which record lies where) and the packed form of a place in a segment.
import { ForgeError } from '../errors.ts';
import {
  Codec,
  ID_SIZE,
  MAX_BASES,
  type RecordEntry,
  recordHeaderLength,
  RecordType,
} from '../model/record.ts';

/** Version of the database's layout (docs/formats/store.md). */
export const INDEX_FORMAT = 1;

/** A record and the segment that holds it. */
export interface RecordLocation extends RecordEntry {
  /** Number of the segment in the index. */
  segment: number;
}

/**
 * `open`: may be appended to; `sealed`: immutable, named by its content; `frozen`: never appended to nor sealed, because
 * bytes that are no record lie between its records.
 */
export type SegmentState = 'open' | 'sealed' | 'frozen';

export interface SegmentInfo {
  /** Given by the index, never reused. */
  number: number;
  /** File name within the store folder. */
  name: string;
  /** 32 hex digits, the identity that outlives renaming. */
  uuid: string;
  /** Committed bytes; what follows in an open segment is no part of the store. */
  length: number;
  state: SegmentState;
}

/** Entries as record.ts encodes them, all in one segment. */
export interface SegmentEntries {
  segment: number;
  entries: Buffer;
}

/** What one transaction does, in this order. */
export interface IndexChange {
  /** Forgets these segments and every record in them. */
  dropSegments?: number[];
  /** Forgets the records that do not end by `length` in a segment. */
  cutSegments?: { segment: number; length: number }[];
  /** Adds or replaces segments. */
  segments?: SegmentInfo[];
  /** Adds records. One that is known at another place becomes a further copy, unless `replace` says it is the better one. */
  entries?: SegmentEntries[];
  replace?: boolean;
}

/**
 * Says where records are. A cache of the segments: whatever it holds can be found again by scanning them. Lookups are
 * synchronous, see every committed change, and never wait for a writer.
 */
export interface ChunkIndex {
  /** For n ids in 32n bytes: n bytes, 1 where a record of any type is known, with every record that its decoding needs. */
  isKnown(ids: Buffer): Uint8Array;
  find(id: Buffer, type: RecordType): RecordLocation | undefined;
  /** Every place of a record, the preferred one first. */
  copies(id: Buffer, type: RecordType): RecordLocation[];
  segments(): SegmentInfo[];
  /** Distinct chunks. */
  chunkCount(): number;
  /** Every place of every record, in no promised order. The index must not be changed meanwhile. */
  locations(): Iterable<RecordLocation>;
  close(): Promise<void>;
}

export interface WritableChunkIndex extends ChunkIndex {
  /** All or nothing. When it returns, the change is on disk. @throws ForgeError DISK_FULL, IO, … */
  apply(change: IndexChange): void;
}

/** segment u32 | an encoded entry from its offset on (record.ts): 24 bytes and 32 for each base. Little-endian. */
const PLACE_SIZE = 24;
/** Bytes of an encoded entry before its base ids. */
const ENTRY_SIZE = 52;
const TYPE_AT = 48;
const COUNT_AT = 50;
/** An id and a type, the key of a record. */
export const RECORD_KEY_SIZE = ID_SIZE + 1;

export function recordKey(id: Buffer, type: RecordType): Buffer {
  const key = Buffer.allocUnsafe(RECORD_KEY_SIZE);
  id.copy(key, 0, 0, ID_SIZE);
  key[ID_SIZE] = type;
  return key;
}

/** Where a record ends in its segment. */
export function endOf(location: RecordLocation): number {
  return location.offset + recordHeaderLength(location) + location.storedLength;
}

/**
 * Start of every entry in a run, and its end as the last number.
 * @throws RangeError when the run is torn
 */
export function entryStarts(entries: Buffer): number[] {
  const starts: number[] = [];
  let at = 0;
  while (at < entries.length) {
    starts.push(at);
    const bases = entries[at + COUNT_AT] & 15;
    if (at + ENTRY_SIZE > entries.length || bases > MAX_BASES) throw new RangeError('torn record entry');
    at += ENTRY_SIZE + ID_SIZE * bases;
  }
  if (at !== entries.length) throw new RangeError('torn record entry');
  starts.push(at);
  return starts;
}

/** Key of the entry at `at`. */
export function entryKey(entries: Buffer, at: number): Buffer {
  const key = Buffer.allocUnsafe(RECORD_KEY_SIZE);
  entries.copy(key, 0, at, at + ID_SIZE);
  key[ID_SIZE] = entries[at + TYPE_AT];
  return key;
}

/** The place of the entry at [at, end), packed without decoding it. */
export function packPlace(segment: number, entries: Buffer, at: number, end: number): Buffer {
  const place = Buffer.allocUnsafe(4 + end - at - ID_SIZE);
  place.writeUInt32LE(segment, 0);
  entries.copy(place, 4, at + ID_SIZE, end);
  return place;
}

/** @throws ForgeError CORRUPT when the database holds something else */
export function unpackPlace(id: Buffer, place: Buffer): RecordLocation {
  if (place.length < PLACE_SIZE || (place.length - PLACE_SIZE) % ID_SIZE !== 0) throw damagedIndex();
  const bases: Buffer[] = [];
  for (let at = PLACE_SIZE; at < place.length; at += ID_SIZE) {
    bases.push(Buffer.from(place.subarray(at, at + ID_SIZE)));
  }
  return {
    id: Buffer.from(id.subarray(0, ID_SIZE)),
    segment: place.readUInt32LE(0),
    offset: Number(place.readBigUInt64LE(4)),
    rawLength: place.readUInt32LE(12),
    storedLength: place.readUInt32LE(16),
    type: place[20] as RecordType,
    codec: place[21] as Codec,
    depth: place[22] >> 4,
    bases,
  };
}

/** Places of the records of one key, the preferred one first. */
export type PlaceLookup = (id: Buffer, type: RecordType) => Iterable<Buffer>;

/** Whether some record of this key is there together with its bases and theirs. `below`: see RecordPlan.add. */
export function canDecode(places: PlaceLookup, id: Buffer, type: RecordType, below = Infinity): boolean {
  for (const place of places(id, type)) {
    const depth = place[22] >> 4;
    if (depth >= below) continue;
    const [baseType, limit] =
      place[21] === Codec.dictionary ? [RecordType.dictionary, Infinity] : [RecordType.chunk, depth];
    let complete = true;
    for (let at = PLACE_SIZE; at < place.length && complete; at += ID_SIZE) {
      complete = canDecode(places, place.subarray(at, at + ID_SIZE), baseType, limit);
    }
    if (complete) return true;
  }
  return false;
}

const TYPES = [RecordType.chunk, RecordType.manifest, RecordType.dictionary];

/** What ChunkIndex.isKnown answers. */
export function knownAmong(places: PlaceLookup, ids: Buffer): Uint8Array {
  const known = new Uint8Array(ids.length / ID_SIZE);
  for (let i = 0; i < known.length; i++) {
    const id = ids.subarray(ID_SIZE * i, ID_SIZE * (i + 1));
    known[i] = TYPES.some((type) => canDecode(places, id, type)) ? 1 : 0;
  }
  return known;
}

/** What the index answers when a value in it cannot be one. */
export function damagedIndex(): ForgeError {
  return new ForgeError(
    'CORRUPT',
    'The database of the store is damaged',
    'Run `forge verify`, which makes it anew from the segments.',
  );
}

export function samePlace(a: Buffer, b: Buffer): boolean {
  return a.compare(b, 0, 12, 0, 12) === 0;
}
