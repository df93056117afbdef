// Owns the tests of the demo's media writers: each file is taken apart as its format's specification says.
import assert from 'node:assert/strict';
import { crc32, inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { noiseTexture, paint, type Image } from '../../../scripts/demo/media/image.ts';
import { encodeLevel, makeLevel, moveObjects } from '../../../scripts/demo/media/level.ts';
import { encodeGlb, encodeObj, makeTerrain, raise } from '../../../scripts/demo/media/mesh.ts';
import { encodePng } from '../../../scripts/demo/media/png.ts';
import { encodePsd } from '../../../scripts/demo/media/psd.ts';
import { decodeTga, encodeTga } from '../../../scripts/demo/media/tga.ts';
import {
  cutOut,
  decodeWav,
  durationOf,
  encodeWav,
  spliceIn,
  synthesize,
  type Audio,
} from '../../../scripts/demo/media/wav.ts';
import { brighten, decodeY4m, encodeY4m, panOver } from '../../../scripts/demo/media/y4m.ts';

const texture = (width: number, height: number) =>
  noiseTexture(width, height, 1, [10, 20, 30], [200, 210, 220]);

describe('demo: pictures', () => {
  it('makes the same texture from the same seed, with values all over the range', () => {
    assert.deepEqual(texture(64, 48), texture(64, 48));
    const reds = texture(600, 600).pixels.filter((_, i) => i % 4 === 0);
    assert.ok(Math.max(...new Set(reds)) - Math.min(...new Set(reds)) > 60);
  });

  it('paints inside the radius alone', () => {
    const before = texture(100, 80);
    const after: Image = { ...before, pixels: Buffer.from(before.pixels) };
    paint(after, 95, 5, 10, [255, 0, 0]);
    for (let i = 0; i < 100 * 80; i++) {
      const far = Math.hypot((i % 100) - 95, Math.floor(i / 100) - 5) >= 10;
      if (far) assert.deepEqual(pixel(after, i), pixel(before, i), `pixel ${i}`);
    }
    assert.equal(pixel(after, 5 * 100 + 95)[0], 255);
  });

  it('writes Targa files that hold the picture', () => {
    const image = texture(33, 17);
    const file = encodeTga(image);
    assert.equal(file.length, 18 + 33 * 17 * 3);
    assert.deepEqual(decodeTga(file), image);
    assert.throws(() => decodeTga(Buffer.alloc(100)));
  });

  it('writes PNG files that hold the picture', () => {
    const image = texture(31, 9);
    const chunks = pngChunks(encodePng(image));
    assert.deepEqual(
      chunks.map(({ type }) => type),
      ['IHDR', 'IDAT', 'IEND'],
    );
    assert.equal(chunks[0].data.toString('hex'), '0000001f' + '00000009' + '08' + '06' + '000000');
    assert.deepEqual(unfilterSub(inflateSync(chunks[1].data), 31 * 4), image.pixels);
  });

  it('writes Photoshop documents whose sections add up', () => {
    const image = texture(20, 10);
    const file = encodePsd(image, [
      { name: 'Sky', left: 0, top: 0, image },
      { name: 'Title card', left: -3, top: 2, image: texture(7, 5) },
    ]);
    assert.equal(file.toString('latin1', 0, 4), '8BPS');
    let at = 26;
    for (let i = 0; i < 3; i++) at += 4 + file.readUInt32BE(at);
    assert.equal(file.readUInt16BE(at), 0, 'uncompressed');
    assert.equal(file.length - at - 2, 3 * 20 * 10, 'three planes of the flattened picture end the file');
    assert.deepEqual([...file.subarray(at + 2, at + 4)], [pixel(image, 0)[0], pixel(image, 1)[0]]);
    const info = 26 + 4 + 4 + 4;
    assert.equal(file.readUInt16BE(info + 4), 2, 'layers');
    const [top, left, bottom, right] = [6, 10, 14, 18].map((offset) => file.readInt32BE(info + offset));
    assert.deepEqual([top, left, bottom, right], [0, 0, 10, 20]);
    const channelBytes = [26, 32, 38, 44].map((offset) => file.readUInt32BE(info + offset));
    assert.deepEqual(channelBytes, [202, 202, 202, 202]);
  });
});

describe('demo: sound and film', () => {
  it('writes and reads WAV files', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.uint8Array({ maxLength: 200 }), (channels, bytes) => {
        const samples = Buffer.from(bytes.subarray(0, bytes.length - (bytes.length % (2 * channels))));
        const audio: Audio = { channels, rate: 44_100, samples };
        const file = encodeWav(audio);
        assert.equal(file.readUInt32LE(4), file.length - 8);
        assert.deepEqual(decodeWav(file), audio);
      }),
    );
  });

  it('reads no WAV out of anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        assert.equal(decodeWav(Buffer.from(bytes)), undefined);
        const broken = Buffer.concat([Buffer.from('RIFF....WAVE'), bytes]);
        assert.doesNotThrow(() => decodeWav(broken));
      }),
    );
  });

  it('cuts and splices whole frames', () => {
    const audio = synthesize(2.5, 2, 1);
    assert.equal(durationOf(audio), 2.5);
    const shorter = cutOut(audio, 0.5, 1.25);
    assert.equal(durationOf(shorter), 1.75);
    assert.ok(shorter.samples.subarray(96_000).equals(audio.samples.subarray(240_000)));
    const longer = spliceIn(audio, 1, synthesize(0.5, 2, 2));
    assert.equal(durationOf(longer), 3);
    assert.ok(longer.samples.subarray(0, 192_000).equals(audio.samples.subarray(0, 192_000)));
    assert.ok(longer.samples.subarray(-96_000).equals(audio.samples.subarray(-96_000)));
  });

  it('is loud but does not wrap around', () => {
    const { samples } = synthesize(2, 1, 3);
    const values = new Int16Array(samples.buffer, samples.byteOffset, samples.length / 2);
    const peak = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    assert.ok(peak > 5_000 && peak < 25_000, `${peak}`);
  });

  it('writes and reads video, and brightens the frames it is told to', () => {
    const video = panOver(32, 16, 5, 1);
    const file = encodeY4m(video);
    assert.equal(file.length, file.indexOf('\n') + 1 + 5 * (6 + (32 * 16 * 3) / 2));
    assert.deepEqual(decodeY4m(file), video);
    const graded = brighten(video, 1, 3);
    const changed = graded.frames.map((frame, i) => !frame.equals(video.frames[i]));
    assert.deepEqual(changed, [false, true, true, false, false]);
  });
});

