// Owns the tests that new versions are stored as deltas of old ones, and read back exactly, by every pair of planes.
import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Codec, MAX_DELTA_DEPTH } from '../../core/model/record.ts';
import { xorshift32 } from '../support/naiveCut.ts';
import { onEachPair, onEachPlane } from '../support/planes.ts';
import { type Asset, payloadOffset, readPlain, type StoredRecord } from '../support/segmentStore.ts';
import { useWorkspace } from '../support/workspace.ts';

const DICTIONARY_MAGIC = Buffer.from('37a430ec', 'hex');

/** `bytes` with some of them replaced, and some inserted, at a few places. */
function edit(bytes: Buffer, round: number): Buffer {
  const parts: Buffer[] = [];
  const places = [1, 2, 3].map((i) => Math.floor((bytes.length * (i + round / 10)) / 5));
  let from = 0;
  for (const place of places) {
    parts.push(bytes.subarray(from, place), xorshift32(place, 100 + round));
    from = place + (round % 2) * 50;
  }
  return Buffer.concat([...parts, bytes.subarray(from)]);
}

onEachPair('versions', (writer, reader) => {
  const work = useWorkspace();

  it('are deltas of earlier ones, and come back exactly', async () => {
    let bytes = xorshift32(1, 700_000);
    let asset = await work.store.ingestAsset(writer(), { path: work.write('file', bytes) });
    const versions: [Asset, Buffer][] = [[asset, bytes]];
    const depths = new Set<number>();
    for (let round = 1; round <= 6; round++) {
      bytes = edit(bytes, round);
      const { base, bases } = work.store.previousVersion(asset);
      const path = work.write('file', bytes);
      // Planes take turns, so that each makes deltas of what the other wrote.
      const plane = round % 2 ? reader() : writer();
      asset = await work.store.ingestAsset(plane, { path, base }, { bases });
      versions.push([asset, bytes]);
      const records = work.store.chunksOf(asset.blake3);
      for (const record of records) {
        depths.add(record.depth);
        checkDelta(record, (id) => work.store.records.get(`1 ${id}`)!);
      }
      assert.ok(asset.newBytes > 50_000, 'cuts make whole chunks new');
      assert.ok(asset.storedBytes < asset.newBytes / 10, `${asset.storedBytes} of ${asset.newBytes}`);
    }
    assert.ok(Math.max(...depths) > 3, `depths ${[...depths].join(', ')}`);
    assert.deepEqual(await work.store.check(reader()), []);
    for (const [version, expected] of versions) {
      const path = join(work.folder, 'restored');
      await work.store.restore(reader(), [{ path, asset: version, expect: 'any' }]);
      assert.ok(readFileSync(path).equals(expected));
    }
  });
});

/** What docs/formats/segment.md asks of a record with a prefix. */
function checkDelta(record: StoredRecord, find: (id: string) => StoredRecord): void {
  assert.ok(record.depth <= MAX_DELTA_DEPTH);
  if (record.codec !== Codec.prefix) {
    assert.equal(record.depth, 0);
    return;
  }
  const bases = record.bases.map((id) => find(id.toString('hex')));
  assert.ok(bases.length >= 1 && bases.length <= 4);
  assert.equal(record.depth, 1 + Math.max(...bases.map((base) => base.depth)));
  assert.ok(bases.reduce((sum, base) => sum + base.rawLength, 0) < 4 * 1024 * 1024);
}

onEachPlane('deltas', (plane) => {
  const work = useWorkspace();

  /** Stores `before`, then `after` against it. */
  const second = async (before: Buffer, after: Buffer, averageLog2 = 16): Promise<Asset> => {
    const first = await work.store.ingestAsset(plane(), { path: work.write('before', before), averageLog2 });
    const { base, bases } = work.store.previousVersion(first);
    return work.store.ingestAsset(
      plane(),
      { path: work.write('after', after), base, averageLog2 },
      { bases },
    );
  };
  const codecs = (asset: Asset): Codec[] => work.store.chunksOf(asset.blake3).map((record) => record.codec);

  it('are found where bytes were moved along', async () => {
    const before = xorshift32(1, 900_000);
    const inserted = Buffer.concat([before.subarray(0, 100), xorshift32(2, 200_000), before.subarray(100)]);
    for (const place of [1, 3, 5]) inserted[200_000 + place * 120_000] ^= 1;
    const asset = await second(before, inserted);
    assert.ok(asset.storedBytes < 330_000, `${asset.storedBytes}`);
  });

  it('serve files of one chunk, too', async () => {
    const before = xorshift32(1, 30_000);
    const asset = await second(before, Buffer.concat([Buffer.from('new head'), before]));
    assert.deepEqual(codecs(asset), [Codec.prefix]);
    assert.ok(asset.storedBytes < 300);
  });

  it('are not made where they would not pay', async () => {
    const asset = await second(xorshift32(1, 300_000), xorshift32(2, 300_000));
    assert.ok(codecs(asset).every((codec) => codec === Codec.raw));
    const zeros = await second(xorshift32(1, 300_000), Buffer.alloc(300_000));
    assert.ok(codecs(zeros).every((codec) => codec === Codec.zstd));
  });

  it('are taken up again after a long stretch without any', async () => {
    const before = xorshift32(1, 2_000_000);
    const tail = Buffer.from(before.subarray(1_000_000));
    for (let i = 50; i < tail.length; i += 5_000) tail[i] ^= 1;
    const asset = await second(before, Buffer.concat([xorshift32(2, 1_000_000), tail]), 14);
    const deltas = codecs(asset).filter((codec) => codec === Codec.prefix);
    assert.ok(deltas.length > 40 && deltas.length < 70, `${deltas.length} of ${asset.chunks}`);
  });

  it('are never made against a prefix that looks like a trained dictionary', async () => {
    const before = Buffer.concat([DICTIONARY_MAGIC, xorshift32(1, 30_000)]);
    const after = Buffer.from(before);
    after[20_000] ^= 1;
    const asset = await second(before, after);
    assert.deepEqual(codecs(asset), [Codec.raw]);
  });

  it('do without a base that is damaged or gone', async () => {
    const before = xorshift32(1, 400_000);
    const first = await work.store.ingestAsset(plane(), { path: work.write('before', before) });
    const { base, bases } = work.store.previousVersion(first);
    const [chunk] = work.store.chunksOf(first.blake3);
    const segment = readFileSync(chunk.segment);
    segment[payloadOffset(chunk) + 99] ^= 1;
    writeFileSync(chunk.segment, segment);
    const after = edit(before, 1);
    const options = { bases, segments: [] };
    const asset = await work.store.ingestAsset(plane(), { path: work.write('after', after), base }, options);
    const records = work.store.chunksOf(asset.blake3);
    for (const record of records) assert.ok(!record.bases.some((id) => id.equals(chunk.id)));
    rmSync(chunk.segment);
    const later = edit(before, 2);
    const alone = await work.store.ingestAsset(plane(), { path: work.write('later', later), base }, options);
    const plain = work.store.chunksOf(alone.blake3).filter((record) => record.segment !== chunk.segment);
    assert.ok(plain.length > 0 && plain.every((record) => record.codec !== Codec.prefix));
    for (const record of plain) assert.equal(readPlain(record).length, record.rawLength);
  });
});
