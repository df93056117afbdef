// Owns Targa files: uncompressed true colour, 24 bits a pixel, rows from the top.
import type { Image } from './image.ts';

const HEADER_BYTES = 18;
const TRUE_COLOUR = 2;
const FROM_THE_TOP = 0x20;

export function encodeTga({ width, height, pixels }: Image): Buffer {
  const file = Buffer.alloc(HEADER_BYTES + width * height * 3);
  file[2] = TRUE_COLOUR;
  file.writeUInt16LE(width, 12);
  file.writeUInt16LE(height, 14);
  file[16] = 24;
  file[17] = FROM_THE_TOP;
  for (let from = 0, to = HEADER_BYTES; from < pixels.length; from += 4, to += 3) {
    file[to] = pixels[from + 2];
    file[to + 1] = pixels[from + 1];
    file[to + 2] = pixels[from];
  }
  return file;
}

/** Reads what `encodeTga` writes. */
export function decodeTga(file: Buffer): Image {
  if (file[2] !== TRUE_COLOUR || file[16] !== 24 || file[17] !== FROM_THE_TOP)
    throw new Error('Not a Targa file that this reads');
  const width = file.readUInt16LE(12);
  const height = file.readUInt16LE(14);
  const pixels = Buffer.alloc(width * height * 4, 255);
  for (let to = 0, from = HEADER_BYTES; to < pixels.length; to += 4, from += 3) {
    pixels[to] = file[from + 2];
    pixels[to + 1] = file[from + 1];
    pixels[to + 2] = file[from];
  }
  return { width, height, pixels };
}
