// Owns which parts of a large picture make a smaller file of the same format, so that a thumbnail needs no more than those are read.
import { type ByteSource, type Cursor, readExactly, readUpTo } from './byteSource.ts';

/** Bytes that are made, or a range of the file. */
export type Part = Uint8Array | { offset: number; length: number };

/** The parts of a picture whose longer side has at least `side` pixels, if the file has as many; undefined: all of the file is needed. */
export type Excerpt = (source: ByteSource, side: number) => Promise<Part[] | undefined>;

const DDS_HEADER = 128;
const DX10_HEADER = 20;
const DDS_FOURCC = 0x4;
const DDS_VOLUME = 0x20_0000;
/** No texture has more: each is half as large as the one before. */
const MOST_LEVELS = 32;

/** Bytes of a block of 4 x 4 pixels, by the four letters. */
const FOURCC_BLOCKS: Record<string, number> = {
  ...{ DXT1: 8, ATI1: 8, BC4U: 8, BC4S: 8 },
  ...{ DXT2: 16, DXT3: 16, DXT4: 16, DXT5: 16, ATI2: 16, BC5U: 16, BC5S: 16 },
};

/** How large a level is: of blocks, or of pixels side by side. */
interface Texels {
  /** Pixels a side. */
  block: 1 | 4;
  bytes: number;
}

/** One level of the first surface; levels lie behind each other, and surfaces behind the levels of the one before. */
export const ddsExcerpt: Excerpt = async (source, side) => {
  const head = await readUpTo(source, 0, DDS_HEADER + DX10_HEADER);
  const [height, width] = [head.seek(12).u32(), head.u32()];
  const levels = Math.min(Math.max(1, head.seek(28).u32()), MOST_LEVELS);
  const found = ddsTexels(head);
  const isVolume = (head.seek(112).u32() & DDS_VOLUME) !== 0;
  if (!found || isVolume) return undefined;
  const chosen = levelFor(width, height, levels, side);
  let offset = found.start;
  for (let level = 0; level < chosen; level += 1) offset += levelSize(width, height, level, found);
  const length = levelSize(width, height, chosen, found);
  if (offset + length > source.size) return undefined;
  const header = Buffer.from(head.bytes.subarray(0, found.start));
  header.writeUInt32LE(halved(height, chosen), 12);
  header.writeUInt32LE(halved(width, chosen), 16);
  header.writeUInt32LE(1, 28);
  return [header, { offset, length }];
};

/** Undefined for layouts that are rare. */
function ddsTexels(head: Cursor): (Texels & { start: number }) | undefined {
  const isNamed = (head.seek(80).u32() & DDS_FOURCC) !== 0;
  const name = head.latin(4);
  const bits = head.u32();
  if (!isNamed)
    return bits > 0 && bits % 8 === 0 ? { block: 1, bytes: bits / 8, start: DDS_HEADER } : undefined;
  if (name !== 'DX10') {
    const bytes = FOURCC_BLOCKS[name];
    return bytes === undefined ? undefined : { block: 4, bytes, start: DDS_HEADER };
  }
  const texels = dxgiTexels(head.seek(DDS_HEADER).u32());
  return texels && { ...texels, start: DDS_HEADER + DX10_HEADER };
}

/** DXGI_FORMAT: BC1 to BC7, and four bytes a pixel. */
function dxgiTexels(format: number): Texels | undefined {
  if ((format >= 70 && format <= 72) || (format >= 79 && format <= 81)) return { block: 4, bytes: 8 };
  if ((format >= 73 && format <= 84) || (format >= 94 && format <= 99)) return { block: 4, bytes: 16 };
  if ((format >= 27 && format <= 32) || (format >= 87 && format <= 93)) return { block: 1, bytes: 4 };
  return undefined;
}

function levelSize(width: number, height: number, level: number, { block, bytes }: Texels): number {
  const count = (length: number): number => Math.ceil(halved(length, level) / block);
  return count(width) * count(height) * bytes;
}

/** A length so many levels further. */
function halved(length: number, level: number): number {
  return Math.max(1, Math.floor(length / 2 ** level));
}

/** The smallest level that is large enough. */
function levelFor(width: number, height: number, levels: number, side: number): number {
  let level = 0;
  while (level + 1 < levels && halved(Math.max(width, height), level + 1) >= side) level += 1;
  return level;
}

const KTX_HEADER = 80;
const KTX_LEVEL = 24;
const ZLIB = 3;

/** One level, which the index names; of several pictures in it the first, where they are not packed together. */
export const ktx2Excerpt: Excerpt = async (source, side) => {
  const head = await readExactly(source, 0, KTX_HEADER);
  const [width, height, depth, layers, faces, count, packing] = [
    ...[head.seek(20).u32(), head.u32(), head.u32(), head.u32()],
    ...[head.u32(), head.u32(), head.u32()],
  ];
  if (packing !== 0 && packing !== ZLIB) return undefined;
  const levels = Math.min(Math.max(1, count), MOST_LEVELS);
  const chosen = levelFor(width, height, levels, side);
  const entry = await readExactly(source, KTX_HEADER + chosen * KTX_LEVEL, KTX_LEVEL);
  const [offset, all, unpacked] = [entry.i64(), entry.i64(), entry.i64()];
  const pictures = Math.max(1, layers) * Math.max(1, faces) * halved(Math.max(1, depth), chosen);
  const length = packing === 0 ? Math.floor(all / pictures) : all;
  if (offset < 0 || length < 0 || unpacked < 0 || offset + length > source.size) return undefined;
  const made = Buffer.alloc(KTX_HEADER + KTX_LEVEL);
  made.set(head.bytes);
  made.writeUInt32LE(halved(width, chosen), 20);
  made.writeUInt32LE(height === 0 ? 0 : halved(height, chosen), 24);
  made.writeUInt32LE(1, 40);
  for (const [place, value] of [made.length, length, unpacked].entries())
    made.writeBigUInt64LE(BigInt(value), KTX_HEADER + place * 8);
  return [made, { offset, length }];
};

/** The composite without the layers, of which no more matters than whether their count is negative: the composite has transparency then. */
export const psdExcerpt: Excerpt = async (source) => {
  const version = (await readExactly(source, 4, 2)).u16be();
  const size = version === 2 ? 8 : 4;
  const colours = (await readExactly(source, 26, 4)).u32be();
  const resources = (await readExactly(source, 30 + colours, 4)).u32be();
  const layersAt = 34 + colours + resources;
  const layers = await readExactly(source, layersAt, size * 2 + 2);
  const number = (): number => (size === 8 ? layers.u64be() : layers.u32be());
  const [length, inLayers] = [number(), number()];
  // Those of more than 8 bits lie elsewhere.
  if (inLayers === 0 || length < size + 2) return undefined;
  const made = Buffer.from(layers.bytes);
  made.writeUInt32BE(size + 2, size - 4);
  if (size === 8) made.writeUInt32BE(0, 0);
  const composite = layersAt + size + length;
  return [
    { offset: 0, length: layersAt },
    made,
    { offset: composite, length: Math.max(0, source.size - composite) },
  ];
};
