// Tests that index and segments find together again after whatever may happen to either between two runs.
import assert from 'node:assert/strict';
import {
  appendFile,
  copyFile,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import type { DataPlane } from '../../../core/dataplane/dataPlane.ts';
import { type ForgeError } from '../../../core/errors.ts';
import type { Pointer } from '../../../core/model/pointer.ts';
import { encodeSegmentHeader } from '../../../core/model/segment.ts';
import type { ChunkStore } from '../../../core/store/chunkStore.ts';
import { ingestAll, newPlane, noise, readAll, StoreFixture } from './support.ts';

describe('store reconciliation', () => {
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

  const file = async (name: string, bytes: Buffer) =>
    (await ingestAll(store, [await fixture.write(name, bytes)]))[0];

  const segments = async () => (await readdir(fixture.storeFolder)).sort();

  async function onlySegment(): Promise<string> {
    const names = await segments();
    assert.equal(names.length, 1);
    return join(fixture.storeFolder, names[0]);
  }

  /** What a later run finds: everything readable is right, and the store works on. */
  async function reopenAndCheck(expected: [Pointer, Buffer][]): Promise<ChunkStore> {
    await fixture.closeStores();
    store = await fixture.open();
    const more = noise(100_000);
    expected.push([await file('more', more), more]);
    for (const [pointer, bytes] of expected) assert.deepEqual(await readAll(store, pointer), bytes);
    const check = await store.verify({ full: true });
    assert.deepEqual([...check.badPlaces.values()], []);
    assert.equal(check.isIndexStale, false);
    return store;
  }

  it('drops the torn end of a segment', async () => {
    const bytes = noise(200_000);
    const pointer = await file('a', bytes);
    const { storedBytes } = await store.stats();
    await appendFile(await onlySegment(), noise(5000));
    await reopenAndCheck([[pointer, bytes]]);
    // What was torn is gone: the next record follows the last committed one.
    const { storedBytes: after } = await store.stats();
    assert.ok(after - storedBytes < 101_000, `${after - storedBytes}`);
  });

  it('adopts records that reached the disk but not the index', async () => {
    const first = noise(200_000);
    const pointer = await file('a', first);
    const database = await readFile(join(fixture.databaseFolder, 'data.mdb'));
    const second = noise(200_000);
    const later = await file('b', second);
    await fixture.closeStores();
    await writeFile(join(fixture.databaseFolder, 'data.mdb'), database);
    const { size } = await stat(await onlySegment());
    store = await fixture.open();
    assert.equal(store.has(later), false);
    await file('c', noise(10));
    assert.ok(store.has(later));
    await ingestAll(store, [await fixture.write('b', second)]);
    assert.ok((await stat(await onlySegment())).size < size + 1000, 'stored again');
    await reopenAndCheck([
      [pointer, first],
      [later, second],
    ]);
  });

  it('adopts a new segment whose records never reached the index', async () => {
    const bytes = noise(200_000);
    const pointer = await file('a', bytes);
    const other = await StoreFixture.create(plane);
    const foreign = noise(150_000);
    const [there] = await ingestAll(await other.open(), [await other.write('x', foreign)]);
    await other.closeStores();
    const [name] = await readdir(other.storeFolder);
    await copyFile(join(other.storeFolder, name), join(fixture.storeFolder, name));
    await reopenAndCheck([
      [pointer, bytes],
      [there, foreign],
    ]);
  });

  it('reports records that were lost with the end of a segment, and stores them again', async () => {
    const first = noise(50_000);
    const pointer = await file('a', first);
    const { size } = await stat(await onlySegment());
    const second = noise(200_000);
    const lost = await file('b', second);
    await truncate(await onlySegment(), size + 70_000);
    await fixture.closeStores();
    store = await fixture.open();
    await file('c', noise(10));
    assert.equal(store.problems.length, 1);
    assert.match(store.problems[0].message, /open-.*\.seg ends at byte .* records in it are lost/);
    await assert.rejects(readAll(store, lost), (error: ForgeError) => error.code === 'NOT_FOUND');
    assert.deepEqual(await file('b', second), lost);
    await reopenAndCheck([
      [pointer, first],
      [lost, second],
    ]);
  });

  it('recognises a segment that was sealed but not yet entered as such', async () => {
    const bytes = noise(200_000);
    const pointer = await file('a', bytes);
    await fixture.closeStores();
    const { path } = await plane.sealSegment(await onlySegment());
    // A reader finds it too, before any writer came by.
    const reader = await fixture.open({ readOnly: true });
    assert.deepEqual(await readAll(reader, pointer), bytes);
    await reopenAndCheck([[pointer, bytes]]);
    assert.ok((await segments()).includes(path.slice(fixture.storeFolder.length + 1)));
    assert.equal((await segments()).length, 2);
  });

  it('finishes the sealing of a segment that got its footer but not its name', async () => {
    const bytes = noise(200_000);
    const pointer = await file('a', bytes);
    await fixture.closeStores();
    const open = await onlySegment();
    const { path } = await plane.sealSegment(open);
    await rename(path, open);
    await reopenAndCheck([[pointer, bytes]]);
    assert.ok((await segments()).some((name) => path.endsWith(name)));
  });

  it('cuts off a footer that was written in part', async () => {
    const bytes = noise(200_000);
    const pointer = await file('a', bytes);
    await fixture.closeStores();
    const open = await onlySegment();
    const { path, length } = await plane.sealSegment(open);
    await rename(path, open);
    await truncate(open, length - 20);
    await reopenAndCheck([[pointer, bytes]]);
  });

  it('reports a missing segment and takes it back when it is there again', async () => {
    const bytes = noise(200_000);
    const pointer = await file('a', bytes);
    await fixture.closeStores();
    const { path } = await plane.sealSegment(await onlySegment());
    await rename(path, join(fixture.root, 'aside'));
    store = await fixture.open();
    const other = noise(60_000);
    const second = await file('b', other);
    assert.match(store.problems[0].message, /is missing/);
    assert.equal(store.has(pointer), false);
    await fixture.closeStores();
    await rename(join(fixture.root, 'aside'), path);
    await reopenAndCheck([
      [pointer, bytes],
      [second, other],
    ]);
  });

  it('stores content again whose segment is lost', async () => {
    const bytes = noise(200_000);
    const pointer = await file('a', bytes);
    await fixture.closeStores();
    await rm(await onlySegment());
    await writeFile(join(fixture.root, 'b'), bytes);
    store = await fixture.open();
    assert.deepEqual(await file('b', bytes), pointer);
    await reopenAndCheck([[pointer, bytes]]);
  });

  it('refuses a segment of a newer version by name, for reading and writing', async () => {
    const pointer = await file('a', noise(100));
    await fixture.closeStores();
    const header = encodeSegmentHeader();
    header.writeUInt16LE(2, 8);
    const newer = `open-${'ab'.repeat(16)}.seg`;
    await writeFile(join(fixture.storeFolder, newer), header);
    const isTooNew = (error: ForgeError) => error.code === 'FORMAT_TOO_NEW' && error.message.includes(newer);
    store = await fixture.open();
    await assert.rejects(file('b', noise(100)), isTooNew);
    assert.ok(store.has(pointer), 'what is there can still be read');
    await fixture.closeStores();
    await rm(fixture.databaseFolder, { recursive: true });
    await assert.rejects(fixture.open(), isTooNew);
  });

  it('removes the beginning of a segment that a crash cut short, and leaves what is none alone', async () => {
    const bytes = noise(100_000);
    const pointer = await file('a', bytes);
    const stub = join(fixture.storeFolder, `open-${'cd'.repeat(16)}.seg`);
    const strange = join(fixture.storeFolder, 'notes.seg');
    await writeFile(stub, encodeSegmentHeader().subarray(0, 30));
    await writeFile(strange, noise(5000));
    await fixture.closeStores();
    store = await fixture.open();
    await file('b', noise(10));
    assert.match(store.problems[0].message, /notes\.seg does not start like a segment/);
    await assert.rejects(stat(stub));
    assert.equal((await stat(strange)).size, 5000);
    assert.deepEqual(await readAll(store, pointer), bytes);
  });

  it('finds the records behind damage when the index is lost too, and appends nothing there', async () => {
    const contents = [noise(60_000), noise(60_000), noise(60_000)];
    const pointers: Pointer[] = [];
    for (const [i, bytes] of contents.entries()) pointers.push(await file(`f${i}`, bytes));
    const path = await onlySegment();
    await fixture.closeStores();
    const damaged = await open(path, 'r+');
    await damaged.write(Buffer.alloc(10), 0, 10, 64 + 60_056 + 2);
    await damaged.close();
    const { size } = await stat(path);
    await rm(fixture.databaseFolder, { recursive: true });
    for (const mode of ['reader', 'writer']) {
      store = await fixture.open();
      if (mode === 'writer') await file('more', noise(100));
      assert.deepEqual(await readAll(store, pointers[0]), contents[0]);
      assert.deepEqual(await readAll(store, pointers[2]), contents[2]);
      assert.equal(store.has(pointers[1]), false);
      assert.ok(store.problems.some(({ message }) => message.includes(`${path} is damaged at byte 60120`)));
      await fixture.closeStores();
    }
    assert.equal((await stat(path)).size, size);
  });

  it('makes a damaged database anew when somebody writes, and reads without it until then', async () => {
    const bytes = noise(100_000);
    const pointer = await file('a', bytes);
    await fixture.closeStores();
    const database = join(fixture.databaseFolder, 'data.mdb');
    await writeFile(database, noise(20_000));
    store = await fixture.open();
    assert.deepEqual(await readAll(store, pointer), bytes);
    assert.ok((await store.verify({ full: false })).isIndexStale);
    assert.equal((await stat(database)).size, 20_000);
    await reopenAndCheck([[pointer, bytes]]);
  });

  it('turns to a database that another process put in the place of the old one', async () => {
    const bytes = noise(100_000);
    const pointer = await file('a', bytes);
    const other = await fixture.open();
    await other.rebuild();
    const more = noise(70_000);
    const [second] = await ingestAll(other, [await fixture.write('b', more)]);
    assert.deepEqual(await readAll(store, second), more);
    assert.deepEqual(await readAll(store, pointer), bytes);
    await file('c', noise(50));
    assert.equal((await other.verify({ full: true })).isIndexStale, false);
  });
});
