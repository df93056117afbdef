// Owns the interface between core, which plans, and a data plane, which reads, cuts, hashes, packs and writes in bulk.
import type { RepackRequest, RepackResult } from './repack.ts';

/** Through the page cache; or past it, so that what was not in there before does not stay. */
export type WayOfReading = 'buffered' | 'uncached';

export type PlaneName = 'native' | 'portable';

/**
 * A file's stat in the ten fields a Git index keeps: ctime s, ctime ns, mtime s, mtime ns, dev, ino, mode, uid, gid, size.
 * dev, ino, uid and gid are truncated to 32 bits, as in the index; size is not.
 */
export type StatTuple = [
  ctimeSec: number,
  ctimeNsec: number,
  mtimeSec: number,
  mtimeNsec: number,
  dev: number,
  ino: number,
  mode: number,
  uid: number,
  gid: number,
  size: number,
];
export const STAT_FIELDS = 10;

export const EntryType = { file: 1, directory: 2, symlink: 3, other: 4 } as const;
export type EntryType = (typeof EntryType)[keyof typeof EntryType];

/** Directory entries in three parallel lists: entry i has stat fields [10 i, 10 i + 10). Paths use `/`, relative to the root. */
export interface Listing {
  paths: string[];
  types: Uint8Array;
  stats: Float64Array;
}

/** A name or folder that could not be read. `code` is the system's (EACCES, …) or `INVALID_NAME` for a name that is not UTF-8. */
export interface PathProblem {
  path: string;
  code: string;
}

export interface CompareRequest {
  root: string;
  /** A Git index, versions 2 to 4. A missing file counts as an empty index. */
  indexPath: string;
  /** Names never entered, at any depth, e.g. `.git` and `.forge`. */
  skip: string[];
}

/** One index entry that the working tree no longer matches by stat, or that cannot be trusted by stat alone. */
export interface ChangedEntry {
  path: string;
  /** Object id in the index, 40 hex digits, and mode (0o100644, 0o100755, 0o120000, 0o160000). */
  oid: string;
  mode: number;
  /** 0, or 1 to 3 for the sides of a conflict. */
  stage: number;
  /**
   * `stat`: some stat field differs, contents may be equal; `racy`: equal stat, but modified no earlier than the index was
   * written; `type`: no longer the same kind of entry; `missing`: not there; `intentToAdd`/`conflict`: flagged in the index.
   */
  state: 'stat' | 'racy' | 'type' | 'missing' | 'intentToAdd' | 'conflict';
  /** Present unless missing. */
  stat: StatTuple | undefined;
}

export interface CompareResult {
  /** Entries in the index. */
  entries: number;
  /** Root tree of a valid TREE extension. */
  rootTree: string | undefined;
  changed: ChangedEntry[];
  /**
   * What the index does not know, below folders it knows: files, symlinks and whole folders (not entered; a folder that holds
   * no tracked file is one entry). Not sorted.
   */
  untracked: Listing;
  problems: PathProblem[];
}

export interface ListRequest {
  root: string;
  /** Folders relative to root, each listed one level deep. '' is the root. */
  folders: string[];
  skip: string[];
}

export interface ListResult {
  listing: Listing;
  problems: PathProblem[];
}

/** Records by row number. `rows` is laid out as recordTable.ts says. */
export interface RecordTable {
  /** Absolute paths of segments. */
  segments: string[];
  rows: Buffer;
}

export interface OpenSegment {
  /** Absolute path. */
  path: string;
  /** Bytes that are committed; whatever follows is overwritten. */
  length: number;
}

