// Owns the shapes that a repository's commands return; shells print them, `--json` prints them as they are.
import type { CollectResult } from '../store/collectStore.ts';

export type AssetKind = 'asset' | 'text';
export type ChangeState = 'added' | 'modified' | 'deleted' | 'renamed' | 'untracked' | 'conflicted';

export interface Change {
  path: string;
  state: ChangeState;
  kind: AssetKind;
  /** Logical bytes of the file as it is now (of the committed version when it is deleted). */
  size: number;
  /** In the index, ready for the next commit. */
  staged: boolean;
  /** Path before a rename. */
  from?: string;
}

export interface StatusResult {
  /** Undefined when HEAD is detached. */
  branch: string | undefined;
  /** Undefined before the first commit. */
  commit: string | undefined;
  changes: Change[];
  /** Paths that could not be looked at, with a reason a person understands. */
  problems: { path: string; message: string }[];
}

export interface Identity {
  name: string;
  email: string;
}

/** `time` in milliseconds since 1970; `offset` of the time zone in minutes east of UTC. */
export interface Signature extends Identity {
  time: number;
  offset: number;
}

export interface CommitResult {
  commit: string;
  branch: string | undefined;
  /** Files changed by the commit, and how many of those hold assets. */
  files: number;
  assets: number;
  /** Bytes of the changed files, of those not stored before, and what storing them took (segments and Git objects). */
  logicalBytes: number;
  newBytes: number;
  storedBytes: number;
  seconds: number;
  plane: string;
}

export interface AddResult {
  files: number;
  assets: number;
  logicalBytes: number;
  newBytes: number;
  storedBytes: number;
}

export interface LogEntry {
  commit: string;
  parents: string[];
  author: Identity;
  /** ISO 8601 with the author's offset. */
  time: string;
  message: string;
  /** With a path: where the file was at this commit. */
  path?: string;
}

/** A version of one file. */
export interface FileHistoryEntry extends LogEntry {
  /** Where the file was at this commit. */
  path: string;
  /** Undefined where the commit removed the file. */
  version: FileVersion | undefined;
  /** Bytes of segments that an asset's version took next to the one before it; undefined for texts and what the store lacks. */
  addedBytes?: number;
}

/** One side of a changed file. */
export interface FileVersion {
  oid: string;
  mode: number;
  kind: AssetKind;
  size: number;
  /** BLAKE3 of an asset. */
  blake3?: string;
}

export interface ByteRange {
  offset: number;
  length: number;
}

export interface FileDiff {
  path: string;
  state: 'added' | 'modified' | 'deleted' | 'renamed';
  from?: string;
  before?: FileVersion;
  after?: FileVersion;
  /** Unified diff of two texts. */
  patch?: string;
  /**
   * Of two assets: bytes of the new version that the old one lacks, and where they lie (at most 1,000 ranges). Exact up to 64 MiB
   * of changed chunks, whole chunks beyond.
   */
  changedBytes?: number;
  changedRanges?: ByteRange[];
  /** Bytes of the uncompressed content, where both are said of that: the asset holds compressed streams. */
  contentSize?: number;
}

export interface ShowResult extends LogEntry {
  committer: Identity;
  tree: string;
  files: FileDiff[];
}

export interface RestoreResult {
  /** Paths written and removed in the working tree. */
  restored: string[];
  removed: string[];
  /** Paths whose unsaved content was kept in the operation log first. */
  snapshotted: string[];
  bytes: number;
}

export interface SwitchResult extends RestoreResult {
  branch: string | undefined;
  commit: string;
  created: boolean;
}

export interface BranchInfo {
  name: string;
  commit: string;
  current: boolean;
  message: string;
}

export interface TagInfo {
  name: string;
  commit: string;
  message: string | undefined;
}

export interface RefChange {
  ref: string;
  before: string | undefined;
  after: string | undefined;
}

export interface OperationInfo {
  /** Object id of the operation. */
  id: string;
  /** Command name: commit, switch, restore, branch, tag, add, undo, op restore, … */
  command: string;
  /** One line for people. */
  summary: string;
  /** ISO 8601. */
  time: string;
  user: string;
  /** What HEAD was: a branch's full ref, or a commit when detached. */
  headBefore: string;
  headAfter: string;
  refs: RefChange[];
  /** Paths of the working tree that the operation wrote or removed (at most 1,000 listed). */
  paths: string[];
  /** Taken back by the operation with this id. */
  undoneBy?: string;
}

export interface UndoResult {
  undone: OperationInfo;
  operation: string;
  restored: string[];
  removed: string[];
  snapshotted: string[];
}

export interface VerifyProblem {
  /** What is wrong, e.g. `chunk`, `manifest`, `pointer`, `object`, `segment`, `index`. */
  kind: string;
  message: string;
  /** Object, chunk or segment name. */
  id?: string;
  /** Every version touched. */
  files: { path: string; commit: string }[];
  /** The content was found elsewhere and stored again. */
  repaired: boolean;
}

export interface VerifyResult {
  ok: boolean;
  /** Versions of files checked, and their logical bytes. */
  files: number;
  bytes: number;
  problems: VerifyProblem[];
}

export interface StatsResult {
  plane: string;
  commits: number;
  /** Paths in the current commit that are assets, and distinct versions of assets in all commits. */
  assets: number;
  versions: number;
  /** Bytes of all versions, as if each were kept whole, and of segments on disk. */
  logicalBytes: number;
  storedBytes: number;
  ratio: number;
  segments: number;
  chunks: number;
}

export interface CollectGarbageResult extends CollectResult {
  /** Distinct assets that are reached. */
  assets: number;
  /** Operations that are kept whole, and older ones that can no longer be undone. */
  operations: number;
  expired: number;
  seconds: number;
  dryRun: boolean;
}

export interface InitResult {
  root: string;
  gitDir: string;
  colocated: boolean;
  /** Files written into the working tree (ignore rules and attributes). */
  written: string[];
  /** A `.uproject` was found, so the Unreal rules were offered. */
  unreal: boolean;
}

/** Bytes [offset, offset + length) of a file. */
export interface ByteRange {
  offset: number;
  length: number;
}
