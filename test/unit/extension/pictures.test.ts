// Tests the parts of the picture viewer that need no browser: differences, channels, zoom and pan.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { channelsOf, differenceOf, type Pixels } from '../../../extension/webview/picture/difference.ts';
import { fit, LEAST_SCALE, MOST_SCALE, zoomAt } from '../../../extension/webview/picture/view.ts';
import { viewerOf } from '../../../extension/viewer/viewerKinds.ts';

const pixels = (width: number, height: number, bytes: number[]): Pixels => ({
  width,
  height,
  data: Uint8ClampedArray.from(bytes),
});
const anyPixels = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }))
  .chain(([width, height]) =>
    fc
      .uint8ClampedArray({ minLength: width * height * 4, maxLength: width * height * 4 })
      .map((data): Pixels => ({ width, height, data })),
  );

describe('the difference of pictures', () => {
  it('of a picture with itself is nothing', () => {
    fc.assert(fc.property(anyPixels, (picture) => differenceOf(picture, picture).changed === 0));
  });

  it('is the same in both directions, and never larger than the picture', () => {
    fc.assert(
      fc.property(anyPixels, anyPixels, (a, b) => {
        const { changed, total } = differenceOf(a, b);
        assert.equal(changed, differenceOf(b, a).changed);
        assert.ok(changed <= total);
      }),
    );
  });

  it('counts and shows a change of one step', () => {
    const a = pixels(2, 1, [10, 10, 10, 255, 0, 0, 0, 255]);
    const b = pixels(2, 1, [11, 10, 10, 255, 0, 0, 0, 255]);
    const { changed, data } = differenceOf(a, b);
    assert.equal(changed, 1);
    assert.deepEqual([...data], [52, 0, 0, 255, 0, 0, 0, 255]);
  });

  it('counts what one of them lacks, and not the colour of nothing', () => {
    const a = pixels(1, 1, [1, 2, 3, 0]);
    assert.equal(differenceOf(a, pixels(1, 1, [9, 9, 9, 0])).changed, 0);
    const { changed, width, height, total } = differenceOf(a, pixels(2, 2, new Array<number>(16).fill(0)));
    assert.deepEqual([changed, width, height, total], [3, 2, 2, 4]);
  });
});

describe('channels of a picture', () => {
  const picture = pixels(1, 1, [1, 2, 3, 4]);
  for (const [name, expected] of [
    ['all', [1, 2, 3, 4]],
    ['red', [1, 1, 1, 255]],
    ['alpha', [4, 4, 4, 255]],
    ['opaque', [1, 2, 3, 255]],
  ] as const)
    it(`${name} are ${expected.join(', ')}`, () =>
      assert.deepEqual([...channelsOf(picture, name).data], [...expected]));
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
});

describe('the viewer of a file', () => {
  for (const [path, viewer] of [
    ['a/B.PNG', 'image'],
    ['a.webp', 'image'],
    ['a.uasset', 'unreal'],
    ['png', 'image'],
    ['a', 'hex'],
  ])
    it(`of ${path} is ${viewer}`, () => assert.equal(viewerOf(path), viewer));
});
