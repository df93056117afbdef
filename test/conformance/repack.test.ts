// Owns the tests that records written anew are smaller, exact, and readable by every plane, whoever wrote them.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DataPlane } from '../../core/dataplane/dataPlane.ts';
import { RecordTableBuilder } from '../../core/dataplane/recordTable.ts';
import {
  FIXED,
  type RepackRequest,
  type RepackResult,
  type RepackVersion,
  UNUSABLE,
  WHOLE,
} from '../../core/dataplane/repack.ts';
import { Codec, MAX_DELTA_DEPTH, RecordType, recordHeaderLength } from '../../core/model/record.ts';
import { decodeSegmentHeader, SegmentFlag } from '../../core/model/segment.ts';
import { placeOf } from '../../core/store/repackOrder.ts';
import { xorshift32 } from '../support/naiveCut.ts';
import { onEachPair, onEachPlane } from '../support/planes.ts';
import { sameBytes } from '../support/sameBytes.ts';
import { type Asset, SegmentStore, type StoredRecord } from '../support/segmentStore.ts';
import { useWorkspace } from '../support/workspace.ts';

const LEVEL = 19;

/** The rows of a store's records, with what they are decoded with. */
class Rows {
  readonly builder = new RecordTableBuilder();
  private readonly store: SegmentStore;
  private readonly rows = new Map<StoredRecord, number>();

  constructor(store: SegmentStore) {
    this.store = store;
  }

  of(record: StoredRecord): number {
    const known = this.rows.get(record);
    if (known !== undefined) return known;
    const bases = record.bases.map((id) => this.of(this.store.get(RecordType.chunk, id.toString('hex'))!));
    const row = this.builder.add(record.segment, record, bases);
    this.rows.set(record, row);
    return row;
  }
}

/** Text that repeats itself only from version to version. */
function content(seed: number, length: number): Buffer {
  const noise = xorshift32(seed, length);
  return Buffer.from(noise.toString('hex').slice(0, length), 'latin1');
}

/** Lines of which LZMA makes less than zstd does. `round` changes some of each. */
function lines(round: number): Buffer {
  const kept = xorshift32(77, 9_000);
  const noise = xorshift32(round + 1, 3_000);
  const line = (_: unknown, i: number): string =>
    `{"mesh": ${i}, "x": ${kept[3 * i]}, "y": ${kept[3 * i + 1] * 37}, "z": ${noise[i]}, "part": "${'leaf'.slice(kept[3 * i + 2] & 3)}"}\n`;
  return Buffer.from(Array.from({ length: 3_000 }, line).join(''), 'latin1');
}

function edit(bytes: Buffer, round: number): Buffer {
  const at = Math.floor((bytes.length * ((round * 7) % 10)) / 10);
  return Buffer.concat([bytes.subarray(0, at), content(900 + round, 300), bytes.subarray(at + 40)]);
}

interface History {
  versions: [Asset, Buffer][];
}

async function makeHistory(
  work: ReturnType<typeof useWorkspace>,
  plane: DataPlane,
  count: number,
  start: Buffer,
  change = edit,
): Promise<History> {
  const versions: [Asset, Buffer][] = [];
  let bytes = start;
  for (let round = 0; round < count; round++) {
    const asset = await work.store.ingestAsset(plane, { path: work.write('file', bytes) });
    versions.push([asset, bytes]);
    bytes = change(bytes, round);
  }
  return { versions };
}

/** Everything of the histories is packed, manifests too; `fixed` records are copied. */
async function repack(
  plane: DataPlane,
  store: SegmentStore,
  histories: History[],
  folder: string,
  options: Partial<RepackRequest> & { signal?: AbortSignal; fixed?: ReadonlySet<StoredRecord> } = {},
): Promise<{ result: RepackResult; packed: SegmentStore }> {
  const { signal, fixed = new Set(), ...request } = options;
  mkdirSync(folder, { recursive: true });
  const rows = new Rows(store);
  const owners: number[] = [];
  const copies: number[] = [];
  const singles = new Set<number>();
  const groups = histories.map(({ versions }, number): RepackVersion[] =>
    versions.map(([asset], position) => {
      const records = store.chunksOf(asset.blake3);
      for (const record of records) {
        const row = rows.of(record);
        if (fixed.has(record) && owners[row] === undefined) copies.push(row);
        owners[row] ??= fixed.has(record) ? FIXED : number;
      }
      const manifest = store.get(RecordType.manifest, asset.blake3);
      if (manifest) singles.add(rows.of(manifest));
      return {
        rows: records.map((record) => rows.of(record)),
        averageLog2: 16,
        isCold: true,
        fileShare: WHOLE,
        ...placeOf(position),
      };
    }),
  );
  const result = await plane.repack(
    {
      records: rows.builder.table(),
      owners: Uint32Array.from({ length: rows.builder.length }, (_, row) => owners[row] ?? UNUSABLE),
      copies: Uint32Array.from(copies),
      singles: Uint32Array.from(singles),
      groups,
      folder,
      segmentTarget: 64 * 1024 * 1024,
      level: LEVEL,
      workers: 2,
      ...request,
    },
    { signal },
  );
  const packed = new SegmentStore(folder);
  for (const { path, length, entries } of result.segments) packed.add(path, length, entries);
  return { result, packed };
}

