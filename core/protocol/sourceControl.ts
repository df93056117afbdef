// Owns the requests that change a repository or list what can be switched to. Paths are the repository's: relative to its root, with slashes.
import type * as repo from '../repo/types.ts';
import { request, type WithProgress } from './rpc.ts';

export type AddResult = repo.AddResult;
export type BranchInfo = repo.BranchInfo;
export type CommitResult = repo.CommitResult;
export type OperationInfo = repo.OperationInfo;
export type RestoreResult = repo.RestoreResult;
export type SwitchResult = repo.SwitchResult;
export type UndoResult = repo.UndoResult;

export interface InRepository {
  root: string;
}

export interface PathsParams extends InRepository, WithProgress {
  paths: string[];
}

export const stageRequest = request<PathsParams, AddResult>('forge/stage');

/** Answers with the paths whose index entry changed. */
export const unstageRequest = request<PathsParams, string[]>('forge/unstage');

/** Brings tracked files back to what is staged or committed and removes untracked ones; one operation, so that undo brings all back. */
export const discardRequest = request<PathsParams, RestoreResult>('forge/discard');

export interface CommitParams extends InRepository, WithProgress {
  message: string;
  /** Commit what is staged; false: everything that changed, untracked files too. */
  staged: boolean;
}

export const commitRequest = request<CommitParams, CommitResult>('forge/commit');

/** Untracked or changed files larger than `size` bytes that a commit would take: what the user is asked about. */
export const largeFilesRequest = request<
  InRepository & { staged: boolean; size: number },
  { path: string; size: number }[]
>('forge/largeFiles');

export const undoRequest = request<InRepository & WithProgress, UndoResult>('forge/undo');

/** Newest first. */
export const operationsRequest = request<InRepository & { limit: number }, OperationInfo[]>(
  'forge/operations',
);

export const restoreOperationRequest = request<InRepository & WithProgress & { id: string }, UndoResult>(
  'forge/restoreOperation',
);

export interface RestoreParams extends InRepository, WithProgress {
  /** Undefined: what is staged or committed last. */
  revision: string | undefined;
  paths: string[];
  /** The one file in `paths` is brought back at this path, which it has now. */
  to?: string;
}

export const restoreRequest = request<RestoreParams, RestoreResult>('forge/restore');

/** Writes a version of a file to another place, which must not exist. `target` is absolute. */
export const restoreCopyRequest = request<
  InRepository & WithProgress & { revision: string; path: string; target: string },
  { bytes: number }
>('forge/restoreCopy');

export const branchesRequest = request<InRepository, BranchInfo[]>('forge/branches');

export interface SwitchParams extends InRepository, WithProgress {
  target: string;
  create?: boolean;
  start?: string;
}

export const switchRequest = request<SwitchParams, SwitchResult>('forge/switch');

/** Name and e-mail of whoever commits, kept in the repository's configuration. */
export const setAuthorRequest = request<InRepository & { name: string; email: string }, null>(
  'forge/setAuthor',
);
