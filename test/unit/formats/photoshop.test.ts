// Tests what picture.wasm makes of the composites of Photoshop: modes, depths and packings, notes, and why it refuses.
import assert from 'node:assert/strict';
import { u16 } from './fixtures.ts';
import { f32be, psdOf, type PsdOptions } from './pictureFixtures.ts';
import { decoded, notes, refusal, start } from './pictureSupport.ts';

describe('the composite of Photoshop', () => {
  const two = (mode: number, depth: number, channels: Buffer[], more: Partial<PsdOptions> = {}): Buffer =>
    psdOf({ mode, depth, width: 2, height: 1, channels: channels.map((row) => [row]), ...more });
  const be = (...values: number[]): Buffer => u16(...values).swap16();
  const bytes = (...values: number[]): Buffer => Buffer.from(values);

  for (const [name, packing] of [
    ['raw', 0],
    ['run-length', 1],
    ['zip', 2],
  ] as const) {
    it(`of 8, 16 and 32 bits, ${name}`, () => {
      const eight = two(3, 8, [bytes(1, 9), bytes(2, 8), bytes(3, 7)], { packing });
      assert.deepEqual(start(decoded(eight), 2), ['rgba8', [1, 2, 3, 255, 9, 8, 7, 255]]);
      const sixteen = two(3, 16, [be(1, 0xabcd), be(2, 2), be(3, 3)], { packing });
      assert.deepEqual(start(decoded(sixteen), 2), ['rgba16', [1, 2, 3, 65535, 0xabcd, 2, 3, 65535]]);
      const floats = two(3, 32, [f32be(0.5, 4), f32be(1, 1), f32be(0, 0)], { packing });
      assert.deepEqual(start(decoded(floats), 2), ['rgba32f', [0.5, 1, 0, 1, 4, 1, 0, 1]]);
    });
  }

  it('of zip with prediction', () => {
    const eight = two(1, 8, [bytes(5, 251)], { packing: 3 });
    assert.deepEqual(start(decoded(eight), 2), ['rgba8', [5, 5, 5, 255, 0, 0, 0, 255]]);
    const sixteen = two(1, 16, [be(0x0102, 0xffff)], { packing: 3 });
    assert.deepEqual(start(decoded(sixteen), 2)[1].slice(0, 8), [258, 258, 258, 65535, 257, 257, 257, 65535]);
    // 1 and 2 as floats, their bytes in planes, then as distances.
    const planes = bytes(0x3f, 0x40, 0x80, 0, 0, 0, 0, 0);
    const distances = Buffer.from(planes.map((value, at) => value - (at > 0 ? planes[at - 1] : 0)));
    assert.deepEqual(start(decoded(two(1, 32, [distances], { packing: 3 })), 2), [
      'rgba32f',
      [1, 1, 1, 1, 2, 2, 2, 1],
    ]);
  });

  it('of every mode', () => {
    const palette = Buffer.alloc(768);
    palette.set([10, 20], 0);
    palette.set([30, 40], 256);
    palette.set([50, 60], 512);
    const shown = (file: Buffer, pixels = 1): number[] => start(decoded(file), pixels)[1];
    assert.deepEqual(shown(two(0, 1, [bytes(0x40)]), 2), [255, 255, 255, 255, 0, 0, 0, 255]);
    assert.deepEqual(shown(two(1, 8, [bytes(7, 8), bytes(9, 10)]), 2), [7, 7, 7, 9, 8, 8, 8, 10]);
    assert.deepEqual(shown(two(2, 8, [bytes(0, 1)], { palette }), 2), [10, 30, 50, 255, 20, 40, 60, 255]);
    const resources: [number, Buffer][] = [[1047, be(1)]];
    assert.equal(shown(two(2, 8, [bytes(0, 1)], { palette, resources }), 2)[7], 0);
    assert.deepEqual(
      shown(two(4, 8, [bytes(255, 0), bytes(128, 0), bytes(0, 0), bytes(128, 0)]), 2),
      [128, 64, 0, 255, 0, 0, 0, 255],
    );
    assert.deepEqual(shown(two(7, 8, [bytes(1, 1), bytes(2, 2), bytes(3, 3), bytes(4, 4)])), [1, 2, 3, 255]);
    assert.deepEqual(shown(two(8, 8, [bytes(5, 5)])), [5, 5, 5, 255]);
    assert.deepEqual(shown(two(9, 8, [bytes(255, 0), bytes(128, 128), bytes(128, 128)]), 2), [
      ...[255, 255, 255, 255],
      ...[0, 0, 0, 255],
    ]);
    // Red of sRGB is 54.3, 80.8, 69.9 in Lab of D50.
    const [red, green, blue] = shown(two(9, 8, [bytes(138, 138), bytes(209, 209), bytes(198, 198)]));
    assert.ok(red > 250 && green < 12 && blue < 12, `${red} ${green} ${blue}`);
  });

  it('tells what it does not show', () => {
    const many = two(3, 8, Array<Buffer>(6).fill(bytes(1, 1)));
    assert.deepEqual(notes(decoded(many)), ['2 further channels are not shown']);
    assert.match(notes(decoded(two(4, 8, Array<Buffer>(4).fill(bytes(1, 1)))))[0], /^CMYK/);
    assert.match(notes(decoded(two(8, 8, [bytes(1, 1)])))[0], /^Duotone/);
  });

  it('takes back the white behind what is half transparent, and nothing else', () => {
    const channels = [bytes(255, 100), bytes(128, 100), bytes(191, 100), bytes(128, 0)];
    const plain = decoded(two(3, 8, channels));
    assert.deepEqual(start(plain), ['rgba8', [255, 128, 191, 128]]);
    const seen = decoded(two(3, 8, channels, { isTransparent: true }));
    assert.deepEqual(start(seen, 2), ['rgba8', [255, 2, 128, 128, 100, 100, 100, 0]]);
  });

  it('of large documents', () => {
    for (const packing of [0, 1, 2]) {
      const file = two(3, 8, [bytes(1, 1), bytes(2, 2), bytes(3, 3)], { isLarge: true, packing });
      assert.deepEqual(start(decoded(file)), ['rgba8', [1, 2, 3, 255]]);
    }
  });

  it('is refused with a reason', () => {
    const resources: [number, Buffer][] = [[1057, Buffer.from([0, 0, 0, 1, 0])]];
    assert.match(refusal(two(3, 8, [bytes(1, 1)], { resources })), /without the picture of all layers/);
    assert.match(refusal(two(5, 8, [bytes(1, 1)])), /kind of colour is not known \(5\)/);
    assert.match(refusal(two(2, 16, [be(1, 1)])), /has no 16 bits/);
    assert.match(refusal(two(3, 8, [bytes(1, 1)])), /cut off/);
    const whole = two(3, 8, [bytes(1, 1), bytes(2, 2), bytes(3, 3)]);
    assert.match(refusal(whole.subarray(0, whole.length - 1)), /cut off/);
  });
});