const storedBytes = (store: SegmentStore): number =>
  [...store.records.values()].reduce(
    (sum, record) => sum + recordHeaderLength(record) + record.storedLength,
    0,
  );

/** Bytes that reading an asset takes from segments, each record once. */
function readCost(store: SegmentStore, asset: Asset): number {
  const needed = new Set<StoredRecord>();
  const visit = (record: StoredRecord): void => {
    needed.add(record);
    for (const id of record.bases) visit(store.get(RecordType.chunk, id.toString('hex'))!);
  };
  for (const record of store.chunksOf(asset.blake3)) visit(record);
  return [...needed].reduce((sum, record) => sum + recordHeaderLength(record) + record.storedLength, 0);
}

onEachPair('records written anew', (writer, reader) => {
  const work = useWorkspace();

  it('hold the same in less, in longer chains, and read at four times the size at most', async () => {
    const histories = [
      await makeHistory(work, writer(), 12, content(1, 300_000)),
      await makeHistory(work, reader(), 3, xorshift32(5, 400_000)),
    ];
    const { result, packed } = await repack(writer(), work.store, histories, join(work.folder, 'packed'));
    assert.deepEqual(result.problems, []);
    assert.ok(
      storedBytes(packed) < 0.6 * storedBytes(work.store),
      `${storedBytes(packed)} of ${storedBytes(work.store)}`,
    );
    assert.equal(packed.records.size, work.store.records.size);
    const depths = new Set([...packed.records.values()].map(({ depth }) => depth));
    assert.ok(Math.max(...depths) > 3, `depths ${[...depths].join(', ')}`);
    for (const record of packed.records.values()) {
      const bases = record.bases.map((id) => packed.get(RecordType.chunk, id.toString('hex'))!);
      assert.equal(record.depth, bases.length === 0 ? 0 : 1 + Math.max(...bases.map(({ depth }) => depth)));
      assert.ok(record.depth <= MAX_DELTA_DEPTH);
    }
    assert.deepEqual(await packed.check(reader()), []);
    for (const [asset, bytes] of histories.flatMap(({ versions }) => versions)) {
      assert.ok(
        readCost(packed, asset) <= 4 * asset.size,
        `${readCost(packed, asset)} for ${asset.size} bytes`,
      );
      const path = join(work.folder, 'restored');
      await packed.restore(reader(), [{ path, asset, expect: 'any' }]);
      sameBytes(readFileSync(path), bytes);
    }
  });

  it('are LZMA where the native plane finds that it saves', async () => {
    const histories = [await makeHistory(work, reader(), 3, lines(0), (_, round) => lines(round + 1))];
    const { result, packed } = await repack(writer(), work.store, histories, join(work.folder, 'lzma'));
    assert.deepEqual(result.problems, []);
    const cold = [...packed.records.values()].filter(({ codec }) => codec === Codec.lzma);
    if (writer().name === 'native') {
      assert.ok(
        cold.some(({ bases }) => bases.length === 0),
        'one on its own',
      );
      assert.ok(
        cold.some(({ bases }) => bases.length > 0),
        'one against others',
      );
    } else assert.equal(cold.length, 0);
    assert.deepEqual(await packed.check(reader()), []);
    for (const [asset, bytes] of histories[0].versions) {
      const path = join(work.folder, 'restored');
      await packed.restore(reader(), [{ path, asset, expect: 'any' }]);
      sameBytes(readFileSync(path), bytes);
    }
    // What is LZMA already can be written anew, and be packed against, by either plane.
    const again = await repack(reader(), packed, histories, join(work.folder, 'again'));
    assert.deepEqual(again.result.problems, []);
    assert.deepEqual(await again.packed.check(writer()), []);
    assert.ok(storedBytes(again.packed) <= 1.01 * storedBytes(packed));
  });

  it('are packed against what is like them in versions long past, on the native plane', async () => {
    const first = content(31, 200_000);
    const others = Array.from({ length: 7 }, (_, i) => content(40 + i, 30_000));
    const history = await makeHistory(
      work,
      reader(),
      9,
      first,
      (_, round) => others[round] ?? edit(first, 3),
    );
    const { result, packed } = await repack(writer(), work.store, [history], join(work.folder, 'like'));
    assert.deepEqual(result.problems, []);
    const last = history.versions[8][0];
    const fresh = packed.chunksOf(last.blake3).filter(({ depth }) => depth > 0);
    if (writer().name === 'native') {
      assert.ok(fresh.length > 0);
      assert.ok(
        fresh.every(({ storedLength }) => storedLength < 1_000),
        fresh.map(String).join(),
      );
    }
    assert.deepEqual(await packed.check(reader()), []);
  });

  it('may be copied as they are, and be packed against', async () => {
    const history = await makeHistory(work, writer(), 4, content(11, 200_000));
    const first = await repack(
      writer(),
      work.store,
      [{ versions: history.versions.slice(0, 3) }],
      join(work.folder, 'a'),
    );
    const store = first.packed;
    const fixed = new Set(store.records.values());
    for (const record of work.store.records.values()) {
      const key = `${record.type} ${record.id.toString('hex')}`;
      if (!store.records.has(key)) store.records.set(key, record);
    }
    const second = await repack(reader(), store, [history], join(work.folder, 'b'), { fixed });
    for (const record of fixed) {
      if (record.type !== RecordType.chunk) continue;
      const copy = second.packed.get(RecordType.chunk, record.id.toString('hex'))!;
      assert.deepEqual(
        [copy.depth, copy.codec, copy.storedLength],
        [record.depth, record.codec, record.storedLength],
      );
    }
    const newest = second.packed.chunksOf(history.versions[3][0].blake3);
    assert.ok(newest.some(({ codec }) => codec === Codec.prefix));
    assert.deepEqual(await second.packed.check(writer()), []);
  });
});

