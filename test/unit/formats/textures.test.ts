// Tests what picture.wasm makes of every layout of DDS and KTX2, and why it refuses others.
import assert from 'node:assert/strict';
import { ddsBc1, u16, u32 } from './fixtures.ts';
import { ddsOf, f32, ktx2 } from './pictureFixtures.ts';
import { decoded, notes, refusal, start } from './pictureSupport.ts';

describe('DDS', () => {
  const one = (kind: Parameters<typeof ddsOf>[2], data: Buffer): [string, number[]] =>
    start(decoded(ddsOf(1, 1, kind, data)));

  it('of floats', () => {
    assert.deepEqual(one({ dxgi: 2 }, f32(0.5, -1, 8, 0.25)), ['rgba32f', [0.5, -1, 8, 0.25]]);
    assert.deepEqual(one({ dxgi: 6 }, f32(0.5, 1, 8)), ['rgba32f', [0.5, 1, 8, 1]]);
    assert.deepEqual(one({ dxgi: 10 }, u16(0x3c00, 0x4000, 0x3800, 0x3c00)), ['rgba32f', [1, 2, 0.5, 1]]);
    assert.deepEqual(one({ dxgi: 41 }, f32(3)), ['rgba32f', [3, 3, 3, 1]]);
    assert.deepEqual(one({ dxgi: 34 }, u16(0x3c00, 0x4000)), ['rgba32f', [1, 2, 0, 1]]);
    assert.deepEqual(one({ fourCC: 113 }, u16(0x3c00, 0, 0, 0x3c00)), ['rgba32f', [1, 0, 0, 1]]);
    assert.deepEqual(one({ fourCC: 116 }, f32(1, 2, 3, 4)), ['rgba32f', [1, 2, 3, 4]]);
    // 1 in 6 bits of mantissa, 2 in 6, 0.5 in 5.
    assert.deepEqual(one({ dxgi: 26 }, u32((15 << 6) | ((16 << 6) << 11) | ((14 << 5) << 22))), [
      'rgba32f',
      [1, 2, 0.5, 1],
    ]);
    assert.deepEqual(one({ dxgi: 67 }, u32(256 | (128 << 9) | (64 << 18) | (16 << 27))), [
      'rgba32f',
      [1, 0.5, 0.25, 1],
    ]);
  });

  it('of 16 bits a channel and of odd masks', () => {
    assert.deepEqual(one({ dxgi: 11 }, u16(1, 2, 3, 4)), ['rgba16', [1, 2, 3, 4]]);
    assert.deepEqual(one({ dxgi: 56 }, u16(0x1234)), ['rgba16', [0x1234, 0x1234, 0x1234, 65535]]);
    assert.deepEqual(one({ dxgi: 24 }, u32(0xc00003ff)), ['rgba16', [65535, 0, 0, 65535]]);
    assert.deepEqual(one({ bits: 16, masks: [0xf800, 0x7e0, 0x1f, 0] }, u16(0xf81f)), [
      'rgba8',
      [255, 0, 255, 255],
    ]);
    assert.deepEqual(one({ bits: 16, masks: [0x7c00, 0x3e0, 0x1f, 0x8000] }, u16(0x03e0)), [
      'rgba8',
      [0, 255, 0, 0],
    ]);
    assert.deepEqual(one({ bits: 16, masks: [0xf00, 0xf0, 0xf, 0xf000] }, u16(0x8123)), [
      'rgba8',
      [17, 34, 51, 136],
    ]);
    assert.deepEqual(one({ bits: 16, masks: [0xffff, 0, 0, 0], flags: 0x20000 }, u16(0x1234)), [
      'rgba16',
      [0x1234, 0x1234, 0x1234, 65535],
    ]);
    assert.deepEqual(one({ bits: 16, masks: [0xff, 0, 0, 0xff00], flags: 0x20001 }, Buffer.from([7, 9])), [
      'rgba8',
      [7, 7, 7, 9],
    ]);
    assert.deepEqual(one({ bits: 8, masks: [0, 0, 0, 0xff], flags: 2 }, Buffer.from([9])), [
      'rgba8',
      [0, 0, 0, 9],
    ]);
    assert.deepEqual(one({ bits: 24, masks: [0xff0000, 0xff00, 0xff, 0] }, Buffer.from([3, 2, 1])), [
      'rgba8',
      [1, 2, 3, 255],
    ]);
    assert.deepEqual(one({ dxgi: 31 }, Buffer.from([127, 0, 0x81, 127])), ['rgba8', [255, 128, 0, 255]]);
  });

  it('of every kind of block', () => {
    // One block of one colour each; BC7 in mode 6, BC6H in mode 11.
    const colour = Buffer.concat([u16(0xf800, 0xf800), u32(0)]);
    const grey = Buffer.from([100, 100, 0, 0, 0, 0, 0, 0]);
    const full = Buffer.from([255, 255, 0, 0, 0, 0, 0, 0]);
    assert.deepEqual(one({ fourCC: 'DXT1' }, colour), ['rgba8', [255, 0, 0, 255]]);
    assert.deepEqual(one({ fourCC: 'DXT3' }, Buffer.concat([Buffer.alloc(8, 0x88), colour])), [
      'rgba8',
      [255, 0, 0, 136],
    ]);
    assert.deepEqual(one({ fourCC: 'DXT5' }, Buffer.concat([grey, colour])), ['rgba8', [255, 0, 0, 100]]);
    assert.deepEqual(one({ fourCC: 'BC4U' }, grey), ['rgba8', [100, 100, 100, 255]]);
    assert.deepEqual(one({ dxgi: 81 }, Buffer.from([0x40, 0x40, 0, 0, 0, 0, 0, 0])), [
      'rgba8',
      [192, 192, 192, 255],
    ]);
    assert.deepEqual(one({ dxgi: 83 }, Buffer.concat([full, full]))[1].slice(0, 2), [255, 255]);
    assert.deepEqual(
      one({ dxgi: 84 }, Buffer.concat([Buffer.from([0x7f, 0x7f]), Buffer.alloc(14)]))[1].slice(0, 2),
      [255, 128],
    );
    // Mode 6: seven bits of 0x7f for both ends of each channel, and both last bits.
    const white = Buffer.from([0x40, ...Array<number>(7).fill(0xff), 1, ...Array<number>(7).fill(0)]);
    white[0] = 0xc0;
    assert.deepEqual(one({ dxgi: 98 }, white), ['rgba8', [255, 255, 255, 255]]);
    const light = one({ dxgi: 95 }, Buffer.concat([Buffer.from([0x03]), Buffer.alloc(15)]));
    assert.deepEqual(light, ['rgba32f', [0, 0, 0, 1]]);
  });

  it('tells of cubes and arrays, and refuses what it does not know', () => {
    const cube = ddsBc1(4, 4, 0xf800);
    cube.writeUInt32LE(0xfe00, 112);
    assert.deepEqual(notes(decoded(cube)), ['It is a cube map: its first face is shown']);
    assert.equal(
      refusal(ddsOf(4, 4, { fourCC: 'PVR4' }, Buffer.alloc(64))),
      'DDS pixels of kind PVR4 are not decoded',
    );
    assert.match(refusal(ddsOf(4, 4, { dxgi: 130 }, Buffer.alloc(64))), /DXGI format 130/);
    assert.match(refusal(ddsOf(4, 4, { bits: 32, masks: [5, 0, 0, 0] }, Buffer.alloc(64))), /such masks/);
    assert.match(refusal(ddsOf(4, 4, { dxgi: 2 }, Buffer.alloc(64))), /cut off/);
  });
});

