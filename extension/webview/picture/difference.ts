// Owns the difference of two pictures, pixel by pixel; knows no browser.
import { alike, encodedOf, FULL, type Pixels } from './pixels.ts';

/** A rectangle of pixels. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Difference {
  /** Of the rectangle that holds both pictures, which start at its top left. */
  width: number;
  height: number;
  /** Pixels whose red, green, blue or alpha differs, those that one picture lacks included. */
  changed: number;
  /** Pixels of the rectangle. */
  total: number;
  /** What holds all changed pixels; undefined without any. */
  box: Box | undefined;
  /** The first changed pixel, row by row. */
  first: { x: number; y: number } | undefined;
}

export interface DifferenceOptions {
  /** Channels that lie no further apart than this are equal: in steps of the stored values, for floats in their own unit. 0 by default. */
  tolerance?: number;
  /** Factor on the light of floats, for drawing alone. */
  gain?: number;
  /** Takes what is to be seen, RGBA of 8 bits, as many as the rectangle has: zeros before. */
  drawing?: Uint8ClampedArray;
}

/** A difference of one step has to be seen as well. */
const AMPLIFY = 4;
const WEAKEST = 48;

/** The rectangle that holds both. */
export function rectangleOf(before: Pixels, after: Pixels): { width: number; height: number } {
  return { width: Math.max(before.width, after.width), height: Math.max(before.height, after.height) };
}

/**
 * Counts what differs, in the stored values, and draws it on black: each channel's distance, amplified; pixels that one picture lacks
 * are red. Of pictures of different kinds the values are those of the finer kind. The colour of what is fully transparent on both
 * sides counts not, except in floats, where it is light that is added.
 */
export function differenceOf(one: Pixels, other: Pixels, options: DifferenceOptions = {}): Difference {
  const { tolerance = 0, gain = 1, drawing } = options;
  const [before, after] = alike(one, other);
  const { width, height } = rectangleOf(before, after);
  const [a, b] = [before.data, after.data];
  const isFloat = before.kind === 'rgba32f';
  const shown = brightness(before.kind, gain);
  let changed = 0;
  let [left, top, right, bottom] = [width, height, -1, -1];
  let first: Difference['first'];
  const note = (x: number, y: number): void => {
    changed++;
    first ??= { x, y };
    if (x < left) left = x;
    if (x > right) right = x;
    if (y < top) top = y;
    bottom = y;
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const isBefore = x < before.width && y < before.height;
      const isAfter = x < after.width && y < after.height;
      const to = (y * width + x) * 4;
      if (drawing) drawing[to + 3] = 255;
      if (!isBefore || !isAfter) {
        if (!isBefore && !isAfter) continue;
        note(x, y);
        if (drawing) drawing[to] = 255;
        continue;
      }
      const i = (y * before.width + x) * 4;
      const k = (y * after.width + x) * 4;
      if (!isFloat && a[i + 3] === 0 && b[k + 3] === 0) continue;
      const red = distance(a[i], b[k]);
      const green = distance(a[i + 1], b[k + 1]);
      const blue = distance(a[i + 2], b[k + 2]);
      const alpha = distance(a[i + 3], b[k + 3]);
      if (red <= tolerance && green <= tolerance && blue <= tolerance && alpha <= tolerance) continue;
      note(x, y);
      if (!drawing) continue;
      drawing[to] = shown(Math.max(red, alpha));
      drawing[to + 1] = shown(Math.max(green, alpha));
      drawing[to + 2] = shown(Math.max(blue, alpha));
    }
  }
  const box = first && { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
  return { width, height, changed, total: width * height, box, first };
}

/** What is no number is equal to itself, and infinitely far from every number. */
function distance(a: number, b: number): number {
  if (a === b) return 0;
  const between = Math.abs(a - b);
  if (between === between) return between;
  return a !== a && b !== b ? 0 : Infinity;
}

function brightness(kind: Pixels['kind'], gain: number): (distance: number) => number {
  if (kind !== 'rgba32f') {
    const step = FULL[kind] / 255;
    return (distance) => (distance === 0 ? 0 : Math.min(255, WEAKEST + (AMPLIFY * distance) / step));
  }
  return (distance) =>
    distance === 0 ? 0 : WEAKEST + (255 - WEAKEST) * encodedOf(Math.min(1, distance * gain));
}
