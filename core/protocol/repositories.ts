// Owns what the server tells of repositories: which there are, their state, and what changed in it.
import type * as repo from '../repo/types.ts';
import type * as sync from '../sync/clone.ts';
import { notification, request, type ErrorData, type WithProgress } from './rpc.ts';

export type Change = repo.Change;
export type CloneResult = sync.CloneResult;
export type ChangeState = repo.ChangeState;

/** What a workspace folder is to Forge. */
export interface FolderInfo {
  /** As it was asked for, absolute. */
  folder: string;
  /** Root of the repository that the folder lies in; undefined where there is none, or it cannot be opened. */
  root?: string;
  /** Why there is no usable repository, unless it is that there is none. */
  problem?: ErrorData & { message: string };
}

/**
 * Opens the repositories of these folders, watches them and closes those that no folder needs any more. An update with `reset`
 * follows for each that was not open before.
 */
export const openFoldersRequest = request<{ folders: string[] }, FolderInfo[]>('forge/openFolders');

/** Makes a folder a repository and opens it. */
export const initRequest = request<{ folder: string }, FolderInfo>('forge/init');

/** Where a repository is copied from and to: folders of the machine that the server runs on, absolute. */
export interface CloneParams extends WithProgress {
  source: string;
  /** Missing, or an empty folder. */
  target: string;
}

/** Copies a repository from another folder; opens nothing. See core/sync/clone.ts. */
export const cloneRequest = request<CloneParams, CloneResult>('forge/clone');

export interface HeadState {
  /** Undefined when HEAD is detached. */
  branch: string | undefined;
  /** Undefined before the first commit. */
  commit: string | undefined;
}

/**
 * The state of a repository, or what changed in it. A change of `reset` replaces everything known; else all changes whose path is
 * in `touched` go, and `changes` come.
 */
export interface RepositoryUpdate {
  root: string;
  /** Counts up with each update of a repository; a gap means that one was lost: ask for a refresh. */
  sequence: number;
  reset: boolean;
  touched: string[];
  changes: Change[];
  /** Changes in all, also those beyond what is sent: at most STATUS_LIMIT are. */
  total: number;
  head: HeadState;
  /** Paths that could not be looked at. */
  problems: { path: string; message: string }[];
  /** What stands in the way of telling the state at all, e.g. a folder that vanished. */
  failure?: ErrorData & { message: string };
}

/** Rows of a repository's state that are sent at most; a panel with more helps nobody. */
export const STATUS_LIMIT = 10_000;

export const repositoryChanged = notification<RepositoryUpdate>('forge/repositoryChanged');

/** Looks at the whole working tree again; an update with `reset` follows before the answer. */
export const refreshRequest = request<{ root: string }, null>('forge/refresh');

/** The user is back, perhaps from another program: a good time to make sure that the watcher missed nothing. */
export const windowFocused = notification<object>('forge/windowFocused');

/** What the server is doing in a repository: the operation that runs, and how many wait. */
export interface Activity {
  root: string;
  running: string | undefined;
  waiting: number;
}

export const activityChanged = notification<Activity>('forge/activityChanged');
