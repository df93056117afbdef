// Tests thumbnails: the picture that stands for a file, the cache, shared work, and the limit in time.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type ByteSource, bytesSource } from '../../../core/formats/byteSource.ts';
import { type EncodedPicture, PictureCodec, type Refusal } from '../../../core/formats/pictureCodec.ts';
import { ThumbnailCache } from '../../../server/thumbnails/thumbnailCache.ts';
import { dataUri, Thumbnails } from '../../../server/thumbnails/thumbnails.ts';
import { tempFolder } from '../../support/tempFolder.ts';
import { clip } from '../formats/clipFixture.ts';
import { exrOf } from '../formats/exrFixtures.ts';
import { blend, ddsBc1, exr, glb, hdr, krita, png, psd, tga, uasset, wav } from '../formats/fixtures.ts';
import { animatedGif, bmpOf, deepPng, ktx2, psdOf } from '../formats/pictureFixtures.ts';

declare const WebAssembly: { Module: new (bytes: Uint8Array) => object };

const PLACES = {
  workerScript: new URL('../../../server/thumbnails/thumbnailWorker.ts', import.meta.url),
  wasm: new URL('../../../core/formats/picture.wasm', import.meta.url),
};
const PICTURE = png(40, 20, () => [250, 10, 10, 255]);
const GREY = { mode: 1, width: 40, height: 20 };
/** What the module itself makes of the picture. */
const JPEG = Buffer.from(
  picture(
    new PictureCodec(new WebAssembly.Module(readFileSync(PLACES.wasm))).thumbnail(
      PICTURE,
      'signature',
      40,
      9999,
    ),
  ).bytes,
);

function counting(bytes: Uint8Array): ByteSource & { reads: number } {
  const source = bytesSource(bytes);
  const counted = {
    reads: 0,
    size: source.size,
    read: (offset: number, length: number) => {
      counted.reads += 1;
      return source.read(offset, length);
    },
  };
  return counted;
}

function picture(result: EncodedPicture | Refusal): EncodedPicture {
  assert.ok(!('reason' in result), 'reason' in result ? result.reason : '');
  return result;
}

describe('Thumbnails', () => {
  let folder: string;
  let thumbnails: Thumbnails;

  beforeEach(async () => {
    folder = await tempFolder();
    thumbnails = new Thumbnails({ ...PLACES, folder });
  });

  afterEach(() => thumbnails.close());

  const files: [name: string, bytes: Buffer, width: number, height: number][] = [
    ['a.png', PICTURE, 16, 8],
    ['a.uasset', uasset(PICTURE), 16, 8],
    ['a.kra', krita(PICTURE), 16, 8],
    ['a.blend', blend(32, 32, Buffer.alloc(4096, 255)), 16, 16],
    ['a.psd', psd(JPEG), 16, 8],
    [
      'without.psd',
      psdOf({ ...GREY, depth: 8, channels: [Array<Buffer>(20).fill(Buffer.alloc(40))] }),
      16,
      8,
    ],
    ['deep.psd', psdOf({ ...GREY, depth: 16, channels: [Array<Buffer>(20).fill(Buffer.alloc(80))] }), 16, 8],
    ['a.clip', clip(PICTURE), 16, 8],
    ['a.glb', glb(PICTURE), 16, 8],
    ['a.tga', tga(40, 20, [1, 2, 3, 255]), 16, 8],
    ['a.exr', exr(40, 20, 0x3400), 16, 8],
    ['grey.exr', exrOf([{ channels: [['Y', 0.5]] }]), 2, 2],
    ['a.hdr', hdr(40, 20, [128, 64, 0, 130]), 16, 8],
    ['a.dds', ddsBc1(40, 20, 0xf800), 16, 8],
    ['a.ktx2', ktx2(1, 1, 43, Buffer.from([1, 2, 3, 255])), 1, 1],
    ['deep.png', deepPng(40, 20, () => [1, 2, 3]), 16, 8],
    ['a.gif', animatedGif(2), 1, 1],
    ['a.bmp', bmpOf({ bits: 24, width: 1, height: 1, data: Buffer.alloc(4) }), 1, 1],
  ];
  for (const [name, bytes, width, height] of files) {
    it(`makes one of ${name}`, async () => {
      const made = picture(await thumbnails.thumbnail(bytesSource(bytes), name, 'id', 16));
      assert.deepEqual([made.width, made.height, made.mime], [width, height, 'image/jpeg']);
      assert.ok(dataUri(made).startsWith('data:image/jpeg;base64,/9j/'));
      assert.ok(dataUri(made).length < 64_000);
    });
  }

  it('says why there is none', async () => {
    const reason = async (name: string, bytes: Buffer) =>
      ((await thumbnails.thumbnail(bytesSource(bytes), name, name, 64)) as Refusal).reason;
    assert.match(await reason('a.wav', wav(1)), /no picture/);
    assert.match(await reason('b.bin', Buffer.alloc(0)), /no picture/);
    assert.match(await reason('c.uasset', uasset(PICTURE).subarray(0, 100)), /cut off/);
    assert.ok(await reason('d.png', PICTURE.subarray(0, 50)));
    picture(await thumbnails.thumbnail(bytesSource(PICTURE), 'e.png', 'e', 64));
  });

  it('makes one after the other', async () => {
    for (const id of ['1', '2', '3'])
      picture(await thumbnails.thumbnail(bytesSource(PICTURE), 'a.png', id, 16));
  });

  it('shares the work of requests for one content', async () => {
    const source = counting(PICTURE);
    const [one, other] = await Promise.all([
      thumbnails.thumbnail(source, 'a.png', 'id', 16),
      thumbnails.thumbnail(source, 'b.png', 'id', 16),
    ]);
    assert.equal(one, other);
    assert.equal(source.reads, 2);
  });

  it('keeps what it made', async () => {
    const first = picture(await thumbnails.thumbnail(bytesSource(PICTURE), 'a.png', 'id', 16));
    await thumbnails.close();
    const later = new Thumbnails({ ...PLACES, folder });
    const source = counting(PICTURE);
    const second = picture(await later.thumbnail(source, 'a.png', 'id', 16));
    await later.close();
    assert.equal(source.reads, 0);
    assert.ok(Buffer.from(first.bytes).equals(second.bytes));
    assert.deepEqual([second.width, second.height], [16, 8]);
  });

  it('ends a picture that takes too long, and makes the next one', async () => {
    const hasty = new Thumbnails({ ...PLACES, folder, limitMs: 1 });
    const big = png(1500, 1500, (x, y) => [x, y, x, 255]);
    const result = await hasty.thumbnail(bytesSource(big), 'big.png', 'big', 16);
    assert.match((result as Refusal).reason, /more than 0.001 s/);
    await hasty.close();
    picture(await thumbnails.thumbnail(bytesSource(big), 'big.png', 'big', 16));
  });

  it('keeps the folder within its bytes, and does without one', async () => {
    const cache = new ThumbnailCache(folder, 2500);
    const entry = { mime: 'image/png', bytes: Buffer.alloc(1000), width: 1, height: 1 } as const;
    for (const key of ['a', 'b', 'c', 'd']) await cache.put(key, entry);
    await cache.trim();
    const sizes = await Promise.all(
      (await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size),
    );
    assert.equal(sizes.length, 2);
    const nowhere = new ThumbnailCache('/dev/null/nothing', 2500);
    await nowhere.put('a', entry);
    assert.equal(await nowhere.get('a'), undefined);
  });
});
