// Owns the requests about the versions that a file had.
import { request } from './rpc.ts';

/** One version of a file, newest first in a list. */
export interface HistoryEntry {
  commit: string;
  /** Absolute path that the file had then. */
  file: string;
  author: { name: string; email: string };
  /** ISO 8601 with the author's offset. */
  time: string;
  message: string;
  /** Bytes of the file. */
  size: number;
  stored: 'asset' | 'text';
  blake3?: string;
  /** The commit removed the file. */
  deleted: boolean;
  /** Bytes of segments that this version took over those before it; undefined where it is a text or is no longer told apart. */
  addedBytes?: number;
}

export interface HistoryParams {
  /** Absolute path in the working tree. */
  file: string;
  /** Entries at most, but for those of one commit, which stay together. */
  limit: number;
  /** Goes on behind this commit, the last of an earlier page. One that the history lacks is refused: UNKNOWN_REVISION. */
  after?: string;
}

export interface HistoryResult {
  entries: HistoryEntry[];
  more: boolean;
}

export const historyRequest = request<HistoryParams, HistoryResult>('forge/history');
