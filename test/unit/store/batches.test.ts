// Tests how long lists are cut into batches, and how many workers they get.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { batchesOf, workersFor } from '../../../core/store/batches.ts';

const GIB = 1024 ** 3;

describe('batches', () => {
  it('hold everything once, in order, within the limits', () => {
    const sizes = fc.array(fc.oneof(fc.nat(1000), fc.nat(GIB * 3)), { maxLength: 50 });
    fc.assert(
      fc.property(sizes, (list) => {
        const batches = [...batchesOf(list, (size) => size)];
        assert.deepEqual(
          batches.flatMap(({ items }) => items),
          list,
        );
        let first = 0;
        for (const batch of batches) {
          assert.equal(batch.first, first);
          assert.equal(
            batch.bytes,
            batch.items.reduce((sum, size) => sum + size, 0),
          );
          assert.ok(batch.bytes <= GIB || batch.items.length === 1);
          first += batch.items.length;
        }
      }),
    );
  });

  it('hold at most 8,192 files', () => {
    const lengths = [...batchesOf(new Array(20_000).fill(0), () => 0)].map(({ items }) => items.length);
    assert.deepEqual(lengths, [8192, 8192, 3616]);
  });

  it('wake a worker for every 8 MiB, but one at least', () => {
    const mib = 1024 ** 2;
    assert.deepEqual(
      [0, 1, 8 * mib, 8 * mib + 1, 800 * mib].map((bytes) => workersFor(bytes, 4)),
      [1, 1, 1, 2, 4],
    );
  });
});
