// Tests that no header makes picture.wasm decode what cannot be.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { PictureHint } from '../../../core/formats/pictureCodec.ts';
import { ddsBc1, exr, hdr, u32 } from './fixtures.ts';
import { animatedGif, bmpOf, deepPng, ktx2, pngOf, psdOf, tgaOf } from './pictureFixtures.ts';
import { codec, decoded, refusal } from './pictureSupport.ts';

describe('headers of pictures that cannot be', () => {
  const samples: [string, Buffer, PictureHint, (side: Buffer) => Buffer][] = [];
  const add = (
    name: string,
    file: Buffer,
    places: [at: number, kind: 'u16' | 'u32' | 'u16be' | 'u32be'][],
    hint: PictureHint = 'signature',
  ): void => {
    samples.push([
      name,
      file,
      hint,
      (sides) => {
        const changed = Buffer.from(file);
        places.forEach(([at, kind], index) => {
          const value = sides.readUInt32LE(index * 4);
          if (kind === 'u16') changed.writeUInt16LE(value & 0xffff, at);
          else if (kind === 'u16be') changed.writeUInt16BE(value & 0xffff, at);
          else if (kind === 'u32') changed.writeUInt32LE(value, at);
          else changed.writeUInt32BE(value, at);
        });
        return changed;
      },
    ]);
  };
  add(
    'PNG',
    deepPng(2, 2, () => [1, 2, 3]),
    [
      [16, 'u32be'],
      [20, 'u32be'],
    ],
  );
  add(
    'PSD',
    psdOf({
      mode: 3,
      depth: 8,
      width: 1,
      height: 1,
      channels: Array<Buffer[]>(3).fill([Buffer.from([1])]),
      packing: 1,
    }),
    [
      [18, 'u32be'],
      [14, 'u32be'],
    ],
  );
  add('DDS', ddsBc1(4, 4, 9), [
    [16, 'u32'],
    [12, 'u32'],
  ]);
  add('KTX2', ktx2(1, 1, 43, Buffer.alloc(4), 3), [
    [20, 'u32'],
    [24, 'u32'],
  ]);
  add(
    'TGA',
    tgaOf({ type: 10, bits: 24, width: 1, height: 1, data: Buffer.from([0, 1, 2, 3]) }),
    [
      [12, 'u16'],
      [14, 'u16'],
    ],
    'tga',
  );
  add('BMP', bmpOf({ bits: 24, width: 1, height: 1, data: Buffer.alloc(4) }), [
    [18, 'u32'],
    [22, 'u32'],
  ]);
  add('GIF', animatedGif(2), [
    [6, 'u16'],
    [8, 'u16'],
  ]);
  const light = exr(2, 2, 0x3c00);
  const window = light.indexOf('dataWindow\0box2i\0') + 'dataWindow\0box2i\0'.length + 4;
  const display = light.indexOf('displayWindow\0box2i\0') + 'displayWindow\0box2i\0'.length + 4;
  add('EXR', light, [
    [window + 8, 'u32'],
    [window + 12, 'u32'],
    [display + 8, 'u32'],
    [display + 12, 'u32'],
  ]);

  for (const [name, file, hint, change] of samples) {
    it(`${name} of 100,000 x 100,000 pixels is refused`, () => {
      const huge = change(Buffer.from(u32(100_000, 100_000, 99_999, 99_999)));
      assert.ok(refusal(huge, hint).length > 5);
    });

    it(`${name} of any size ends with a picture or a reason`, () => {
      const length = fc.oneof(
        fc.nat(64),
        fc.nat(70_000),
        fc.nat(0x7fffffff),
        fc.constantFrom(0xffffffff, 0x80000000, 32_768, 16_384),
      );
      fc.assert(
        fc.property(length, length, length, length, fc.nat(file.length), (a, b, c, d, cut) => {
          const changed = change(Buffer.from(u32(a, b, c, d))).subarray(0, cut < 8 ? file.length : cut);
          const result = codec.decode(changed, hint);
          if ('reason' in result) assert.ok(result.why, result.reason);
          else assert.ok(result.data.length === result.width * result.height * 4);
        }),
        { numRuns: 40 },
      );
      decoded(file, hint);
    });
  }

  it('HDR of a size that cannot be is refused', () => {
    const huge = Buffer.from(
      hdr(2, 2, [1, 2, 3, 128]).toString('latin1').replace('-Y 2 +X 2', '-Y 100000 +X 100000'),
      'latin1',
    );
    assert.ok(refusal(huge));
  });

  it('a picture of one column is decoded, up to the longest side', () => {
    const rows = Array<Buffer>(32_768).fill(Buffer.from([7]));
    assert.equal(decoded(pngOf([1, 32_768], [8, 0], rows)).height, 32_768);
    assert.ok(refusal(pngOf([1, 100_000], [8, 0], Array<Buffer>(100_000).fill(Buffer.from([7])))));
  });
});
