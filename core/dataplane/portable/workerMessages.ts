// Owns what the main thread and the portable plane's workers say to each other.
import { ForgeError, type ErrorCode } from '../../errors.ts';
import type {
  HashedFile,
  IngestFile,
  IngestedFile,
  OpenSegment,
  RestoredFile,
  RestoreFile,
} from '../dataPlane.ts';
import type { RecordProblem, SegmentScan, StoredForm } from '../dataPlane.ts';
import type { RepackRequest } from '../repack.ts';
import type { SharedTable } from './recordReader.ts';
import type { AppendedSegment } from './segmentWriter.ts';

/** Everything one worker needs to do its share of a call. Items are taken from a counter that the workers share. */
export interface IngestJob {
  name: 'ingest';
  files: IngestFile[];
  bases: SharedTable;
  dictionaries: { id: Uint8Array; bytes: Uint8Array; isStored: boolean }[];
  storeFolder: string;
  /** Appended to first. */
  segment: OpenSegment | undefined;
  segmentTarget: number;
  assetThreshold: number;
  level: number;
  packLevel: number;
}

export interface RestoreJob {
  name: 'restore';
  files: RestoreFile[];
  records: SharedTable;
}

export interface CheckJob {
  name: 'check';
  records: SharedTable;
  rows: Uint32Array;
}

export interface CheckFormsJob {
  name: 'checkForms';
  files: StoredForm[];
  records: SharedTable;
}

export interface RepackJob extends Omit<RepackRequest, 'records' | 'workers'> {
  name: 'repack';
  records: SharedTable;
}

export interface HashJob {
  name: 'hash';
  paths: string[];
}

export interface ScanJob {
  name: 'scan';
  path: string;
  from: number;
  footer: boolean;
  payloads: boolean;
}

export interface SealJob {
  name: 'seal';
  path: string;
}

export type Job = IngestJob | RestoreJob | CheckJob | CheckFormsJob | RepackJob | HashJob | ScanJob | SealJob;

/** Results carry the number of the file they belong to. */
export interface JobResults {
  ingest: { files: [index: number, result: IngestedFile][]; segments: AppendedSegment[] };
  restore: [index: number, result: RestoredFile][];
  check: RecordProblem[];
  checkForms: [index: number, message: string | undefined][];
  repack: { segments: AppendedSegment[]; problems: RecordProblem[] };
  hash: [index: number, result: HashedFile][];
  scan: SegmentScan;
  seal: { path: string; length: number };
}

export interface JobProgress {
  files: number;
  bytes: number;
  newBytes: number;
  storedBytes: number;
}

/** Ids to look up, 32 bytes each: chunks and manifests are asked apart, since the same id may name one of each. */
export interface Question {
  chunks: Uint8Array;
  manifests: Uint8Array;
}

/** For each id asked: 1 when its record exists or another worker writes it, 0 when the asker has to write it. */
export interface Answer {
  chunks: Uint8Array;
  manifests: Uint8Array;
}

export type ToWorker =
  /** `control`: the number of the next item to take, 1 when the workers are to stop, 1 while one works on a container. */
  { kind: 'run'; job: Job; items: number; control: Int32Array } | { kind: 'answer'; answer: Answer };

export type FromWorker =
  | { kind: 'ask'; question: Question }
  | { kind: 'progress'; progress: JobProgress }
  /** A segment that the worker is about to create. */
  | { kind: 'created'; path: string }
  | { kind: 'done'; results: JobResults[Job['name']] }
  /** It stopped because it was told to. */
  | { kind: 'stopped' }
  | { kind: 'failed'; error: ErrorParts };

/** A ForgeError in a form that survives the way between threads. */
export interface ErrorParts {
  code: ErrorCode;
  message: string;
  remedy: string;
  path: string | undefined;
}

export function errorParts(error: unknown): ErrorParts {
  if (error instanceof ForgeError) {
    return { code: error.code, message: error.message, remedy: error.remedy, path: error.path };
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    code: 'IO',
    message: `A worker of the portable data plane failed: ${text}`,
    remedy: 'Run the command again; if it fails again, report this message.',
    path: undefined,
  };
}

export function errorFromParts(parts: ErrorParts): ForgeError {
  return new ForgeError(parts.code, parts.message, parts.remedy, { path: parts.path });
}
