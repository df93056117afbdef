// Tests the store over the portable plane: what goes in comes out, once, in every state that its segments go through.
import assert from 'node:assert/strict';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataPlane } from '../../../core/dataplane/dataPlane.ts';
import { type ForgeError } from '../../../core/errors.ts';
import type { Progress } from '../../../core/progress.ts';
import { encodeManifest } from '../../../core/model/manifest.ts';
import { RecordType } from '../../../core/model/record.ts';
import {
  blake3Of,
  ingestAll,
  newPlane,
  noise,
  readAll,
  restoreOne,
  StoreFixture,
  writeSegment,
} from './support.ts';

describe('ChunkStore', () => {
  let plane: DataPlane;
  let fixture: StoreFixture;

  before(() => {
    plane = newPlane();
  });
  after(() => plane.close());
  beforeEach(async () => {
    fixture = await StoreFixture.create(plane);
  });
  afterEach(() => fixture.closeStores());

  it('gives back what it was given', async () => {
    const contents = [noise(1), noise(10), noise(70_000), noise(1_000_000), Buffer.alloc(500_000, 'abc')];
    const store = await fixture.open();
    const files = await Promise.all(contents.map((bytes, i) => fixture.write(`file${i}`, bytes)));
    const pointers = await ingestAll(store, files);
    for (const [i, pointer] of pointers.entries()) {
      assert.ok(store.has(pointer));
      assert.deepEqual(await readAll(store, pointer), contents[i]);
      assert.deepEqual(await restoreOne(fixture, store, `out${i}`, pointer), contents[i]);
      const list = await store.chunksOf(pointer);
      assert.equal(
        list?.chunks.reduce((sum, { length }) => sum + length, 0),
        pointer.size,
      );
    }
  });

  it('changes nothing when it is opened', async () => {
    const store = await fixture.open();
    assert.equal(store.has({ blake3: '00'.repeat(32), size: 5 }), false);
    assert.deepEqual(await store.stats(), { segments: 0, chunks: 0, storedBytes: 0 });
    assert.deepEqual(await readdir(fixture.forgeFolder), []);
  });

  it('says which files are text and which cannot be read', async () => {
    const store = await fixture.open();
    const text = { ...(await fixture.write('a.txt', Buffer.from('hello\n'))), rule: 'auto' as const };
    const gone = { path: join(fixture.root, 'gone'), size: 5, rule: 'auto' as const };
    const asset = { ...(await fixture.write('b.bin', noise(2000))), rule: 'auto' as const };
    const kinds: string[] = [];
    for await (const results of store.ingest([text, gone, asset])) {
      for (const { index, result } of results) kinds[index] = result.kind;
    }
    assert.deepEqual(kinds, ['text', 'failed', 'asset']);
  });

  it('stores nothing twice, in one call or in several', async () => {
    const bytes = noise(300_000);
    const files = [await fixture.write('a', bytes), await fixture.write('b', bytes)];
    const store = await fixture.open();
    await ingestAll(store, files);
    const stats = await store.stats();
    assert.ok(stats.storedBytes < 310_000);
    await ingestAll(store, [await fixture.write('c', bytes)]);
    assert.deepEqual(await store.stats(), stats);
  });

  it('stores little for a small change of an incompressible file, and can be asked for both versions', async () => {
    const before = noise(400_000);
    const after = Buffer.concat([before.subarray(0, 200_000), Buffer.from('!'), before.subarray(200_000)]);
    const store = await fixture.open();
    const [first] = await ingestAll(store, [await fixture.write('a', before)]);
    const { storedBytes } = await store.stats();
    const [second] = await ingestAll(store, [{ ...(await fixture.write('a', after)), previous: first }]);
    assert.ok((await store.stats()).storedBytes - storedBytes < 5000);
    assert.deepEqual(await readAll(store, second), after);
    assert.deepEqual(await restoreOne(fixture, store, 'first', first), before);
    assert.deepEqual(await restoreOne(fixture, store, 'second', second), after);
    assert.deepEqual([...(await store.verify({ full: true })).badPlaces.values()], []);
  });

  it('reads any range of an asset', async () => {
    const bytes = noise(300_000);
    const store = await fixture.open();
    const [pointer] = await ingestAll(store, [await fixture.write('a', bytes)]);
    const ranges = [
      [0, 0],
      [0, 1],
      [299_999, 1],
      [65_000, 1000],
      [100_000, 150_000],
      [299_000, 5000],
      [300_000, 10],
      [400_000, 10],
    ];
    for (const [offset, length] of ranges) {
      const parts: Buffer[] = [];
      for await (const part of store.read(pointer, { offset, length })) parts.push(part);
      assert.deepEqual(Buffer.concat(parts), bytes.subarray(offset, offset + length), `${offset} ${length}`);
    }
  });

  it('seals segments that are full, and others notice', async () => {
    const store = await fixture.open({ segmentTarget: 200_000 });
    const reader = await fixture.open({ readOnly: true });
    const contents = Array.from({ length: 6 }, () => noise(150_000));
    const pointers = [];
    for (const [i, bytes] of contents.entries()) {
      pointers.push(...(await ingestAll(store, [await fixture.write(`f${i}`, bytes)])));
      for (const [k, pointer] of pointers.entries())
        assert.deepEqual(await readAll(reader, pointer), contents[k]);
    }
    const names = await readdir(fixture.storeFolder);
    const sealed = names.filter((name) => /^[0-9a-f]{64}\.seg$/.test(name));
    assert.ok(sealed.length >= 2, names.join(' '));
    const [hashed] = await plane.hashFiles(sealed.map((name) => join(fixture.storeFolder, name)));
    assert.equal(hashed.state === 'done' && `${hashed.blake3}.seg`, sealed[0]);
    assert.equal((await store.verify({ full: true })).isIndexStale, false);
    await fixture.closeStores();
    await rm(fixture.databaseFolder, { recursive: true });
    const again = await fixture.open();
    for (const [k, pointer] of pointers.entries())
      assert.deepEqual(await readAll(again, pointer), contents[k]);
  });

  it('goes on reading and restoring when a segment is renamed in the middle', async () => {
    const writer = await fixture.open();
    const bytes = noise(500_000);
    const [pointer] = await ingestAll(writer, [await fixture.write('a', bytes)]);
    const reader = await fixture.open({ readOnly: true });
    const reading = reader.read(pointer);
    const parts = [(await reading.next()).value as Buffer];
    const [open] = await readdir(fixture.storeFolder);
    await plane.sealSegment(join(fixture.storeFolder, open));
    for await (const part of reading) parts.push(part);
    assert.deepEqual(Buffer.concat(parts), bytes);
    assert.deepEqual(await restoreOne(fixture, reader, 'out', pointer), bytes);
  });

  it('gives identical answers after the database was deleted', async () => {
    const first = await fixture.open();
    const before = noise(400_000);
    const after = Buffer.concat([before.subarray(0, 100_000), noise(5), before.subarray(100_000)]);
    const [old] = await ingestAll(first, [await fixture.write('a', before)]);
    const [pointer] = await ingestAll(first, [{ ...(await fixture.write('a', after)), previous: old }]);
    const stats = await first.stats();
    const list = await first.chunksOf(pointer);
    await fixture.closeStores();
    await rm(fixture.databaseFolder, { recursive: true });
    const reader = await fixture.open();
    assert.deepEqual(await reader.stats(), stats);
    assert.deepEqual(await reader.chunksOf(pointer), list);
    assert.deepEqual((await readdir(fixture.forgeFolder)).sort(), ['similar', 'store']);
    await reader.rebuild();
    assert.deepEqual(await reader.stats(), stats);
    assert.deepEqual(await reader.chunksOf(pointer), list);
    assert.deepEqual(await readAll(reader, pointer), after);
  });

  it('works with several batches and tells how far it is', async () => {
    const files = [];
    for (let i = 0; i < 5; i++) {
      // Two that claim to be this large do not fit in one batch.
      files.push({ ...(await fixture.write(`f${i}`, noise(100 + i))), size: 2 ** 29 + 1 });
    }
    const store = await fixture.open();
    const seen: Progress[] = [];
    const order: number[] = [];
    let batches = 0;
    for await (const results of store.ingest(files, { onProgress: (progress) => seen.push(progress) })) {
      batches++;
      order.push(...results.map(({ index }) => index));
      // What a batch says can be read at once.
      for (const { result } of results) {
        assert.ok(result.kind === 'asset' && store.has({ blake3: result.blake3, size: result.size }));
      }
    }
    assert.equal(batches, 5);
    assert.deepEqual(order, [0, 1, 2, 3, 4]);
    const last = seen.at(-1)!;
    assert.deepEqual([last.files, last.totalFiles, last.bytes, last.newBytes], [5, 5, 510, 510]);
    assert.ok(seen.every((progress, i) => i === 0 || progress.files >= seen[i - 1].files));
    assert.equal((await store.stats()).chunks, 5);
  });

  it('restores an asset of which a chunk is stored only as an asset that was cut more finely', async () => {
    const store = await fixture.open();
    const part = noise(500_000);
    const tail = noise(50_000);
    const [pointer] = await ingestAll(store, [await fixture.write('part', part)]);
    assert.ok((await store.chunksOf(pointer))!.chunks.length > 1);
    const whole = Buffer.concat([part, tail]);
    const file = await fixture.write('whole', whole);
    const [hashed] = await plane.hashFiles([file.path]);
    assert.ok(hashed.state === 'done');
    const chunks = [
      { id: Buffer.from(pointer.blake3, 'hex'), length: part.length },
      { id: await blake3Of(tail), length: tail.length },
    ];
    await writeSegment(fixture.storeFolder, [
      { id: chunks[1].id, type: RecordType.chunk, raw: tail },
      {
        id: Buffer.from(hashed.blake3, 'hex'),
        type: RecordType.manifest,
        raw: encodeManifest({ averageLog2: 20, size: whole.length, chunks }),
      },
    ]);
    await ingestAll(store, [await fixture.write('x', noise(3))]);
    const coarse = { blake3: hashed.blake3, size: whole.length };
    assert.equal((await store.chunksOf(coarse))?.averageLog2, 20);
    assert.deepEqual(await restoreOne(fixture, store, 'out', coarse), whole);
    assert.deepEqual(await readAll(store, coarse), whole);
    // A later version keeps the chunk size.
    const grown = await fixture.write('whole', Buffer.concat([whole, noise(900_000)]));
    const [next] = await ingestAll(store, [{ ...grown, previous: coarse }]);
    assert.equal((await store.chunksOf(next))?.averageLog2, 20);
  });

  it('refuses to write when it was opened for reading, and two writers at once', async () => {
    const reader = await fixture.open({ readOnly: true });
    const a = await fixture.write('a', noise(10));
    await assert.rejects(ingestAll(reader, [a]), (error: ForgeError) => error.code === 'READ_ONLY');
    const writer = await fixture.open();
    const first = writer.ingest([a]);
    await first.next();
    await assert.rejects(ingestAll(writer, [a]), (error: ForgeError) => error.code === 'LOCKED');
    await first.return(undefined);
    await ingestAll(writer, [a]);
  });

  it('stops when told to and keeps what it had', async () => {
    const store = await fixture.open();
    const files = [await fixture.write('a', noise(100))];
    const signal = AbortSignal.abort();
    const stopped = store.ingest(files, { signal }).next();
    await assert.rejects(stopped, (error: ForgeError) => error.code === 'ABORTED');
    await ingestAll(store, files);
    assert.equal((await store.stats()).chunks, 1);
    assert.ok((await stat(fixture.storeFolder)).isDirectory());
  });
});
