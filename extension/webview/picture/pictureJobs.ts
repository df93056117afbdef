// Owns the messages between the page and the workers of pictures; each job has one answer.
import type { Difference } from './difference.ts';
import type { Look } from './display.ts';
import type { DecodedPicture } from '../../../core/formats/pictureCodec.ts';
import type { Pixels, PixelValues } from './pixels.ts';

/** The bytes of a file into pixels. `path` tells kinds without a signature, `wasm` is a WebAssembly.Module of picture.wasm. */
export interface DecodeJob {
  type: 'decode';
  path: string;
  bytes: ArrayBuffer;
  wasm?: WebAssembly.Module;
}

/** Takes one or two pictures; the other jobs are about them. */
export interface KeepJob {
  type: 'keep';
  pictures: Pixels[];
}

/** What is to be seen of one picture. */
export interface DrawJob {
  type: 'draw';
  side: number;
  look: Look;
}

export interface CompareJob {
  type: 'compare';
  tolerance: number;
}

export interface DrawDifferenceJob {
  type: 'drawDifference';
  tolerance: number;
  exposure: number;
}

/** The values of a pixel on each side. */
export interface ReadJob {
  type: 'read';
  x: number;
  y: number;
}

export type PictureJob = DecodeJob | KeepJob | DrawJob | CompareJob | DrawDifferenceJob | ReadJob;

export interface Answers {
  decode: DecodedPicture;
  keep: null;
  draw: ImageBitmap;
  compare: Difference;
  drawDifference: ImageBitmap;
  read: (PixelValues | undefined)[];
}