export interface IngestFile {
  /** Absolute path of a regular file. */
  path: string;
  /** `auto` decides by content: NUL in the first 8,000 bytes, above the threshold, or bytes that read as a pointer: asset. */
  rule: 'auto' | 'asset' | 'text';
  /** 14 to 20. */
  averageLog2: number;
  /** Row numbers of the previous version's chunks, in order, in `bases`: what deltas may be made against. */
  base?: Uint32Array;
  /** Row number in `bases` of the previous version's manifest, if it has one: a long manifest is packed against it. */
  baseManifest?: number;
  /** Number of the dictionary, in the request's `dictionaries`, for chunks that no delta is made of. */
  dictionary?: number;
  /** Inflate what the file holds of deflate streams, where that pays (docs/formats/recipe.md). For files of at most 64 MiB. */
  recode: boolean;
  /** Instead of averageLog2, for a recoded file that is more than 4 MiB with its recipe. */
  longFormLog2?: number;
  /** Only for a plane that gave the sections. `base` then has NO_ROW for each chunk whose row is not in `bases`. */
  edit?: KnownEdit;
  /** Instead of the file's: bytes that are stored already. Only for a plane that `recodesParts`. */
  content?: StoredContent;
}

/**
 * An asset in records of the request's `bases`, to be stored by parts: assets of their own, each by its plain form where that pays. What names
 * the parts is left to the caller; where no part holds streams that pay, nothing is stored.
 */
export interface StoredContent {
  /** Rows of its chunks, in order. */
  rows: Uint32Array;
  /** Bytes of all of them. */
  size: number;
  /** A part ends where a stream may start, after so many bytes. */
  part: number;
}

/** Bytes of a section of a huge file, one of at least 32 MiB. */
export const SECTION_SIZE = 2 * 1024 * 1024;
export const HUGE_FILE = 32 * 1024 * 1024;

/**
 * What a plane learned of a huge file when it hashed it: the stat it had, and 32 bytes for each of its sections, the chaining values of
 * subtrees of its BLAKE3. Where two files have equal values at the same place, they have equal bytes there.
 */
export interface HashedSections {
  stat: StatTuple;
  values: Buffer;
}

/**
 * A huge file that was hashed, and its previous version, all chunks of which are in the store. If the file has this stat when it is
 * ingested, only what lies around changed sections is read, with the same result.
 */
export interface KnownEdit {
  hashed: HashedSections;
  /** Of the previous version, and verified: see `hashOfSections`. */
  previousSections: Buffer;
  /** That manifest's bytes, in plain; of a file, not of a plain form. */
  previousManifest: Buffer;
}

/** What records of one kind have in common (zstd's format). `isStored`: a record of it need not be written. */
export interface Dictionary {
  /** BLAKE3 of the bytes. */
  id: Buffer;
  bytes: Buffer;
  isStored: boolean;
}

export type TrainedDictionary = Pick<Dictionary, 'id' | 'bytes'>;

export interface IngestRequest {
  files: IngestFile[];
  dictionaries: Dictionary[];
  bases: RecordTable;
  /** Where new segments (`open-<uuid>.seg`) are created. */
  storeFolder: string;
  /** Segments to append to, at most one per worker is used; more are created when needed. */
  segments: OpenSegment[];
  /** A segment that has grown past this many bytes gets no further records. */
  segmentTarget: number;
  /** Files above this many bytes are assets under rule `auto`. */
  assetThreshold: number;
  /** zstd level of the first try; what shrinks well is packed once more at `packLevel`. */
  level: number;
  packLevel: number;
  /** At most this many worker threads. */
  workers: number;
}

export interface TextFile {
  path: string;
  /** It is a text only if it looks like one: without a NUL in its first 8,000 bytes. */
  isChecked: boolean;
}

/** The Git blob of a text. */
export interface PackedText {
  /** 20 bytes. */
  oid: Buffer;
  stat: StatTuple;
  /** Its content as a zlib stream. */
  stream: Buffer;
}

/**
 * What a store has of an id. A file's bytes may also be a chunk of another file: then a chunk does for the manifest, but a
 * manifest never does for the chunk.
 */
export const Known = { nothing: 0, chunk: 1, manifestOnly: 2 } as const;

export interface IngestHooks {
  /** For `n` ids in 32n bytes, n times what the store has of it. Called on the caller's thread, in batches. */
  isKnown(ids: Buffer): Uint8Array;
  onProgress?(done: { files: number; bytes: number; newBytes: number; storedBytes: number }): void;
  signal?: AbortSignal;
}

