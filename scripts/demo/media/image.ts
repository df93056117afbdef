// Owns pictures in memory: textures made of noise, and painting on them.
import { randomNumbers } from './random.ts';

/** Four bytes a pixel, red, green, blue, alpha, row by row from the top. */
export interface Image {
  width: number;
  height: number;
  pixels: Buffer;
}

export type Colour = [red: number, green: number, blue: number];

/** Lattice spacings of the noise, in pixels; each counts half of the one before. */
const OCTAVES = [256, 96, 31, 9];

/** Rock, moss or metal: smooth noise between two colours, with the grain that a camera or a painter leaves. */
export function noiseTexture(width: number, height: number, seed: number, from: Colour, to: Colour): Image {
  const relief = noiseField(width, height, seed);
  const pixels = Buffer.allocUnsafe(width * height * 4);
  let grain = seed | 1;
  for (let i = 0; i < relief.length; i++) {
    grain = (Math.imul(grain, 1664525) + 1013904223) | 0;
    const level = relief[i];
    const speck = (grain >>> 30) - 2;
    for (let channel = 0; channel < 3; channel++)
      pixels[4 * i + channel] = clamp(from[channel] + (to[channel] - from[channel]) * level + speck);
    pixels[4 * i + 3] = 255;
  }
  return { width, height, pixels };
}

/** Heights in [0, 1], row by row. */
export function noiseField(width: number, height: number, seed: number): Float32Array {
  const field = new Float32Array(width * height);
  OCTAVES.forEach((spacing, octave) =>
    addOctave(field, width, height, spacing, 0.5 ** (octave + 1), seed + octave),
  );
  return field;
}

/** Adds noise that is linear between the points of a lattice. */
function addOctave(
  field: Float32Array,
  width: number,
  height: number,
  spacing: number,
  weight: number,
  seed: number,
): void {
  const next = randomNumbers(seed);
  const columns = Math.ceil(width / spacing) + 1;
  const rows = Math.ceil(height / spacing) + 1;
  const lattice = Float32Array.from({ length: columns * rows }, () => next() * weight);
  for (let y = 0; y < height; y++) {
    const row = Math.floor(y / spacing) * columns;
    const down = (y % spacing) / spacing;
    for (let left = 0, column = row; left < width; left += spacing, column++) {
      const start = lattice[column] * (1 - down) + lattice[column + columns] * down;
      const end = lattice[column + 1] * (1 - down) + lattice[column + columns + 1] * down;
      const step = (end - start) / spacing;
      const right = Math.min(left + spacing, width);
      for (let x = left, value = start; x < right; x++, value += step) field[y * width + x] += value;
    }
  }
}

/** A round brush stroke of a colour, soft at its edge. Coordinates and radius in pixels; what lies outside is cut off. */
export function paint(image: Image, x: number, y: number, radius: number, colour: Colour): void {
  const { width, height, pixels } = image;
  for (let py = Math.max(0, y - radius); py < Math.min(height, y + radius); py++) {
    for (let px = Math.max(0, x - radius); px < Math.min(width, x + radius); px++) {
      const strength = 1 - Math.hypot(px - x, py - y) / radius;
      if (strength <= 0) continue;
      const at = 4 * (py * width + px);
      for (let channel = 0; channel < 3; channel++)
        pixels[at + channel] = clamp(pixels[at + channel] * (1 - strength) + colour[channel] * strength);
    }
  }
}

function clamp(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : value;
}
