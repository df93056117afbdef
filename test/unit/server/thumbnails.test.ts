// Tests thumbnails: the picture that stands for a file, the cache, shared work, and the limit in time.
import assert from 'node:assert/strict';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type ByteSource, bytesSource } from '../../../core/formats/byteSource.ts';
import type { EncodedPicture, Refusal } from '../../../core/formats/pictureCodec.ts';
import { ThumbnailCache } from '../../../server/thumbnails/thumbnailCache.ts';
import { dataUri, Thumbnails } from '../../../server/thumbnails/thumbnails.ts';
import { tempFolder } from '../../support/tempFolder.ts';
import { blend, krita, png, uasset, wav } from '../formats/fixtures.ts';

const PLACES = {
  workerScript: new URL('../../../server/thumbnails/thumbnailWorker.ts', import.meta.url),
  wasm: new URL('../../../core/formats/picture.wasm', import.meta.url),
};
const PICTURE = png(40, 20, () => [250, 10, 10, 255]);

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
