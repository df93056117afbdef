// Tests how little of a large file is read for its thumbnail, and that the picture is the same as that of all of the file.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { ByteSource } from '../../../core/formats/byteSource.ts';
import { PictureCodec } from '../../../core/formats/pictureCodec.ts';
import { Thumbnails } from '../../../server/thumbnails/thumbnails.ts';
import { tempFolder } from '../../support/tempFolder.ts';
import { exr, png, psd, u32, uasset, zip } from '../formats/fixtures.ts';
import { type DdsKind, ddsOf, ktx2, psdOf } from '../formats/pictureFixtures.ts';

declare const WebAssembly: { Module: new (bytes: Uint8Array) => object };

const PLACES = {
  workerScript: new URL('../../../server/thumbnails/thumbnailWorker.ts', import.meta.url),
  wasm: new URL('../../../core/formats/picture.wasm', import.meta.url),
};
const codec = new PictureCodec(new WebAssembly.Module(readFileSync(PLACES.wasm)));
const PICTURE = png(40, 20, () => [250, 10, 10, 255]);
const RED = [0, 0xf8, 0, 0xf8, 0, 0, 0, 0];
const BLUE = [0x1f, 0, 0x1f, 0, 0, 0, 0, 0];
const MEBIBYTE = 1 << 20;

/** `head`, then nothing up to `size`, but for what lies at the places named: a file of any size takes no memory. */
class SparseFile implements ByteSource {
  readonly size: number;
  /** Bytes. */
  taken = 0;
  private readonly pieces: [offset: number, bytes: Uint8Array][];

  constructor(size: number, ...pieces: [offset: number, bytes: Uint8Array][]) {
    this.size = size;
    this.pieces = pieces;
  }

  read(offset: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, this.size - offset)));
    this.taken += bytes.length;
    for (const [at, piece] of this.pieces) {
      const [from, to] = [Math.max(at, offset), Math.min(at + piece.length, offset + bytes.length)];
      if (from < to) bytes.set(piece.subarray(from - at, to - at), from - offset);
    }
    return Promise.resolve(bytes);
  }
}

const of = (bytes: Uint8Array): SparseFile => new SparseFile(bytes.length, [0, bytes]);

/** Blocks of 4 x 4 pixels of a level. */
const blocks = (side: number): number => Math.ceil(side / 4) ** 2;

/** All levels of a square of BC1, the first `side` pixels large; of what is large no more than a bit is there. */
function mipmapped(kind: DdsKind, side: number, surfaces = 1): SparseFile {
  const head = ddsOf(side, side, kind, Buffer.alloc(0));
  head.writeUInt32LE(Math.log2(side) + 1, 28);
  const pieces: [number, Uint8Array][] = [[0, head]];
  let at = head.length;
  for (let surface = 0; surface < surfaces; surface += 1)
    for (let length = side; length >= 1; length /= 2) {
      const size = blocks(length) * 8;
      const colour = surface === 0 && length <= 256 ? RED : BLUE;
      if (length <= 256) pieces.push([at, Buffer.alloc(size, Buffer.from(colour))]);
      at += size;
    }
  return new SparseFile(at, ...pieces);
}

