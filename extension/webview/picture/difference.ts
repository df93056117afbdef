// Owns the difference of two pictures, pixel by pixel; knows no browser.

/** Pixels as RGBA, 8 bits each, rows from the top. */
export interface Pixels {
  width: number;
  height: number;
  data: Uint8ClampedArray;
}

export interface Difference extends Pixels {
  /** Pixels whose red, green, blue or alpha differs, those that one picture lacks included. */
  changed: number;
  /** Pixels of the rectangle that holds both. */
  total: number;
}

/** A difference of one step has to be seen as well. */
const AMPLIFY = 4;
const WEAKEST = 48;

/**
 * What differs, on black: each channel's distance, amplified; pixels that one picture lacks are red. Both start at the top left, and
 * the result is as large as the larger of both, in either direction. The colour of what is fully transparent on both sides counts not.
 */
export function differenceOf(before: Pixels, after: Pixels): Difference {
  const width = Math.max(before.width, after.width);
  const height = Math.max(before.height, after.height);
  const data = new Uint8ClampedArray(width * height * 4);
  let changed = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const to = (y * width + x) * 4;
      data[to + 3] = 255;
      const a = offsetOf(before, x, y);
      const b = offsetOf(after, x, y);
      if (a < 0 && b < 0) continue;
      if (a < 0 || b < 0) {
        data[to] = 255;
        changed++;
        continue;
      }
      if (before.data[a + 3] === 0 && after.data[b + 3] === 0) continue;
      const red = Math.abs(before.data[a] - after.data[b]);
      const green = Math.abs(before.data[a + 1] - after.data[b + 1]);
      const blue = Math.abs(before.data[a + 2] - after.data[b + 2]);
      const alpha = Math.abs(before.data[a + 3] - after.data[b + 3]);
      if ((red | green | blue | alpha) === 0) continue;
      changed++;
      data[to] = visible(Math.max(red, alpha));
      data[to + 1] = visible(Math.max(green, alpha));
      data[to + 2] = visible(Math.max(blue, alpha));
    }
  }
  return { width, height, data, changed, total: width * height };
}

/** Where a pixel is; below 0 outside. */
function offsetOf({ width, height }: Pixels, x: number, y: number): number {
  return x < width && y < height ? (y * width + x) * 4 : -1;
}

function visible(distance: number): number {
  return distance === 0 ? 0 : Math.min(255, WEAKEST + AMPLIFY * distance);
}

/** What to show of a picture: all of it, one channel in grey, or its colours without alpha. */
export type Channels = 'all' | 'red' | 'green' | 'blue' | 'alpha' | 'opaque';

export function channelsOf(picture: Pixels, channels: Channels): Pixels {
  if (channels === 'all') return picture;
  const data = new Uint8ClampedArray(picture.data);
  const from = ['red', 'green', 'blue', 'alpha'].indexOf(channels);
  for (let i = 0; i < data.length; i += 4) {
    if (from >= 0) data[i] = data[i + 1] = data[i + 2] = picture.data[i + from];
    data[i + 3] = 255;
  }
  return { width: picture.width, height: picture.height, data };
}
