// Tests the parts of the picture viewer that need no browser: differences, what is seen, zoom and pan, and the texts.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { differenceOf, type DifferenceOptions } from '../../../extension/webview/picture/difference.ts';
import { displayOf } from '../../../extension/webview/picture/display.ts';
import { isCutOffJpeg } from '../../../extension/webview/picture/jpeg.ts';
import { readoutOf, statusOf, type Told } from '../../../extension/webview/picture/pictureTexts.ts';
import { encodedOf, linearOf, pixelOf, type Pixels } from '../../../extension/webview/picture/pixels.ts';
import {
  fit,
  fitBox,
  LEAST_SCALE,
  MOST_SCALE,
  pixelAt,
  zoomAt,
} from '../../../extension/webview/picture/view.ts';
import { viewerOf } from '../../../extension/viewer/viewerKinds.ts';

const pixels = (width: number, height: number, bytes: number[]): Pixels => ({
  width,
  height,
  kind: 'rgba8',
  data: Uint8Array.from(bytes),
});
const floats = (width: number, height: number, values: number[]): Pixels => ({
  width,
  height,
  kind: 'rgba32f',
  data: Float32Array.from(values),
});
const sizes = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }));
const anyBytes = sizes.chain(([width, height]) =>
  fc
    .uint8Array({ minLength: width * height * 4, maxLength: width * height * 4 })
    .map((data): Pixels => ({ width, height, kind: 'rgba8', data })),
);
const anyFloats = sizes.chain(([width, height]) =>
  fc
    .float32Array({ minLength: width * height * 4, maxLength: width * height * 4 })
    .map((data): Pixels => ({ width, height, kind: 'rgba32f', data })),
);
const anyPixels = fc.oneof(anyBytes, anyFloats);

/** What a difference draws, of pictures of at most so many pixels. */
function drawingOf(before: Pixels, after: Pixels, options: DifferenceOptions = {}): number[] {
  const size = Math.max(before.width, after.width) * Math.max(before.height, after.height);
  const drawing = new Uint8ClampedArray(size * 4);
  differenceOf(before, after, { ...options, drawing });
  return [...drawing];
}

describe('the difference of pictures', () => {
  it('of a picture with itself is nothing, whatever numbers are in it', () => {
    fc.assert(
      fc.property(anyPixels, (picture) => {
        const { changed, box } = differenceOf(picture, picture);
        assert.deepEqual([changed, box], [0, undefined]);
      }),
    );
  });

  it('is the same in both directions, and never larger than the picture', () => {
    fc.assert(
      fc.property(anyPixels, anyPixels, (a, b) => {
        const difference = differenceOf(a, b);
        assert.deepEqual(difference, differenceOf(b, a));
        assert.ok(difference.changed <= difference.total);
      }),
    );
  });

  it('names the box that holds all changes and nothing more, and the first of them', () => {
    fc.assert(
      fc.property(anyBytes, fc.array(fc.nat(35), { minLength: 1 }), (picture, places) => {
        const data = Uint8Array.from(picture.data);
        const count = data.length / 4;
        const changed = [...new Set(places.map((place) => place % count))];
        for (const place of changed) {
          data[place * 4 + 3] = picture.data[place * 4 + 3] ^ 1;
        }
        const found = differenceOf(picture, { ...picture, data } as Pixels);
        const xs = changed.map((place) => place % picture.width);
        const ys = changed.map((place) => Math.floor(place / picture.width));
        const [x, y] = [Math.min(...xs), Math.min(...ys)];
        assert.equal(found.changed, changed.length);
        assert.deepEqual(found.box, {
          x,
          y,
          width: Math.max(...xs) - x + 1,
          height: Math.max(...ys) - y + 1,
        });
        const least = Math.min(...changed);
        assert.deepEqual(found.first, { x: least % picture.width, y: Math.floor(least / picture.width) });
      }),
    );
  });

  it('counts and shows a change of one step', () => {
    const a = pixels(2, 1, [10, 10, 10, 255, 0, 0, 0, 255]);
    const b = pixels(2, 1, [11, 10, 10, 255, 0, 0, 0, 255]);
    assert.equal(differenceOf(a, b).changed, 1);
    assert.deepEqual(drawingOf(a, b), [52, 0, 0, 255, 0, 0, 0, 255]);
  });

  it('counts what one of them lacks, and not the colour of nothing', () => {
    const a = pixels(1, 1, [1, 2, 3, 0]);
    assert.equal(differenceOf(a, pixels(1, 1, [9, 9, 9, 0])).changed, 0);
    const { changed, width, height, total } = differenceOf(a, pixels(2, 2, new Array<number>(16).fill(0)));
    assert.deepEqual([changed, width, height, total], [3, 2, 2, 4]);
  });

  it('leaves out what lies within the tolerance', () => {
    const a = pixels(3, 1, [10, 0, 0, 255, 10, 0, 0, 255, 10, 0, 0, 255]);
    const b = pixels(3, 1, [11, 0, 0, 255, 12, 0, 0, 255, 13, 0, 0, 255]);
    assert.deepEqual(
      [0, 1, 2, 3].map((tolerance) => differenceOf(a, b, { tolerance }).changed),
      [3, 2, 1, 0],
    );
  });

  it('counts floats by their values, not by what is seen of them', () => {
    const a = floats(3, 1, [1000, 0, 0, 1, 0.25, 0, 0, 1, NaN, 0, 0, 1]);
    const b = floats(3, 1, [1001, 0, 0, 1, 0.2500001, 0, 0, 1, NaN, 0, 0, 1]);
    assert.deepEqual(
      [...displayOf(a, { channels: 'all', exposure: 0 })].slice(0, 8),
      [255, 0, 0, 255, 137, 0, 0, 255],
    );
    assert.equal(differenceOf(a, b).changed, 2);
    assert.equal(differenceOf(a, b, { tolerance: 0.001 }).changed, 1);
    assert.equal(differenceOf(a, floats(1, 1, [NaN, 0, 0, 1]), { tolerance: 1e9 }).changed, 3);
  });

  it('compares pictures of different kinds in the finer one', () => {
    const bytes = pixels(1, 1, [0, 188, 255, 128]);
    const words: Pixels = {
      width: 1,
      height: 1,
      kind: 'rgba16',
      data: Uint16Array.of(0, 188 * 257, 65535, 128 * 257),
    };
    assert.equal(differenceOf(bytes, words).changed, 0);
    words.data[1] += 1;
    assert.equal(differenceOf(bytes, words).changed, 1);
    const light = floats(1, 1, [0, linearOf(188 / 255), 1, 128 / 255]);
    assert.equal(differenceOf(bytes, light).changed, 0);
  });
});

