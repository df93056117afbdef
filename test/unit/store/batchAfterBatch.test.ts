// Tests an ingest of several batches: each is started before the index knows of the one before.
import assert from 'node:assert/strict';
import type { DataPlane } from '../../../core/dataplane/dataPlane.ts';
import { Blake3 } from '../../../core/dataplane/portable/blake3.ts';
import { Codec, RecordType } from '../../../core/model/record.ts';
import type { ChunkStore, StoreFile } from '../../../core/store/chunkStore.ts';
import { LmdbChunkIndex } from '../../../core/store/lmdbChunkIndex.ts';
import { rows } from '../../support/containers.ts';
import { sameBytes } from '../../support/sameBytes.ts';
import { ingestAll, newPlane, noise, readAll, StoreFixture } from './support.ts';

/** What files are said to have: two make a batch, one the first. */
const CLAIMED = 100 * 1024 * 1024;

describe('an ingest of several batches', () => {
  let plane: DataPlane;
  let fixture: StoreFixture;
  /** Files in each call of the plane. */
  let calls: number[];

  before(() => {
    plane = newPlane();
    const ingest = plane.ingest.bind(plane);
    plane.ingest = (request, hooks) => {
      calls.push(request.files.length);
      return ingest(request, hooks);
    };
  });
  after(() => plane.close());
  beforeEach(async () => {
    calls = [];
    fixture = await StoreFixture.create(plane);
  });
  afterEach(() => fixture.closeStores());

  async function files(contents: Buffer[], extension = 'bin'): Promise<StoreFile[]> {
    const written = contents.map((bytes, i) => fixture.write(`${i}.${extension}`, bytes));
    return (await Promise.all(written)).map((file) => ({ ...file, size: CLAIMED }));
  }

  async function isSound(store: ChunkStore): Promise<void> {
    const { problems, badPlaces } = await store.verify({ full: true });
    assert.deepEqual([problems, badPlaces.size], [[], 0]);
  }

  it('stores each content once, and seals full segments meanwhile', async () => {
    const store = await fixture.open({ segmentTarget: 50_000 });
    const contents = Array.from({ length: 9 }, (_, i) => noise(20_000 + i));
    const all = [...contents, ...contents.slice(0, 4)];
    const pointers = await ingestAll(store, await files(all));
    assert.deepEqual(calls, [1, 2, 2, 2, 2, 2, 2]);
    for (const [i, bytes] of all.entries()) sameBytes(await readAll(store, pointers[i]), bytes);
    const { chunks, segments } = await store.stats();
    assert.equal(chunks, contents.length);
    assert.ok(segments > 2, `${segments} segments`);
    await isSound(store);
  });

  it('stores a dictionary once', async () => {
    const common = noise(16_000);
    const hasher = await Blake3.create();
    const train = plane.trainDictionary.bind(plane);
    plane.trainDictionary = () => Promise.resolve({ id: hasher.hash(common), bytes: common });
    const meshes = Array.from({ length: 70 }, (_, i) => Buffer.concat([common, rows(i, 700)]));
    const store = await fixture.open();
    const pointers = await ingestAll(store, await files(meshes, 'mesh'));
    plane.trainDictionary = train;
    sameBytes(await readAll(store, pointers[69]), meshes[69]);
    await store.close();
    const index = (await LmdbChunkIndex.open(fixture.databaseFolder, { readOnly: true }))!;
    const records = [...index.locations()];
    await index.close();
    assert.equal(records.filter(({ type }) => type === RecordType.dictionary).length, 1);
    assert.ok(records.filter(({ codec }) => codec === Codec.dictionary).length > 60);
  });

  it('makes deltas against versions in segments that are sealed meanwhile', async () => {
    const store = await fixture.open({ segmentTarget: 50_000 });
    const contents = Array.from({ length: 7 }, () => noise(20_000));
    const pointers = await ingestAll(store, await files(contents));
    const edited = contents.map((bytes) => Buffer.concat([bytes, noise(100)]));
    const before = (await store.stats()).storedBytes;
    const next = (await files(edited)).map((file, i) => ({ ...file, previous: pointers[i] }));
    const after = await ingestAll(store, next);
    for (const [i, bytes] of edited.entries()) sameBytes(await readAll(store, after[i]), bytes);
    const added = (await store.stats()).storedBytes - before;
    assert.ok(added < 10_000, `${added} bytes`);
    await isSound(store);
  });

  it('may be left early, or fail, and go on later', async () => {
    const store = await fixture.open();
    const contents = Array.from({ length: 7 }, () => noise(20_000));
    const given = await files(contents);
    for await (const results of store.ingest(given)) {
      assert.equal(results.length, 1);
      break;
    }
    await isSound(store);
    const stop = new AbortController();
    const stopped = async () => {
      for await (const results of store.ingest(given, { signal: stop.signal }))
        if (results.length === 2) stop.abort();
    };
    await assert.rejects(stopped(), { code: 'ABORTED' });
    await isSound(store);
    const pointers = await ingestAll(store, given);
    for (const [i, bytes] of contents.entries()) sameBytes(await readAll(store, pointers[i]), bytes);
    assert.equal((await store.stats()).chunks, contents.length);
  });

  it('keeps what was stored before it could be stopped', async () => {
    const store = await fixture.open();
    const given = () => files(Array.from({ length: 5 }, () => noise(20_000)));
    const ingest = plane.ingest.bind(plane);
    plane.ingest = (request, hooks) => ingest(request, { ...hooks, signal: undefined });
    for await (const results of store.ingest(await given())) if (results.length === 1) break;
    await isSound(store);
    assert.equal((await store.stats()).chunks, 3);

    const stop = new AbortController();
    plane.ingest = async (...call) => {
      const result = await ingest(...call);
      stop.abort();
      return result;
    };
    const results = store.ingest(await given(), { signal: stop.signal });
    await assert.rejects(results.next(), { code: 'ABORTED' });
    plane.ingest = ingest;
    await isSound(store);
    assert.equal((await store.stats()).chunks, 4);
  });
});
