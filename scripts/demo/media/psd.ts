// Owns layered Photoshop documents: RGB, 8 bits, uncompressed, with named layers over a flattened picture.
import type { Image } from './image.ts';

export interface Layer {
  /** Latin letters. */
  name: string;
  left: number;
  top: number;
  image: Image;
}

/** Channel ids of a layer, in file order: alpha, red, green, blue; and where each is in a pixel. */
const LAYER_CHANNELS = [
  { id: -1, at: 3 },
  { id: 0, at: 0 },
  { id: 1, at: 1 },
  { id: 2, at: 2 },
];
const RAW = 0;

/** `flattened` is what a viewer shows; layers go from the lowest up. */
export function encodePsd(flattened: Image, layers: Layer[]): Buffer {
  const { width, height } = flattened;
  const header = Buffer.alloc(26);
  header.write('8BPS', 0, 'latin1');
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(3, 12);
  header.writeUInt32BE(height, 14);
  header.writeUInt32BE(width, 18);
  header.writeUInt16BE(8, 22);
  header.writeUInt16BE(3, 24);
  return Buffer.concat([
    header,
    section([]), // colour table
    section([]), // image resources
    section([section(layerInfo(layers), 2), section([])]),
    uint16(RAW),
    ...[0, 1, 2].map((at) => plane(flattened, at)),
  ]);
}

function layerInfo(layers: Layer[]): Buffer[] {
  return [
    uint16(layers.length),
    ...layers.map(layerRecord),
    ...layers.flatMap(({ image }) => LAYER_CHANNELS.flatMap(({ at }) => [uint16(RAW), plane(image, at)])),
  ];
}

function layerRecord({ name, left, top, image: { width, height } }: Layer): Buffer {
  const box = [top, left, top + height, left + width].map(uint32);
  const channels = LAYER_CHANNELS.flatMap(({ id }) => [uint16(id & 0xffff), uint32(2 + width * height)]);
  // Opaque, visible, normal blending, no clipping.
  const blending = Buffer.from([...Buffer.from('8BIMnorm', 'latin1'), 255, 0, 0, 0]);
  const extra = section([section([]), section([]), pascalString(name)]);
  return Buffer.concat([...box, uint16(LAYER_CHANNELS.length), ...channels, blending, extra]);
}

/** One channel of all pixels. */
function plane({ pixels }: Image, at: number): Buffer {
  const values = Buffer.allocUnsafe(pixels.length / 4);
  for (let i = 0; i < values.length; i++) values[i] = pixels[4 * i + at];
  return values;
}

/** A length and what it counts, padded to a multiple of `align`. */
function section(parts: Buffer[], align = 1): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const padded = Math.ceil(length / align) * align;
  return Buffer.concat([uint32(padded), ...parts, Buffer.alloc(padded - length)]);
}

/** Length byte and letters, padded to a multiple of four. */
function pascalString(text: string): Buffer {
  const letters = Buffer.from(text, 'latin1');
  const whole = Buffer.alloc(Math.ceil((letters.length + 1) / 4) * 4);
  whole[0] = letters.length;
  letters.copy(whole, 1);
  return whole;
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

/** Negative values as two's complement. */
function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}
