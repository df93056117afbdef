// Owns the requests about one version of one file: its facts, its bytes, and what differs between two.
import type * as repo from '../repo/types.ts';
import { request, type WithProgress } from './rpc.ts';
import type { FileVersionRef } from './versionUri.ts';

export type ByteRange = repo.ByteRange;

/** What a media file is, for people. */
export interface Description {
  /** `image`, `audio`, `video`, `model`, `unreal`, `paint`, `text`, `binary`. */
  kind: string;
  /** Name of the format, e.g. `PNG`, `Unreal package`. */
  format: string;
  width?: number;
  height?: number;
  /** Seconds. */
  duration?: number;
  /** Samples a second. */
  sampleRate?: number;
  /** Of sound. */
  channels?: number;
  /** Pictures a second. */
  frameRate?: number;
  codec?: string;
  /** Further facts, in the order to show them. */
  details: [label: string, value: string][];
  /** Why nothing more is known: the file is broken, or too large to look into. */
  problem?: string;
}

export interface FileVersionInfo {
  /** Bytes. */
  size: number;
  /** `text` or `asset`, as Forge stores it. */
  stored: 'asset' | 'text';
  /** BLAKE3 of an asset's bytes, hex. */
  blake3?: string;
  description: Description;
}

/** Null where the file is not in that revision. */
export const fileInfoRequest = request<FileVersionRef, FileVersionInfo | null>('forge/fileInfo');

/** The bytes of a range, base64, at most MAX_RANGE. */
export const readRangeRequest = request<FileVersionRef & ByteRange, { base64: string }>('forge/readRange');
export const MAX_RANGE = 4 * 1024 * 1024;

/**
 * A path on disk whose content is that version: the file itself, or a copy in the server's cache that stays as long as the window.
 * Its name has the file's extension.
 */
export const materialiseRequest = request<FileVersionRef & WithProgress, { path: string; size: number }>(
  'forge/materialise',
);

export interface CompareResult {
  identical: boolean;
  /** Bytes of the new version that the old one lacks, and where they lie in the new one (at most 1,000 ranges). */
  changedBytes: number;
  changedRanges: ByteRange[];
}

/** The older one first. Null where nothing is known of ranges: of texts, of renamed files, of what is compressed inside. */
export const compareRequest = request<
  { before: FileVersionRef; after: FileVersionRef },
  CompareResult | null
>('forge/compare');

export interface Thumbnail {
  mime: string;
  base64: string;
  width: number;
  height: number;
}

/** A picture of at most `pixels` a side whose data URI stays below 64,000 characters; else why there is none. */
export const thumbnailRequest = request<
  FileVersionRef & { pixels: number },
  { thumbnail: Thumbnail } | { problem: string }
>('forge/thumbnail');
