// Owns the index of a store whose database cannot be used (missing, or nobody may write beside it): filled by a scan, in memory.
import { ID_SIZE, type RecordType } from '../model/record.ts';
import type { ChunkIndex, RecordLocation, SegmentInfo } from './chunkIndex.ts';
import {
  entryStarts,
  isChunk,
  knownAmong,
  packPlace,
  samePlace,
  typeOf,
  unpackPlace,
} from './recordPlaces.ts';

const LENGTH_SIZE = 2;

/**
 * Ids and places lie in one growing buffer, found through a table of open addressing, so an entry takes about 70 bytes.
 * Ids are hashes already: their first four bytes choose the slot.
 */
export class MemoryChunkIndex implements ChunkIndex {
  private readonly infos: SegmentInfo[] = [];
  /** length of the place u16 | id 32 | place, one after another, each padded to 4 bytes. */
  private arena = Buffer.alloc(1 << 16);
  private used = 4;
  /** Positions in the arena, in units of 4 bytes; 0 is an empty slot. */
  private slots = new Uint32Array(1 << 10);
  private filled = 0;
  private chunks = 0;

  /** Adds a segment and its records (record.ts, encodeEntry). */
  add(info: SegmentInfo, entries: Buffer): void {
    this.infos.push(info);
    const starts = entryStarts(entries);
    for (let i = 0; i + 1 < starts.length; i++) {
      const id = entries.subarray(starts[i], starts[i] + ID_SIZE);
      this.addPlace(id, packPlace(info.number, entries, starts[i], starts[i + 1]));
    }
  }

  isKnown(ids: Buffer): Uint8Array {
    return knownAmong((id) => this.places(id), ids);
  }

  find(id: Buffer, type: RecordType): RecordLocation | undefined {
    return this.copies(id, type)[0];
  }

  copies(id: Buffer, type: RecordType): RecordLocation[] {
    return this.places(id)
      .filter((place) => typeOf(place) === type)
      .map((place) => unpackPlace(id, place));
  }

  segments(): SegmentInfo[] {
    return this.infos;
  }

  /** Which dictionary is for what is not in the segments: the next one is trained anew. */
  dictionaryOf(): undefined {
    return undefined;
  }

  /** Stays as it was scanned. */
  refresh(): void {}

  chunkCount(): number {
    return this.chunks;
  }

  *locations(): Iterable<RecordLocation> {
    for (const slot of this.slots) {
      if (slot !== 0) yield unpackPlace(this.idAt(slot), this.placeAt(slot));
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private addPlace(id: Buffer, place: Buffer): void {
    const known = this.places(id);
    if (known.some((other) => samePlace(other, place))) return;
    if (isChunk(place) && !known.some(isChunk)) this.chunks++;
    const length = (LENGTH_SIZE + ID_SIZE + place.length + 3) & ~3;
    if (this.used + length > this.arena.length) {
      this.arena = Buffer.concat([this.arena, Buffer.alloc(this.arena.length)]);
    }
    this.arena.writeUInt16LE(place.length, this.used);
    id.copy(this.arena, this.used + LENGTH_SIZE);
    place.copy(this.arena, this.used + LENGTH_SIZE + ID_SIZE);
    if (2 * (this.filled + 1) > this.slots.length) this.grow();
    this.link(this.used / 4);
    this.used += length;
  }

  private places(id: Buffer): Buffer[] {
    const found: Buffer[] = [];
    const mask = this.slots.length - 1;
    for (let s = id.readUInt32LE(0) & mask; this.slots[s] !== 0; s = (s + 1) & mask) {
      if (this.idAt(this.slots[s]).equals(id)) found.push(this.placeAt(this.slots[s]));
    }
    return found;
  }

  private idAt(slot: number): Buffer {
    const at = slot * 4 + LENGTH_SIZE;
    return this.arena.subarray(at, at + ID_SIZE);
  }

  private placeAt(slot: number): Buffer {
    const at = slot * 4 + LENGTH_SIZE + ID_SIZE;
    return this.arena.subarray(at, at + this.arena.readUInt16LE(slot * 4));
  }

  private link(slot: number): void {
    const mask = this.slots.length - 1;
    let s = this.idAt(slot).readUInt32LE(0) & mask;
    while (this.slots[s] !== 0) s = (s + 1) & mask;
    this.slots[s] = slot;
    this.filled++;
  }

  private grow(): void {
    const old = this.slots;
    this.slots = new Uint32Array(old.length * 2);
    this.filled = 0;
    for (const slot of old) if (slot !== 0) this.link(slot);
  }
}