describe('what is seen of a picture', () => {
  const picture = pixels(1, 1, [1, 2, 3, 4]);
  for (const [channels, expected] of [
    ['all', [1, 2, 3, 4]],
    ['red', [1, 1, 1, 255]],
    ['alpha', [4, 4, 4, 255]],
    ['opaque', [1, 2, 3, 255]],
  ] as const)
    it(`${channels} are ${expected.join(', ')}`, () =>
      assert.deepEqual([...displayOf(picture, { channels, exposure: 0 })], [...expected]));

  it('of floats is sRGB, a stop twice as bright', () => {
    const seen = (exposure: number, channels: 'all' | 'alpha' = 'all') => [
      ...displayOf(floats(1, 1, [0.25, 0.5, 4, 1]), { channels, exposure }),
    ];
    assert.deepEqual(seen(0), [137, 188, 255, 255]);
    assert.deepEqual(seen(1), [188, 255, 255, 255]);
    assert.deepEqual(seen(-2), [71, 99, 255, 255]);
    assert.deepEqual(seen(3, 'alpha'), [255, 255, 255, 255]);
  });

  it('of floats takes the alpha out of the colour', () => {
    const look = { channels: 'all', exposure: 0 } as const;
    assert.deepEqual([...displayOf(floats(1, 1, [0.25, 0, 0, 0.5]), look)], [188, 0, 0, 128]);
  });

  it('of floats survives what is no number', () => {
    const look = { channels: 'all', exposure: 0 } as const;
    assert.deepEqual([...displayOf(floats(1, 1, [NaN, Infinity, -1, 1]), look)], [0, 255, 0, 255]);
  });

  it('follows sRGB there and back', () => {
    for (let value = 0; value <= 255; value++)
      assert.equal(Math.round(255 * encodedOf(linearOf(value / 255))), value);
  });
});

describe('a JPEG', () => {
  // A segment with a whole picture in it, as a thumbnail is, then a scan.
  const head = [0xff, 0xd8, 0xff, 0xe1, 0, 6, 0xff, 0xd8, 0xff, 0xd9, 0xff, 0xda, 0, 3, 1];
  const scan = [1, 2, 0xff, 0, 3];
  for (const [bytes, expected] of [
    [[...head, ...scan, 0xff, 0xd9], false],
    [[...head, ...scan, 0xff, 0xd9, 0, 0], false],
    [[...head, ...scan, 0xff], true],
    [[...head, ...scan], true],
    [head.slice(0, 9), true],
    [[0xff, 0xd8], true],
    [[0x89, 0x50], false],
    [[], false],
  ] as const)
    it(`of ${bytes.length} bytes is ${expected ? '' : 'not '}cut off`, () =>
      assert.equal(isCutOffJpeg(Uint8Array.from(bytes)), expected));
});

