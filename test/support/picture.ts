// Owns small pictures for tests: pixels by a function, as a PNG with alpha.
import { writePng } from '../../core/formats/pngWriter.ts';

/** An RGBA picture, 8 bits a channel. */
export function picture(
  width: number,
  height: number,
  pixel: (x: number, y: number) => [number, number, number, number],
): Buffer {
  const data = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data.set(pixel(x, y), (y * width + x) * 4);
  }
  return writePng({ width, height, data });
}
