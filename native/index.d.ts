// What the native module exports (native/src/lib.rs and shapes.rs). Only core/dataplane/native.ts uses it.

/** A handle on a running call: how far it is, and how to stop it. */
export declare class Task {
  constructor();
  cancel(): void;
  /** Files, bytes, new bytes and stored bytes so far. */
  progress(): number[];
}

/** Best effort: folders made in this one lie apart from what is around it. */
export declare function setApart(folder: string): void;

// A rejected call's error says in its message: code, line feed, text, line feed, path (which may be empty).

/** Numbers of each sketch, one after the other; all zero for a file without one. */
export declare function sketchFiles(paths: string[], sizes: number[]): Promise<Uint32Array>;

/** Null when the files are too few, unreadable, or have nothing in common. */
export declare function trainDictionary(
  paths: string[],
  sampleBytes: number,
  dictionaryBytes: number,
): Promise<NativeTrained | null>;

/** Columns with a place for each file; the streams follow one another without gaps. */
export interface NativeTexts {
  /** 20 bytes each. */
  oids: Buffer;
  /** 10 fields each. */
  stats: Float64Array;
  /** Bytes of the zlib stream; 0 for a file that was left to the caller. */
  lengths: Uint32Array;
  streams: Buffer;
}

export interface NativeTrained {
  /** BLAKE3 of the bytes. */
  id: Buffer;
  bytes: Buffer;
}

export declare function packTexts(
  paths: string[],
  isChecked: boolean[],
  largest: number,
): Promise<NativeTexts>;

export declare function readsUncached(path: string): boolean;

export declare function cut(bytes: Uint8Array, averageLog2: number): number[];

/** The BLAKE3 of a whole file from the values of all its sections. Null when they are too few or torn. */
export declare function hashOfSections(values: Uint8Array): string | null;

/** The value of one section of a regular file. Null when it cannot be read. */
export declare function sectionOf(path: string, number: number): Buffer | null;

/** Gives back the memory that the shared mappings of a file take, where the system can. Never fails. */
export declare function releaseMapped(path: string): void;

export interface NativeSegment {
  path: string;
  length: number;
}

export interface NativeIngestFile {
  path: string;
  /** 0 auto, 1 asset, 2 text. */
  rule: number;
  averageLog2: number;
  base?: Uint32Array;
  baseManifest?: number;
  /** Number of a dictionary of the request. */
  dictionary?: number;
  recode: boolean;
  longFormLog2?: number;
  edit?: NativeEdit;
  content?: NativeContent;
}

/** Rows whose bytes, `size` in all, are to be stored by parts that end after `part` bytes. */
export interface NativeContent {
  rows: Uint32Array;
  size: number;
  part: number;
}

/** Stat and sections as a call of hashFiles gave them. */
export interface NativeEdit {
  stat: number[];
  sections: Buffer;
  previousSections: Buffer;
  previousManifest: Buffer;
}

export interface NativeDictionary {
  bytes: Buffer;
  isStored: boolean;
}

export interface NativeIngestRequest {
  files: NativeIngestFile[];
  baseSegments: string[];
  baseRows: Buffer;
  storeFolder: string;
  segments: NativeSegment[];
  dictionaries: NativeDictionary[];
  segmentTarget: number;
  assetThreshold: number;
  level: number;
  packLevel: number;
  workers: number;
}

export interface NativeIngested {
  kind: 'text' | 'asset' | 'failed';
  /** Of content, id and length (u32, little-endian) of each part that it was stored by. */
  parts?: Buffer;
  stat?: number[];
  blake3?: string;
  /** 32 bytes for each section of a huge asset. */
  sections?: Buffer;
  chunks: number;
  newBytes: number;
  storedBytes: number;
  code?: string;
  message?: string;
}

export interface NativeIngestResult {
  files: NativeIngested[];
  segments: { path: string; length: number; entries: Buffer }[];
  dictionaries: number[];
}

