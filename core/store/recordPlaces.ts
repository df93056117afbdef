// Owns the packed form in which an index keeps where a record is: its places one after another, the preferred one first.
import { Known } from '../dataplane/dataPlane.ts';
import { ForgeError } from '../errors.ts';
import { Codec, ID_SIZE, MAX_BASES, RecordType } from '../model/record.ts';
import type { RecordLocation } from './chunkIndex.ts';

/**
 * segment u32 | offset u64 | rawLength u32 | storedLength u32 | type u8 | codec u8 | depth << 4 | baseCount u8 | 0 u8 | base ids.
 * Behind the segment it is an encoded entry from its offset on (record.ts), so that entries are copied as they are.
 */
const PLACE_SIZE = 24;
const OFFSET_END = 12;
const TYPE_AT = 20;
const CODEC_AT = 21;
const COUNT_AT = 22;
/** Of an encoded entry: bytes before its base ids, and where the number of those is. */
const ENTRY_SIZE = 52;
const ENTRY_COUNT_AT = 50;

/**
 * Start of every entry in a run, and its end as the last number.
 * @throws RangeError when the run is torn
 */
export function entryStarts(entries: Buffer): number[] {
  const starts: number[] = [];
  let at = 0;
  while (at < entries.length) {
    starts.push(at);
    const bases = entries[at + ENTRY_COUNT_AT] & 15;
    if (at + ENTRY_SIZE > entries.length || bases > MAX_BASES) throw new RangeError('torn record entry');
    at += ENTRY_SIZE + ID_SIZE * bases;
  }
  if (at !== entries.length) throw new RangeError('torn record entry');
  starts.push(at);
  return starts;
}

/** The place of the entry at [at, end) of a run. */
export function packPlace(segment: number, entries: Buffer, at: number, end: number): Buffer {
  const place = Buffer.allocUnsafe(4 + end - at - ID_SIZE);
  place.writeUInt32LE(segment, 0);
  entries.copy(place, 4, at + ID_SIZE, end);
  return place;
}

/** @throws ForgeError CORRUPT when these are no places */
export function splitPlaces(places: Buffer): Buffer[] {
  const split: Buffer[] = [];
  for (let at = 0; at < places.length;) {
    const end = at + PLACE_SIZE + ID_SIZE * (places[at + COUNT_AT] & 15);
    // Written so that a count beyond the end, which is not a number, fails too.
    if (!(end <= places.length)) throw damagedIndex();
    split.push(places.subarray(at, end));
    at = end;
  }
  return split;
}

export function unpackPlace(id: Buffer, place: Buffer): RecordLocation {
  const bases: Buffer[] = [];
  for (let at = PLACE_SIZE; at < place.length; at += ID_SIZE) {
    bases.push(Buffer.from(place.subarray(at, at + ID_SIZE)));
  }
  return {
    id: Buffer.from(id),
    segment: place.readUInt32LE(0),
    offset: Number(place.readBigUInt64LE(4)),
    rawLength: place.readUInt32LE(12),
    storedLength: place.readUInt32LE(16),
    type: place[TYPE_AT] as RecordType,
    codec: place[CODEC_AT] as Codec,
    depth: place[COUNT_AT] >> 4,
    bases,
  };
}

export function typeOf(place: Buffer): RecordType {
  return place[TYPE_AT] as RecordType;
}

export function isChunk(place: Buffer): boolean {
  return place[TYPE_AT] === RecordType.chunk;
}

/** Whether two places of one record are the same. */
export function samePlace(a: Buffer, b: Buffer): boolean {
  return a[TYPE_AT] === b[TYPE_AT] && a.compare(b, 0, OFFSET_END, 0, OFFSET_END) === 0;
}

/** All places of an id, of any type. */
export type PlaceLookup = (id: Buffer) => Buffer[];

/** Whether these packed places of `length` bytes are just one, of a chunk that stands alone. They may be part of a longer buffer. */
export function isPlainChunk(places: Buffer, length: number): boolean {
  return length === PLACE_SIZE && isChunk(places);
}

/**
 * For n ids in 32n bytes, n times what is there of it (`Known`), with every record that its decoding needs. `isPlain` may tell in less
 * time of most ids that they are chunks which need nothing; it must not keep the buffer it gets.
 */
export function knownAmong(lookup: PlaceLookup, ids: Buffer, isPlain?: (id: Buffer) => boolean): Uint8Array {
  const known = new Uint8Array(ids.length / ID_SIZE);
  const chains = new Chains(lookup);
  const key = Buffer.alloc(ID_SIZE);
  for (let i = 0; i < known.length; i++) {
    if (isPlain) {
      ids.copy(key, 0, ID_SIZE * i, ID_SIZE * (i + 1));
      if (isPlain(key)) {
        known[i] = Known.chunk;
        continue;
      }
    }
    const places = lookup(ids.subarray(ID_SIZE * i, ID_SIZE * (i + 1)));
    const usable = places.filter((place) => chains.areWhole(place));
    if (usable.some(isChunk)) known[i] = Known.chunk;
    else if (usable.length > 0) known[i] = Known.manifestOnly;
  }
  return known;
}

/** Which records can be decoded. Chains meet again and again below the first, so what was found of a place is kept. */
class Chains {
  readonly #lookup: PlaceLookup;
  /** By where the place is. */
  readonly #found = new Map<string, boolean>();

  constructor(lookup: PlaceLookup) {
    this.#lookup = lookup;
  }

  /** Whether the bases of the record at a place are there, and theirs. Bases are less deep, so every chain ends. */
  areWhole(place: Buffer): boolean {
    if (place.length === PLACE_SIZE) return true;
    const name = place.toString('latin1', 0, OFFSET_END);
    let whole = this.#found.get(name);
    if (whole === undefined) {
      whole = this.#haveBases(place);
      this.#found.set(name, whole);
    }
    return whole;
  }

  #haveBases(place: Buffer): boolean {
    const isDictionary = place[CODEC_AT] === Codec.dictionary;
    const depth = place[COUNT_AT] >> 4;
    for (let at = PLACE_SIZE; at < place.length; at += ID_SIZE) {
      const isThere = this.#lookup(place.subarray(at, at + ID_SIZE)).some((base) => {
        const fits = isDictionary
          ? typeOf(base) === RecordType.dictionary && base.length === PLACE_SIZE
          : typeOf(base) === typeOf(place) && base[COUNT_AT] >> 4 < depth;
        return fits && this.areWhole(base);
      });
      if (!isThere) return false;
    }
    return true;
  }
}

/** What an index answers when a value in it cannot be one. */
export function damagedIndex(): ForgeError {
  return new ForgeError(
    'CORRUPT',
    'The database of the store is damaged',
    'Run `forge verify`, which makes it anew from the segments.',
  );
}