describe('what is read for a thumbnail', () => {
  let thumbnails: Thumbnails;

  beforeEach(async () => {
    thumbnails = new Thumbnails({ ...PLACES, folder: await tempFolder() });
  });
  afterEach(() => thumbnails.close());

  /** The colour in the middle, and the size, of the thumbnail of 192 pixels; at most `most` bytes may be read for it. */
  async function middleOf(file: SparseFile, name: string, most: number): Promise<number[]> {
    const made = await thumbnails.thumbnail(file, name, name, 192);
    assert.ok(!('reason' in made), 'reason' in made ? made.reason : '');
    assert.ok(file.taken <= most, `${file.taken} of ${file.size} bytes read`);
    const seen = codec.decode(made.bytes, 'signature');
    assert.ok('data' in seen);
    const at = (Math.floor(seen.height / 2) * seen.width + Math.floor(seen.width / 2)) * 4;
    return [made.width, made.height, ...Array.from(seen.data.slice(at, at + 3))];
  }

  const near = (found: number[], wanted: number[]): void => {
    assert.ok(
      found.length === wanted.length && found.every((value, i) => Math.abs(value - wanted[i]) <= 3),
      `${found.join()} for ${wanted.join()}`,
    );
  };

  for (const [name, kind] of [
    ['DXT1', { fourCC: 'DXT1' }],
    ['DXGI', { dxgi: 72 }],
  ] as [string, DdsKind][])
    it(`of DDS (${name}) is the smallest level that is large enough`, async () => {
      const file = mipmapped(kind, 16_384);
      assert.ok(file.size > 170 * MEBIBYTE);
      near(await middleOf(file, 'a.dds', 40_000), [192, 192, 255, 0, 0]);
    });

  it('of a cube map is its first face', async () => {
    near(await middleOf(mipmapped({ fourCC: 'DXT1' }, 4096, 6), 'a.dds', 40_000), [192, 192, 255, 0, 0]);
  });

  it('of plain DDS of 1 GiB with all levels is one of them', async () => {
    const side = 16_384;
    const head = ddsOf(side, side, { bits: 32, masks: [0xff0000, 0xff00, 0xff, 0] }, Buffer.alloc(0));
    head.writeUInt32LE(15, 28);
    let at = head.length;
    for (let length = side; length > 256; length /= 2) at += length ** 2 * 4;
    const level = Buffer.alloc(256 * 256 * 4, Buffer.from([1, 200, 3, 0]));
    const file = new SparseFile(at + level.length * 2, [0, head], [at, level]);
    near(await middleOf(file, 'a.dds', 270_000), [192, 192, 3, 200, 1]);
  });

  it('of DDS without levels, or cut off, is what it was', async () => {
    const whole = ddsOf(64, 64, { fourCC: 'DXT1' }, Buffer.alloc(blocks(64) * 8, Buffer.from(RED)));
    near(await middleOf(of(whole), 'a.dds', whole.length + 300), [64, 64, 255, 0, 0]);
    const made = await thumbnails.thumbnail(of(whole.subarray(0, 900)), 'b.dds', 'b', 192);
    assert.ok('reason' in made && /cut off/.test(made.reason));
  });

  it('of KTX2 is one level of the first face', async () => {
    const side = 8192;
    const levels = 14;
    const head = ktx2(side, side, 43, Buffer.alloc(0)).subarray(0, 80);
    head.writeUInt32LE(6, 36);
    head.writeUInt32LE(levels, 40);
    const pieces: [number, Uint8Array][] = [];
    const index: Buffer[] = [];
    // The smallest lies first.
    let at = 80 + levels * 24;
    for (let level = levels - 1; level >= 0; level -= 1) {
      const length = side >> level;
      const size = length ** 2 * 4;
      if (length <= 256) pieces.push([at, Buffer.alloc(size, Buffer.from([9, 90, 200, 255]))]);
      index[level] = u32(at, 0, size * 6, 0, size * 6, 0);
      at += size * 6;
    }
    const file = new SparseFile(at, [0, Buffer.concat([head, ...index])], ...pieces);
    assert.ok(file.size > 2 ** 31);
    near(await middleOf(file, 'a.ktx2', 270_000), [192, 192, 9, 90, 200]);
  });

  it('of KTX2 that is packed is one level', async () => {
    const colour = Buffer.from([9, 90, 200, 255]);
    const file = ktx2(400, 400, 43, Buffer.alloc(400 * 400 * 4, colour), 3);
    near(await middleOf(of(file), 'a.ktx2', file.length + 300), [192, 192, 9, 90, 200]);
  });

  for (const layers of [3, -3])
    it(`of Photoshop's files with ${layers} layers is the composite`, async () => {
      const channels = [200, 100, 50, 128].map((value) => Array<Buffer>(60).fill(Buffer.alloc(80, value)));
      const small = psdOf({ mode: 3, depth: 8, width: 80, height: 60, channels });
      // Header, no palette, no resources; then the length of the layers, of which there are none.
      const head = Buffer.concat([small.subarray(0, 34), Buffer.alloc(10)]);
      head.writeUInt32BE(300 * MEBIBYTE, 34);
      head.writeUInt32BE(299 * MEBIBYTE, 38);
      head.writeInt16BE(layers, 42);
      const composite = small.subarray(34 + 4 + small.readUInt32BE(34));
      const at = 38 + 300 * MEBIBYTE;
      const file = new SparseFile(at + composite.length, [0, head], [at, composite]);
      // A count below nothing says that the colours were laid over white, which is taken back.
      const seen = layers < 0 ? [145, 0, 0] : [200, 100, 50];
      near(await middleOf(file, 'a.psd', composite.length + 2000), [80, 60, ...seen]);
    });

  it('of OpenEXR is the preview in its header, where that is large enough', async () => {
    const attribute = (side: number): Buffer =>
      Buffer.concat([
        Buffer.from('preview\0preview\0'),
        u32(8 + side * side * 4, side, side),
        Buffer.alloc(side * side * 4, Buffer.from([7, 160, 90, 255])),
      ]);
    const file = (side: number): SparseFile => {
      const whole = exr(600, 600, 0x3c00);
      // The table of lines behind the header is not read for the preview, and may be wrong.
      return of(Buffer.concat([whole.subarray(0, 8), attribute(side), whole.subarray(8)]));
    };
    near(await middleOf(file(100), 'a.exr', 100_000), [100, 100, 7, 160, 90]);
    const small = file(20);
    await thumbnails.thumbnail(small, 'b.exr', 'b', 192);
    assert.ok(small.taken > 600 * 600 * 6, 'one of 20 pixels is not taken');
  });

  it('of Photoshop, Unreal and Krita is the picture in it', async () => {
    const jpeg = codec.thumbnail(PICTURE, 'signature', 40, 9999);
    assert.ok('bytes' in jpeg);
    const behind = (bytes: Buffer): SparseFile => new SparseFile(600 * MEBIBYTE, [0, bytes]);
    near(await middleOf(behind(psd(Buffer.from(jpeg.bytes))), 'a.psd', 5000), [40, 20, 250, 10, 10]);
    // Tables are read up to the length that they may have.
    near(await middleOf(behind(uasset(PICTURE)), 'a.uasset', 2 * MEBIBYTE), [40, 20, 250, 10, 10]);
    const layers = Buffer.alloc(8 * MEBIBYTE);
    for (let i = 0; i < layers.length; i += 4) layers.writeInt32LE(Math.imul(i, 2_654_435_761) | 0, i);
    const painting = zip({ mimetype: 'application/x-krita', layer1: layers, 'preview.png': PICTURE });
    assert.ok(painting.length > 4 * MEBIBYTE);
    near(await middleOf(of(painting), 'a.kra', 70_000), [40, 20, 250, 10, 10]);
  });
});
