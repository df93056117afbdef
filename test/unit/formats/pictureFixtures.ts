// Owns small pictures of every layout of their formats, made by code: Photoshop, DDS, KTX2, TGA, BMP, EXR, deep PNG and animations.
import { crc32, deflateSync } from 'node:zlib';
import { u16, u32 } from './fixtures.ts';

function u16be(...values: number[]): Buffer {
  return u16(...values).swap16();
}

function u32be(...values: number[]): Buffer {
  return u32(...values).swap32();
}

export function f32be(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => bytes.writeFloatBE(value, index * 4));
  return bytes;
}

export function f32(...values: number[]): Buffer {
  return f32be(...values).swap32();
}

function pngChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  return Buffer.concat([u32be(data.length), body, u32be(crc32(body))]);
}

/** Colour types: 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA. Each row is packed already. */
export function pngOf(
  [width, height]: [number, number],
  [depth, colour]: [number, number],
  rows: Buffer[],
  more: [type: string, data: Buffer][] = [],
): Buffer {
  const header = Buffer.concat([u32be(width, height), Buffer.from([depth, colour, 0, 0, 0])]);
  const data = Buffer.concat(rows.flatMap((row) => [Buffer.from([0]), row]));
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    pngChunk('IHDR', header),
    ...more.map(([type, content]) => pngChunk(type, content)),
    pngChunk('IDAT', deflateSync(data)),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

/** RGB of 16 bits a channel. */
export function deepPng(width: number, height: number, value: (x: number, y: number) => number[]): Buffer {
  const rows = Array.from({ length: height }, (_, y) =>
    u16be(...Array.from({ length: width }, (_, x) => value(x, y)).flat()),
  );
  return pngOf([width, height], [16, 2], rows);
}

export interface PsdOptions {
  /** 0 bitmap, 1 grey, 2 indexed, 3 RGB, 4 CMYK, 7 multichannel, 8 duotone, 9 Lab. */
  mode: number;
  depth: number;
  width: number;
  height: number;
  /** Of each channel its rows, samples big-endian. */
  channels: Buffer[][];
  /** 0 raw, 1 run-length, 2 zip, 3 zip with prediction (the rows are predicted already). */
  packing?: number;
  palette?: Buffer;
  resources?: [id: number, content: Buffer][];
  /** Photoshop's large documents. */
  isLarge?: boolean;
  /** The first channel beyond the colours is transparency: the count of layers is negative. */
  isTransparent?: boolean;
}

export function psdOf(options: PsdOptions): Buffer {
  const { mode, depth, width, height, channels, packing = 0, isLarge = false } = options;
  const { palette = Buffer.alloc(0), resources = [] } = options;
  const length = (value: number): Buffer => (isLarge ? u32be(0, value) : u32be(value));
  const resource = resources.map(([id, content]) =>
    Buffer.concat([
      Buffer.from('8BIM'),
      u16be(id),
      u16be(0),
      u32be(content.length),
      content,
      Buffer.alloc(content.length % 2),
    ]),
  );
  const info = options.isTransparent ? u16be(-1 & 0xffff) : Buffer.alloc(0);
  const layers = Buffer.concat([length(info.length), info, u32be(0)]);
  const rows = channels.flat();
  const packed = rows.map(packBits);
  const data = {
    0: Buffer.concat(rows),
    1: Buffer.concat([...packed.map((row) => (isLarge ? u32be(row.length) : u16be(row.length))), ...packed]),
  }[packing];
  return Buffer.concat([
    Buffer.from('8BPS'),
    u16be(isLarge ? 2 : 1, 0, 0, 0, channels.length),
    u32be(height, width),
    u16be(depth, mode),
    u32be(palette.length),
    palette,
    u32be(resource.reduce((sum, { length: size }) => sum + size, 0)),
    ...resource,
    length(layers.length),
    layers,
    u16be(packing),
    data ?? deflateSync(Buffer.concat(rows)),
  ]);
}

/** PackBits: runs of three and more, else literals. */
function packBits(row: Buffer): Buffer {
  const packed: number[] = [];
  for (let at = 0; at < row.length;) {
    let run = 1;
    while (run < 128 && row[at + run] === row[at]) run += 1;
    if (run >= 3) packed.push(257 - run, row[at]);
    else packed.push(0, row[at]);
    at += run >= 3 ? run : 1;
  }
  return Buffer.from(packed);
}

export type DdsKind =
  { fourCC: string | number } | { dxgi: number } | { bits: number; masks: number[]; flags?: number };

export function ddsOf(width: number, height: number, kind: DdsKind, data: Buffer): Buffer {
  const head = Buffer.alloc(128);
  head.write('DDS ', 'latin1');
  u32(124, 0x1007, height, width, 0, 0, 1).copy(head, 4);
  u32(32, 'bits' in kind ? (kind.flags ?? 0x41) : 4).copy(head, 76);
  if ('bits' in kind) u32(kind.bits, ...kind.masks).copy(head, 88);
  else if ('dxgi' in kind) head.write('DX10', 84, 'latin1');
  else if (typeof kind.fourCC === 'string') head.write(kind.fourCC, 84, 'latin1');
  else head.writeUInt32LE(kind.fourCC, 84);
  const more = 'dxgi' in kind ? u32(kind.dxgi, 3, 0, 1, 0) : Buffer.alloc(0);
  return Buffer.concat([head, more, data]);
}

/** One level. Packing: 0 none, 1 Basis, 2 Zstandard, 3 ZLIB. */
export function ktx2(width: number, height: number, format: number, data: Buffer, packing = 0): Buffer {
  const level = packing === 3 ? deflateSync(data) : data;
  return Buffer.concat([
    Buffer.from('\xabKTX 20\xbb\r\n\x1a\n', 'latin1'),
    u32(format, 1, width, height, 0, 0, 1, 1, packing),
    Buffer.alloc(32),
    u32(104, 0, level.length, 0, data.length, 0),
    level,
  ]);
}

export interface TgaOptions {
  /** 1 colour-mapped, 2 true colour, 3 grey; 9, 10 and 11 are the same run-length encoded. */
  type: number;
  bits: number;
  width: number;
  height: number;
  /** From where it begins: 0 bottom left, 0x10 bottom right, 0x20 top left, 0x30 top right; and bits of alpha. */
  descriptor?: number;
  /** Of 24 bits each. */
  palette?: Buffer;
  data: Buffer;
}

export function tgaOf({ type, bits, width, height, descriptor = 0x20, palette, data }: TgaOptions): Buffer {
  const map = palette ?? Buffer.alloc(0);
  return Buffer.concat([
    Buffer.from([0, palette ? 1 : 0, type]),
    u16(0, map.length / 3),
    Buffer.from([palette ? 24 : 0]),
    u16(0, 0, width, height),
    Buffer.from([bits, descriptor]),
    map,
    data,
  ]);
}

export interface BmpOptions {
  bits: number;
  width: number;
  /** Negative: from the top. */
  height: number;
  /** 0 none, 1 RLE8, 2 RLE4, 3 masks. */
  compression?: number;
  /** B, G, R, 0 each; or the masks. */
  table?: Buffer;
  /** Rows of whole words. */
  data: Buffer;
}

export function bmpOf({ bits, width, height, compression = 0, table, data }: BmpOptions): Buffer {
  const behind = table ?? Buffer.alloc(0);
  const colours = compression === 3 ? 0 : behind.length / 4;
  const start = 54 + behind.length;
  return Buffer.concat([
    Buffer.from('BM'),
    u32(start + data.length, 0, start, 40, width, height),
    u16(1, bits),
    u32(compression, data.length, 2835, 2835, colours, 0),
    behind,
    data,
  ]);
}

/** Of one pixel each, an index of a table of two colours. */
export function animatedGif(frames: number): Buffer {
  const head = [0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 1, 0, 1, 0, 0x80, 0, 0, 9, 8, 7, 0, 0, 0];
  const control = [0x21, 0xf9, 4, 0, 10, 0, 0, 0];
  const frame = [...control, 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0];
  return Buffer.from([...head, ...Array<number[]>(frames).fill(frame).flat(), 0x3b]);
}

/** Of one pixel each, lossless. */
export function animatedWebp(frames: number): Buffer {
  const still = Buffer.from('UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==', 'base64');
  const pixel = still.subarray(12);
  const chunk = (name: string, data: Buffer): Buffer =>
    Buffer.concat([Buffer.from(name), u32(data.length), data, Buffer.alloc(data.length % 2)]);
  const frame = chunk('ANMF', Buffer.concat([Buffer.alloc(12), Buffer.from([100, 0, 0, 0]), pixel]));
  const body = Buffer.concat([
    Buffer.from('WEBP'),
    chunk('VP8X', Buffer.from([0x12, 0, 0, 0, 0, 0, 0, 0, 0, 0])),
    chunk('ANIM', Buffer.alloc(6)),
    ...Array<Buffer>(frames).fill(frame),
  ]);
  return Buffer.concat([Buffer.from('RIFF'), u32(body.length), body]);
}
