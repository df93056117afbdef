// Owns OpenEXR files made by code: channels of any name, several parts, deep ones, and large ones.
import { deflateSync } from 'node:zlib';
import { u32 } from './fixtures.ts';
import { f32 } from './pictureFixtures.ts';

export interface ExrPart {
  /** By name, in the order of the alphabet; the value of every pixel. */
  channels: [name: string, value: number][];
  isDeep?: boolean;
}

/** Floats of 2 x 2 pixels, not packed. Several parts are marked as such. */
export function exrOf(parts: ExrPart[], isPacked = false): Buffer {
  const isMany = parts.length > 1 || parts.some(({ isDeep }) => isDeep);
  const head = (part: ExrPart, index: number): Buffer =>
    Buffer.concat([
      attributes(part.channels, [2, 2], isPacked),
      ...(isMany
        ? [
            attribute('name', 'string', Buffer.from(`part${index}`)),
            attribute('type', 'string', Buffer.from(part.isDeep ? 'deepscanline' : 'scanlineimage')),
            attribute('chunkCount', 'int', u32(2)),
          ]
        : []),
      Buffer.alloc(1),
    ]);
  const flags = (isMany ? 0x1000 : 0) | (parts.some(({ isDeep }) => isDeep) ? 0x800 : 0);
  const heads = Buffer.concat([u32(20000630, 2 | flags), ...parts.map(head), Buffer.alloc(isMany ? 1 : 0)]);
  const offsets: number[] = [];
  const chunks: Buffer[] = [];
  let at = heads.length + parts.length * 2 * 8;
  parts.forEach(({ channels }, index) => {
    for (const y of [0, 1]) {
      const data = Buffer.concat(channels.map(([, value]) => f32(value, value)));
      const stored = isPacked ? zipped(data) : data;
      const chunk = Buffer.concat([...(isMany ? [u32(index)] : []), u32(y, stored.length), stored]);
      offsets.push(at, 0);
      chunks.push(chunk);
      at += chunk.length;
    }
  });
  return Buffer.concat([heads, u32(...offsets), ...chunks]);
}

/** As OpenEXR packs a line: the first and second bytes of pairs apart, each as the distance from the one before. */
function zipped(data: Buffer): Buffer {
  const apart = Buffer.concat([data.filter((_, at) => at % 2 === 0), data.filter((_, at) => at % 2 === 1)]);
  const distances = Buffer.from(apart);
  for (let at = distances.length - 1; at > 0; at -= 1)
    distances[at] = (apart[at] - apart[at - 1] + 128) & 0xff;
  const packed = deflateSync(distances);
  return packed.length < data.length ? packed : data;
}

/** Floats A, B, G and R that are not packed. */
export function exrOfFloats(width: number, height: number, [a, b, g, r]: number[]): Buffer {
  const channels = [
    ['A', a],
    ['B', b],
    ['G', g],
    ['R', r],
  ] as [string, number][];
  const head = Buffer.concat([
    u32(20000630, 2),
    attributes(channels, [width, height], false),
    Buffer.alloc(1),
  ]);
  const line = Buffer.concat(channels.map(([, value]) => Buffer.alloc(width * 4, f32(value))));
  const offsets = Buffer.alloc(height * 8);
  const lines = Array.from({ length: height }, (_, y) => {
    offsets.writeBigUInt64LE(BigInt(head.length + height * 8 + y * (8 + line.length)), y * 8);
    return [u32(y, line.length), line];
  });
  return Buffer.concat([head, offsets, ...lines.flat()]);
}

function attribute(name: string, type: string, data: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${name}\0${type}\0`), u32(data.length), data]);
}

function attributes(
  channels: [name: string, value: number][],
  [width, height]: [number, number],
  isPacked: boolean,
): Buffer {
  const box = u32(0, 0, width - 1, height - 1);
  const list = channels.flatMap(([name]) => [Buffer.from(`${name}\0`), u32(2, 0, 1, 1)]);
  return Buffer.concat([
    attribute('channels', 'chlist', Buffer.concat([...list, Buffer.alloc(1)])),
    attribute('compression', 'compression', Buffer.from([isPacked ? 2 : 0])),
    attribute('dataWindow', 'box2i', box),
    attribute('displayWindow', 'box2i', box),
    attribute('lineOrder', 'lineOrder', Buffer.from([0])),
    attribute('pixelAspectRatio', 'float', f32(1)),
    attribute('screenWindowCenter', 'v2f', Buffer.alloc(8)),
    attribute('screenWindowWidth', 'float', f32(1)),
  ]);
}
