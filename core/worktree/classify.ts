// Owns the decision whether a working file is an asset or text (docs/formats/pointer.md), for callers that do not store it.
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { decodePointer, MAX_POINTER_LENGTH } from '../model/pointer.ts';
import type { AssetRule } from './attributes.ts';

/** How far into a file a NUL byte makes it an asset. */
const PROBE_LENGTH = 8_000;

export interface ClassifyOptions {
  /** What `.gitattributes` says. */
  rule: AssetRule;
  /** Bytes of the file. */
  size: number;
  /** A file of more bytes is an asset. */
  assetThreshold: number;
}

/** Whether bytes are binary to Git and Forge: a NUL among the first 8,000. */
export function isBinary(bytes: Uint8Array): boolean {
  return bytes.subarray(0, PROBE_LENGTH).includes(0);
}

/** Kind of a regular file at an absolute path. Reads at most 8,000 bytes; a file that cannot be read counts as an asset. */
export function classifyFile(path: string, options: ClassifyOptions): 'asset' | 'text' {
  const { rule, size, assetThreshold } = options;
  if (size === 0) return 'text';
  if (rule !== 'auto') return rule;
  if (size > assetThreshold) return 'asset';
  const start = readStart(path, Math.min(size, PROBE_LENGTH));
  if (!start || isBinary(start)) return 'asset';
  return size <= MAX_POINTER_LENGTH && decodePointer(start) ? 'asset' : 'text';
}

function readStart(path: string, length: number): Buffer | undefined {
  try {
    // Without blocking: a pipe may have taken the file's place.
    const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const bytes = Buffer.alloc(length);
      return bytes.subarray(0, readSync(fd, bytes, 0, length, 0));
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
}
