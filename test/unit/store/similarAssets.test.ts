// Tests that files without a previous version are stored against what they are like.
import assert from 'node:assert/strict';
import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataPlane } from '../../../core/dataplane/dataPlane.ts';
import type { Pointer } from '../../../core/model/pointer.ts';
import type { ChunkStore, StoreFile } from '../../../core/store/chunkStore.ts';
import { SimilarAssets } from '../../../core/store/similarAssets.ts';
import { sameBytes } from '../../support/sameBytes.ts';
import { ingestAll, newPlane, noise, readAll, StoreFixture } from './support.ts';

/** A copy with 100 bytes of its own every 50,000. */
function edited(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  for (let at = 10_000; at < copy.length; at += 50_000) noise(100).copy(copy, at);
  return copy;
}

describe('similar assets', () => {
  let plane: DataPlane;
  let fixture: StoreFixture;
  let store: ChunkStore;
  before(() => {
    plane = newPlane();
  });
  after(() => plane.close());
  beforeEach(async () => {
    fixture = await StoreFixture.create(plane);
    store = await fixture.open();
  });
  afterEach(() => fixture.closeStores());

  async function bytesToStore(files: StoreFile[]): Promise<number> {
    const before = (await store.stats()).storedBytes;
    await ingestAll(store, files);
    return (await store.stats()).storedBytes - before;
  }

  for (const size of [20_000, 300_000]) {
    it(`are what an edited copy of ${size} bytes is stored against, wherever it is`, async () => {
      const hero = noise(size);
      await ingestAll(store, [
        await fixture.write('other.uasset', noise(size)),
        await fixture.write('hero.uasset', hero),
        await fixture.write('another.uasset', noise(size)),
      ]);
      const copy = edited(hero);
      const file = await fixture.write('villain.asset', copy);
      const stored = await bytesToStore([file]);
      assert.ok(stored < size / 20, `${stored} bytes for ${size}`);
      const [pointer] = await ingestAll(store, [file]);
      sameBytes(await readAll(store, pointer), copy);
    });
  }

  it('are found among many that were learned at once, and those before them still are', async () => {
    const table = new SimilarAssets(join(fixture.forgeFolder, 'similar'), plane);
    const first = noise(50_000);
    const last = noise(50_000);
    const learned = async (name: string, bytes: Buffer, id: string) => {
      const path = join(fixture.root, name);
      await writeFile(path, bytes);
      return { path, pointer: { blake3: id.repeat(32), size: bytes.length } };
    };
    await table.learn([await learned('first.uasset', first, 'aa')]);
    const many = await Promise.all(
      Array.from({ length: 99 }, (_, i) => learned(`other${i}.uasset`, noise(5_000), 'bb')),
    );
    await table.learn([...many, await learned('last.uasset', last, 'cc')]);
    const copies = [
      await fixture.write('copyOfFirst.asset', edited(first)),
      await fixture.write('copyOfLast.asset', edited(last)),
    ];
    const found = (await table.withBases(copies)).map(({ previous }) => previous?.blake3.slice(0, 2));
    assert.deepEqual(found, ['aa', 'cc']);
  });

  it('are forgotten without harm', async () => {
    const hero = noise(50_000);
    await ingestAll(store, [await fixture.write('hero.uasset', hero)]);
    const table = join(fixture.forgeFolder, 'similar');
    await truncate(table, 1000);
    const file = await fixture.write('villain.uasset', edited(hero));
    assert.ok((await bytesToStore([file])) > 45_000);
  });

  it('that the store no longer has are no bases', async () => {
    const hero = noise(100_000);
    const path = join(fixture.root, 'gone.uasset');
    await writeFile(path, hero);
    const gone: Pointer = { blake3: '12'.repeat(32), size: hero.length };
    await new SimilarAssets(join(fixture.forgeFolder, 'similar'), plane).learn([{ path, pointer: gone }]);
    const copy = edited(hero);
    const [pointer] = await ingestAll(store, [await fixture.write('villain.uasset', copy)]);
    sameBytes(await readAll(store, pointer), copy);
  });

  it('are the latest of those most alike', async () => {
    const table = new SimilarAssets(join(fixture.forgeFolder, 'similar'), plane);
    const hero = noise(50_000);
    const versions: StoreFile[] = [];
    for (const name of ['old', 'new', 'unlike'])
      versions.push(await fixture.write(name, name === 'unlike' ? noise(50_000) : edited(hero)));
    const pointers = versions.map(({ size }, i): Pointer => ({ blake3: `0${i}`.repeat(32), size }));
    await table.learn(versions.map(({ path }, i) => ({ path, pointer: pointers[i] })));
    const [found, text, image] = await table.withBases([
      await fixture.write('copy', edited(hero)),
      { ...(await fixture.write('copy.txt', hero)), rule: 'text' },
      await fixture.write('copy.png', hero),
    ]);
    assert.deepEqual(found.previous, pointers[1]);
    assert.equal(text.previous, undefined);
    assert.equal(image.previous, undefined);
  });
});
