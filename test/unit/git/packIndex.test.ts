// Owns the tests of a pack's index: finding every name, in memory and on disk.
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { encodePackIndex, PackIndex } from '../../../core/git/packIndex.ts';
import { OidTable } from '../../../core/git/oidTable.ts';
import { tempFolder } from '../../support/tempFolder.ts';

const NO_MEMORY_LEFT = 2 ** 40;

function fakeOids(count: number): Buffer[] {
  return Array.from({ length: count }, (_, i) => hash('sha1', String(i), 'buffer'));
}

describe('pack index', () => {
  it('finds every name and no other, read into memory or in place', async () => {
    const oids = fakeOids(3000);
    // Names that share their first 32 bits are sorted by the rest.
    const similar = [5, 1, 9, 0, 255].map((last) =>
      Buffer.concat([oids[7].subarray(0, 4), Buffer.alloc(15, 1), Buffer.from([last])]),
    );
    const all = [...oids, ...similar];
    const packed = {
      count: all.length,
      oids: Buffer.concat(all),
      crcs: Uint32Array.from(all, (_, i) => i),
      offsets: Uint32Array.from(all, (_, i) => 12 + 7 * i),
    };
    const path = join(await tempFolder(), 'pack.idx');
    await writeFile(path, encodePackIndex(packed, Buffer.alloc(20)));
    for (const memoryInUse of [0, NO_MEMORY_LEFT]) {
      const index = new PackIndex(path, memoryInUse);
      assert.equal(index.count, all.length);
      all.forEach((oid, i) => assert.equal(index.find(oid), 12 + 7 * i));
      for (const oid of fakeOids(3500).slice(3000)) assert.equal(index.find(oid), undefined);
      for (const end of [Buffer.alloc(20), Buffer.alloc(20, 255)]) assert.equal(index.find(end), undefined);
      const prefix = oids[7].toString('hex', 0, 4);
      assert.deepEqual(
        index.findPrefix(prefix, 10),
        [oids[7], ...similar].map((oid) => oid.toString('hex')).sort(),
      );
      assert.equal(index.findPrefix(prefix, 2).length, 2);
      index.close();
    }
  });
});

describe('table of names', () => {
  it('knows what was added and keeps its order', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(2000), { maxLength: 3000 }), (numbers) => {
        const pool = fakeOids(2001);
        const table = new OidTable();
        const expected = new Set<number>();
        for (const number of numbers) {
          assert.equal(table.has(pool[number]), expected.has(number));
          assert.equal(table.add(pool[number]), !expected.has(number));
          expected.add(number);
        }
        assert.equal(table.count, expected.size);
        assert.deepEqual(table.oids, Buffer.concat([...expected].map((number) => pool[number])));
      }),
      { numRuns: 20 },
    );
  });
});
