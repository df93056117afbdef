// Tests reading SQLite databases against SQLite itself, which Node brings along.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { bytesSource, FormatProblem } from '../../../core/formats/byteSource.ts';
import { SqliteReader } from '../../../core/formats/sqlite.ts';
import { sqlite } from './clipFixture.ts';

/** The database lies inside a file. */
async function open(database: Buffer): Promise<SqliteReader> {
  const source = bytesSource(Buffer.concat([Buffer.alloc(7), database, Buffer.alloc(3)]));
  return SqliteReader.open(source, 7, database.length);
}

describe('SQLite databases', () => {
  it('of any rows and page size are read as SQLite wrote them', async () => {
    const row = fc.tuple(
      fc.oneof(fc.integer(), fc.constantFrom(0, 1, 2 ** 47, -(2 ** 47), 2 ** 52)),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0.5),
      fc
        .oneof(fc.string({ unit: 'grapheme' }), fc.constant('x'.repeat(5000)))
        .filter((one) => !one.includes('\0')),
      fc.oneof(
        fc.constant(null),
        fc.nat(70_000).map((length) => Buffer.alloc(length, 'forge')),
      ),
    );
    const rows = fc.array(row, { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(rows, fc.constantFrom(512, 1024, 4096, 65_536), async (values, pageSize) => {
        const database = sqlite((db) => {
          db.exec('CREATE TABLE other(x)');
          db.exec('CREATE TABLE things("a" INTEGER, b REAL DEFAULT 1, c VARCHAR(3, 4), [d] BLOB)');
          const insert = db.prepare('INSERT INTO things VALUES(?, ?, ?, ?)');
          db.exec('BEGIN');
          for (const value of values) insert.run(...value);
          db.exec('COMMIT');
        }, pageSize);
        const found = await (await open(database)).rows('things', 1000);
        assert.equal(found.length, values.length);
        found.forEach(({ a, b, c, d }, i) => {
          assert.deepEqual([a, b, c], values[i].slice(0, 3));
          const expected = values[i][3];
          assert.ok(expected === null ? d === null : expected.equals(d as Buffer));
        });
      }),
      { numRuns: 25 },
    );
  });

  it('end at the rows asked for, and lack tables that are not there', async () => {
    const reader = await open(
      sqlite((db) => {
        db.exec('CREATE TABLE many(n INTEGER)');
        db.exec(
          'WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 5000) INSERT INTO many SELECT n FROM c',
        );
      }),
    );
    const rows = await reader.rows('many', 4000);
    assert.deepEqual(
      rows.map(({ n }) => n),
      Array.from({ length: 4000 }, (_, i) => i + 1),
    );
    assert.deepEqual(await reader.rows('none', 10), []);
  });

  it('that are damaged give a reason, and end', async () => {
    const whole = sqlite((db) => {
      db.exec('CREATE TABLE t(a, b)');
      for (let i = 0; i < 50; i += 1) db.prepare('INSERT INTO t VALUES(?, ?)').run(i, 'y'.repeat(i * 50));
    });
    const flips = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(flips, async (changes) => {
        const damaged = Buffer.from(whole);
        for (const [at, value] of changes) damaged[at] = value;
        try {
          await (await open(damaged)).rows('t', 100);
        } catch (error) {
          assert.ok(error instanceof FormatProblem, String(error));
        }
      }),
      { numRuns: 300 },
    );
  });
});
