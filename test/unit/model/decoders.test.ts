// Tests that every decoder of stored bytes takes any bytes: what decodes is encoded as it was, everything else is refused in the way that is
// documented, and nothing takes memory or time that its input does not justify.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { BadRecipe, RecipeCodec } from '../../../core/dataplane/portable/recipeCodec.ts';
import { BadRecord, RecordReader } from '../../../core/dataplane/portable/recordReader.ts';
import { RecordTableBuilder } from '../../../core/dataplane/recordTable.ts';
import { ForgeError } from '../../../core/errors.ts';
import { GitIndex } from '../../../core/model/gitIndex.ts';
import { indexEntry } from '../../../core/model/gitIndexEntry.ts';
import { decodeManifest, encodeManifest } from '../../../core/model/manifest.ts';
import { decodePointer, encodePointer } from '../../../core/model/pointer.ts';
import {
  decodeEntries,
  decodeRecordHeader,
  encodeEntry,
  encodeRecordHeader,
  entryLength,
  MAX_BASES,
  RECORD_HEADER_SIZE,
  type RecordEntry,
  recordHeaderLength,
} from '../../../core/model/record.ts';
import {
  decodeSegmentHeader,
  decodeSegmentTrailer,
  encodeSegmentHeader,
  encodeSegmentTrailer,
} from '../../../core/model/segment.ts';
import { containers, rows } from '../../support/containers.ts';
import { onEachPlane } from '../../support/planes.ts';
import { SegmentStore } from '../../support/segmentStore.ts';
import { tempFolder } from '../../support/tempFolder.ts';

const RUNS = Number(process.env.FORGE_FUZZ_ROUNDS ?? 1);

/** Some changes to bytes: where, as a share of the length, and what. */
const changes = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    kind: fc.constantFrom('flip', 'set', 'number', 'cut', 'insert', 'remove'),
    value: fc.nat(255),
    number: fc.constantFrom(0, 1, 15, 127, 2 ** 16 - 1, 2 ** 28, 2 ** 31, 2 ** 32 - 1),
  }),
  { minLength: 1, maxLength: 6 },
);

type Change = typeof changes extends fc.Arbitrary<(infer C)[]> ? C : never;

function changed(bytes: Buffer, all: Change[]): Buffer {
  let out = Buffer.from(bytes);
  for (const { at: share, kind, value, number } of all) {
    const at = Math.floor(share * out.length);
    if (kind === 'flip' && at < out.length) out[at] ^= 1 << (value % 8);
    else if (kind === 'set' && at < out.length) out[at] = value;
    else if (kind === 'number' && at + 4 <= out.length) out.writeUInt32LE(number, at);
    else if (kind === 'cut') out = out.subarray(0, at);
    else if (kind === 'insert')
      out = Buffer.concat([out.subarray(0, at), Buffer.alloc(1 + (value % 40), value), out.subarray(at)]);
    else if (kind === 'remove')
      out = Buffer.concat([out.subarray(0, at), out.subarray(at + 1 + (value % 40))]);
  }
  return out;
}

/** Calls `check` on anything, and on changed versions of `seeds`. */
function onBytes(seeds: Buffer[], check: (bytes: Buffer) => void, runs = 300): void {
  for (const seed of seeds) check(seed);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => check(Buffer.from(bytes))),
    { numRuns: runs * RUNS },
  );
  fc.assert(
    fc.property(fc.constantFrom(...seeds), changes, (seed, all) => check(changed(seed, all))),
    { numRuns: 4 * runs * RUNS },
  );
}

/** What is thrown must be what is documented; returns undefined then. */
function unless<T>(isExpected: (error: unknown) => boolean, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (isExpected(error)) return undefined;
    throw error;
  }
}

function entry(bases: number): RecordEntry {
  return {
    id: Buffer.alloc(32, 1),
    type: 1,
    codec: bases > 0 ? 3 : 1,
    depth: bases > 0 ? 1 : 0,
    rawLength: 70_000,
    storedLength: 300,
    offset: 2 ** 33 + 7,
    bases: Array.from({ length: bases }, (_, i) => Buffer.alloc(32, 2 + i)),
  };
}

