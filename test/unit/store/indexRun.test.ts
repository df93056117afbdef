// Tests runs: what is written is found again, damage is noticed, and of several runs the newest has the last word.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { IndexRun, type RunEntry, writeRun } from '../../../core/store/indexRun.ts';
import { IndexRuns } from '../../../core/store/indexRuns.ts';
import { filterSize } from '../../../core/store/runFilter.ts';
import { xorshift32 } from '../../support/naiveCut.ts';
import { sameBytes } from '../../support/sameBytes.ts';
import { tempFolder } from '../../support/tempFolder.ts';

/** Ids that differ in their first bytes, or only in their last. */
const ids = fc.uniqueArray(
  fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 2 ** 31 })).map(([first, last]) => {
    const id = Buffer.alloc(32, first);
    id.writeUInt32BE(last, last % 2 ? 0 : 28);
    return id;
  }),
  { selector: (id) => id.toString('hex'), maxLength: 400 },
);

function entriesOf(list: Buffer[]): RunEntry[] {
  return [...list].sort((a, b) => a.compare(b)).map((id, i) => ({ id, places: id.subarray(0, i % 33) }));
}

/** Any of `count` ids, and what is said of it. */
function many(count: number, seed: number): RunEntry[] {
  const bytes = xorshift32(seed, 32 * count);
  return entriesOf(Array.from({ length: count }, (_, i) => bytes.subarray(32 * i, 32 * i + 32)));
}

describe('runs', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await tempFolder();
    path = join(folder, 'run-1.idx');
  });

  it('have what was written, and nothing else', () => {
    fc.assert(
      fc.property(ids, ids, (present, others) => {
        const entries = entriesOf(present);
        writeRun(path, entries, entries.length);
        const run = IndexRun.open(path);
        assert.equal(run.entryCount, entries.length);
        assert.deepEqual([...run.entries()], entries);
        for (const { id, places } of entries) sameBytes(run.get(id)!, places);
        for (const id of others)
          if (!present.some((other) => other.equals(id))) assert.equal(run.get(id), undefined);
        run.close();
      }),
    );
  });

  it('answer the same when their filter has been loaded', () => {
    const entries = many(5000, 1);
    writeRun(path, entries, entries.length);
    const run = IndexRun.open(path);
    for (const { id, places } of entries) sameBytes(run.get(id)!, places);
    for (const { id } of many(5000, 2)) assert.equal(run.get(id), undefined);
    run.close();
    assert.ok(filterSize(5000) < 8000);
  });

  it('tell when any byte of what they say has changed', () => {
    const entries = many(300, 3);
    writeRun(path, entries, entries.length);
    const good = readFileSync(path);
    const filterAt = Number(good.readBigUInt64LE(32));
    for (let at = 0; at < good.length; at += 97) {
      if (at >= filterAt && at < filterAt + filterSize(300)) continue;
      const bad = Buffer.from(good);
      bad[at] ^= 4;
      writeFileSync(path, bad);
      assert.throws(
        () => {
          const run = IndexRun.open(path);
          try {
            for (const { id } of entries) run.get(id);
          } finally {
            run.close();
          }
        },
        { code: 'CORRUPT' },
        `byte ${at}`,
      );
    }
    writeFileSync(path, good);
    truncateSync(path, good.length - 1);
    assert.throws(() => IndexRun.open(path), { code: 'CORRUPT' });
  });

  it('become one when there are four of a size, and the newest word counts', () => {
    const runs = new IndexRuns(folder, { smallest: 50 });
    const expected = new Map<string, Buffer>();
    const counts: number[] = [];
    for (let round = 0; round < 40; round++) {
      // Ids come again, and every third of those said anew is forgotten.
      const entries = many(50, 1 + (round % 30)).map(({ id }, i) => ({
        id,
        places: round >= 30 && i % 3 === 0 ? Buffer.alloc(0) : Buffer.from(`round ${round}`),
      }));
      runs.use(runs.write(entries, entries.length));
      runs.removeUnused();
      for (const { id, places } of entries) expected.set(id.toString('hex'), places);
      counts.push(readdirSync(folder).length);
    }
    assert.ok(Math.max(...counts) <= 7, counts.join(' '));
    for (const [id, places] of expected)
      sameBytes(runs.get(Buffer.from(id, 'hex')) ?? Buffer.alloc(0), places);
    const said = [...runs.entries()].filter(({ places }) => places.length > 0);
    assert.equal(said.length, [...expected.values()].filter(({ length }) => length > 0).length);
    runs.close();
  });
});
