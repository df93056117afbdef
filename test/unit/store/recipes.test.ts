// Tests that the store recodes what a person saves and no more, reads parts of it, names it when damaged, and repairs it.
import assert from 'node:assert/strict';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataPlane } from '../../../core/dataplane/dataPlane.ts';
import type { ForgeError } from '../../../core/errors.ts';
import { decodeEntries, recordHeaderLength, type RecordEntry } from '../../../core/model/record.ts';
import type { ChunkStore } from '../../../core/store/chunkStore.ts';
import { png, rows, zip } from '../../support/containers.ts';
import { sameBytes } from '../../support/sameBytes.ts';
import { ingestAll, newPlane, readAll, restoreOne, StoreFixture } from './support.ts';

const MANY = 65 * 1024 * 1024;

describe('a store of containers', () => {
  let plane: DataPlane;
  let fixture: StoreFixture;
  let store: ChunkStore;

  before(() => void (plane = newPlane()));
  after(() => plane.close());
  beforeEach(async () => {
    fixture = await StoreFixture.create(plane);
    store = await fixture.open();
  });
  afterEach(() => fixture.closeStores());

  const image = png(rows(1, 20_000));
  const edited = png(Buffer.concat([rows(9, 4), rows(1, 20_000).subarray(100)]));

  it('recodes a few files, and none of a large import', async () => {
    const file = await fixture.write('image.png', image);
    // The size is the caller's word, which planning goes by.
    const [large] = await ingestAll(store, [{ ...file, size: MANY }]);
    assert.equal((await store.chunksOf(large))?.recipe, undefined);
    const [small] = await ingestAll(store, [await fixture.write('edited.png', edited)]);
    const list = await store.chunksOf(small);
    assert.ok(list?.recipe);
    sameBytes(await restoreOne(fixture, store, 'out', small), edited);
  });

  it('recodes in a large import what was recoded before', async () => {
    const [before] = await ingestAll(store, [await fixture.write('image.png', image)]);
    const [after] = await ingestAll(store, [
      { ...(await fixture.write('image.png', edited)), previous: before },
      { ...(await fixture.write('other.png', png(rows(3, 20_000)))), size: MANY },
    ]);
    assert.ok((await store.chunksOf(after))?.recipe);
    sameBytes(await readAll(store, after), edited);
  });

  it('reads any part of a container', async () => {
    const bytes = zip({ 'a.png': image, b: rows(4, 900) });
    const [pointer] = await ingestAll(store, [await fixture.write('doc.kra', bytes)]);
    assert.ok((await store.chunksOf(pointer))?.recipe);
    sameBytes(await readAll(store, pointer), bytes);
    for (const [offset, length] of [
      [0, 10],
      [1000, 5000],
      [bytes.length - 7, 100],
      [bytes.length + 5, 3],
    ]) {
      const parts: Buffer[] = [];
      for await (const part of store.read(pointer, { offset, length })) parts.push(part);
      sameBytes(Buffer.concat(parts), bytes.subarray(offset, offset + length));
    }
  });

  it('names every asset that a damaged chunk of a plain form touches, and repairs it', async () => {
    const file = await fixture.write('image.png', image);
    const [first] = await ingestAll(store, [file]);
    const [second] = await ingestAll(store, [
      { ...(await fixture.write('edited.png', edited)), previous: first },
    ]);
    await damageLastChunk(await store.chunksOf(first));
    const check = await store.verify({ full: true });
    const touched: string[] = [];
    for await (const { pointer } of store.assetsTouched(check, [first, second])) touched.push(pointer.blake3);
    assert.deepEqual(touched, [first.blake3, second.blake3]);
    await assert.rejects(readAll(store, first), (error: ForgeError) => error.code === 'CORRUPT');
    await assert.rejects(restoreOne(fixture, store, 'out', first), /out cannot be restored/);
    assert.equal(await store.reingest(file.path, first), true);
    sameBytes(await readAll(store, first), image);
    sameBytes(await restoreOne(fixture, store, 'out', second), edited);
  });

  /** Where the recipe is. */
  async function damageLastChunk(list: Awaited<ReturnType<ChunkStore['chunksOf']>>): Promise<void> {
    const id = list!.chunks.at(-1)!.id;
    const [name] = await readdir(fixture.storeFolder);
    const path = join(fixture.storeFolder, name);
    const scan = await plane.scanSegment(path, { from: 0, footer: false, payloads: false });
    const entry = decodeEntries(scan.entries).find((found: RecordEntry) => found.id.equals(id))!;
    const file = await open(path, 'r+');
    await file.write(Buffer.from([0x5a, 0xa5]), 0, 2, entry.offset + recordHeaderLength(entry) + 9);
    await file.close();
  }
});
