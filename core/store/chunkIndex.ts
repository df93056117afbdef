// Owns the interface of the index over segments: which record lies where, and what segments there are.
import { type RecordEntry, recordHeaderLength, type RecordType } from '../model/record.ts';

/** Version of the database's layout (docs/formats/store.md). */
export const INDEX_FORMAT = 2;

/** A record and the segment that holds it. */
export interface RecordLocation extends RecordEntry {
  /** Number of the segment in the index. */
  segment: number;
}

/**
 * `open`: may be appended to; `sealed`: immutable, named by its content; `frozen`: never appended to nor sealed, because
 * bytes that are no record lie between its records; `dropped`: none of its records is needed, its file is to be removed.
 */
export type SegmentState = 'open' | 'sealed' | 'frozen' | 'dropped';

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
  /** Forgets these segments, which hold no record. */
  forgetSegments?: number[];
  /** Forgets the records that do not end by `length` in a segment. */
  cutSegments?: { segment: number; length: number }[];
  /** Adds or replaces segments. */
  segments?: SegmentInfo[];
  /**
   * Adds records. One that is known at another place becomes a further copy, unless `replace` says that it takes the
   * place of the others, or `prefer` that it comes before them.
   */
  entries?: SegmentEntries[];
  replace?: boolean;
  prefer?: boolean;
  /** Dictionaries to be used for a kind of file from now on. */
  dictionaries?: { kind: string; id: Buffer }[];
}

/**
 * Says where records are. A cache of the segments: whatever it holds can be found again by scanning them. Lookups are
 * synchronous and never wait for a writer; those of one turn of the event loop see one state.
 */
export interface ChunkIndex {
  /** For n ids in 32n bytes, n times what is known of it (`Known`), with every record that its decoding needs. */
  isKnown(ids: Buffer): Uint8Array;
  find(id: Buffer, type: RecordType): RecordLocation | undefined;
  /** Every place of a record, the preferred one first. */
  copies(id: Buffer, type: RecordType): RecordLocation[];
  segments(): SegmentInfo[];
  /** Id of the dictionary for a kind of file; its record may be gone. */
  dictionaryOf(kind: string): Buffer | undefined;
  /** Turns to the newest state, where another process may have written. */
  refresh(): void;
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

/** Where a record ends in its segment. */
export function endOf(location: RecordLocation): number {
  return location.offset + recordHeaderLength(location) + location.storedLength;
}