describe('decoders of stored bytes', () => {
  it('of pointers', () => {
    const seeds = [0, 1, 1234, Number.MAX_SAFE_INTEGER].map((size) =>
      encodePointer({ blake3: '0a'.repeat(32), size }),
    );
    onBytes(seeds, (bytes) => {
      const pointer = decodePointer(bytes);
      if (pointer) assert.deepEqual(encodePointer(pointer), bytes);
    });
  });

  it('of record headers, as they are and with their checksum put right', () => {
    const seeds = Array.from({ length: MAX_BASES + 1 }, (_, n) =>
      encodeRecordHeader({ ...entry(n), payloadCrc: 42 }),
    );
    const check = (bytes: Buffer): void => {
      const header = decodeRecordHeader(bytes, 0);
      if (header) assert.deepEqual(encodeRecordHeader(header), bytes.subarray(0, recordHeaderLength(header)));
    };
    onBytes(seeds, (bytes) => {
      check(bytes);
      if (bytes.length < RECORD_HEADER_SIZE) return;
      const end = RECORD_HEADER_SIZE + 32 * (bytes[7] & 15);
      bytes.writeUInt32LE(crc32(bytes.subarray(RECORD_HEADER_SIZE, end), crc32(bytes.subarray(0, 52))), 52);
      check(bytes);
    });
  });

  it('of entries', () => {
    const all = Array.from({ length: MAX_BASES + 1 }, (_, n) => entry(n));
    const seed = Buffer.alloc(all.reduce((sum, one) => sum + entryLength(one), 0));
    all.reduce((at, one) => encodeEntry(one, seed, at), 0);
    onBytes([seed, seed.subarray(0, 52)], (bytes) => {
      const entries = unless(
        (error) => error instanceof RangeError,
        () => decodeEntries(bytes),
      );
      let at = 0;
      for (const one of entries ?? []) {
        const again = Buffer.alloc(entryLength(one));
        encodeEntry(one, again, 0);
        again[51] = bytes[at + 51];
        assert.deepEqual(again, bytes.subarray(at, at + again.length));
        at += again.length;
        assert.ok(Number.isSafeInteger(one.offset) || one.offset === 2 ** 53);
      }
    });
  });

  it('of the headers and trailers of segments', () => {
    const trailer = { count: 3, entriesOffset: 64, entriesLength: 300, entriesCrc: 7 };
    const seeds = [encodeSegmentHeader(Buffer.alloc(16, 3), 1), encodeSegmentTrailer(trailer)];
    onBytes(seeds, (bytes) => {
      const header = decodeSegmentHeader(bytes);
      if (header.state === 'ok') assert.deepEqual(header.uuid, bytes.subarray(16, 32));
      const found = decodeSegmentTrailer(bytes);
      if (found) assert.ok(found.entriesLength >= 0);
    });
  });

  it('of manifests', () => {
    const chunks = [10, 20].map((length) => ({ id: Buffer.alloc(32, length), length }));
    const seeds = [
      encodeManifest({ averageLog2: 16, size: 30, chunks }),
      encodeManifest({ averageLog2: 18, size: 9, recipe: 12, chunks }),
      encodeManifest({ averageLog2: 18, size: 30, isParts: true, chunks }),
      encodeManifest({ averageLog2: 16, size: 0, chunks: [] }),
    ];
    onBytes(seeds, (bytes) => {
      const manifest = decodeManifest(bytes);
      if (!manifest) return;
      const again = encodeManifest(manifest);
      bytes.copy(again, 6, 6, 8);
      assert.deepEqual(again, bytes);
    });
  });

  it('of Git indexes', () => {
    const index = new GitIndex();
    for (const path of ['a', 'folder/b', 'folder/c']) {
      index.set(indexEntry(path, 'ab'.repeat(20), 0o100644, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]));
    }
    onBytes([index.encode()], (bytes) => {
      const decoded = unless(
        (error) => error instanceof ForgeError && ['CORRUPT', 'UNSUPPORTED'].includes(error.code),
        () => GitIndex.decode(bytes),
      );
      if (decoded) assert.deepEqual(GitIndex.decode(decoded.encode()).encode(), decoded.encode());
    });
  });

  it('of recipes, and finders of streams in any file', () => {
    const codec = new RecipeCodec();
    const small = Object.values(containers()).map((bytes) => bytes.subarray(0, 20_000));
    const expand = (file: Buffer) => codec.expand(file.length, (into) => file.copy(into) === file.length);
    const rebuild = (plain: Buffer, recipe: Buffer): Buffer | undefined => {
      const out: Buffer[] = [];
      let at = 0;
      const read = (into: Buffer): number => {
        const count = plain.copy(into, 0, at);
        at += count;
        return count;
      };
      const write = (part: Buffer): void => void out.push(Buffer.from(part));
      const done = unless(
        (error) => error instanceof BadRecipe,
        () => codec.rebuild(recipe, { read, write }) === undefined,
      );
      return done === true ? Buffer.concat(out) : undefined;
    };
    onBytes(
      small,
      (file) => {
        const form = expand(file);
        if (!form) return;
        const bytes = Buffer.from(form.bytes);
        const border = bytes.length - form.recipe;
        assert.ok(rebuild(bytes.subarray(0, border), bytes.subarray(border))?.equals(file));
      },
      20,
    );
    const form = expand(containers()['image.png'])!;
    const whole = Buffer.from(form.bytes);
    const border = whole.length - form.recipe;
    // A changed recipe fails its checksum; one that does not is refused for what it says.
    onBytes(
      [whole.subarray(border)],
      (recipe) => {
        const made = rebuild(whole.subarray(0, border), recipe);
        assert.ok(made === undefined || recipe.equals(whole.subarray(border)));
      },
      100,
    );
  });
});