export type IngestedFile =
  /** Not stored: text belongs in a Git blob. */
  | { kind: 'text'; stat: StatTuple }
  | {
      kind: 'asset';
      stat: StatTuple;
      blake3: string;
      size: number;
      chunks: number;
      /** Raw bytes of chunks the store did not have, and what they (and the manifest) take in segments, headers included. */
      newBytes: number;
      storedBytes: number;
      /** Values of the sections of a huge file, from a plane that works in sections. */
      sections?: Buffer;
      /** Of content that was stored by parts: id (32 bytes) and length (u32, little-endian) of each. */
      parts?: Buffer;
    }
  /** `FILE_CHANGED`: it changed during every one of three tries; else the system's code (ENOENT, EACCES, …). */
  | { kind: 'failed'; code: string; message: string };

export interface IngestResult {
  /** In the order of the request. */
  files: IngestedFile[];
  /** Every segment that was appended to: its path, its new length and the appended records (record.ts, encodeEntry). */
  segments: { path: string; length: number; entries: Buffer }[];
  /** Numbers of the request's dictionaries that were stored. */
  dictionaries: number[];
}

export interface RestoreFile {
  /** Absolute final path; its folder exists. */
  path: string;
  /** Absolute path on the same file system that nobody else uses. */
  temporary: string;
  blake3: string;
  size: number;
  /** Permission bits, e.g. 0o644 (the process's umask does not apply). */
  mode: number;
  /** Row numbers in `records`, in order. */
  chunks: Uint32Array;
  /** Length of the recipe at the end of the chunks, when they hold the file's plain form. */
  recipe?: number | undefined;
  /** Instead of chunks and recipe, which then are empty: what the file consists of, one after another. */
  parts?: StoredPart[] | undefined;
  /** What must be at `path` just before the rename: nothing, a file with this stat (mtime, size, ino), or anything at all. */
  expect: 'absent' | 'any' | StatTuple;
}

/** A part of a file: fields as in RestoreFile. */
export type StoredPart = Pick<RestoreFile, 'size' | 'chunks' | 'recipe'>;

export interface RestoreRequest {
  records: RecordTable;
  files: RestoreFile[];
  workers: number;
}

export type RestoredFile =
  /** `sections`: values of the sections of a huge file, from a plane that rebuilt it in sections. */
  | { state: 'done'; stat: StatTuple; sections?: Buffer }
  /** Something else is at the path than `expect` said; it was left alone. */
  | { state: 'conflict' }
  /** `CORRUPT`: a record or the whole file did not verify, `record` is the row if known; else the system's code. */
  | { state: 'failed'; code: string; message: string; record?: number };

export interface BulkHooks {
  onProgress?(done: { files: number; bytes: number }): void;
  signal?: AbortSignal;
}

export interface CheckRequest {
  records: RecordTable;
  /** Rows to check: header matches the row, both checksums, decoding, length and BLAKE3 (chunks) or structure (manifests). */
  rows: Uint32Array;
  workers: number;
}

/** A file that is stored by its plain form, or by parts; fields as in RestoreFile. */
export type StoredForm = Pick<RestoreFile, 'blake3' | 'size' | 'chunks' | 'recipe' | 'parts'>;

export interface CheckFormsRequest {
  records: RecordTable;
  files: StoredForm[];
  workers: number;
}

export interface RecordProblem {
  row: number;
  message: string;
}

export interface SegmentScan {
  uuid: Buffer;
  sealed: boolean;
  /** Where the first byte that is not an intact record (or the footer) starts; the file's length when all is well. */
  validLength: number;
  fileLength: number;
  /** Every intact record (record.ts, encodeEntry). With `footer` true and an intact footer, read from there. */
  entries: Buffer;
}

export type HashedFile =
  /** `sections`: values of the sections of a huge file, from a plane that works in sections. */
  | { state: 'done'; blake3: string; size: number; stat: StatTuple; sections?: Buffer }
  | { state: 'failed'; code: string; message: string };