describe('KTX2', () => {
  it('of plain pixels, of blocks and of zlib', () => {
    assert.deepEqual(start(decoded(ktx2(1, 1, 43, Buffer.from([1, 2, 3, 4])))), ['rgba8', [1, 2, 3, 4]]);
    assert.deepEqual(start(decoded(ktx2(1, 1, 97, u16(0x3c00, 0, 0, 0x3c00)))), ['rgba32f', [1, 0, 0, 1]]);
    const red = Buffer.concat([u16(0xf800, 0xf800), u32(0)]);
    assert.deepEqual(start(decoded(ktx2(4, 4, 131, red, 3))), ['rgba8', [255, 0, 0, 255]]);
  });

  it('says what it cannot', () => {
    assert.match(refusal(ktx2(4, 4, 0, Buffer.alloc(16), 1)), /Basis Universal/);
    assert.match(refusal(ktx2(4, 4, 0, Buffer.alloc(16))), /Basis Universal/);
    assert.match(refusal(ktx2(4, 4, 43, Buffer.alloc(64), 2)), /Zstandard/);
    assert.match(refusal(ktx2(4, 4, 157, Buffer.alloc(16))), /ASTC/);
    assert.match(refusal(ktx2(4, 4, 147, Buffer.alloc(16))), /ETC2/);
    assert.match(refusal(ktx2(4, 4, 43, Buffer.alloc(16))), /cut off/);
  });
});
