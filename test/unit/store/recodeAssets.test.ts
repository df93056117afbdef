// Tests that a collection of garbage recodes large assets by parts: what comes back, what is stored, what is left alone, and what of it
// survives damage, a lost database and readers beside it.
import assert from 'node:assert/strict';
import { readdirSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataPlane } from '../../../core/dataplane/dataPlane.ts';
import type { Pointer } from '../../../core/model/pointer.ts';
import { decodeEntries, recordHeaderLength, RecordType } from '../../../core/model/record.ts';
import type { ChunkStore } from '../../../core/store/chunkStore.ts';
import type { LiveAssets } from '../../../core/store/liveRecords.ts';
import { png, rows, zip } from '../../support/containers.ts';
import { archive, MANY, SMALL_SIZES } from '../../support/largeAssets.ts';
import { xorshift32 } from '../../support/naiveCut.ts';
import { planes } from '../../support/planes.ts';
import { sameBytes } from '../../support/sameBytes.ts';
import { ingestAll, newPlane, readAll, restoreOne, StoreFixture } from './support.ts';

function live(...groups: Pointer[][]): LiveAssets {
  return { count: groups.flat().length, groups: () => groups };
}

const native = planes.find(({ name }) => name === 'native');

describe('a collection of large assets', function () {
  this.timeout(60_000);
  let plane: DataPlane;
  let portable: DataPlane;
  let fixture: StoreFixture;
  let store: ChunkStore;

  before(function () {
    if (!native) return this.skip();
    plane = native.create();
    portable = newPlane();
  });
  after(async () => {
    await plane?.close();
    await portable?.close();
  });
  beforeEach(async () => {
    fixture = await StoreFixture.create(plane);
    store = await fixture.open(SMALL_SIZES);
  });
  afterEach(() => fixture.closeStores());

  async function imported(name: string, bytes: Buffer, previous?: Pointer): Promise<Pointer> {
    const file = { ...(await fixture.write(name, bytes)), size: MANY, ...(previous && { previous }) };
    const [pointer] = await ingestAll(store, [file]);
    assert.equal((await store.chunksOf(pointer))?.recipe, undefined);
    return pointer;
  }

  /** A version that is stored by parts, as another one of its path is. */
  async function recoded(seed: number): Promise<{ pointer: Pointer; bytes: Buffer; all: LiveAssets }> {
    const older = await imported('a.zip', archive(seed, seed + 1));
    const bytes = archive(seed);
    const pointer = await imported('a.zip', bytes, older);
    const all = live([older, pointer]);
    const result = await store.collect(all, {});
    assert.ok(result.after < 0.9 * result.before, `${result.after} of ${result.before}`);
    const list = await store.chunksOf(pointer);
    assert.ok(list?.isParts && list.chunks.length > 4, `${list?.chunks.length} parts`);
    return { pointer, bytes, all };
  }

  function storeSize(): number {
    const names = readdirSync(fixture.storeFolder);
    return names.reduce((sum, name) => sum + statSync(join(fixture.storeFolder, name)).size, 0);
  }

  async function problems(pointers: Pointer[]): Promise<unknown[]> {
    const check = await store.verify({ full: true });
    const bad: unknown[] = [...check.problems];
    for await (const touched of store.assetsTouched(check, pointers)) bad.push(touched);
    for await (const touched of store.badForms(pointers, {})) bad.push(touched);
    return bad;
  }

  it('stores them by parts, and they come back by either plane', async () => {
    const { pointer, bytes } = await recoded(1);
    sameBytes(await restoreOne(fixture, store, 'out', pointer), bytes);
    sameBytes(await readAll(store, pointer), bytes);
    assert.deepEqual(await problems([pointer]), []);
    const other = await StoreFixture.create(portable);
    Object.assign(other, { forgeFolder: fixture.forgeFolder, root: fixture.root });
    const reading = await other.open({ readOnly: true });
    sameBytes(await restoreOne(fixture, reading, 'portable', pointer), bytes);
    const bad: unknown[] = [];
    for await (const touched of reading.badForms([pointer], {})) bad.push(touched);
    assert.deepEqual(bad, []);
    await other.closeStores();
  });

  it('finds what versions have in common', async () => {
    const first = await imported('a.zip', archive(1));
    const versions = [first, await imported('a.zip', archive(1, 2), first)];
    await store.collect(live(versions), {});
    const both = storeSize();
    const later = await imported('a.zip', archive(1, 3), versions[1]);
    await store.collect(live([...versions, later]), {});
    assert.ok(storeSize() - both < both / 8, `${storeSize() - both} more than ${both}`);
    for (const [i, pointer] of [...versions, later].entries())
      sameBytes(await restoreOne(fixture, store, `out ${i}`, pointer), archive(1, i + 1));
  });

  it('writes nothing when it runs again, and lists nothing as dropped', async () => {
    const { all } = await recoded(1);
    const { droppedChunks, repackedBytes } = await store.collect(all, {});
    assert.deepEqual([droppedChunks, repackedBytes], [0, 0]);
  });

  it('recodes a single version where that makes it smaller at once, and only there', async () => {
    const text = rows(1, 2000);
    const names = Array.from({ length: 12 }, (_, i) => `layer ${i}`);
    const same = zip(
      Object.fromEntries(names.map((name, i) => [name, Buffer.concat([rows(i + 2, 200 + i), text])])),
    );
    const other = zip(Object.fromEntries(names.map((name, i) => [name, rows(20 + i, 3000)])));
    const pointers = [await imported('same', same), await imported('other', other)];
    await store.collect(live([pointers[0]], [pointers[1]]), {});
    const lists = [await store.chunksOf(pointers[0]), await store.chunksOf(pointers[1])];
    assert.deepEqual(
      lists.map((list) => list?.isParts === true),
      [true, false],
    );
    sameBytes(await restoreOne(fixture, store, 'out', pointers[0]), same);
    sameBytes(await readAll(store, pointers[1]), other);
  });

  it('keeps what is packed against the list of a recoded asset', async () => {
    // Long lists are packed against one another; that of `second`, which holds no streams, stays a list of bytes.
    const first = await imported('a', Buffer.concat([archive(1), xorshift32(3, 2_000_000)]));
    const older = await imported('a', Buffer.concat([archive(1, 2), xorshift32(3, 2_000_000)]));
    const bytes = Buffer.concat([xorshift32(3, 2_000_000), rows(1, 10)]);
    const second = await imported('b', bytes, first);
    await store.collect(live([older, first], [second]), {});
    assert.ok((await store.chunksOf(first))?.isParts);
    assert.ok(!(await store.chunksOf(second))?.isParts);
    sameBytes(await restoreOne(fixture, store, 'out', second), bytes);
    assert.deepEqual(await problems([first, second]), []);
  });

  it('leaves alone what holds no streams, and what is too small', async () => {
    const noise = xorshift32(9, 400_000);
    const pointers = [await imported('a', noise), await imported('b', png(rows(1, 3000)))];
    await store.collect(live(pointers.slice(0, 1), pointers.slice(1)), {});
    for (const pointer of pointers) assert.ok(!(await store.chunksOf(pointer))?.isParts);
    assert.equal((await store.collect(live(pointers), {})).repackedBytes, 0);
    sameBytes(await readAll(store, pointers[0]), noise);
  });

  it('gives any part of a recoded asset', async () => {
    const { pointer, bytes } = await recoded(4);
    for (const [offset, length] of [
      [0, 10],
      [70_000, 200_000],
      [bytes.length - 7, 100],
    ]) {
      const parts: Buffer[] = [];
      for await (const part of store.read(pointer, { offset, length })) parts.push(part);
      sameBytes(Buffer.concat(parts), bytes.subarray(offset, offset + length));
    }
  });

  it('lets a reader that began before it go on', async () => {
    const older = await imported('a.zip', archive(3, 4));
    const bytes = archive(3);
    const pointer = await imported('a.zip', bytes, older);
    const reading = await fixture.open({ readOnly: true });
    const parts: Buffer[] = [];
    for await (const part of reading.read(pointer)) {
      parts.push(part);
      if (parts.length === 2) await store.collect(live([older, pointer]), {});
    }
    assert.ok((await store.chunksOf(pointer))?.isParts);
    sameBytes(Buffer.concat(parts), bytes);
  });

  it('loses nothing when the database is lost before the old records go', async () => {
    const older = await imported('a.zip', archive(5, 6));
    const bytes = archive(5);
    const pointer = await imported('a.zip', bytes, older);
    const later = await imported('a.zip', archive(5, 9), pointer);
    const all = live([older, pointer, later]);
    // What is dropped here comes back with the index: a kill right after the new list was written, and then a lost database.
    const stop = new Error('stopped');
    await assert.rejects(
      store.collect(all, { beforeDrop: () => Promise.reject(stop) }),
      (error) => error === stop,
    );
    await fixture.closeStores();
    rmSync(fixture.databaseFolder, { recursive: true });
    store = await fixture.open(SMALL_SIZES);
    for (let round = 0; round < 3; round++) {
      await store.collect(all, {});
      sameBytes(await restoreOne(fixture, store, `out ${round}`, pointer), bytes);
      sameBytes(await readAll(store, older), archive(5, 6));
      sameBytes(await readAll(store, later), archive(5, 9));
      assert.deepEqual(await problems([older, pointer, later]), []);
    }
  });

  it('names a recoded asset that damage touches, and repairs it', async () => {
    const { pointer, bytes } = await recoded(6);
    const [{ id, length }] = (await store.chunksOf(pointer))!.chunks;
    const part = await store.chunksOf({ blake3: id.toString('hex'), size: length });
    const wanted = part!.chunks[0].id.toString('hex');
    await damage(wanted);
    const check = await store.verify({ full: true });
    const touched: string[] = [];
    for await (const { pointer: bad } of store.assetsTouched(check, [pointer])) touched.push(bad.blake3);
    assert.ok(touched.includes(pointer.blake3));
    await assert.rejects(restoreOne(fixture, store, 'out', pointer), /damaged record/);
    assert.equal(await store.reingest(join(fixture.root, 'a.zip'), pointer), true);
    sameBytes(await restoreOne(fixture, store, 'out', pointer), bytes);
  });

  it('stores the next version of a recoded asset', async () => {
    const { pointer: first } = await recoded(7);
    const second = await imported('a.zip', archive(7, 8), first);
    assert.ok((await store.addedBytes(second, first))! > 0);
    sameBytes(await restoreOne(fixture, store, 'out', second), archive(7, 8));
  });

  async function damage(id: string): Promise<void> {
    for (const name of readdirSync(fixture.storeFolder)) {
      const path = join(fixture.storeFolder, name);
      const scan = await plane.scanSegment(path, { from: 0, footer: false, payloads: false });
      for (const entry of decodeEntries(scan.entries)) {
        if (entry.type !== RecordType.chunk || entry.id.toString('hex') !== id) continue;
        const file = await open(path, 'r+');
        await file.write(Buffer.from([0x5a, 0xa5]), 0, 2, entry.offset + recordHeaderLength(entry) + 9);
        await file.close();
      }
    }
  }
});