onEachPlane('repack', (plane) => {
  const work = useWorkspace();

  it('flags its segments, and rolls over at their target', async () => {
    const history = await makeHistory(work, plane(), 3, xorshift32(21, 900_000));
    const folder = join(work.folder, 'packed');
    const { result, packed } = await repack(plane(), work.store, [history], folder, {
      segmentTarget: 300_000,
    });
    assert.ok(result.segments.length > 1);
    for (const { path } of result.segments) {
      const header = decodeSegmentHeader(readFileSync(path).subarray(0, 64));
      assert.equal(header.state === 'ok' && header.flags, SegmentFlag.packed);
    }
    assert.deepEqual(await packed.check(plane()), []);
  });

  it('leaves out what cannot be read, and says so', async () => {
    const history = await makeHistory(work, plane(), 1, xorshift32(31, 300_000));
    const record = work.store.chunksOf(history.versions[0][0].blake3)[1];
    record.rawLength--;
    record.storedLength--;
    const { result, packed } = await repack(plane(), work.store, [history], join(work.folder, 'packed'));
    assert.equal(result.problems.length, 1);
    assert.equal(packed.get(RecordType.chunk, record.id.toString('hex')), undefined);
    assert.equal(packed.records.size, work.store.records.size - 1);
  });

  it('stops on a signal and leaves nothing', async () => {
    const history = await makeHistory(work, plane(), 4, content(41, 300_000));
    const folder = join(work.folder, 'packed');
    const call = repack(plane(), work.store, [history], folder, { signal: AbortSignal.abort() });
    await assert.rejects(call, { name: 'ForgeError', code: 'ABORTED' });
    const later = repack(plane(), work.store, [history], folder, { signal: AbortSignal.timeout(30) });
    await assert.rejects(later, { name: 'ForgeError', code: 'ABORTED' });
    assert.deepEqual(readdirSync(folder), []);
  });

  it('fails with DISK_FULL when the disk is, and leaves nothing', async function () {
    const history = await makeHistory(work, plane(), 1, xorshift32(51, 500_000));
    const small = join(work.folder, 'small');
    mkdirSync(small);
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=100k', 'tmpfs', small]).status !== 0) this.skip();
    try {
      const call = repack(plane(), work.store, [history], small);
      await assert.rejects(call, { name: 'ForgeError', code: 'DISK_FULL' });
      assert.deepEqual(readdirSync(small), []);
    } finally {
      spawnSync('umount', [small]);
    }
  });
});