describe('zoom and pan', () => {
  it('fits a large picture in the middle and leaves a small one as it is', () => {
    assert.deepEqual(fit({ width: 200, height: 100 }, { width: 100, height: 100 }), {
      scale: 0.5,
      x: 0,
      y: 25,
    });
    assert.equal(fit({ width: 10, height: 10 }, { width: 100, height: 100 }).scale, 1);
  });

  it('keeps the point under the cursor, within bounds', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 50, noNaN: true }),
        fc.double({ min: 0.1, max: 10, noNaN: true }),
        fc.integer({ min: 0, max: 500 }),
        (scale, factor, x) => {
          const before = { scale, x: 7, y: -3 };
          const after = zoomAt(before, factor, x, x);
          assert.ok(after.scale >= LEAST_SCALE && after.scale <= MOST_SCALE);
          const point = (x - before.x) / before.scale;
          assert.ok(Math.abs((x - after.x) / after.scale - point) < 1e-6 * (1 + Math.abs(point)));
        },
      ),
    );
  });

  it('finds the pixel under a point', () => {
    assert.deepEqual(pixelAt({ scale: 4, x: 10, y: 20 }, 10, 20), { x: 0, y: 0 });
    assert.deepEqual(pixelAt({ scale: 4, x: 10, y: 20 }, 17.9, 19), { x: 1, y: -1 });
  });

  it('goes to a part, in the middle of the pane', () => {
    const pane = { width: 100, height: 200 };
    const box = { x: 30, y: 50, width: 20, height: 10 };
    const view = fitBox(box, pane);
    assert.equal(view.scale, 3.5);
    assert.deepEqual(pixelAt(view, 50, 100), { x: 40, y: 55 });
    assert.equal(fitBox({ x: 0, y: 0, width: 1, height: 1 }, pane).scale, 16);
  });
});

describe('texts of the picture viewer', () => {
  const translate = (text: string, ...values: (string | number)[]) =>
    text.replaceAll(/\{(\d)\}/g, (_, i: string) => String(values[Number(i)]));
  const told: Told = { problems: [], tolerance: 0, isOtherSize: false, language: 'en' };

  it('tell how many pixels differ and where', () => {
    const a = pixels(2, 1, [1, 1, 1, 255, 2, 2, 2, 255]);
    const b = pixels(2, 1, [1, 1, 1, 255, 2, 2, 9, 255]);
    assert.equal(
      statusOf(translate, { ...told, difference: differenceOf(a, b), tolerance: 2, exposure: 0 }),
      '1 of 2 pixels differ (50.0 %) · within 1 × 1 at 1, 0 · Tolerance 2',
    );
    assert.equal(
      statusOf(translate, { ...told, difference: differenceOf(a, a), exposure: -1.5 }),
      'The pictures are equal · Exposure −1.5',
    );
    assert.equal(
      statusOf(translate, { ...told, language: 'de', difference: differenceOf(a, b), exposure: 0.5 }),
      '1 of 2 pixels differ (50,0 %) · within 1 × 1 at 1, 0 · Exposure +0,5',
    );
  });

  it('tell problems first, and nothing before there is something', () => {
    assert.equal(statusOf(translate, { ...told, problems: ['a.png: broken'] }), 'a.png: broken');
    assert.equal(statusOf(translate, { ...told, exposure: 2 }), 'Exposure +2');
  });

  it('tell the values of a pixel', () => {
    const values = [pixelOf(pixels(1, 1, [1, 2, 3, 4]), 0, 0), undefined];
    assert.equal(readoutOf(translate, 0, 0, values), 'x 0, y 0: RGBA 1 2 3 4 → –');
    assert.equal(
      readoutOf(translate, 5, 6, [{ kind: 'rgba32f', values: [0.123456, 2, 1e9, 1] }]),
      'x 5, y 6: RGBA 0.1235 2 1000000000 1',
    );
    assert.equal(pixelOf(pixels(1, 1, [1, 2, 3, 4]), 1, 0), undefined);
  });
});

describe('the viewer of a file', () => {
  for (const [path, viewer] of [
    ['a/B.PNG', 'image'],
    ['a.webp', 'image'],
    ['a.uasset', 'unreal'],
    ['sky.exr', 'image'],
    ['T_Hero.TGA', 'image'],
    ['a.b/hero.psd', 'image'],
    ['png', 'image'],
    ['a', 'hex'],
  ])
    it(`of ${path} is ${viewer}`, () => assert.equal(viewerOf(path), viewer));
});
