// Owns the tests that every plane restores files exactly or not at all, and finds damaged records.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import type { RecordProblem, StatTuple } from '../../core/dataplane/dataPlane.ts';
import { statTuple } from '../../core/dataplane/portable/fileStat.ts';
import { encodePointer } from '../../core/model/pointer.ts';
import { RecordTableBuilder } from '../../core/dataplane/recordTable.ts';
import { Codec, type RecordEntry, RecordType } from '../../core/model/record.ts';
import {
  copyOfGolden,
  goldenAsset,
  goldenOpen,
  goldenRecords,
  goldenStore,
} from '../support/goldenSegment.ts';
import { xorshift32 } from '../support/naiveCut.ts';
import { onEachPair, onEachPlane } from '../support/planes.ts';
import { type Asset, SegmentStore } from '../support/segmentStore.ts';
import { withoutRights } from '../support/rights.ts';
import { useWorkspace } from '../support/workspace.ts';

const KIB = 1024;

onEachPair('round trips', (writer, reader) => {
  const work = useWorkspace();
  const words = Buffer.from(Array.from({ length: 200_000 }, (_, i) => (i * i).toString(36)).join(' '));
  const contents: [name: string, bytes: Buffer][] = [
    ['one byte', Buffer.from([0])],
    ...[-1, 0, 1].flatMap((more): [string, Buffer][] => [
      [`64 KiB and ${more}`, xorshift32(5, 64 * KIB + more)],
      [`80 KiB and ${more}`, xorshift32(6, 80 * KIB + more)],
    ]),
    ['5 MiB of noise', xorshift32(7, 5 * KIB * KIB)],
    ['compressible', words],
    ['zeros', Buffer.alloc(3_000_000)],
    [
      'noise among zeros',
      Buffer.concat([Buffer.alloc(400_000), xorshift32(8, 300_000), Buffer.alloc(400_000)]),
    ],
    ['once more the same noise', xorshift32(7, 5 * KIB * KIB)],
    ['ünïcode 日本語', xorshift32(9, 1_000)],
    ['what looks like a pointer', encodePointer({ blake3: 'ab'.repeat(32), size: 1 })],
  ];

  it('give every file back, byte for byte', async () => {
    const files = contents.map(([name, bytes], i) => ({
      path: work.write(name, bytes),
      averageLog2: 14 + (i % 4),
    }));
    const { files: ingested } = await work.store.ingest(writer(), files);
    mkdirSync(join(work.folder, 'out'));
    const plans = contents.map(([name], i) => ({
      path: join(work.folder, 'out', name),
      asset: ingested[i] as Asset,
      mode: i % 2 ? 0o755 : 0o640,
    }));
    const seen: { files: number; bytes: number }[] = [];
    const restored = await work.store.restore(reader(), plans, {
      onProgress: ({ files: count, bytes }) => seen.push({ files: count, bytes }),
    });
    for (const [i, [name, bytes]] of contents.entries()) {
      const result = restored[i];
      assert.equal(result.state, 'done', JSON.stringify(result));
      assert.ok(readFileSync(plans[i].path).equals(bytes), name);
      const stats = lstatSync(plans[i].path, { bigint: true });
      assert.deepEqual(result.state === 'done' && result.stat, statTuple(stats));
      assert.equal(Number(stats.mode), 0o100000 | plans[i].mode);
    }
    assert.equal(readdirSync(join(work.folder, 'out')).length, contents.length);
    const bytes = contents.reduce((sum, [, content]) => sum + content.length, 0);
    assert.deepEqual(seen.at(-1), { files: contents.length, bytes });
    assert.deepEqual(await work.store.check(reader()), []);
  });

  it('read sealed segments, too', async () => {
    const bytes = xorshift32(11, 500_000);
    const asset = await work.store.ingestAsset(writer(), { path: work.write('file', bytes) });
    const [[open]] = work.store.segments;
    const { path: sealed } = await writer().sealSegment(open);
    const scan = await reader().scanSegment(sealed, { from: 0, footer: true, payloads: false });
    const store = new SegmentStore(work.store.folder);
    store.add(sealed, scan.fileLength, scan.entries);
    const path = join(work.folder, 'restored');
    await store.restore(reader(), [{ path, asset }]);
    assert.ok(readFileSync(path).equals(bytes));
  });

  it('find any bit that flips in a record, and write nothing of what it spoils', async () => {
    const path = await copyOfGolden();
    const intact = readFileSync(path);
    const store = goldenStore(path);
    store.chunksOf(goldenAsset.blake3);
    const target = join(work.folder, 'target');
    const at = fc.integer({ min: goldenRecords[0].offset, max: intact.length - 1 });
    await fc.assert(
      fc.asyncProperty(at, fc.integer({ min: 0, max: 7 }), async (byte, bit) => {
        const damaged = Buffer.from(intact);
        damaged[byte] ^= 1 << bit;
        writeFileSync(path, damaged);
        writeFileSync(target, 'what was there');
        const record = goldenRecords.findLast(({ offset }) => offset <= byte)!;
        const problems = await store.check(reader());
        assert.ok(problems.some(({ row }) => row === rowOf(store, record.id)));
        const [result] = await store.restore(reader(), [{ path: target, asset: goldenAsset, expect: 'any' }]);
        if (record.type === RecordType.manifest) {
          assert.equal(result.state, 'done');
          return;
        }
        assert.ok(result.state === 'failed' && result.code === 'CORRUPT', JSON.stringify(result));
        assert.equal(readFileSync(target, 'utf8'), 'what was there');
        assert.deepEqual(readdirSync(work.folder).sort(), ['store', 'target']);
      }),
      { numRuns: 60 },
    );
  });
});

