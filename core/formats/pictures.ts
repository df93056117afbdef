// Owns the headers of still pictures that hold nothing else: GIF, BMP, TGA, EXR, Radiance HDR, DDS, KTX2 and WebP.
import { type ByteSource, type Cursor, FormatProblem, readExactly, readUpTo } from './byteSource.ts';
import { type Facts, MAX_PREVIEW, type Preview } from './facts.ts';
import { paged } from './pagedSource.ts';

/** Where a header ends at the latest, in bytes. */
const LONGEST_HEADER = 64 * 1024;

/** GIF89a specification, 18. */
export async function describeGif(source: ByteSource): Promise<Facts> {
  const head = await readExactly(source, 0, 13);
  const version = head.latin(6);
  const [width, height, flags] = [head.u16(), head.u16(), head.u8()];
  return image('GIF', width, height, { bitDepth: (flags & 7) + 1, details: [['Version', version]] });
}

/** BITMAPCOREHEADER and BITMAPINFOHEADER of the Windows documentation. */
export async function describeBmp(source: ByteSource): Promise<Facts> {
  const head = await readExactly(source, 0, 30);
  const size = head.seek(14).u32();
  const isCore = size === 12;
  const width = isCore ? head.u16() : head.i32();
  const height = isCore ? head.u16() : Math.abs(head.i32());
  head.skip(2);
  const bits = head.u16();
  return image('BMP', width, height, { details: [['Bits per pixel', String(bits)]] });
}

const TGA_KINDS: Record<number, string> = {
  1: 'Colour-mapped',
  2: 'True colour',
  3: 'Greyscale',
  9: 'Colour-mapped, run-length encoded',
  10: 'True colour, run-length encoded',
  11: 'Greyscale, run-length encoded',
};

/** Truevision TGA File Format Specification 2.0. It has no signature: all that can be checked is. */
export async function describeTga(source: ByteSource): Promise<Facts> {
  const head = await readExactly(source, 0, 18);
  const [, mapped, kind] = [head.u8(), head.u8(), head.u8()];
  head.seek(12);
  const [width, height, bits] = [head.u16(), head.u16(), head.u8()];
  const encoding = TGA_KINDS[kind];
  if (encoding === undefined || mapped > 1 || ![8, 15, 16, 24, 32].includes(bits))
    throw new FormatProblem('its header is not that of a TGA picture');
  return image('TGA', width, height, {
    details: [
      ['Encoding', encoding],
      ['Bits per pixel', String(bits)],
    ],
  });
}

const EXR_COMPRESSION = ['none', 'RLE', 'ZIPS', 'ZIP', 'PIZ', 'PXR24', 'B44', 'B44A', 'DWAA', 'DWAB'];
const EXR_DEPTH = [32, 16, 32];

/** OpenEXR File Layout. Of a file of several parts the first is described. */
export async function describeExr(source: ByteSource): Promise<Facts> {
  const head = await readUpTo(source, 0, LONGEST_HEADER);
  const flags = head.seek(4).u32();
  const facts: Facts = { kind: 'image', format: 'OpenEXR', details: [] };
  for (let name = zeroEnded(head); name !== ''; name = zeroEnded(head)) {
    const type = zeroEnded(head);
    const length = head.u32();
    const end = head.at + length;
    if (name === 'dataWindow' && type === 'box2i') {
      const [left, top, right, bottom] = [head.i32(), head.i32(), head.i32(), head.i32()];
      [facts.width, facts.height] = [right - left + 1, bottom - top + 1];
    } else if (name === 'channels') {
      const names: string[] = [];
      for (let channel = zeroEnded(head); channel !== ''; channel = zeroEnded(head)) {
        names.push(channel);
        facts.bitDepth = Math.max(facts.bitDepth ?? 0, EXR_DEPTH[head.u32()] ?? 0);
        head.skip(12);
      }
      facts.channels = names.length;
      facts.details.push(['Channels', names.slice(0, 16).join(', ')]);
    } else if (name === 'compression') {
      facts.details.push(['Compression', EXR_COMPRESSION[head.u8()] ?? 'unknown']);
    }
    head.seek(end);
  }
  if (flags & 0x200) facts.details.push(['Layout', 'tiled']);
  if (flags & 0x1000) facts.details.push(['Parts', 'several']);
  return checked(facts);
}

/** More attributes than this are not looked through. */
const MOST_ATTRIBUTES = 1000;

/** The attribute `preview` of the first part: width, height, and RGBA of 8 bits as screens show it, from the top. */
export async function exrPreview(source: ByteSource, least: number): Promise<Preview | undefined> {
  const pages = paged(source);
  let at = 8;
  for (let index = 0; index < MOST_ATTRIBUTES; index += 1) {
    const head = await readUpTo(pages, at, 520);
    if (zeroEnded(head) === '') return undefined;
    const type = zeroEnded(head);
    const length = head.u32();
    const start = at + head.at;
    if (type === 'preview') {
      const size = await readExactly(pages, start, 8);
      const [width, height] = [size.u32(), size.u32()];
      const isWhole = width > 0 && height > 0 && width * height * 4 === length - 8 && length <= MAX_PREVIEW;
      if (!isWhole || Math.max(width, height) < least) return undefined;
      const { bytes: data } = await readExactly(source, start + 8, length - 8);
      return { kind: 'pixels', width, height, data };
    }
    at = start + length;
  }
  return undefined;
}

