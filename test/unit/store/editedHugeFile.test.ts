// Tests that the next version of a huge file, of which little is read and cut again, becomes what it would be without an earlier one.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DataPlane, IngestFile, IngestRequest } from '../../../core/dataplane/dataPlane.ts';
import type { Pointer } from '../../../core/model/pointer.ts';
import type { ChunkStore, StoreFile } from '../../../core/store/chunkStore.ts';
import { SectionCache } from '../../../core/store/sectionCache.ts';
import { xorshift32 } from '../../support/naiveCut.ts';
import { planes } from '../../support/planes.ts';
import { sameBytes } from '../../support/sameBytes.ts';
import { tempFolder } from '../../support/tempFolder.ts';
import { ingestAll, restoreOne, StoreFixture } from './support.ts';

const MIB = 1024 * 1024;
/** Above what is looked into for streams to inflate. */
const SIZE = 70 * MIB + 12_345;

const native = planes.find(({ name }) => name === 'native');

(native ? describe : describe.skip)('a store of huge files with earlier versions', function () {
  this.timeout(120_000);

  let fixture: StoreFixture;
  let store: ChunkStore;
  let planned: IngestFile[] = [];
  let original: Buffer;
  let first: Pointer;
  const cacheFolder = (): string => join(fixture.forgeFolder, 'cache/sections');

  /** Notes what is planned. */
  function watched(plane: DataPlane): DataPlane {
    const ingest = (request: IngestRequest, ...rest: [Parameters<DataPlane['ingest']>[1]]) => {
      planned = request.files;
      return plane.ingest(request, ...rest);
    };
    return Object.assign(Object.create(plane) as DataPlane, { ingest });
  }

  before(() => {
    original = xorshift32(1, SIZE);
  });
  beforeEach(async () => {
    fixture = await StoreFixture.create(watched(native!.create()));
    store = await fixture.open({ segmentTarget: 16 * MIB });
    [first] = await ingestAll(store, [await fixture.write('file', original)]);
  });
  afterEach(() => fixture.closeStores());

  /** Stores the next version, checks it against one that has no earlier version, and returns what was planned. */
  async function storeNext(bytes: Buffer, options: Partial<StoreFile> = {}): Promise<IngestFile> {
    const file = await fixture.write('file', bytes);
    const [pointer] = await ingestAll(store, [{ ...file, previous: first, ...options }]);
    const [plan] = planned;
    const other = await StoreFixture.create(native!.create());
    const fresh = await other.open();
    assert.deepEqual(await ingestAll(fresh, [file]), [pointer]);
    const ids = async (from: ChunkStore): Promise<string[]> =>
      (await from.chunksOf(pointer))!.chunks.map(({ id, length }) => `${id.toString('hex')} ${length}`);
    assert.ok((await ids(store)).join() === (await ids(fresh)).join());
    await other.closeStores();
    sameBytes(await restoreOne(fixture, store, 'restored', pointer), bytes);
    return plan;
  }

  function edited(): Buffer {
    const bytes = Buffer.from(original);
    xorshift32(2, 4096).copy(bytes, 30 * MIB);
    return bytes;
  }

  it('reads again only what lies around an edit', async () => {
    const before = await store.stats();
    const plan = await storeNext(edited());
    assert.ok(plan.edit);
    const rows = plan.base!.filter((row) => row !== 0xffffffff).length;
    assert.ok(rows > 4 && rows < 60, `${rows} rows of ${plan.base!.length}`);
    const grown = (await store.stats()).storedBytes - before.storedBytes;
    assert.ok(grown > 4096 && grown < 10_000, `${grown} bytes`);
  });

  it('reads again only the end of what was appended to or cut off', async () => {
    assert.ok((await storeNext(Buffer.concat([original, xorshift32(3, 5 * MIB)]))).edit);
    rmSync(join(fixture.root, 'restored'));
    assert.ok((await storeNext(original.subarray(0, 66 * MIB + 7))).edit);
  });

  it('reads all of what was moved, or rewritten', async () => {
    const moved = Buffer.concat([original.subarray(0, MIB), Buffer.from('new'), original.subarray(MIB)]);
    assert.equal((await storeNext(moved)).edit, undefined);
    rmSync(join(fixture.root, 'restored'));
    const rewritten = Buffer.from(original);
    for (let at = 0; at < SIZE; at += 5 * MIB) rewritten[at] ^= 1;
    assert.equal((await storeNext(rewritten)).edit, undefined);
  });

  it('reads all where the cache is gone, damaged, or of another asset', async () => {
    const path = join(cacheFolder(), first.blake3);
    const values = readFileSync(path);
    const other = Buffer.from(values);
    other[5] ^= 1;
    for (const damaged of [undefined, other, values.subarray(1), values.subarray(32), Buffer.alloc(0)]) {
      rmSync(cacheFolder(), { recursive: true, force: true });
      mkdirSync(cacheFolder(), { recursive: true });
      if (damaged) writeFileSync(path, damaged);
      assert.equal((await storeNext(edited())).edit, undefined);
      rmSync(join(fixture.root, 'restored'));
    }
    rmSync(cacheFolder(), { recursive: true });
    writeFileSync(cacheFolder(), 'no folder');
    assert.equal((await storeNext(edited())).edit, undefined);
  });

  it('stores again what the store has lost of the earlier version', async () => {
    await fixture.closeStores();
    const sealed = readdirSync(fixture.storeFolder).filter((name) => !name.startsWith('open'));
    rmSync(join(fixture.storeFolder, sealed[0]));
    store = await fixture.open();
    assert.equal((await storeNext(edited())).edit, undefined);
  });

  it('looks ahead, and again where segments were lost since', async () => {
    await store.prepare([first]);
    assert.ok((await storeNext(edited())).edit);
    rmSync(join(fixture.root, 'restored'));
    await store.prepare([first]);
    const sealed = readdirSync(fixture.storeFolder).filter((name) => !name.startsWith('open'));
    rmSync(join(fixture.storeFolder, sealed[0]));
    assert.equal((await storeNext(edited())).edit, undefined);
  });

  it('takes what a hash told of the file, unless it has changed since', async () => {
    const bytes = edited();
    const path = (await fixture.write('file', bytes)).path;
    // Equal times before and after, so that only the change shows.
    utimesSync(path, 5, 5);
    const [hashed] = await fixture.plane.hashFiles([path]);
    assert.ok(hashed.state === 'done' && hashed.sections);
    const known = { stat: hashed.stat, values: hashed.sections };
    xorshift32(3, 100_000).copy(bytes, 60 * MIB);
    const plan = await storeNext(bytes, { hashed: known });
    assert.equal(plan.edit?.hashed, known);
  });

  it('has all workers cut all of it where new cuts do not meet old ones, with the same bases', async () => {
    const zeros = Buffer.alloc(90 * MIB);
    xorshift32(4, 200_000).copy(zeros, MIB);
    [first] = await ingestAll(store, [await fixture.write('file', zeros)]);
    const before = await store.stats();
    xorshift32(5, 100).copy(zeros, MIB + 100_000);
    // Zeros behind it are cut at other places from here on.
    xorshift32(6, 50_000).copy(zeros, 5 * MIB);
    assert.ok((await storeNext(zeros)).edit);
    const grown = (await store.stats()).storedBytes - before.storedBytes;
    assert.ok(grown > 50_000 && grown < 60_000, `${grown} bytes`);
  });

  it('knows what it has restored', async () => {
    rmSync(cacheFolder(), { recursive: true });
    sameBytes(await restoreOne(fixture, store, 'restored', first), original);
    rmSync(join(fixture.root, 'restored'));
    assert.ok((await storeNext(edited())).edit);
  });

  it('keeps a bounded cache, of the newest', async () => {
    const folder = join(await tempFolder(), 'deep/cache');
    const cache = new SectionCache(folder, fixture.plane, 100);
    for (const [i, name] of ['a', 'b', 'c'].entries()) {
      cache.write(name, Buffer.alloc(40, i));
      utimesSync(join(folder, name), i, i);
    }
    assert.deepEqual(readdirSync(folder).sort(), ['b', 'c']);
    assert.equal(cache.read('b'), undefined);
    assert.equal(statSync(join(folder, 'b')).size, 40);
  });
});