/** `isKnown` is called on the caller's thread and has to return one byte per id; any other length fails the call. */
export declare function ingest(
  task: Task,
  request: NativeIngestRequest,
  isKnown?: (ids: Buffer) => Buffer,
): Promise<NativeIngestResult>;

export interface NativeRestoreFile {
  path: string;
  temporary: string;
  blake3: string;
  size: number;
  mode: number;
  chunks: Uint32Array;
  recipe?: number;
  /** What the file consists of, instead of chunks and recipe. */
  parts?: { size: number; chunks: Uint32Array; recipe?: number }[];
  /** 0 absent, 1 any, 2 what `expectStat` says. */
  expect: number;
  expectStat?: number[];
}

export interface NativeRestoreRequest {
  segments: string[];
  rows: Buffer;
  files: NativeRestoreFile[];
  workers: number;
}

export interface NativeRestored {
  state: 'done' | 'conflict' | 'failed';
  stat?: number[];
  /** 32 bytes for each section of a huge file, if it was rebuilt by several workers. */
  sections?: Buffer;
  code?: string;
  message?: string;
  record?: number;
}

export declare function restore(task: Task, request: NativeRestoreRequest): Promise<NativeRestored[]>;

export interface NativeCheckProblem {
  row: number;
  message: string;
}

export declare function check(
  task: Task,
  segments: string[],
  rows: Buffer,
  numbers: Uint32Array,
  workers: number,
): Promise<NativeCheckProblem[]>;

/** What is wrong with each file; paths, modes and expectations do not matter. */
export declare function checkForms(task: Task, request: NativeRestoreRequest): Promise<(string | null)[]>;

export interface NativeRepackRequest {
  segments: string[];
  rows: Buffer;
  owners: Uint32Array;
  copies: Uint32Array;
  singles: Uint32Array;
  /** core/dataplane/repack.ts, packGroups */
  groups: Uint32Array;
  folder: string;
  segmentTarget: number;
  level: number;
  workers: number;
}

export interface NativeRepackResult {
  segments: { path: string; length: number; entries: Buffer }[];
  problems: NativeCheckProblem[];
}

export declare function repack(task: Task, request: NativeRepackRequest): Promise<NativeRepackResult>;

/** Either `blake3` and `stat` or `code` and `message` are there. */
export interface NativeHashed {
  blake3?: string;
  /** 32 bytes for each section of a huge file. */
  sections?: Buffer;
  stat?: number[];
  code?: string;
  message?: string;
}

export declare function hashFiles(task: Task, paths: string[]): Promise<NativeHashed[]>;

export interface NativeProblem {
  path: string;
  code: string;
}

/** Paths are each ended by a NUL. */
export interface NativeListing {
  paths: Buffer;
  types: Buffer;
  stats: Float64Array;
}

export interface NativeComparison {
  entries: number;
  rootTree?: string;
  /** Each ended by a NUL. */
  changedPaths: Buffer;
  /** 20 bytes each. */
  changedOids: Buffer;
  /** 3 bytes each: state, stage, whether there is a stat. */
  changedFlags: Buffer;
  /** 11 each: mode, and the fields of the stat. */
  changedNumbers: Float64Array;
  untracked: NativeListing;
  problems: NativeProblem[];
}

export declare function compare(root: string, indexPath: string, skip: string[]): Promise<NativeComparison>;

export interface NativeList {
  listing: NativeListing;
  problems: NativeProblem[];
}

export declare function list(root: string, folders: string[], skip: string[]): Promise<NativeList>;

export interface NativeScan {
  uuid: Buffer;
  sealed: boolean;
  validLength: number;
  fileLength: number;
  entries: Buffer;
}

export declare function scanSegment(
  path: string,
  from: number,
  footer: boolean,
  payloads: boolean,
): Promise<NativeScan>;

export declare function sealSegment(path: string): Promise<NativeSegment>;
