// Owns the tests that every plane reads, scans and seals segments as docs/formats/segment.md says.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { SegmentScan } from '../../core/dataplane/dataPlane.ts';
import { decodeEntries } from '../../core/model/record.ts';
import {
  copyOfGolden,
  goldenAsset,
  goldenName,
  goldenOpen,
  goldenRecords,
  goldenSealed,
  goldenStore,
  goldenUuid,
} from '../support/goldenSegment.ts';
import { onEachPlane } from '../support/planes.ts';
import { payloadOffset } from '../support/segmentStore.ts';
import { tempFolder } from '../support/tempFolder.ts';

const WHOLE = { from: 0, footer: false, payloads: true };
const openLength = readFileSync(goldenOpen).length;
const sealedLength = readFileSync(goldenSealed).length;
const last = goldenRecords.at(-1)!;

onEachPlane('segments', (plane) => {
  const scan = (path: string, options: Partial<typeof WHOLE> = {}): Promise<SegmentScan> =>
    plane().scanSegment(path, { ...WHOLE, ...options });

  describe('golden', () => {
    it('are scanned record by record', async () => {
      const { uuid, entries, ...rest } = await scan(goldenOpen);
      assert.equal(Buffer.from(uuid).toString('hex'), goldenUuid);
      assert.deepEqual(decodeEntries(entries), goldenRecords);
      assert.deepEqual(rest, { sealed: false, validLength: openLength, fileLength: openLength });
    });

    it('have the same records when sealed, by footer and by scan', async () => {
      const lengths = { sealed: true, validLength: sealedLength, fileLength: sealedLength };
      const { uuid, entries, ...rest } = await scan(goldenSealed, { footer: true });
      assert.equal(Buffer.from(uuid).toString('hex'), goldenUuid);
      assert.deepEqual(rest, lengths);
      const sorted = [...goldenRecords].sort((a, b) => a.id.compare(b.id) || a.offset - b.offset);
      assert.deepEqual(decodeEntries(entries), sorted);
      const scanned = await scan(goldenSealed);
      assert.deepEqual(decodeEntries(scanned.entries), goldenRecords);
      assert.equal(scanned.validLength, sealedLength);
    });

    it('give every kind of record back', async () => {
      for (const segment of [goldenOpen, goldenSealed]) {
        const path = join(await tempFolder(), 'file');
        const store = goldenStore(segment);
        assert.deepEqual(await store.check(plane()), []);
        const [restored] = await store.restore(plane(), [{ path, asset: goldenAsset }]);
        assert.equal(restored.state, 'done', JSON.stringify(restored));
        const [hashed] = await plane().hashFiles([path]);
        assert.ok(hashed.state === 'done' && hashed.blake3 === goldenAsset.blake3);
      }
    });

    it('are sealed to the very same bytes', async () => {
      const path = await copyOfGolden();
      const sealed = await plane().sealSegment(path);
      assert.deepEqual(sealed, { path: join(path, '..', goldenName), length: sealedLength });
      assert.ok(readFileSync(sealed.path).equals(readFileSync(goldenSealed)));
      assert.ok(!existsSync(path));
    });
  });

  describe('scan', () => {
    it('stops where a crash tore the last record', async () => {
      const path = await copyOfGolden();
      for (let length = openLength - 1; length >= last.offset; length -= 7) {
        truncateSync(path, length);
        for (const payloads of [false, true]) {
          const { validLength, fileLength, entries } = await scan(path, { payloads });
          assert.deepEqual({ validLength, fileLength }, { validLength: last.offset, fileLength: length });
          assert.equal(decodeEntries(entries).length, goldenRecords.length - 1);
        }
      }
    });

    it('stops at what is no record', async () => {
      const path = await copyOfGolden();
      writeFileSync(path, Buffer.concat([readFileSync(path), Buffer.alloc(5000, 'FREC')]));
      const { validLength, entries } = await scan(path);
      assert.equal(validLength, openLength);
      assert.equal(decodeEntries(entries).length, goldenRecords.length);
    });

    it('starts where it is told to', async () => {
      const { entries, validLength } = await scan(goldenOpen, { from: goldenRecords[4].offset });
      assert.deepEqual(decodeEntries(entries), goldenRecords.slice(4));
      assert.equal(validLength, openLength);
      const listed = await scan(goldenSealed, { from: goldenRecords[4].offset, footer: true });
      assert.equal(decodeEntries(listed.entries).length, goldenRecords.length - 4);
    });

    it('sees damage in payloads only when asked to look at them', async () => {
      const path = await copyOfGolden();
      flipBit(path, payloadOffset({ ...goldenRecords[3], segment: path }) + 5);
      assert.equal((await scan(path)).validLength, goldenRecords[3].offset);
      assert.equal((await scan(path, { payloads: false })).validLength, openLength);
    });

    it('sees damage in any byte of a record header', async () => {
      const path = await copyOfGolden();
      const { offset } = goldenRecords[2];
      for (let at = offset; at < payloadOffset({ ...goldenRecords[2], segment: path }); at += 3) {
        flipBit(path, at);
        assert.equal((await scan(path, { payloads: false })).validLength, offset, `byte ${at - offset}`);
        flipBit(path, at);
      }
    });

    it('reads the records when the footer is damaged', async () => {
      const path = await copyOfGolden(goldenSealed);
      flipBit(path, openLength + 60);
      const { entries, validLength, fileLength } = await scan(path, { footer: true });
      assert.deepEqual(decodeEntries(entries), goldenRecords);
      assert.deepEqual({ validLength, fileLength }, { validLength: openLength, fileLength: sealedLength });
      flipBit(path, openLength + 60);
      flipBit(path, sealedLength - 10);
      const unsealed = await scan(path, { footer: true });
      assert.deepEqual(decodeEntries(unsealed.entries), goldenRecords);
      assert.equal(unsealed.sealed, false);
      assert.equal(unsealed.validLength, openLength);
    });

    it('refuses what is not a segment', async () => {
      const path = await copyOfGolden();
      for (const at of [0, 8, 16, 40, 63]) {
        flipBit(path, at);
        await assert.rejects(scan(path), {
          name: 'ForgeError',
          code: at === 8 ? 'FORMAT_TOO_NEW' : 'CORRUPT',
        });
        flipBit(path, at);
      }
      truncateSync(path, 63);
      await assert.rejects(scan(path), { code: 'CORRUPT' });
      truncateSync(path, 0);
      await assert.rejects(scan(path), { code: 'CORRUPT' });
      await assert.rejects(scan(`${path}.missing`), { name: 'ForgeError', code: 'NOT_FOUND' });
    });

    it('refuses a later version', async () => {
      const path = await copyOfGolden();
      const bytes = readFileSync(path);
      bytes.writeUInt16LE(2, 8);
      bytes.writeUInt32LE(crc32(bytes.subarray(0, 60)), 60);
      writeFileSync(path, bytes);
      await assert.rejects(scan(path), { code: 'FORMAT_TOO_NEW' });
      await assert.rejects(plane().sealSegment(path), { code: 'FORMAT_TOO_NEW' });
    });
  });

  describe('seal', () => {
    it('drops a torn tail', async () => {
      const path = await copyOfGolden();
      truncateSync(path, openLength - 3);
      const sealed = await plane().sealSegment(path);
      const { entries, validLength } = await scan(sealed.path, { footer: true });
      assert.equal(decodeEntries(entries).length, goldenRecords.length - 1);
      assert.equal(validLength, sealed.length);
      assert.equal(readFileSync(sealed.path).length, sealed.length);
      assert.equal((await scan(sealed.path)).validLength, sealed.length);
    });

    it('refuses a segment with records behind damaged bytes, and leaves it alone', async () => {
      const path = await copyOfGolden();
      flipBit(path, goldenRecords[2].offset + 20);
      const before = readFileSync(path);
      await assert.rejects(plane().sealSegment(path), { name: 'ForgeError', code: 'CORRUPT' });
      assert.ok(readFileSync(path).equals(before));
    });

    it('only renames what has its footer already', async () => {
      const path = await copyOfGolden(goldenSealed);
      const sealed = await plane().sealSegment(path);
      assert.equal(basename(sealed.path), goldenName);
      assert.ok(readFileSync(sealed.path).equals(readFileSync(goldenSealed)));
    });

    it('says which segment is missing', async () => {
      const path = join(await tempFolder(), 'open-none.seg');
      await assert.rejects(plane().sealSegment(path), { name: 'ForgeError', code: 'NOT_FOUND' });
    });
  });
});

function flipBit(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at] ^= 2;
  writeFileSync(path, bytes);
}
