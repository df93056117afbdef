// Tests what picture.wasm makes of every kind of PNG, TGA, BMP and EXR, at full depth, and of animations.
import assert from 'node:assert/strict';
import { u16, u32 } from './fixtures.ts';
import { exrOf } from './exrFixtures.ts';
import { animatedGif, animatedWebp, bmpOf, deepPng, pngOf, tgaOf } from './pictureFixtures.ts';
import { decoded, notes, refusal, start } from './pictureSupport.ts';

describe('PNG', () => {
  it('of 16 bits keeps all of them', () => {
    const picture = decoded(deepPng(2, 1, (x) => [0x1234 + x, 0xffff, 1]));
    assert.deepEqual(start(picture, 2), ['rgba16', [0x1234, 0xffff, 1, 65535, 0x1235, 0xffff, 1, 65535]]);
  });

  it('of 16 bits in grey, with alpha and without', () => {
    assert.deepEqual(start(decoded(pngOf([1, 1], [16, 0], [u16(0x3412)]))), [
      'rgba16',
      [0x1234, 0x1234, 0x1234, 65535],
    ]);
    assert.deepEqual(start(decoded(pngOf([1, 1], [16, 4], [u16(0x3412, 0x0080)]))), [
      'rgba16',
      [0x1234, 0x1234, 0x1234, 0x8000],
    ]);
  });

  it('of a palette, of 1 bit, and of grey', () => {
    const palette: [string, Buffer][] = [['PLTE', Buffer.from([1, 2, 3, 40, 50, 60])]];
    const two = decoded(pngOf([2, 1], [1, 3], [Buffer.from([0x40])], palette));
    assert.deepEqual(start(two, 2), ['rgba8', [1, 2, 3, 255, 40, 50, 60, 255]]);
    const grey = decoded(pngOf([2, 1], [4, 0], [Buffer.from([0x0f])]));
    assert.deepEqual(start(grey, 2), ['rgba8', [0, 0, 0, 255, 255, 255, 255, 255]]);
  });

  it('that is animated tells so', () => {
    const file = pngOf([1, 1], [8, 2], [Buffer.from([1, 2, 3])], [['acTL', Buffer.from(u32(5, 0).swap32())]]);
    assert.deepEqual(notes(decoded(file)), ['It is animated: the first of 5 frames is shown']);
  });
});

describe('animations', () => {
  it('show their first frame and tell how many there are', () => {
    const gif = decoded(animatedGif(3));
    assert.deepEqual(start(gif), ['rgba8', [9, 8, 7, 255]]);
    assert.deepEqual(notes(gif), ['It is animated: the first of 3 frames is shown']);
    assert.deepEqual(notes(decoded(animatedGif(1))), []);
    assert.deepEqual(notes(decoded(animatedWebp(4))), ['It is animated: the first of 4 frames is shown']);
  });
});

describe('TGA', () => {
  const palette = Buffer.from([3, 2, 1, 30, 20, 10]);
  const pixels = (options: Omit<Parameters<typeof tgaOf>[0], 'width' | 'height'>): number[] => {
    const picture = decoded(tgaOf({ ...options, width: 2, height: 1 }), 'tga');
    return [...picture.data.subarray(0, 8)];
  };

  it('of every type', () => {
    const mapped = [1, 2, 3, 255, 10, 20, 30, 255];
    assert.deepEqual(pixels({ type: 1, bits: 8, palette, data: Buffer.from([0, 1]) }), mapped);
    assert.deepEqual(pixels({ type: 9, bits: 8, palette, data: Buffer.from([1, 0, 1]) }), mapped);
    assert.deepEqual(pixels({ type: 2, bits: 24, data: palette }), mapped);
    assert.deepEqual(pixels({ type: 10, bits: 24, data: Buffer.from([1, ...palette]) }), mapped);
    assert.deepEqual(pixels({ type: 3, bits: 8, data: Buffer.from([5, 6]) }), [5, 5, 5, 255, 6, 6, 6, 255]);
    assert.deepEqual(
      pixels({ type: 11, bits: 8, data: Buffer.from([0x81, 7]) }),
      [7, 7, 7, 255, 7, 7, 7, 255],
    );
    const four = { type: 2, bits: 32, descriptor: 0x28, data: Buffer.from([3, 2, 1, 9, 30, 20, 10, 8]) };
    assert.deepEqual(pixels(four), [1, 2, 3, 9, 10, 20, 30, 8]);
    assert.deepEqual(pixels({ type: 2, bits: 16, data: u16(0x7c00, 0x001f) }).slice(0, 3), [255, 0, 0]);
  });

  it('from each corner', () => {
    const data = Buffer.from([1, 2, 3, 4]);
    const grey = (descriptor: number): number[] => {
      const picture = decoded(tgaOf({ type: 3, bits: 8, width: 2, height: 2, descriptor, data }), 'tga');
      return [0, 4, 8, 12].map((at) => picture.data[at]);
    };
    assert.deepEqual([0x20, 0x30, 0, 0x10].map(grey), [
      [1, 2, 3, 4],
      [2, 1, 4, 3],
      [3, 4, 1, 2],
      [4, 3, 2, 1],
    ]);
  });
});

