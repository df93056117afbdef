// Owns what a decoded picture is here, and the conversions between its kinds; knows no browser.
import type { Pixels } from '../../../core/formats/pictureCodec.ts';

/** Rows from the top, four channels a pixel, alpha not multiplied in. Integers are encoded as sRGB is, floats are linear light. */
export type { Pixels };

export type PixelKind = Pixels['kind'];

/** What stands for full light and full cover in each kind. */
export const FULL: Record<PixelKind, number> = { rgba8: 255, rgba16: 65535, rgba32f: 1 };

/** IEC 61966-2-1: linear light of an sRGB value, both 0 to 1. */
export function linearOf(encoded: number): number {
  return encoded <= 0.04045 ? encoded / 12.92 : ((encoded + 0.055) / 1.055) ** 2.4;
}

/** IEC 61966-2-1: the sRGB value of linear light, both 0 to 1. */
export function encodedOf(linear: number): number {
  return linear <= 0.0031308 ? linear * 12.92 : 1.055 * linear ** (1 / 2.4) - 0.055;
}

/** Both in the kind that holds either without loss. */
export function alike(before: Pixels, after: Pixels): [Pixels, Pixels] {
  const kinds = [before.kind, after.kind];
  const kind = kinds.includes('rgba32f') ? 'rgba32f' : kinds.includes('rgba16') ? 'rgba16' : 'rgba8';
  return [widened(before, kind), widened(after, kind)];
}

function widened(picture: Pixels, kind: PixelKind): Pixels {
  if (picture.kind === kind || picture.kind === 'rgba32f' || kind === 'rgba8') return picture;
  const { width, height, data } = picture;
  if (kind === 'rgba16') return { width, height, kind, data: Uint16Array.from(data, (value) => value * 257) };
  const full = FULL[picture.kind];
  const linear = Float32Array.from({ length: full + 1 }, (_, value) => linearOf(value / full));
  const floats = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) floats[i] = i % 4 === 3 ? data[i] / full : linear[data[i]];
  return { width, height, kind, data: floats };
}

/** Red, green, blue and alpha as they are stored. */
export interface PixelValues {
  kind: PixelKind;
  values: number[];
}

/** A pixel; undefined outside. */
export function pixelOf(
  { width, height, kind, data }: Pixels,
  x: number,
  y: number,
): PixelValues | undefined {
  if (x < 0 || y < 0 || x >= width || y >= height) return undefined;
  const at = (y * width + x) * 4;
  return { kind, values: [...data.subarray(at, at + 4)] };
}
