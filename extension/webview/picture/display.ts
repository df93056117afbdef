// Owns what is seen of a picture: a channel, and at which exposure; knows no browser.
import { encodedOf, FULL, type Pixels } from './pixels.ts';

/** What to show of a picture: all of it, one channel in grey, or its colours without alpha. */
export type Channels = 'all' | 'red' | 'green' | 'blue' | 'alpha' | 'opaque';

export interface Look {
  channels: Channels;
  /** In stops, for floats alone: each doubles the light. */
  exposure: number;
}

/** sRGB bytes of linear light, at 0 to 1 in steps fine enough for the darkest of them. */
const TABLE_STEPS = 65535;
let table: Uint8ClampedArray | undefined;

/** RGBA of 8 bits, alpha not multiplied in. Of 8-bit pictures shown whole it is the picture's own memory. */
export function displayOf(picture: Pixels, { channels, exposure }: Look): Uint8ClampedArray<ArrayBuffer> {
  if (picture.kind === 'rgba32f') return ofFloats(picture.data, channels, 2 ** exposure);
  const { data } = picture;
  if (channels === 'all' && picture.kind === 'rgba8')
    return new Uint8ClampedArray(data.buffer as ArrayBuffer, data.byteOffset, data.length);
  const step = FULL[picture.kind] / 255;
  const shown = new Uint8ClampedArray(data.length);
  const from = ['red', 'green', 'blue', 'alpha'].indexOf(channels);
  for (let i = 0; i < data.length; i += 4) {
    shown[i] = data[from < 0 ? i : i + from] / step;
    shown[i + 1] = from < 0 ? data[i + 1] / step : shown[i];
    shown[i + 2] = from < 0 ? data[i + 2] / step : shown[i];
    shown[i + 3] = channels === 'all' ? data[i + 3] / step : 255;
  }
  return shown;
}

/** Colours of OpenEXR hold their alpha multiplied in (Technical Introduction to OpenEXR, "Premultiplied vs. Un-Premultiplied"). */
function ofFloats(data: Float32Array, channels: Channels, gain: number): Uint8ClampedArray<ArrayBuffer> {
  table ??= Uint8ClampedArray.from(
    { length: TABLE_STEPS + 1 },
    (_, step) => 255 * encodedOf(step / TABLE_STEPS),
  );
  const encoded = table;
  // What is no number is dark, and an index of 0.
  const light = (value: number, factor: number): number =>
    encoded[Math.min(TABLE_STEPS, Math.max(0, value * factor * TABLE_STEPS + 0.5)) | 0];
  const shown = new Uint8ClampedArray(data.length);
  const from = ['red', 'green', 'blue'].indexOf(channels);
  for (let i = 0; i < data.length; i += 4) {
    const alpha = data[i + 3];
    shown[i + 3] = 255;
    if (channels === 'alpha') {
      shown[i] = shown[i + 1] = shown[i + 2] = 255 * alpha;
    } else if (from >= 0) {
      shown[i] = shown[i + 1] = shown[i + 2] = light(data[i + from], gain);
    } else {
      const factor = channels === 'all' && alpha > 0 && alpha < 1 ? gain / alpha : gain;
      shown[i] = light(data[i], factor);
      shown[i + 1] = light(data[i + 1], factor);
      shown[i + 2] = light(data[i + 2], factor);
      if (channels === 'all') shown[i + 3] = 255 * alpha;
    }
  }
  return shown;
}
