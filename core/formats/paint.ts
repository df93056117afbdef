// Owns what is told of files of paint programs and of Blender: PSD, Krita and OpenRaster, .blend; and the pictures in them.
import { inflateRawSync } from 'node:zlib';
import { type ByteSource, type Cursor, FormatProblem, readExactly, readUpTo } from './byteSource.ts';
import { type Facts, MAX_PREVIEW, type Preview } from './facts.ts';

const PSD_MODES = ['bitmap', 'greyscale', 'indexed', 'RGB', 'CMYK', '', '', 'multichannel', 'duotone', 'Lab'];

/** Adobe Photoshop File Formats Specification: file header section. */
export async function describePsd(source: ByteSource): Promise<Facts> {
  const head = await readExactly(source, 4, 22);
  const version = head.u16be();
  const channels = head.seek(8).u16be();
  const [height, width, bitDepth, mode] = [head.u32be(), head.u32be(), head.u16be(), head.u16be()];
  if (version !== 1 && version !== 2) throw new FormatProblem('its version is not known');
  return {
    kind: 'paint',
    format: version === 2 ? 'Photoshop large document' : 'Photoshop',
    width,
    height,
    channels,
    bitDepth,
    details: [['Colour', PSD_MODES[mode] || 'other']],
  };
}

/** Image resource 1036: 28 bytes, then a JPEG. */
export async function psdPreview(source: ByteSource): Promise<Preview | undefined> {
  const colours = (await readExactly(source, 26, 4)).u32be();
  let at = 30 + colours;
  const end = at + 4 + (await readExactly(source, at, 4)).u32be();
  at += 4;
  for (let index = 0; index < 1000 && at + 12 <= end; index += 1) {
    const head = await readUpTo(source, at, 300);
    if (!head.isNext('8BIM')) return undefined;
    head.skip(4);
    const id = head.u16be();
    const name = head.u8();
    head.skip(name + ((name + 1) % 2));
    const size = head.u32be();
    const start = at + head.at;
    if (id === 1036 && size > 28 && size <= MAX_PREVIEW)
      return { kind: 'file', bytes: (await readExactly(source, start + 28, size - 28)).bytes };
    at = start + size + (size % 2);
  }
  return undefined;
}

interface ZipEntry {
  name: string;
  method: number;
  packed: number;
  size: number;
  offset: number;
}

const MOST_ENTRIES = 100_000;
const LONGEST_DIRECTORY = 32 << 20;

/** PKWARE APPNOTE 4.3: the entries of the central directory. Zip64 is left alone. */
async function zipEntries(source: ByteSource): Promise<ZipEntry[]> {
  const length = Math.min(source.size, 65_557);
  const tail = await readExactly(source, source.size - length, length);
  let end = length - 22;
  while (end >= 0 && !tail.seek(end).isNext('PK\x05\x06')) end -= 1;
  if (end < 0) throw new FormatProblem('it has no directory of its parts');
  tail.seek(end + 10);
  const [count, size, offset] = [tail.u16(), tail.u32(), tail.u32()];
  if (size > LONGEST_DIRECTORY) throw new FormatProblem('the directory of its parts is too long');
  const directory = await readExactly(source, offset, size);
  const entries: ZipEntry[] = [];
  for (let index = 0; index < Math.min(count, MOST_ENTRIES); index += 1) {
    if (!directory.isNext('PK\x01\x02')) throw new FormatProblem('the directory of its parts is damaged');
    directory.skip(10);
    const method = directory.u16();
    directory.skip(8);
    const [packed, unpacked] = [directory.u32(), directory.u32()];
    const [nameLength, extra, comment] = [directory.u16(), directory.u16(), directory.u16()];
    directory.skip(8);
    const at = directory.u32();
    entries.push({ name: directory.text(nameLength), method, packed, size: unpacked, offset: at });
    directory.skip(extra + comment);
  }
  return entries;
}

async function zipContent(source: ByteSource, entry: ZipEntry, most: number): Promise<Uint8Array> {
  if (entry.packed > most || entry.size > most) throw new FormatProblem('{0} in it is too large', entry.name);
  const head = await readExactly(source, entry.offset, 30);
  if (!head.isNext('PK\x03\x04')) throw new FormatProblem('{0} in it is damaged', entry.name);
  head.seek(26);
  const start = entry.offset + 30 + head.u16() + head.u16();
  const { bytes } = await readExactly(source, start, entry.packed);
  if (entry.method === 0) return bytes;
  if (entry.method !== 8) throw new FormatProblem('{0} in it is packed in an unknown way', entry.name);
  try {
    return inflateRawSync(bytes, { maxOutputLength: Math.max(1, entry.size) });
  } catch {
    throw new FormatProblem('{0} in it is damaged', entry.name);
  }
}