function zeroEnded(cursor: Cursor): string {
  const end = cursor.bytes.indexOf(0, cursor.at);
  if (end < 0 || end - cursor.at > 255) throw new FormatProblem('its header is damaged');
  const text = cursor.latin(end - cursor.at);
  cursor.skip(1);
  return text;
}

/** Radiance file formats: lines of text, an empty one, and the resolution. */
export async function describeHdr(source: ByteSource): Promise<Facts> {
  const head = await readUpTo(source, 0, LONGEST_HEADER);
  const text = head.latin(Math.min(head.left, 8192));
  const size = /\n\n([-+])([XY]) (\d{1,9}) [-+][XY] (\d{1,9})\n/.exec(text);
  if (!size) throw new FormatProblem('its header names no size');
  const [first, second] = [Number(size[3]), Number(size[4])];
  const isTurned = size[2] === 'X';
  const exposure = /\nEXPOSURE=\s*([-+.\deE]{1,20})/.exec(text)?.[1];
  return image('Radiance HDR', isTurned ? first : second, isTurned ? second : first, {
    channels: 3,
    bitDepth: 32,
    details: exposure === undefined ? [] : [['Exposure', exposure]],
  });
}

const DXGI: Record<number, string> = {
  2: 'RGBA32F',
  10: 'RGBA16F',
  28: 'RGBA8',
  29: 'RGBA8 sRGB',
  71: 'BC1',
  72: 'BC1 sRGB',
  74: 'BC2',
  75: 'BC2 sRGB',
  77: 'BC3',
  78: 'BC3 sRGB',
  80: 'BC4',
  83: 'BC5',
  87: 'BGRA8',
  91: 'BGRA8 sRGB',
  95: 'BC6H',
  96: 'BC6H signed',
  98: 'BC7',
  99: 'BC7 sRGB',
};

/** DDS_HEADER and DDS_HEADER_DXT10 of the DirectX documentation. */
export async function describeDds(source: ByteSource): Promise<Facts> {
  const head = await readUpTo(source, 0, 148);
  head.seek(12);
  const [height, width, , , mips] = [head.u32(), head.u32(), head.u32(), head.u32(), head.u32()];
  head.seek(80);
  const flags = head.u32();
  const four = head.latin(4);
  const bits = head.u32();
  let pixels = flags & 4 ? four : `${bits} bits a pixel`;
  if (flags & 4 && four === 'DX10') {
    const format = head.seek(128).u32();
    pixels = DXGI[format] ?? `DXGI format ${format}`;
  }
  return image('DDS', width, height, {
    codec: pixels,
    details: [
      ['Pixels', pixels],
      ['Mip levels', String(Math.max(1, mips))],
    ],
  });
}

const KTX_PACKING = ['none', 'Basis Universal', 'Zstandard', 'ZLIB'];

/** KTX File Format Specification 2.0, 3. */
export async function describeKtx2(source: ByteSource): Promise<Facts> {
  const head = await readExactly(source, 12, 36);
  const [format, , width, height] = [head.u32(), head.u32(), head.u32(), head.u32()];
  const [, , faces, mips, packing] = [head.u32(), head.u32(), head.u32(), head.u32(), head.u32()];
  const codec = format === 0 ? 'Basis Universal' : `Vulkan ${format}`;
  return image('KTX2', width, Math.max(1, height), {
    codec,
    details: [
      ['Pixels', codec],
      ['Compression', KTX_PACKING[packing] ?? 'unknown'],
      ['Mip levels', String(Math.max(1, mips))],
      ...(faces === 6 ? [['Layout', 'cube map'] as [string, string]] : []),
    ],
  });
}

/** RFC 9649: the size stands in the first chunk, in one of three forms. */
export async function describeWebp(source: ByteSource): Promise<Facts> {
  const head = await readExactly(source, 0, 30);
  const form = head.seek(12).latin(4);
  if (form === 'VP8X') {
    const flags = head.seek(20).u8();
    head.skip(3);
    const width = head.u16() + (head.u8() << 16) + 1;
    const height = head.u16() + (head.u8() << 16) + 1;
    const details: Facts['details'] = flags & 2 ? [['Animation', 'yes']] : [];
    return image('WebP', width, height, { channels: flags & 0x10 ? 4 : 3, details });
  }
  if (form === 'VP8L') {
    const bits = head.seek(21).u32();
    const hasAlpha = (bits >>> 28) & 1;
    const details: Facts['details'] = [['Compression', 'lossless']];
    return image('WebP', (bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1, {
      channels: hasAlpha ? 4 : 3,
      details,
    });
  }
  if (form !== 'VP8 ') throw new FormatProblem('its first chunk is none of WebP');
  head.seek(26);
  return image('WebP', head.u16() & 0x3fff, head.u16() & 0x3fff, {
    channels: 3,
    details: [['Compression', 'lossy']],
  });
}

/** @throws FormatProblem when the size is none */
export function image(
  format: string,
  width: number,
  height: number,
  more: Partial<Facts> & Pick<Facts, 'details'>,
): Facts {
  return checked({ kind: 'image', format, width, height, ...more });
}

function checked(facts: Facts): Facts {
  const { width = 0, height = 0 } = facts;
  if (width < 1 || height < 1) throw new FormatProblem('its header names no size');
  return facts;
}