describe('demo: models and levels', () => {
  it('writes OBJ files whose faces use points that exist', () => {
    const lines = encodeObj(makeTerrain(6, 1), 'hill').toString().trim().split('\n');
    const points = lines.filter((line) => line.startsWith('v '));
    const faces = lines.filter((line) => line.startsWith('f '));
    assert.equal(points.length, 36);
    assert.equal(faces.length, 50);
    for (const face of faces) {
      const numbers = face.slice(2).split(' ').map(Number);
      assert.ok(numbers.every((n) => n >= 1 && n <= 36) && new Set(numbers).size === 3, face);
    }
  });

  it('writes glTF binaries whose accessors fit their buffer', () => {
    const terrain = makeTerrain(5, 1);
    const file = encodeGlb(terrain, 'crate');
    assert.equal(file.toString('latin1', 0, 4), 'glTF');
    assert.equal(file.readUInt32LE(8), file.length);
    const jsonBytes = file.readUInt32LE(12);
    assert.equal(jsonBytes % 4, 0);
    const scene = JSON.parse(file.toString('utf8', 20, 20 + jsonBytes)) as {
      accessors: { count: number }[];
      buffers: { byteLength: number }[];
    };
    assert.equal(file.readUInt32LE(20 + jsonBytes), scene.buffers[0].byteLength);
    assert.equal(file.length, 20 + jsonBytes + 8 + scene.buffers[0].byteLength);
    assert.deepEqual(
      scene.accessors.map(({ count }) => count),
      [25, 96],
    );
    assert.ok(Math.abs(file.readFloatLE(28 + jsonBytes + 4) - terrain.heights[0]) < 1e-6);
  });

  it('raises the ground around a point alone', () => {
    const terrain = makeTerrain(20, 1);
    const before = Float32Array.from(terrain.heights);
    raise(terrain, 10, 10, 3, 5);
    const raised = [...terrain.heights.keys()].filter((i) => terrain.heights[i] !== before[i]);
    assert.ok(raised.includes(10 * 20 + 10));
    assert.ok(raised.every((i) => Math.hypot((i % 20) - 10, Math.floor(i / 20) - 10) < 3));
  });

  it('moves the objects it is told to', () => {
    const level = makeLevel('cave', 10, ['a', 'b'], 1);
    const before = JSON.parse(encodeLevel(level).toString()) as typeof level;
    moveObjects(level, 4, 2, 3);
    const moved = level.objects.map(({ position }, i) => position[0] - before.objects[i].position[0]);
    assert.deepEqual(moved.map(Math.round), [0, 0, 0, 0, 3, 3, 0, 0, 0, 0]);
  });
});

function pixel({ pixels }: Image, i: number): number[] {
  return [...pixels.subarray(4 * i, 4 * i + 4)];
}

function pngChunks(file: Buffer): { type: string; data: Buffer }[] {
  assert.equal(file.toString('hex', 0, 8), '89504e470d0a1a0a');
  const chunks: { type: string; data: Buffer }[] = [];
  for (let at = 8; at < file.length;) {
    const length = file.readUInt32BE(at);
    const body = file.subarray(at + 4, at + 8 + length);
    assert.equal(file.readUInt32BE(at + 8 + length), crc32(body));
    chunks.push({ type: body.toString('latin1', 0, 4), data: body.subarray(4) });
    at += 12 + length;
  }
  return chunks;
}

function unfilterSub(rows: Buffer, stride: number): Buffer {
  const pixels: number[] = [];
  for (let row = 0; row < rows.length; row += stride + 1) {
    assert.equal(rows[row], 1);
    for (let i = 0; i < stride; i++) {
      const left = i < 4 ? 0 : pixels[pixels.length - 4];
      pixels.push((rows[row + 1 + i] + left) & 255);
    }
  }
  return Buffer.from(pixels);
}
