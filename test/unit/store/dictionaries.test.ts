// Tests which files get a dictionary: many new ones of a kind, then every further one of that kind, and none that has a better base.
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import type { DataPlane } from '../../../core/dataplane/dataPlane.ts';
import { Blake3 } from '../../../core/dataplane/portable/blake3.ts';
import { Codec, RecordType } from '../../../core/model/record.ts';
import type { ChunkStore, StoreFile } from '../../../core/store/chunkStore.ts';
import { LmdbChunkIndex } from '../../../core/store/lmdbChunkIndex.ts';
import { rows } from '../../support/containers.ts';
import { sameBytes } from '../../support/sameBytes.ts';
import { ingestAll, newPlane, noise, readAll, StoreFixture } from './support.ts';

const COMMON = noise(16_000);

/** All start alike, which a dictionary is for, and differ in the middle: none is like another. */
function mesh(number: number): Buffer {
  return Buffer.concat([Buffer.from(`mesh\0${number}`), COMMON, rows(number, 1500)]);
}

describe('dictionaries of an ingest', () => {
  let plane: DataPlane;
  let fixture: StoreFixture;
  /** How often something was trained. */
  let trained: string[][];

  before(async () => {
    const hasher = await Blake3.create();
    plane = newPlane();
    plane.trainDictionary = (paths) => {
      trained.push(paths);
      return Promise.resolve({ id: hasher.hash(COMMON), bytes: COMMON });
    };
  });
  after(() => plane.close());
  beforeEach(async () => {
    trained = [];
    fixture = await StoreFixture.create(plane);
  });
  afterEach(() => fixture.closeStores());

  const meshes = (from: number, count: number, extension = 'mesh'): Promise<StoreFile[]> =>
    Promise.all(
      Array.from({ length: count }, (_, i) => fixture.write(`${from + i}.${extension}`, mesh(from + i))),
    );

  /** Codecs of the first chunks of what was stored, by how many have each. */
  async function codecsOf(store: ChunkStore, files: StoreFile[]): Promise<Map<number, number>> {
    const pointers = await ingestAll(store, files);
    const index = (await LmdbChunkIndex.open(fixture.databaseFolder, { readOnly: true }))!;
    const codecs = new Map<number, number>();
    for (const pointer of pointers) {
      const [chunk] = (await store.chunksOf(pointer))!.chunks;
      const codec = index.find(chunk.id, RecordType.chunk)!.codec;
      codecs.set(codec, (codecs.get(codec) ?? 0) + 1);
    }
    await index.close();
    return codecs;
  }

  it('are trained for many new files of a kind, and serve the next ones', async () => {
    const store = await fixture.open();
    const files = await meshes(0, 70);
    assert.deepEqual([...(await codecsOf(store, files))], [[Codec.dictionary, 70]]);
    assert.equal(trained.length, 1);
    assert.deepEqual([...(await codecsOf(store, await meshes(100, 3)))], [[Codec.dictionary, 3]]);
    await store.close();
    const again = await fixture.open();
    assert.deepEqual([...(await codecsOf(again, await meshes(200, 2)))], [[Codec.dictionary, 2]]);
    assert.equal(trained.length, 1);
  });

  it('are not made for few files, nor for media that are compressed already', async () => {
    const store = await fixture.open();
    await ingestAll(store, await meshes(0, 40));
    await ingestAll(store, await meshes(100, 80, 'png'));
    assert.deepEqual(trained, []);
  });

  it('are found no more when the database is lost; what was packed with one still comes back', async () => {
    const store = await fixture.open();
    const pointers = await ingestAll(store, await meshes(0, 70));
    await store.close();
    await rm(fixture.databaseFolder, { recursive: true });
    const again = await fixture.open();
    assert.ok((await readAll(again, pointers[7])).equals(mesh(7)));
    await ingestAll(again, await meshes(100, 70));
    assert.equal(trained.length, 2);
    const check = await again.verify({ full: true });
    assert.deepEqual(check.problems, []);
  });

  it('outlive a collection of garbage as long as something is packed with them', async () => {
    const store = await fixture.open();
    const files = await meshes(0, 80);
    const pointers = await ingestAll(store, files);
    const kept = { count: 40, groups: () => pointers.slice(0, 40).map((pointer) => [pointer]) };
    const first = await store.collect(kept, {});
    assert.ok(first.droppedChunks === 40 && first.after < first.before, JSON.stringify(first));
    const second = await store.collect(kept, {});
    assert.deepEqual([second.after, second.repackedBytes], [first.after, 0]);
    const index = (await LmdbChunkIndex.open(fixture.databaseFolder, { readOnly: true }))!;
    const places = [...index.locations()];
    await index.close();
    assert.ok(places.some(({ codec }) => codec === Codec.dictionary));
    assert.equal(places.filter(({ type }) => type === RecordType.dictionary).length, 1);
    for (const [i, pointer] of pointers.slice(0, 40).entries())
      sameBytes(await readAll(store, pointer), mesh(i));
    const { problems, badPlaces } = await store.verify({ full: true });
    assert.deepEqual([problems, badPlaces.size], [[], 0]);
    const nothing = await store.collect({ count: 0, groups: () => [] }, {});
    assert.deepEqual([nothing.after, nothing.segments], [0, 0]);
  });
});
