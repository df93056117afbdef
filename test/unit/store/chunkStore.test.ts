// Tests the store over the portable plane: what goes in comes out, once.
import assert from 'node:assert/strict';
import { readdir, rm } from 'node:fs/promises';
import { ingestAll, newPlane, noise, readAll, restoreOne, StoreFixture } from './support.ts';

describe('ChunkStore', () => {
  let fixture: StoreFixture;

  beforeEach(async () => {
    fixture = await StoreFixture.create(newPlane());
  });
  afterEach(() => fixture.close());

  it('gives back what it was given', async () => {
    const contents = [noise(10), noise(70_000), noise(1_000_000), Buffer.alloc(500_000, 'abc')];
    const store = await fixture.open();
    const files = await Promise.all(contents.map((bytes, i) => fixture.write(`file${i}`, bytes)));
    const pointers = await ingestAll(store, files);
    for (const [i, pointer] of pointers.entries()) {
      assert.ok(store.has(pointer));
      assert.deepEqual(await readAll(store, pointer), contents[i]);
      assert.deepEqual(await restoreOne(fixture, store, `out${i}`, pointer), contents[i]);
    }
  });

  it('stores nothing twice, in one call or in several', async () => {
    const bytes = noise(300_000);
    const files = [await fixture.write('a', bytes), await fixture.write('b', bytes)];
    const store = await fixture.open();
    await ingestAll(store, files);
    const { storedBytes, chunks } = await store.stats();
    assert.ok(storedBytes < 310_000);
    await ingestAll(store, [await fixture.write('c', bytes)]);
    assert.deepEqual(await store.stats(), { storedBytes, chunks, segments: (await store.stats()).segments });
  });

  it('gives identical answers after the database was deleted', async () => {
    const first = await fixture.open();
    const bytes = noise(400_000);
    const [pointer] = await ingestAll(first, [await fixture.write('a', bytes)]);
    const stats = await first.stats();
    const list = await first.chunksOf(pointer);
    await first.close();
    await rm(fixture.databaseFolder, { recursive: true });
    const reader = await fixture.open();
    assert.deepEqual(await reader.stats(), stats);
    assert.deepEqual(await reader.chunksOf(pointer), list);
    assert.deepEqual(await readdir(fixture.forgeFolder), ['store']);
    await reader.rebuild();
    assert.deepEqual(await reader.stats(), stats);
    assert.deepEqual(await reader.chunksOf(pointer), list);
    assert.deepEqual(await readAll(reader, pointer), bytes);
  });
});
