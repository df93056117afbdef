// Tests that damage is found, named by the assets it touches, worked around where there is another copy, and repaired from files.
import assert from 'node:assert/strict';
import { copyFile, open, readdir, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataPlane } from '../../../core/dataplane/dataPlane.ts';
import { type ForgeError } from '../../../core/errors.ts';
import type { Pointer } from '../../../core/model/pointer.ts';
import { decodeEntries, recordHeaderLength, type RecordEntry } from '../../../core/model/record.ts';
import type { ChunkStore } from '../../../core/store/chunkStore.ts';
import { ingestAll, newPlane, noise, readAll, restoreOne, StoreFixture } from './support.ts';

describe('store verification', () => {
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

  async function segmentPath(): Promise<string> {
    const names = await readdir(fixture.storeFolder);
    return join(fixture.storeFolder, names[0]);
  }

  async function entries(path: string): Promise<RecordEntry[]> {
    return decodeEntries(
      (await plane.scanSegment(path, { from: 0, footer: false, payloads: false })).entries,
    );
  }

  async function damage(path: string, at: number): Promise<void> {
    const file = await open(path, 'r+');
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, at);
    byte[0] ^= 0xff;
    await file.write(byte, 0, 1, at);
    await file.close();
  }

  /** Damages the payload of the first record that passes. */
  async function damageRecord(passes: (entry: RecordEntry) => boolean): Promise<RecordEntry> {
    const path = await segmentPath();
    const entry = (await entries(path)).find(passes);
    assert.ok(entry);
    await damage(path, entry.offset + recordHeaderLength(entry) + Math.floor(entry.storedLength / 2));
    return entry;
  }

  async function touched(pointers: Pointer[]): Promise<{ pointers: Pointer[]; messages: string[] }> {
    const check = await store.verify({ full: true });
    const found = { pointers: [] as Pointer[], messages: [] as string[] };
    for await (const { pointer, message } of store.assetsTouched(check, pointers)) {
      found.pointers.push(pointer);
      found.messages.push(message);
    }
    return found;
  }

  it('finds nothing where nothing is wrong', async () => {
    const pointers = await ingestAll(store, [
      await fixture.write('a', noise(300_000)),
      await fixture.write('b', noise(9)),
    ]);
    for (const full of [false, true]) {
      const check = await store.verify({ full });
      assert.deepEqual(check.problems, []);
      assert.equal(check.badPlaces.size, 0);
      assert.equal(check.isIndexStale, false);
      const { chunks } = await store.stats();
      assert.equal(check.records, chunks + 1);
    }
    assert.deepEqual((await touched(pointers)).pointers, []);
  });

  it('names the asset of a damaged chunk, whoever asks', async () => {
    const good = noise(100_000);
    const pointers = await ingestAll(store, [
      await fixture.write('a', noise(300_000)),
      await fixture.write('b', good),
      await fixture.write('c', noise(20)),
    ]);
    const list = await store.chunksOf(pointers[0]);
    const bad = await damageRecord(({ id }) => id.equals(list!.chunks[1].id));
    const found = await touched(pointers);
    assert.deepEqual(found.pointers, [pointers[0]]);
    assert.match(found.messages[0], new RegExp(`byte ${bad.offset} of .*\\.seg has a damaged payload`));
    await assert.rejects(readAll(store, pointers[0]), (error: ForgeError) => error.code === 'CORRUPT');
    await assert.rejects(
      restoreOne(fixture, store, 'out', pointers[0]),
      /out cannot be restored: .*damaged payload/,
    );
    assert.ok(!(await readdir(fixture.root)).some((name) => name.startsWith('out')));
    assert.deepEqual(await restoreOne(fixture, store, 'good', pointers[1]), good);
  });

  it('names the asset of a damaged manifest', async () => {
    const pointers = await ingestAll(store, [
      await fixture.write('a', noise(300_000)),
      await fixture.write('b', noise(7)),
    ]);
    await damageRecord(({ type }) => type === 2);
    assert.deepEqual((await touched(pointers)).pointers, [pointers[0]]);
    await assert.rejects(restoreOne(fixture, store, 'out', pointers[0]), /out cannot be restored/);
  });

  it('names every asset that is made from a damaged base', async () => {
    const words = Buffer.from(Array.from({ length: 60_000 }, () => Math.random().toString(36)).join(' '));
    const before = words.subarray(0, 300_000);
    const after = Buffer.from(before);
    for (let at = 1000; at < after.length; at += 20_000) after.write('edited', at);
    const [old] = await ingestAll(store, [await fixture.write('a', before)]);
    const [now] = await ingestAll(store, [{ ...(await fixture.write('a', after)), previous: old }]);
    const deltas = (await entries(await segmentPath())).filter(({ codec }) => codec === 3);
    assert.ok(deltas.length > 0, 'deltas were made');
    await damageRecord(({ id }) => id.equals(deltas[0].bases[0]));
    const found = await touched([old, now]);
    assert.deepEqual(found.pointers, [old, now]);
    assert.equal(await store.reingest(join(fixture.root, 'a'), now), true);
    assert.deepEqual((await touched([old, now])).pointers, [old]);
    assert.deepEqual(await restoreOne(fixture, store, 'out', now), after);
  });

  it('restores and reads from a second copy where the first is damaged', async () => {
    const bytes = noise(200_000);
    const [pointer] = await ingestAll(store, [await fixture.write('a', bytes)]);
    const other = await StoreFixture.create(plane);
    await ingestAll(await other.open(), [await other.write('a', bytes)]);
    await other.closeStores();
    const original = await segmentPath();
    const [name] = await readdir(other.storeFolder);
    await copyFile(join(other.storeFolder, name), join(fixture.storeFolder, name));
    await ingestAll(store, [await fixture.write('b', noise(10))]);
    for (const [i, entry] of (await entries(original)).entries()) {
      if (i % 2 === 0) await damage(original, entry.offset + recordHeaderLength(entry) + 1);
    }
    assert.ok((await store.verify({ full: true })).badPlaces.size > 0);
    assert.deepEqual((await touched([pointer])).pointers, []);
    assert.deepEqual(await readAll(store, pointer), bytes);
    assert.deepEqual(await restoreOne(fixture, store, 'out', pointer), bytes);
  });

  it('repairs an asset from a file with its content, and from no other', async () => {
    const bytes = noise(300_000);
    const [pointer] = await ingestAll(store, [await fixture.write('a', bytes)]);
    await damageRecord(({ type }) => type === 1);
    await damageRecord(({ type }) => type === 2);
    const wrong = await fixture.write('b', noise(300_000));
    assert.equal(await store.reingest(wrong.path, pointer), false);
    assert.equal(await store.reingest(join(fixture.root, 'a'), pointer), true);
    assert.deepEqual((await touched([pointer])).pointers, []);
    assert.deepEqual(await restoreOne(fixture, store, 'out', pointer), bytes);
    await fixture.closeStores();
    await rm(fixture.databaseFolder, { recursive: true });
    store = await fixture.open();
    assert.deepEqual(await readAll(store, pointer), bytes, 'the index made anew knows both copies');
  });

  it('finds a segment that is shorter, or gone', async () => {
    const [pointer] = await ingestAll(store, [await fixture.write('a', noise(200_000))]);
    const path = await segmentPath();
    await truncate(path, 150_000);
    let check = await store.verify({ full: false });
    assert.match(check.problems[0].message, /has 150000 bytes instead of/);
    assert.ok(check.badPlaces.size > 0);
    await rm(path);
    check = await store.verify({ full: false });
    assert.match(check.problems[0].message, /is missing/);
    const found = [];
    for await (const asset of store.assetsTouched(check, [pointer])) found.push(asset.pointer);
    assert.deepEqual(found, [pointer]);
  });

  it('finds that the index lacks records of a segment', async () => {
    await ingestAll(store, [await fixture.write('a', noise(100))]);
    const other = await StoreFixture.create(plane);
    await ingestAll(await other.open(), [await other.write('x', noise(100))]);
    await other.closeStores();
    const [name] = await readdir(other.storeFolder);
    await copyFile(join(other.storeFolder, name), join(fixture.storeFolder, name));
    const check = await store.verify({ full: false });
    assert.ok(check.isIndexStale);
    assert.match(check.problems[0].message, new RegExp(`does not know the segment .*${name}`));
    await store.rebuild();
    assert.deepEqual((await store.verify({ full: true })).problems, []);
  });
});