describe('BMP', () => {
  const colours = Buffer.from([3, 2, 1, 0, 30, 20, 10, 0]);
  const expected = [1, 2, 3, 255, 10, 20, 30, 255];
  const kinds: [string, Omit<Parameters<typeof bmpOf>[0], 'width' | 'height'>][] = [
    ['1 bit', { bits: 1, table: colours, data: Buffer.from([0x40, 0, 0, 0]) }],
    ['4 bits', { bits: 4, table: colours, data: Buffer.from([0x01, 0, 0, 0]) }],
    ['8 bits', { bits: 8, table: colours, data: Buffer.from([0, 1, 0, 0]) }],
    [
      '8 bits, run-length',
      { bits: 8, table: colours, compression: 1, data: Buffer.from([1, 0, 1, 1, 0, 1]) },
    ],
    ['4 bits, run-length', { bits: 4, table: colours, compression: 2, data: Buffer.from([2, 1, 0, 1]) }],
    ['24 bits', { bits: 24, data: Buffer.from([3, 2, 1, 30, 20, 10, 0, 0]) }],
    ['32 bits', { bits: 32, data: colours }],
    [
      '32 bits with masks',
      {
        bits: 32,
        compression: 3,
        table: u32(0xff, 0xff00, 0xff0000),
        data: Buffer.from([1, 2, 3, 0, 10, 20, 30, 0]),
      },
    ],
  ];
  for (const [name, options] of kinds) {
    it(`of ${name}`, () =>
      assert.deepEqual(start(decoded(bmpOf({ ...options, width: 2, height: 1 })), 2), ['rgba8', expected]));
  }

  it('of 16 bits, and from the top', () => {
    const file = bmpOf({ bits: 16, width: 1, height: -2, data: u16(0x7c00, 0, 0x001f, 0) });
    assert.deepEqual(start(decoded(file), 2), ['rgba8', [255, 0, 0, 255, 0, 0, 255, 255]]);
  });
});

describe('OpenEXR', () => {
  it('of grey, of a layer and of any channel tells what is shown', () => {
    const grey = decoded(exrOf([{ channels: [['Y', 0.5]] }]));
    assert.deepEqual([start(grey), notes(grey)], [['rgba32f', [0.5, 0.5, 0.5, 1]], []]);
    const channels: [string, number][] = [
      ['sun.B', 3],
      ['sun.G', 2],
      ['sun.R', 1],
      ['z', 9],
    ];
    const layer = decoded(exrOf([{ channels }]));
    assert.deepEqual(start(layer), ['rgba32f', [1, 2, 3, 1]]);
    assert.deepEqual(notes(layer), ['Of 4 channels these are shown: sun.R, sun.G, sun.B']);
    const depth = decoded(exrOf([{ channels: [['depth', 7]] }]));
    assert.deepEqual(
      [start(depth)[1], notes(depth)],
      [[7, 7, 7, 1], ['Of 1 channels these are shown: depth']],
    );
  });

  it('of several parts shows the first that has colours', () => {
    const colour: [string, number][] = [
      ['A', 0.5],
      ['B', 3],
      ['G', 2],
      ['R', 1],
    ];
    const picture = decoded(exrOf([{ channels: [['depth', 7]] }, { channels: colour }]));
    assert.deepEqual(start(picture), ['rgba32f', [1, 2, 3, 0.5]]);
    assert.deepEqual(notes(picture), ['Part 2 of 2 is shown']);
  });

  it('that is packed', () => {
    assert.deepEqual(start(decoded(exrOf([{ channels: [['Y', 0.5]] }], true))), [
      'rgba32f',
      [0.5, 0.5, 0.5, 1],
    ]);
  });

  it('of deep data says so', () => {
    assert.match(refusal(exrOf([{ channels: [['R', 1]], isDeep: true }])), /deep data/);
  });
});
