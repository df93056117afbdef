// Owns the choice of the average chunk size for a file that has no earlier version.
import { extname } from 'node:path';

const GIB = 1024 ** 3;
/** 64 KiB. */
export const DEFAULT_AVERAGE_LOG2 = 16;
const KIB_256 = 18;
/** Of what a person saves: larger chunks pack better, and what of them stays the same the next version's deltas find. */
export const SAVED_AVERAGE_LOG2 = KIB_256;
const MIB = 20;

/**
 * Media that are compressed inside, without an index that a small edit leaves alone: what follows an edit is new anyway, so smaller
 * chunks would find nothing more and cost their records. Archives and paint files are not among them: their entries stay.
 */
const COMPRESSED_MEDIA = new Set(
  'png jpg jpeg jxl webp avif heic gif ogg opus mp3 m4a aac flac mp4 mov mkv webm avi'.split(' '),
);

export function isCompressedMedia(path: string): boolean {
  return COMPRESSED_MEDIA.has(extname(path).slice(1).toLowerCase());
}

/** Logarithm of the average chunk size, in bytes, for a new file of `size` bytes at `path`. */
export function averageLog2For(size: number, path: string): number {
  if (size > 256 * GIB) return MIB;
  if (size > 4 * GIB || isCompressedMedia(path)) return KIB_256;
  return DEFAULT_AVERAGE_LOG2;
}