onEachPlane('a segment with any damage', (plane) => {
  it('is scanned to its last intact record, and each record reads as it was or not at all', async function () {
    this.timeout(120_000);
    const folder = await tempFolder();
    const store = new SegmentStore(join(folder, 'store'));
    const versions = [rows(1, 3000), Buffer.concat([rows(1, 1500), rows(2, 9), rows(1, 1500)])];
    const path = join(folder, 'file');
    writeFileSync(path, versions[0]);
    const first = await store.ingestAsset(plane(), { path });
    writeFileSync(path, versions[1]);
    const { bases, base } = store.previousVersion(first);
    await store.ingestAsset(plane(), { path, base }, { bases });
    const [segment] = store.segments.keys();
    const whole = readFileSync(segment);
    const scan = (file: string, payloads: boolean) =>
      plane().scanSegment(file, { from: 0, footer: true, payloads });
    const entries = decodeEntries((await scan(segment, true)).entries);
    assert.ok(
      entries.some(({ codec }) => codec === 3),
      'deltas are among them',
    );
    const damaged = join(folder, 'damaged.seg');
    await fc.assert(
      fc.asyncProperty(changes, async (all) => {
        const bytes = changed(whole, all);
        writeFileSync(damaged, bytes);
        const found = await scan(damaged, true).catch((error: unknown) => {
          if (error instanceof ForgeError && ['CORRUPT', 'FORMAT_TOO_NEW'].includes(error.code))
            return undefined;
          throw error;
        });
        if (!found) return;
        assert.ok(found.validLength <= found.fileLength);
        let at = 64;
        const intact = decodeEntries(found.entries);
        for (const one of intact) {
          assert.equal(one.offset, at);
          at += recordHeaderLength(one) + one.storedLength;
        }
        const table = new RecordTableBuilder();
        const numbers = new Map<string, number>();
        for (const one of entries) {
          const needs = one.bases.map((id) => numbers.get(id.toString('hex'))!);
          numbers.set(one.id.toString('hex'), table.add(damaged, one, needs));
        }
        const wanted = Uint32Array.from(entries.keys());
        const problems = await plane().check({ records: table.table(), rows: wanted, workers: 1 });
        const bad = new Set(problems.map(({ row }) => row));
        const reader = new RecordReader(table.table());
        for (const row of wanted) {
          const raw = unless(
            (error) => error instanceof BadRecord,
            () => reader.read(row),
          );
          assert.equal(raw === undefined, bad.has(row), `row ${row}`);
        }
        reader.close();
      }),
      { numRuns: 100 * RUNS },
    );
  });
});
