// Owns the tests that every plane writes segments, reports on files and ends calls alike when it ingests.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { blake3 } from 'hash-wasm';
import { decodeEntries } from '../../core/model/record.ts';
import { xorshift32 } from '../support/naiveCut.ts';
import { onEachPlane } from '../support/planes.ts';
import { withoutRights } from '../support/rights.ts';
import { SegmentStore } from '../support/segmentStore.ts';
import { useWorkspace } from '../support/workspace.ts';

onEachPlane('ingest', (plane) => {
  const work = useWorkspace();

  describe('segments', () => {
    it('are appended to behind what is committed', async () => {
      await work.store.ingest(plane(), [{ path: work.write('a', xorshift32(1, 100_000)) }], { workers: 1 });
      const [[segment, length]] = work.store.segments;
      const committed = readFileSync(segment);
      assert.equal(committed.length, length);
      writeFileSync(segment, Buffer.concat([committed, Buffer.alloc(500_000, 'FREC torn')]));
      const { segments } = await work.store.ingest(plane(), [
        { path: work.write('b', xorshift32(2, 100_000)) },
      ]);
      assert.equal(segments.length, 1);
      assert.equal(segments[0].path, segment);
      const now = readFileSync(segment);
      assert.equal(now.length, segments[0].length);
      assert.ok(now.subarray(0, length).equals(committed));
      const scan = await plane().scanSegment(segment, { from: length, footer: false, payloads: true });
      assert.equal(scan.validLength, now.length);
      assert.deepEqual(decodeEntries(scan.entries), decodeEntries(segments[0].entries));
    });

    it('get no further records once past the target', async () => {
      const files = Array.from({ length: 20 }, (_, i) => ({
        path: work.write(`f${i}`, xorshift32(i + 1, 60_000)),
      }));
      const options = { segmentTarget: 150_000, workers: 1 };
      const { segments } = await work.store.ingest(plane(), files, options);
      assert.ok(segments.length >= 6);
      for (const { length } of segments) assert.ok(length < 150_000 + 60_000 + 56);
      const full = [...work.store.segments].filter(([, length]) => length > options.segmentTarget);
      const next = await work.store.ingest(plane(), [{ path: work.write('more', xorshift32(99, 1_000)) }], {
        ...options,
        segments: [{ path: full[0][0], length: full[0][1] }],
      });
      assert.equal(statSync(full[0][0]).size, full[0][1]);
      assert.ok(!full.some(([path]) => path === next.segments[0].path));
    });

    it('that are shorter than what was committed are corrupt', async () => {
      await work.store.ingest(plane(), [{ path: work.write('a', xorshift32(1, 1000)) }]);
      const [[path, length]] = work.store.segments;
      const again = work.store.ingest(plane(), [{ path: work.write('b', xorshift32(2, 1000)) }], {
        segments: [{ path, length: length + 1 }],
      });
      await assert.rejects(again, { name: 'ForgeError', code: 'CORRUPT' });
    });
  });

  it('writes a chunk although a manifest of the same id is known', async () => {
    // In zeros every hash is equal, so chunks are as long as the rule allows: six averages of 2^16 make one and a half of 2^18.
    const zeros = Buffer.alloc(6 << 16);
    await work.store.ingest(plane(), [{ path: work.write('manifest', zeros) }]);
    const bytes = Buffer.concat([zeros, xorshift32(1, 1 << 18)]);
    const path = work.write('chunk', bytes);
    const asset = await work.store.ingestAsset(plane(), { path, averageLog2: 18 });
    const restored = join(work.folder, 'restored');
    await work.store.restore(plane(), [{ path: restored, asset }]);
    assert.deepEqual(readFileSync(restored), bytes);
  });

  describe('files', () => {
    it('come back in order, with the stat that the system gives', async () => {
      const names = [
        'plain',
        'sp ace',
        'ünïcode-é',
        'e\u0301 decomposed',
        '日本語.uasset',
        'new\nline',
        "quo'te",
      ];
      const files = names.map((name, i) => ({ path: work.write(name, xorshift32(i + 1, 1000 + i)) }));
      const result = await work.store.ingest(plane(), files, { workers: 3 });
      for (const [i, file] of result.files.entries()) {
        assert.ok(file.kind === 'asset' && file.size === 1000 + i, names[i]);
        const stats = lstatSync(files[i].path, { bigint: true });
        assert.deepEqual(file.stat, [
          Number(stats.ctimeNs / 1_000_000_000n),
          Number(stats.ctimeNs % 1_000_000_000n),
          Number(stats.mtimeNs / 1_000_000_000n),
          Number(stats.mtimeNs % 1_000_000_000n),
          Number(BigInt.asUintN(32, stats.dev)),
          Number(BigInt.asUintN(32, stats.ino)),
          Number(stats.mode),
          Number(stats.uid),
          Number(stats.gid),
          Number(stats.size),
        ]);
      }
    });

    it('that are no readable regular files fail alone', async () => {
      const good = work.write('good', xorshift32(1, 1000));
      symlinkSync(good, join(work.folder, 'link'));
      mkdirSync(join(work.folder, 'folder'));
      spawnSync('mkfifo', [join(work.folder, 'pipe')]);
      const names = ['missing', 'link', 'folder', 'pipe', 'good/below', 'good'];
      const { files } = await work.store.ingest(
        plane(),
        names.map((name) => ({ path: join(work.folder, name) })),
      );
      assert.deepEqual(
        files.map((file) => (file.kind === 'failed' ? file.code : file.kind)),
        ['ENOENT', 'ELOOP', 'EISDIR', 'EINVAL', 'ENOTDIR', 'asset'],
      );
      for (const [i, file] of files.entries()) {
        if (file.kind === 'failed') assert.ok(file.message.includes(names[i]), file.message);
      }
    });

    it('that may not be read fail with EACCES', async function () {
      const path = work.write('secret', 'x');
      // Threads start and the segment is made while everything is allowed.
      await work.store.ingest(plane(), [{ path: work.write('open', 'y') }], { workers: 1 });
      chmodSync(work.folder, 0o755);
      chmodSync(path, 0);
      const { files } = await withoutRights(this, () =>
        work.store.ingest(plane(), [{ path }], { workers: 1 }),
      );
      assert.ok(files[0].kind === 'failed' && files[0].code === 'EACCES', JSON.stringify(files[0]));
    });

    it('that change while they are read fail, and never get a wrong hash', async () => {
      const path = work.write('busy', Buffer.alloc(FILE_SIZE));
      const stop = await scribble(path);
      // The system keeps times in steps of some milliseconds, so one try could be too quick to notice.
      const codes = new Set<string>();
      for (let i = 0; i < 5 && !codes.has('FILE_CHANGED'); i++) {
        const [file] = (await work.store.ingest(plane(), [{ path }])).files;
        codes.add(file.kind === 'failed' ? file.code : file.kind);
      }
      await stop();
      assert.ok(codes.has('FILE_CHANGED'), [...codes].join());
      const settled = await work.store.ingestAsset(plane(), { path });
      assert.equal(settled.blake3, await blake3(readFileSync(path)));
    });

    it('are restored whole when they are sparse', async () => {
      const path = join(work.folder, 'sparse');
      const fd = openSync(path, 'w');
      ftruncateSync(fd, 5_000_000);
      writeSync(fd, 'end', 4_999_990);
      closeSync(fd);
      const asset = await work.store.ingestAsset(plane(), { path });
      assert.equal(asset.blake3, await blake3(readFileSync(path)));
      assert.ok(asset.storedBytes < 20_000);
    });
  });

  describe('a call', () => {
    it('reports progress up to the whole', async () => {
      const files = Array.from({ length: 30 }, (_, i) => ({
        path: work.write(`f${i}`, xorshift32(i + 1, 50_000)),
      }));
      const seen: { files: number; bytes: number; newBytes: number; storedBytes: number }[] = [];
      const result = await work.store.ingest(plane(), files, {
        onProgress: (done) => seen.push({ ...done }),
      });
      const stored = result.segments.reduce((sum, { length }) => sum + length - 64, 0);
      assert.deepEqual(seen.at(-1), {
        files: 30,
        bytes: 1_500_000,
        newBytes: 1_500_000,
        storedBytes: stored,
      });
      for (let i = 1; i < seen.length; i++) assert.ok(seen[i].files >= seen[i - 1].files);
    });

    it('of no files is done', async () => {
      assert.deepEqual(await work.store.ingest(plane(), []), { files: [], segments: [], dictionaries: [] });
    });

    it('ends with ABORTED when the signal says so, and leaves no segment behind', async () => {
      const files = Array.from({ length: 30 }, (_, i) => ({
        path: work.write(`f${i}`, xorshift32(i + 1, 1_000_000)),
      }));
      await work.store.ingest(plane(), [{ path: work.write('first', xorshift32(77, 1_000)) }], {
        workers: 1,
      });
      const [[segment, length]] = work.store.segments;
      const abort = new AbortController();
      let asked = 0;
      const isKnown = (ids: Buffer): Uint8Array => {
        if (++asked === 2) abort.abort();
        return work.store.isKnown(ids);
      };
      const call = work.store.ingest(plane(), files, { signal: abort.signal, isKnown });
      await assert.rejects(call, { name: 'ForgeError', code: 'ABORTED' });
      assert.deepEqual(readdirSync(work.store.folder), [segment.slice(work.store.folder.length + 1)]);
      assert.ok(statSync(segment).size >= length);
      const result = await work.store.ingest(plane(), files);
      assert.ok(result.files.every((file) => file.kind === 'asset'));
      await assert.rejects(work.store.ingest(plane(), files, { signal: AbortSignal.abort() }), {
        code: 'ABORTED',
      });
    });

    it('fails with what isKnown throws', async () => {
      const isKnown = (): never => {
        throw new Error('the store is broken');
      };
      const call = work.store.ingest(plane(), [{ path: work.write('a', xorshift32(1, 100)) }], { isKnown });
      await assert.rejects(call, /the store is broken/);
    });

    it('fails with DISK_FULL when segments cannot grow', async function () {
      const small = join(work.folder, 'small');
      mkdirSync(small);
      if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small]).status !== 0) this.skip();
      try {
        const full = new SegmentStore(join(small, 'store'));
        const call = full.ingest(plane(), [{ path: work.write('big', xorshift32(1, 3_000_000)) }]);
        await assert.rejects(call, { name: 'ForgeError', code: 'DISK_FULL' });
        assert.deepEqual(readdirSync(full.folder), []);
      } finally {
        spawnSync('umount', [small]);
      }
    });
  });
});

const FILE_SIZE = 16_000_000;
/** Overwrites a byte of the file in its argument again and again. */
const SCRIBBLE = `
const fs = require('node:fs');
const fd = fs.openSync(process.argv[1], 'r+');
for (let i = 0; ; i++) {
  fs.writeSync(fd, String(i % 10), (i * 7919) % ${FILE_SIZE});
  if (i === 0) process.stdout.write('ready');
}`;

/** Has another process write to the file all the time, until the returned function is called. */
async function scribble(path: string): Promise<() => Promise<unknown>> {
  const writer = spawn(process.execPath, ['-e', SCRIBBLE, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => writer.stdout.once('data', resolve));
  return () => {
    writer.kill();
    return new Promise((resolve) => writer.once('exit', resolve));
  };
}