/** Rows are numbered in the order in which `SegmentStore.check` adds records: the golden ones come bases first. */
function rowOf(store: SegmentStore, id: Buffer): number {
  return [...store.records.values()].findIndex((record) => record.id.equals(id));
}

onEachPlane('restore', (plane) => {
  const work = useWorkspace();
  let asset: Asset;
  let path: string;
  const bytes = xorshift32(1, 300_000);

  beforeEach(async () => {
    const source = work.write('source', bytes);
    asset = await work.store.ingestAsset(plane(), { path: source });
    work.store.chunksOf(asset.blake3);
    rmSync(source);
    mkdirSync(join(work.folder, 'out'));
    path = join(work.folder, 'out', 'file');
  });

  const restore = async (expect: 'absent' | 'any' | StatTuple, at = path): Promise<string> => {
    const [result] = await work.store.restore(plane(), [{ path: at, asset, expect }]);
    return result.state === 'failed' ? result.code : result.state;
  };
  const here = (): string[] => readdirSync(join(work.folder, 'out'));
  const stat = (): StatTuple => statTuple(lstatSync(path, { bigint: true }));

  it('does not replace what should not be there', async () => {
    writeFileSync(path, 'mine');
    assert.equal(await restore('absent'), 'conflict');
    assert.equal(readFileSync(path, 'utf8'), 'mine');
    rmSync(path);
    symlinkSync('nowhere', path);
    assert.equal(await restore('absent'), 'conflict');
    assert.ok(lstatSync(path).isSymbolicLink());
    assert.deepEqual(here(), ['file']);
  });

  it('replaces only the very file that is expected', async () => {
    writeFileSync(path, 'mine');
    const expected = stat();
    const other = [...expected] as StatTuple;
    for (const field of [2, 3, 5, 9]) {
      other[field] += 1;
      assert.equal(await restore(other), 'conflict');
      other[field] -= 1;
    }
    assert.equal(readFileSync(path, 'utf8'), 'mine');
    assert.equal(await restore(expected), 'done');
    assert.ok(readFileSync(path).equals(bytes));
    assert.equal(await restore(expected), 'conflict');
    rmSync(path);
    assert.equal(await restore(expected), 'conflict');
    assert.deepEqual(here(), []);
  });

  it('replaces anything when told to', async () => {
    assert.equal(await restore('any'), 'done');
    writeFileSync(path, 'mine');
    assert.equal(await restore('any'), 'done');
    rmSync(path);
    symlinkSync('nowhere', path);
    assert.equal(await restore('any'), 'done');
    assert.ok(lstatSync(path).isFile() && readFileSync(path).equals(bytes));
  });

  it('fails alone when a file cannot be placed', async () => {
    assert.equal(await restore('absent', join(work.folder, 'out', 'no', 'folder')), 'ENOENT');
    mkdirSync(path);
    assert.equal(await restore('any'), 'EISDIR');
    assert.deepEqual(here(), ['file']);
    writeFileSync(`${path}.part`, 'somebody else’s');
    assert.equal(await restore('any'), 'EEXIST');
    assert.equal(readFileSync(`${path}.part`, 'utf8'), 'somebody else’s');
  });

  it('sets the mode whatever the umask is', async () => {
    const before = process.umask(0o077);
    try {
      const [result] = await work.store.restore(plane(), [{ path, asset, mode: 0o775 }]);
      assert.equal(result.state, 'done');
    } finally {
      process.umask(before);
    }
    assert.equal(lstatSync(path).mode & 0o777, 0o775);
  });

  it('fails when the chunks are another file’s', async () => {
    const other = await work.store.ingestAsset(plane(), {
      path: work.write('other', xorshift32(2, 300_000)),
    });
    for (const wrong of [
      { blake3: other.blake3 },
      { size: asset.size + 1 },
      { chunks: Uint32Array.of(0) },
      { chunks: Uint32Array.of() },
    ]) {
      const [result] = await work.store.restore(plane(), [{ path, asset, ...wrong }]);
      assert.ok(result.state === 'failed' && result.code === 'CORRUPT', JSON.stringify(result));
      assert.deepEqual(here(), []);
    }
  });

  it('names the record that is damaged, and goes on with other files', async () => {
    const good = await work.store.ingestAsset(plane(), { path: work.write('good', xorshift32(3, 90_000)) });
    const [, second] = work.store.chunksOf(asset.blake3);
    const segment = readFileSync(second.segment);
    segment[second.offset + 1_000] ^= 1;
    writeFileSync(second.segment, segment);
    const goodPath = join(work.folder, 'out', 'good');
    const [bad, fine] = await work.store.restore(plane(), [
      { path, asset },
      { path: goodPath, asset: good },
    ]);
    assert.equal(bad.state === 'failed' && bad.record, 1);
    assert.ok(bad.state === 'failed' && bad.message.includes(second.segment));
    assert.equal(fine.state, 'done');
    assert.deepEqual(here(), ['good']);
  });

  it('fails when a segment is cut off or gone', async () => {
    const [[segment]] = work.store.segments;
    truncateSync(segment, 100_000);
    assert.equal(await restore('absent'), 'CORRUPT');
    assert.ok((await work.store.check(plane())).length > 0);
    rmSync(segment);
    assert.equal(await restore('absent'), 'ENOENT');
    assert.ok((await work.store.check(plane())).length > 0);
    assert.deepEqual(here(), []);
  });

  it('does not believe rows that are not what the segment holds', async () => {
    const [noise, text, first, delta] = goldenRecords;
    const check = (row: Partial<RecordEntry>, bases = [2]): Promise<RecordProblem[]> => {
      const table = new RecordTableBuilder();
      table.add(goldenOpen, first, [table.add(goldenOpen, noise, []), table.add(goldenOpen, text, [])]);
      const rows = Uint32Array.of(table.add(goldenOpen, { ...delta, ...row }, bases));
      return plane().check({ records: table.table(), rows, workers: 1 });
    };
    assert.deepEqual(await check({}), []);
    const lies: [Partial<RecordEntry>, number[]?][] = [
      [{ id: noise.id }],
      [{ rawLength: delta.rawLength + 1 }],
      [{ storedLength: delta.storedLength - 1 }],
      [{ storedLength: 0xffffffff }],
      [{ offset: delta.offset + 1 }],
      [{ offset: 2 ** 50 }],
      [{ codec: Codec.raw }],
      [{ type: RecordType.manifest }],
      [{ depth: 1 }],
      [{}, []],
      [{}, [0]],
      [{}, [3]],
      [{}, [2, 2]],
      [{}, [7]],
    ];
    for (const [row, bases] of lies) {
      const problems = await check(row, bases);
      assert.equal(problems.length, 1, JSON.stringify([row, bases]));
      assert.equal(problems[0].row, 3);
    }
  });

  it('writes an empty asset', async () => {
    const empty = 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262';
    const plan = { path, asset, blake3: empty, size: 0, chunks: Uint32Array.of() };
    const [result] = await work.store.restore(plane(), [plan]);
    assert.equal(result.state, 'done');
    assert.equal(readFileSync(path).length, 0);
  });

  it('ends with ABORTED when the signal says so, and leaves no temporary files', async () => {
    const plans = Array.from({ length: 200 }, (_, i) => ({ path: `${path}${i}`, asset }));
    const call = work.store.restore(plane(), plans, { signal: AbortSignal.timeout(5) });
    await assert.rejects(call, { name: 'ForgeError', code: 'ABORTED' });
    for (const name of here()) assert.ok(readFileSync(join(work.folder, 'out', name)).equals(bytes));
  });

  it('fails with DISK_FULL when the disk is', async function () {
    const small = join(work.folder, 'small');
    mkdirSync(small);
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=100k', 'tmpfs', small]).status !== 0) this.skip();
    try {
      const call = work.store.restore(plane(), [{ path: join(small, 'file'), asset }]);
      await assert.rejects(call, { name: 'ForgeError', code: 'DISK_FULL' });
      assert.deepEqual(readdirSync(small), []);
    } finally {
      spawnSync('umount', [small]);
    }
  });

  it('reports a folder that may not be written', async function () {
    chmodSync(work.folder, 0o755);
    chmodSync(join(work.folder, 'out'), 0o555);
    assert.equal(await withoutRights(this, () => restore('absent')), 'EACCES');
    assert.ok(!existsSync(path));
  });
});
