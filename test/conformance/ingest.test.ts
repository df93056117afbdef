// Owns the tests that every plane stores files alike: what is an asset, its chunks, and what is written of them.
import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { blake3 } from 'hash-wasm';
import type { IngestFile } from '../../core/dataplane/dataPlane.ts';
import { decodeManifest } from '../../core/model/manifest.ts';
import { encodePointer } from '../../core/model/pointer.ts';
import { Codec, RecordType } from '../../core/model/record.ts';
import { xorshift32 } from '../support/naiveCut.ts';
import { onEachPlane } from '../support/planes.ts';
import { readPlain, SegmentStore } from '../support/segmentStore.ts';
import { useWorkspace } from '../support/workspace.ts';

onEachPlane('ingest', (plane) => {
  const work = useWorkspace();

  /** How one file with these bytes is taken. */
  const kindOf = async (bytes: Uint8Array, rule: IngestFile['rule'] = 'auto'): Promise<string> => {
    const { files } = await work.store.ingest(plane(), [{ path: work.write('file', bytes), rule }]);
    return files[0].kind;
  };

  describe('asset or text', () => {
    const text = (length: number): Buffer => Buffer.alloc(length, 'a line of text\n');
    const withNul = (at: number, length: number): Buffer => {
      const bytes = text(length);
      bytes[at] = 0;
      return bytes;
    };

    it('is decided by a NUL among the first 8,000 bytes', async () => {
      assert.equal(await kindOf(text(10_000)), 'text');
      assert.equal(await kindOf(withNul(0, 1)), 'asset');
      assert.equal(await kindOf(withNul(7_999, 10_000)), 'asset');
      assert.equal(await kindOf(withNul(8_000, 10_000)), 'text');
    });

    it('is decided by the size above the threshold', async () => {
      assert.equal(await kindOf(text(1024 * 1024)), 'text');
      assert.equal(await kindOf(text(1024 * 1024 + 1)), 'asset');
    });

    it('is asset for bytes that read as a pointer, and for them alone', async () => {
      const pointer = encodePointer({ blake3: 'ab'.repeat(32), size: 12 });
      assert.equal(await kindOf(pointer), 'asset');
      assert.equal(await kindOf(encodePointer({ blake3: 'ab'.repeat(32), size: 2 ** 53 - 1 })), 'asset');
      assert.equal(await kindOf(Buffer.concat([pointer, Buffer.from('\n')])), 'text');
      assert.equal(await kindOf(pointer.subarray(0, -1)), 'text');
      assert.equal(await kindOf(Buffer.from(pointer.toString().replace('size 12', 'size 012'))), 'text');
      assert.equal(await kindOf(Buffer.from(pointer.toString().replaceAll('\n', '\r\n'))), 'text');
      assert.equal(await kindOf(Buffer.from(pointer.toString().replace('abab', 'ABAB'))), 'text');
    });

    it('is text for an empty file, and otherwise as the rule says', async () => {
      assert.equal(await kindOf(Buffer.alloc(0)), 'text');
      assert.equal(await kindOf(text(100), 'asset'), 'asset');
      assert.equal(await kindOf(withNul(0, 2_000_000), 'text'), 'text');
    });

    it('stores nothing of a text', async () => {
      const { files, segments } = await work.store.ingest(plane(), [
        { path: work.write('a', 'text'), rule: 'auto' },
      ]);
      assert.deepEqual(Object.keys(files[0]).sort(), ['kind', 'stat']);
      assert.deepEqual(segments, []);
      assert.deepEqual(readdirSync(work.store.folder), []);
    });
  });

  describe('records', () => {
    it('name files and chunks after their bytes, and cut by the rule', async () => {
      for (const [averageLog2, length] of [
        [14, 1],
        [14, 2 ** 14],
        [14, 2 ** 14 + 1],
        [14, 300_000],
        [16, 65_535],
        [16, 65_537],
        [20, 3_000_000],
      ]) {
        const bytes = xorshift32(length, length);
        const asset = await work.store.ingestAsset(plane(), {
          path: work.write(`${length}`, bytes),
          averageLog2,
        });
        const lengths = plane().cut(bytes, averageLog2);
        assert.equal(asset.blake3, await blake3(bytes));
        assert.equal(asset.size, length);
        assert.equal(asset.chunks, lengths.length);
        let start = 0;
        const records = work.store.chunksOf(asset.blake3);
        assert.deepEqual(
          records.map((record) => record.rawLength),
          lengths,
        );
        for (const record of records) {
          const raw = bytes.subarray(start, (start += record.rawLength));
          assert.ok(readPlain(record).equals(raw));
          assert.equal(record.id.toString('hex'), await blake3(raw));
        }
      }
    });

    it('have a manifest for files of several chunks, and for no others', async () => {
      const one = await work.store.ingestAsset(plane(), { path: work.write('one', xorshift32(1, 65_536)) });
      assert.equal(work.store.get(RecordType.manifest, one.blake3), undefined);
      const bytes = xorshift32(2, 200_000);
      const many = await work.store.ingestAsset(plane(), {
        path: work.write('many', bytes),
        averageLog2: 15,
      });
      const manifest = decodeManifest(readPlain(work.store.get(RecordType.manifest, many.blake3)!));
      assert.equal(manifest?.averageLog2, 15);
      assert.equal(manifest?.size, 200_000);
      assert.equal(manifest?.chunks.length, many.chunks);
    });

    it('are compressed only where that pays', async () => {
      const noise = await work.store.ingestAsset(plane(), {
        path: work.write('noise', xorshift32(1, 60_000)),
      });
      assert.equal(work.store.chunksOf(noise.blake3)[0].codec, Codec.raw);
      assert.ok(noise.storedBytes === 60_000 + 56 && noise.newBytes === 60_000);
      const path = work.write('zeros', Buffer.alloc(60_000));
      const zeros = await work.store.ingestAsset(plane(), { path });
      assert.equal(work.store.chunksOf(zeros.blake3)[0].codec, Codec.zstd);
      assert.ok(zeros.storedBytes < 200);
    });

    it('take the second level where the first one shrinks well', async () => {
      const words = Array.from({ length: 9_000 }, (_, i) => (i * i).toString(36)).join(' ');
      const stored = async (packLevel: number): Promise<number> => {
        const fresh = new SegmentStore(join(work.folder, `level${packLevel}`));
        const path = work.write('words', words);
        return (await fresh.ingestAsset(plane(), { path }, { packLevel })).storedBytes;
      };
      assert.ok((await stored(12)) < (await stored(1)));
    });

    it('are written once: within a file, within a call, and over calls', async () => {
      const block = xorshift32(3, 500_000);
      const paths = ['a', 'b', 'c'].map((name) => work.write(name, block));
      const { files } = await work.store.ingest(plane(), [
        ...paths.map((path) => ({ path })),
        { path: work.write('zeros', Buffer.alloc(2_000_000)) },
      ]);
      const assets = files.map((file) => (file.kind === 'asset' ? file : assert.fail(JSON.stringify(file))));
      const [a, b, c, zeros] = assets;
      assert.equal(a.newBytes + b.newBytes + c.newBytes, 500_000);
      assert.ok(zeros.newBytes < 300_000, 'equal chunks of zeros are one');
      const entries = [...work.store.segments.keys()].map((path) => statSync(path).size);
      const again = await work.store.ingest(plane(), [{ path: paths[0] }]);
      assert.deepEqual(again.segments, []);
      assert.ok(again.files[0].kind === 'asset' && again.files[0].storedBytes === 0);
      assert.deepEqual(
        [...work.store.segments.keys()].map((path) => statSync(path).size),
        entries,
      );
    });

    it('count what they take, headers included', async () => {
      const files = Array.from({ length: 40 }, (_, i) => ({
        path: work.write(`f${i}`, xorshift32(i + 1, 5_000 * i)),
      }));
      const result = await work.store.ingest(plane(), files, { workers: 3 });
      const sum = (key: 'newBytes' | 'storedBytes'): number =>
        result.files.reduce((total, file) => total + (file.kind === 'asset' ? file[key] : 0), 0);
      const appended = result.segments.reduce((total, { length }) => total + length - 64, 0);
      assert.equal(sum('storedBytes'), appended);
      const chunks = [...work.store.records.values()].filter((record) => record.type === RecordType.chunk);
      assert.equal(
        sum('newBytes'),
        chunks.reduce((total, record) => total + record.rawLength, 0),
      );
      for (const { path, length } of result.segments) assert.equal(statSync(path).size, length);
    });
  });
});
