// Owns the tests that a huge file, which all workers share, is stored, hashed and rebuilt as one worker does it.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { blake3 } from 'hash-wasm';
import { SECTION_SIZE } from '../../core/dataplane/dataPlane.ts';
import { xorshift32 } from '../support/naiveCut.ts';
import { onEachPlane } from '../support/planes.ts';
import { sameBytes } from '../support/sameBytes.ts';
import { type Asset, SegmentStore } from '../support/segmentStore.ts';
import { useWorkspace } from '../support/workspace.ts';

const MIB = 1024 * 1024;

onEachPlane('a huge file', (plane) => {
  const work = useWorkspace();
  let stores = 0;

  const ingest = (path: string, workers: number, averageLog2 = 18) =>
    new SegmentStore(join(work.folder, `store ${(stores += 1)}`)).ingestAsset(
      plane(),
      { path, averageLog2 },
      { workers },
    );

  const summary = ({ blake3: id, chunks, newBytes }: Asset) => ({ id, chunks, newBytes });

  it('becomes the same records whatever the number of workers', async () => {
    for (const length of [32 * MIB - 1, 32 * MIB, 36 * MIB + 1]) {
      const bytes = xorshift32(length, length);
      const path = work.write('file', bytes);
      const one = summary(await ingest(path, 1));
      assert.equal(one.id, await blake3(bytes));
      assert.deepEqual(summary(await ingest(path, 4)), one);
      assert.deepEqual(summary(await ingest(path, 3, 20)), summary(await ingest(path, 1, 20)));
    }
  }).timeout(120_000);

  it('is rebuilt and hashed by several workers', async () => {
    const bytes = xorshift32(7, 70 * MIB + 12_345);
    bytes.fill(0, 10 * MIB, 30 * MIB);
    const path = work.write('file', bytes);
    const asset = await work.store.ingestAsset(plane(), { path });
    const [hashed] = await plane().hashFiles([path]);
    assert.equal(hashed.state === 'done' && hashed.blake3, await blake3(bytes));
    assert.equal(asset.blake3, await blake3(bytes));
    const [restored] = await work.store.restore(plane(), [{ path: join(work.folder, 'copy'), asset }]);
    assert.equal(restored.state, 'done');
    sameBytes(readFileSync(join(work.folder, 'copy')), bytes);
  }).timeout(120_000);

  it('does not get its name when a record of it is damaged', async () => {
    const path = work.write('file', xorshift32(3, 70 * MIB));
    const asset = await work.store.ingestAsset(plane(), { path, averageLog2: 20 });
    const chunks = work.store.chunksOf(asset.blake3);
    const { segment, offset } = chunks[chunks.length - 3];
    const bytes = readFileSync(segment);
    bytes[offset + 500] ^= 1;
    writeFileSync(segment, bytes);
    const [restored] = await work.store.restore(plane(), [{ path: join(work.folder, 'copy'), asset }]);
    assert.equal(restored.state === 'failed' && restored.code, 'CORRUPT');
    assert.equal(restored.state === 'failed' && typeof restored.record, 'number');
    assert.deepEqual(
      readdirSync(work.folder).filter((name) => name.startsWith('copy')),
      [],
    );
  }).timeout(120_000);

  it('keeps only what an edit changed', async () => {
    const bytes = xorshift32(9, 40 * MIB);
    const path = work.write('file', bytes);
    const first = await work.store.ingestAsset(plane(), { path, averageLog2: 18 });
    bytes.fill(1, 20 * MIB, 20 * MIB + 4096);
    writeFileSync(path, bytes);
    const { bases, base } = work.store.previousVersion(first);
    const second = await work.store.ingestAsset(plane(), { path, averageLog2: 18, base }, { bases });
    assert.equal(second.blake3, await blake3(bytes));
    assert.ok(second.newBytes < 2 * MIB && second.storedBytes < 32 * 1024, `${second.storedBytes} bytes`);
  }).timeout(120_000);

  it('has sections that tell where two versions differ, if the plane knows any', async () => {
    const bytes = xorshift32(11, 33 * MIB);
    const path = work.write('file', bytes);
    const [before] = await plane().hashFiles([path]);
    assert.ok(before.state === 'done');
    const values = before.sections;
    if (!values) {
      assert.equal(plane().hashOfSections(Buffer.alloc(64)), undefined);
      assert.equal(plane().sectionOf(path, 0), undefined);
      return;
    }
    assert.equal(values.length, 32 * Math.ceil(bytes.length / SECTION_SIZE));
    assert.equal(plane().hashOfSections(values), before.blake3);
    assert.equal(plane().hashOfSections(values.subarray(1)), undefined);
    assert.notEqual(plane().hashOfSections(values.subarray(32)), before.blake3);
    const asset = await work.store.ingestAsset(plane(), { path });
    assert.ok(asset.sections?.equals(values));
    for (const number of [0, 5, 16]) {
      const value = values.subarray(32 * number, 32 * (number + 1));
      assert.ok(plane().sectionOf(path, number)?.equals(value), `section ${number}`);
    }
    assert.equal(plane().sectionOf(path, 17), undefined);
    assert.equal(plane().sectionOf(join(path, 'no'), 0), undefined);
    bytes[20 * MIB] ^= 1;
    writeFileSync(path, bytes);
    const [after] = await plane().hashFiles([path]);
    assert.ok(after.state === 'done' && after.sections);
    const now = after.sections;
    const differing = [...Array(17).keys()].filter(
      (i) => values.compare(now, 32 * i, 32 * i + 32, 32 * i, 32 * i + 32) !== 0,
    );
    assert.deepEqual(differing, [10]);
  });

  it('that is sparse ends in one worker like in many', async () => {
    const path = work.write('file', Buffer.alloc(0));
    truncateSync(path, 65 * MIB + 3);
    const one = summary(await ingest(path, 1));
    assert.deepEqual(summary(await ingest(path, 4)), one);
  }).timeout(120_000);
});