/** Krita (maindoc.xml) and OpenRaster (stack.xml). */
export async function describeLayeredZip(source: ByteSource): Promise<Facts> {
  const entries = await zipEntries(source);
  const isKrita = entries.some(({ name }) => name === 'maindoc.xml');
  const document = entries.find(({ name }) => name === (isKrita ? 'maindoc.xml' : 'stack.xml'));
  if (!document) throw new FormatProblem('it has no document in it');
  const xml = new TextDecoder().decode(await zipContent(source, document, 8 << 20));
  const root = (isKrita ? /<IMAGE\s[^>]{0,4000}>/ : /<image\s[^>]{0,4000}>/).exec(xml)?.[0];
  if (root === undefined) throw new FormatProblem('its document names no picture');
  const value = (name: string): string | undefined =>
    new RegExp(`\\s${name}="([^"]{0,200})"`).exec(root)?.[1];
  const [width, height] = isKrita ? [value('width'), value('height')] : [value('w'), value('h')];
  const facts: Facts = {
    kind: 'paint',
    format: isKrita ? 'Krita' : 'OpenRaster',
    ...(Number(width) > 0 && Number(height) > 0 && { width: Number(width), height: Number(height) }),
    details: [['Layers', String(xml.match(/<layer\s/g)?.length ?? 0)]],
  };
  const colour = value('colorspacename');
  if (colour !== undefined) facts.details.push(['Colour', colour]);
  const profile = value('profile');
  if (profile) facts.details.push(['Colour profile', profile]);
  return facts;
}

/** A small picture of all layers, else the large one. */
export function layeredZipPreview(source: ByteSource): Promise<Preview | undefined> {
  return firstOf(source, ['preview.png', 'Thumbnails/thumbnail.png', 'mergedimage.png']);
}

/** The picture of all layers in full size, else a small one. */
export function layeredZipPicture(source: ByteSource): Promise<Preview | undefined> {
  return firstOf(source, ['mergedimage.png', 'preview.png', 'Thumbnails/thumbnail.png']);
}

async function firstOf(source: ByteSource, names: string[]): Promise<Preview | undefined> {
  const entries = await zipEntries(source);
  for (const name of names) {
    const entry = entries.find((one) => one.name === name && one.size <= MAX_PREVIEW);
    if (entry) return { kind: 'file', bytes: await zipContent(source, entry, MAX_PREVIEW) };
  }
  return undefined;
}

interface BlendHead {
  version: string;
  start: number;
  /** Bytes of a pointer; 8 in large heads. */
  pointer: number;
  isLarge: boolean;
}

/** Blender's file header: 12 bytes before 5.0, 17 from then on. Big-endian files are long out of use. */
async function blendHead(source: ByteSource): Promise<BlendHead> {
  const head = await readExactly(source, 0, 17);
  const text = head.latin(17);
  const old = /^BLENDER([-_])v(\d)(\d\d)/.exec(text);
  if (old)
    return {
      version: `${old[2]}.${Number(old[3])}`,
      start: 12,
      pointer: old[1] === '-' ? 8 : 4,
      isLarge: false,
    };
  const large = /^BLENDER17-01v(\d\d)(\d\d)/.exec(text);
  if (large)
    return { version: `${Number(large[1])}.${Number(large[2])}`, start: 17, pointer: 8, isLarge: true };
  throw new FormatProblem('its header is not known');
}

export async function describeBlend(source: ByteSource): Promise<Facts> {
  const { version } = await blendHead(source);
  return { kind: 'model', format: 'Blender', details: [['Saved by Blender', version]] };
}

/** Block TEST: width, height, RGBA rows from the bottom. It is among the first blocks. */
export async function blendPreview(source: ByteSource): Promise<Preview | undefined> {
  const { start, pointer, isLarge } = await blendHead(source);
  let at = start;
  for (let index = 0; index < 16; index += 1) {
    const size = isLarge ? 32 : 16 + pointer;
    const head = await readExactly(source, at, size);
    const code = head.latin(4);
    const length = isLarge ? head.seek(16).i64() : head.i32();
    if (code === 'TEST')
      return blendPixels(await readExactly(source, at + size, Math.min(length, MAX_PREVIEW)));
    if (code === 'ENDB' || length < 0) return undefined;
    at += size + length;
  }
  return undefined;
}

function blendPixels(block: Cursor): Preview | undefined {
  const [width, height] = [block.i32(), block.i32()];
  if (width < 1 || height < 1 || width > 4096 || height > 4096) return undefined;
  const rows = block.take(width * height * 4);
  const data = new Uint8Array(rows.length);
  for (let row = 0; row < height; row += 1) {
    const from = (height - 1 - row) * width * 4;
    data.set(rows.subarray(from, from + width * 4), row * width * 4);
  }
  return { kind: 'pixels', width, height, data };
}
