// Tests picture.wasm through its wrapper: pixels, thumbnails, and what damaged pictures do.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import {
  type EncodedPicture,
  PictureCodec,
  type Pixels,
  type Refusal,
} from '../../../core/formats/pictureCodec.ts';
import { ddsBc1, exr, hdr, png, tga } from './fixtures.ts';

declare const WebAssembly: { Module: new (bytes: Uint8Array) => object };
const WASM = new URL('../../../core/formats/picture.wasm', import.meta.url);
const MOST = 47_000;

function made<T extends Pixels | EncodedPicture>(result: T | Refusal): T {
  assert.ok(!('reason' in result), 'reason' in result ? result.reason : '');
  return result;
}

describe('PictureCodec', () => {
  let codec: PictureCodec;

  before(() => {
    codec = new PictureCodec(new WebAssembly.Module(readFileSync(WASM)));
  });

  it('decodes PNG with its alpha', () => {
    const pixels = made(
      codec.decode(
        png(2, 1, (x) => [10, 20, 30, x * 100]),
        'signature',
      ),
    );
    assert.deepEqual([pixels.width, pixels.height, pixels.kind], [2, 1, 'rgba8']);
    assert.deepEqual([...pixels.data], [10, 20, 30, 0, 10, 20, 30, 100]);
  });

  it('decodes TGA by its name', () => {
    const file = tga(2, 1, [1, 2, 3, 255]);
    assert.deepEqual([...made(codec.decode(file, 'tga')).data], [3, 2, 1, 255, 3, 2, 1, 255]);
    assert.ok('reason' in codec.decode(file, 'signature'));
  });

  it('decodes EXR and HDR into linear floats', () => {
    const one = made(codec.decode(exr(3, 2, 0x3c00), 'signature'));
    assert.deepEqual([one.kind, one.width, one.height], ['rgba32f', 3, 2]);
    assert.deepEqual([...one.data.subarray(0, 4)], [1, 1, 1, 1]);
    const bright = made(codec.decode(hdr(2, 2, [128, 64, 0, 130]), 'signature'));
    assert.equal(bright.kind, 'rgba32f');
    assert.deepEqual([...bright.data.subarray(0, 4)], [2, 1, 0, 1]);
  });

  it('decodes BC1 of a size that is no multiple of four', () => {
    const red = made(codec.decode(ddsBc1(6, 5, 0xf800), 'signature'));
    assert.deepEqual([red.width, red.height, red.data.length], [6, 5, 120]);
    for (let at = 0; at < 120; at += 4)
      assert.deepEqual([...red.data.subarray(at, at + 4)], [255, 0, 0, 255]);
  });

  it('makes a JPEG of what is opaque, and keeps the shape', () => {
    const file = png(400, 100, (x, y) => [x % 256, y * 2, 0, 255]);
    const small = made(codec.thumbnail(file, 'signature', 256, MOST));
    assert.deepEqual([small.mime, small.width, small.height], ['image/jpeg', 256, 64]);
    assert.deepEqual([...small.bytes.subarray(0, 2)], [0xff, 0xd8]);
  });

  it('does not let the colour of transparent pixels bleed', () => {
    const file = png(64, 64, (x) => (x % 2 === 0 ? [200, 0, 0, 255] : [0, 255, 0, 0]));
    const small = made(codec.thumbnail(file, 'signature', 16, MOST));
    assert.equal(small.mime, 'image/png');
    const { data } = made(codec.decode(small.bytes, 'signature'));
    for (let at = 0; at < data.length; at += 4) assert.ok(data[at + 1] < 8, `green ${data[at + 1]}`);
  });

  it('fits noise into the bytes that it may have', () => {
    let state = 1;
    const next = () => ((state = (state * 1103515245 + 12345) & 0x7fffffff) >> 16) & 255;
    const noise = png(300, 300, () => [next(), next(), next(), 254]);
    const small = made(codec.thumbnail(noise, 'signature', 256, MOST));
    assert.ok(small.bytes.length <= MOST);
    assert.ok(small.width >= 64, `${small.width}`);
  });

  it('refuses more pixels than it may decode, before it allocates them', () => {
    const huge = png(1, 1, () => [0, 0, 0, 255]);
    huge.writeUInt32BE(30_000, 16);
    huge.writeUInt32BE(30_000, 20);
    const result = codec.decode(huge, 'signature');
    assert.ok('reason' in result && result.reason !== '');
    const dds = ddsBc1(4, 4, 0);
    dds.writeUInt32LE(30_000, 12);
    dds.writeUInt32LE(30_000, 16);
    assert.match((codec.decode(dds, 'signature') as Refusal).reason, /too many/);
  });

  const files: [name: string, bytes: Buffer, hint: 'tga' | 'signature'][] = [
    ['PNG', png(8, 8, (x, y) => [x, y, 0, 255]), 'signature'],
    ['TGA', tga(8, 8, [1, 2, 3, 4]), 'tga'],
    ['HDR', hdr(8, 8, [1, 2, 3, 128]), 'signature'],
    ['DDS', ddsBc1(8, 8, 99), 'signature'],
    ['EXR', exr(8, 8, 0x3c00), 'signature'],
  ];
  for (const [name, bytes, hint] of files) {
    it(`a damaged ${name} gives a picture or a reason, and the next one is right`, () => {
      const flips = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
      fc.assert(
        fc.property(flips, fc.nat(bytes.length), (changes, length) => {
          const damaged = Buffer.from(bytes.subarray(0, length));
          for (const [at, value] of changes) if (at < length) damaged[at] = value;
          const result = codec.thumbnail(damaged, hint, 64, MOST);
          assert.ok('reason' in result ? result.reason !== '' : result.bytes.length > 0);
        }),
        { numRuns: 60 },
      );
      made(codec.decode(bytes, hint));
    });
  }
});
