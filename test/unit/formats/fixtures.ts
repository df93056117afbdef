// Owns small files of each format, made by code for the tests of formats and thumbnails.
import { deflateRawSync, deflateSync, crc32 } from 'node:zlib';

export function u16(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  values.forEach((value, index) => bytes.writeUInt16LE(value, index * 2));
  return bytes;
}

export function u32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => bytes.writeUInt32LE(value >>> 0, index * 4));
  return bytes;
}

function u32be(...values: number[]): Buffer {
  return u32(...values).swap32();
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  return Buffer.concat([u32be(data.length), body, u32be(crc32(body))]);
}

type Colour = (x: number, y: number) => [r: number, g: number, b: number, a: number];

export function png(width: number, height: number, colour: Colour): Buffer {
  const rows: number[] = [];
  for (let y = 0; y < height; y += 1) {
    rows.push(0);
    for (let x = 0; x < width; x += 1) rows.push(...colour(x, y));
  }
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', Buffer.concat([u32be(width, height), Buffer.from([8, 6, 0, 0, 0])])),
    chunk('IDAT', deflateSync(Buffer.from(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** True colour, 32 bits, from the top; `pixel` is B, G, R, A. */
export function tga(width: number, height: number, pixel: number[]): Buffer {
  const head = Buffer.from([0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  const pixels = Buffer.alloc(width * height * 4, Buffer.from(pixel));
  return Buffer.concat([head, u16(width, height), Buffer.from([32, 0x28]), pixels]);
}

/** One colour, flat RGBE pixels. */
export function hdr(width: number, height: number, rgbe: number[]): Buffer {
  const head = `#?RADIANCE\nFORMAT=32-bit_rle_rgbe\nEXPOSURE=2.0\n\n-Y ${height} +X ${width}\n`;
  return Buffer.concat([Buffer.from(head), Buffer.alloc(width * height * 4, Buffer.from(rgbe))]);
}

/** BC1 blocks of one colour (RGB565). */
export function ddsBc1(width: number, height: number, colour: number): Buffer {
  const head = Buffer.alloc(128);
  head.write('DDS ', 'latin1');
  u32(124, 0x1007, height, width, 0, 0, 1).copy(head, 4);
  u32(32, 4).copy(head, 76);
  head.write('DXT1', 84, 'latin1');
  const blocks = Math.ceil(width / 4) * Math.ceil(height / 4);
  return Buffer.concat([head, Buffer.alloc(blocks * 8, Buffer.concat([u16(colour, colour), u32(0)]))]);
}

/** An uncompressed scanline file of half floats R, G, B, all of which are `half`. */
export function exr(width: number, height: number, half: number): Buffer {
  const attribute = (name: string, type: string, data: Buffer) =>
    Buffer.concat([Buffer.from(`${name}\0${type}\0`), u32(data.length), data]);
  const channel = (name: string) => Buffer.concat([Buffer.from(`${name}\0`), u32(1, 0, 1, 1)]);
  const box = u32(0, 0, width - 1, height - 1);
  const float = Buffer.alloc(4);
  float.writeFloatLE(1);
  const head = Buffer.concat([
    u32(20000630, 2),
    attribute(
      'channels',
      'chlist',
      Buffer.concat([channel('B'), channel('G'), channel('R'), Buffer.alloc(1)]),
    ),
    attribute('compression', 'compression', Buffer.from([0])),
    attribute('dataWindow', 'box2i', box),
    attribute('displayWindow', 'box2i', box),
    attribute('lineOrder', 'lineOrder', Buffer.from([0])),
    attribute('pixelAspectRatio', 'float', float),
    attribute('screenWindowCenter', 'v2f', Buffer.alloc(8)),
    attribute('screenWindowWidth', 'float', float),
    Buffer.alloc(1),
  ]);
  const row = width * 6;
  const lines: Buffer[] = [];
  const offsets: Buffer[] = [];
  for (let y = 0; y < height; y += 1) {
    offsets.push(u32(head.length + height * 8 + y * (8 + row), 0));
    lines.push(u32(y, row), u16(...Array<number>(width * 3).fill(half)));
  }
  return Buffer.concat([head, ...offsets, ...lines]);
}

export function zip(parts: Record<string, Buffer | string>): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, content] of Object.entries(parts)) {
    const data = Buffer.from(content as string);
    const isStored = name === 'mimetype';
    const packed = isStored ? data : deflateRawSync(data);
    const shared = Buffer.concat([
      u16(20, 0, isStored ? 0 : 8, 0, 0),
      u32(crc32(data), packed.length, data.length),
      u16(Buffer.byteLength(name), 0),
    ]);
    const file = Buffer.concat([Buffer.from('PK\x03\x04'), shared, Buffer.from(name), packed]);
    directory.push(Buffer.from('PK\x01\x02'), u16(20), shared, u16(0, 0, 0), u32(0, at), Buffer.from(name));
    files.push(file);
    at += file.length;
  }
  const list = Buffer.concat(directory);
  const count = Object.keys(parts).length;
  const end = Buffer.concat([
    Buffer.from('PK\x05\x06'),
    u16(0, 0, count, count),
    u32(list.length, at),
    u16(0),
  ]);
  return Buffer.concat([...files, list, end]);
}

export function krita(preview: Buffer): Buffer {
  return zip({
    mimetype: 'application/x-krita',
    'maindoc.xml':
      '<DOC><IMAGE width="320" height="200" colorspacename="RGBA" profile="sRGB"><layers><layer name="a"/></layers></IMAGE></DOC>',
    'preview.png': preview,
  });
}

/** Blender before 5.0 with its thumbnail, bottom row first. */
export function blend(width: number, height: number, rowsFromBottom: Buffer): Buffer {
  const block = Buffer.concat([u32(width, height), rowsFromBottom]);
  const head = (code: string, length: number) => Buffer.concat([Buffer.from(code), u32(length, 0, 0, 0, 0)]);
  return Buffer.concat([Buffer.from('BLENDER-v402'), head('TEST', block.length), block, head('ENDB', 0)]);
}

export function psd(jpeg: Buffer): Buffer {
  const head = Buffer.concat([
    Buffer.from('8BPS\x00\x01\0\0\0\0\0\0\0\x04', 'latin1'),
    u32be(30, 40),
    Buffer.from([0, 8, 0, 3]),
  ]);
  const resource = Buffer.concat([
    Buffer.from('8BIM\x04\x0c\0\0', 'latin1'),
    u32be(28 + jpeg.length),
    Buffer.alloc(28),
    jpeg,
    Buffer.alloc(jpeg.length % 2),
  ]);
  return Buffer.concat([head, u32be(0, resource.length), resource, Buffer.alloc(8)]);
}

export function wav(seconds: number): Buffer {
  const data = Buffer.alloc(8000 * 2 * seconds);
  const format = Buffer.concat([u16(1, 1), u32(8000, 16000), u16(2, 16)]);
  const body = [Buffer.from('WAVEfmt '), u32(16), format, Buffer.from('data'), u32(data.length), data];
  const length = body.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([Buffer.from('RIFF'), u32(length), ...body]);
}

export function glb(picture: Buffer): Buffer {
  const json = JSON.stringify({
    asset: { version: '2.0', generator: 'by hand' },
    meshes: [{}, {}],
    images: [{ bufferView: 0, mimeType: 'image/png' }],
    bufferViews: [{ buffer: 0, byteOffset: 4, byteLength: picture.length }],
  });
  const text = Buffer.from(json.padEnd(Math.ceil(json.length / 4) * 4));
  const binary = Buffer.concat([Buffer.alloc(4), picture]);
  const body = Buffer.concat([u32(text.length, 0x4e4f534a), text, u32(binary.length, 0x004e4942), binary]);
  return Buffer.concat([Buffer.from('glTF'), u32(2, 12 + body.length), body]);
}

/** A package of UE 5.3 with one texture, one dependency and a thumbnail; `size` is what it says of the texture's bytes. */
export function uasset(thumbnail: Buffer, dependency = '/Game/Materials/M_Hero', size = 0): Buffer {
  const text = (value: string) => Buffer.concat([u32(value.length + 1), Buffer.from(`${value}\0`)]);
  const names = ['None', 'Package', 'Class', 'Texture2D', 'T_Hero', dependency, '/Script/CoreUObject'];
  const nameTable = Buffer.concat(names.flatMap((name) => [text(name), u32(0)]));
  const imported = (name: number, kind: number) => u32(6, 0, kind, 0, 0, name, 0, 0, 0, 0);
  const imports = Buffer.concat([imported(5, 1), imported(3, 2)]);
  const exported = Buffer.concat([
    u32(-2, 0, 0, 0, 4, 0, 0, size, 0),
    Buffer.alloc(8),
    u32(0, 0, 0, 0, 0, 0, 1, 0),
    Buffer.alloc(20),
  ]);
  const image = Buffer.concat([u32(64, -64, thumbnail.length), thumbnail]);
  const build = (start: number): Buffer => {
    const importAt = start + nameTable.length;
    const exportAt = importAt + imports.length;
    const imageAt = exportAt + exported.length;
    const tableAt = imageAt + image.length;
    return Buffer.concat([
      u32(0x9e2a83c1, -8, 864, 522, 1009, 0, 0, 0),
      text('None'),
      u32(0, names.length, start, 0, 0),
      text(''),
      u32(0, 0, 1, exportAt, 2, importAt, 0, 0, 0, 0, tableAt),
      Buffer.alloc(32),
      u32(0),
      u16(5, 3, 2),
      u32(0, 0),
    ]);
  };
  const summary = build(build(0).length);
  const at = summary.length + nameTable.length + imports.length + exported.length;
  const table = Buffer.concat([u32(1), text('Texture2D'), text('T_Hero'), u32(at)]);
  return Buffer.concat([summary, nameTable, imports, exported, image, table]);
}