/**
 * A data plane. Both implementations produce the same cut points, ids, manifests and readable segments; they hold no database
 * and no policy. Failures of single files are results; a call rejects with a ForgeError only when it cannot go on (DISK_FULL,
 * ABORTED, CORRUPT, IO …). After `ingest` resolves, everything it reports is on disk (fdatasync).
 */
export interface DataPlane {
  readonly name: PlaneName;
  /** Whether it takes the `content` of an IngestFile. Every plane reads what is made of that. */
  readonly recodesParts: boolean;
  /** How huge files on the file system of `path`, a readable file, are read. */
  wayOfReading(path: string): WayOfReading;
  /** Length of each chunk of `bytes`, in order (docs/formats/cutPoints.md). */
  cut(bytes: Uint8Array, averageLog2: number): number[];
  compare(request: CompareRequest): Promise<CompareResult>;
  list(request: ListRequest): Promise<ListResult>;
  /** Whole-file BLAKE3 of regular files, in order. */
  hashFiles(paths: string[], hooks?: BulkHooks): Promise<HashedFile[]>;
  /** The BLAKE3 of a whole file, by the values of all its sections. Undefined for torn values, and from a plane that knows no sections. */
  hashOfSections(values: Buffer): string | undefined;
  /** The value of section `number` of a file. Undefined when there is none or it cannot be read. */
  sectionOf(path: string, number: number): Buffer | undefined;
  ingest(request: IngestRequest, hooks: IngestHooks): Promise<IngestResult>;
  /** For each file its sketch (sketch.ts). Undefined for one that cannot be read, or of which too little can be told. */
  sketchFiles(files: { path: string; size: number }[]): Promise<(Uint32Array | undefined)[]>;
  /**
   * A zstd dictionary of at most `dictionaryBytes` from the first `sampleBytes` of each of some binary files of one kind. Undefined when
   * they are too few or have nothing in common, and from a plane that cannot train.
   */
  trainDictionary(
    paths: string[],
    sizes: { sampleBytes: number; dictionaryBytes: number },
  ): Promise<TrainedDictionary | undefined>;
  /**
   * Git blobs of texts of at most `largest` bytes, in order; nothing is written. Undefined where there is more to say than that: for a file
   * that has another kind or size, cannot be read or did not hold still. A plane without this call leaves all to the caller.
   */
  packTexts?(files: TextFile[], largest: number): Promise<(PackedText | undefined)[]>;
  restore(request: RestoreRequest, hooks?: BulkHooks): Promise<RestoredFile[]>;
  /**
   * Asks the file system to let folders made in this one lie apart from what is around it: files are made faster where few were
   * removed of late. What cannot be had is done without.
   */
  setApart(folder: string): void;
  check(request: CheckRequest, hooks?: BulkHooks): Promise<RecordProblem[]>;
  /**
   * Rebuilds files from their plain forms and recipes, as a restore does, and throws the bytes away: undefined for a file that comes
   * out right, else why it does not.
   */
  checkForms(request: CheckFormsRequest, hooks?: BulkHooks): Promise<(string | undefined)[]>;
  /** Reads record headers from `from` (0: from the first record) to the end or to the first that is not intact. */
  scanSegment(
    path: string,
    options: { from: number; footer: boolean; payloads: boolean },
  ): Promise<SegmentScan>;
  /** Writes the footer, syncs, renames to `<blake3 of the file>.seg` in the same folder. */
  sealSegment(path: string): Promise<{ path: string; length: number }>;
  /**
   * Gives back the memory that a file mapped by this process takes, where the plane can; its pages stay in the system's cache.
   * Only for the thread that maps and unmaps the file.
   */
  releaseMapped(path: string): void;
  /**
   * Writes records anew into segments of their own, which are on disk when it resolves. Progress counts records as files, and
   * their raw bytes. After a failure none of the new segments is left.
   */
  repack(request: RepackRequest, hooks?: BulkHooks): Promise<RepackResult>;
  /** Ends worker threads. The plane is not used afterwards. */
  close(): Promise<void>;
}
