// Owns the tests of the hex view's arithmetic and of the blocks it holds.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BLOCK_SIZE, BlockCache } from '../../../extension/webview/viewers/blockCache.ts';
import {
  type ByteRange,
  characterOf,
  formatOffset,
  isChanged,
  nextChange,
  parseOffset,
  previousChange,
  rowOfScroll,
  rowsOf,
  scrollOfRow,
  tidyRanges,
} from '../../../extension/webview/viewers/hexLayout.ts';

const RANGES: ByteRange[] = [
  { offset: 10, length: 5 },
  { offset: 40, length: 1 },
];
const GIB = 2 ** 30;

describe('the hex view', () => {
  it('reads offsets in decimal and hexadecimal, and refuses others', () => {
    assert.equal(parseOffset(' 31 ', 32), 31);
    assert.equal(parseOffset('0x1F', 32), 31);
    for (const text of ['32', '', 'x', '-1', '1f', '0x', '1e1'])
      assert.equal(parseOffset(text, 32), undefined, text);
  });

  it('writes offsets past 4 GiB in full', () => {
    assert.equal(formatOffset(31), '0000001f');
    assert.equal(formatOffset(5 * GIB), '140000000');
  });

  it('shows printable characters only', () => {
    assert.equal([0, 0x1f, 0x20, 0x41, 0x7e, 0x7f, 0xff].map(characterOf).join(''), '.. A~..');
  });

  it('goes to the next and the previous change, and stops at the ends', () => {
    assert.equal(nextChange(RANGES, 0), 10);
    assert.equal(nextChange(RANGES, 10), 40);
    assert.equal(nextChange(RANGES, 40), undefined);
    assert.equal(previousChange(RANGES, 40), 10);
    assert.equal(previousChange(RANGES, 13), 10);
    assert.equal(previousChange(RANGES, 10), undefined);
  });

  it('finds the changed bytes as counting one by one does', () => {
    const range = fc.record({
      offset: fc.integer({ min: 0, max: 60 }),
      length: fc.integer({ min: 0, max: 20 }),
    });
    fc.assert(
      fc.property(fc.array(range), fc.integer({ min: 0, max: 64 }), (ranges, size) => {
        const tidy = tidyRanges(ranges, size);
        for (let at = 0; at < 80; at += 1) {
          const expected =
            at < size && ranges.some((one) => at >= one.offset && at < one.offset + one.length);
          assert.equal(isChanged(tidy, at), expected);
        }
        for (const [index, one] of tidy.slice(1).entries()) {
          const before = tidy[index];
          assert.ok(before && before.offset + before.length < one.offset);
        }
      }),
    );
  });

  it('reaches both ends of files of any size with a bar of 8 million pixels', () => {
    const lastTop = rowsOf(100 * GIB) - 40;
    assert.equal(rowOfScroll(0, 8e6, lastTop), 0);
    assert.equal(rowOfScroll(8e6, 8e6, lastTop), lastTop);
    assert.equal(scrollOfRow(lastTop, 8e6, lastTop), 8e6);
    assert.equal(rowOfScroll(5, 0, 0), 0);
  });
});

describe('the blocks of the hex view', () => {
  const asked: [number, number][] = [];
  const read = (offset: number, length: number) => {
    asked.push([offset, length]);
    return Promise.resolve(new Uint8Array(length).fill(offset / BLOCK_SIZE));
  };

  beforeEach(() => asked.splice(0));

  it('are read whole, once, and the last one only as far as the file goes', async () => {
    const cache = new BlockCache(BLOCK_SIZE + 7, read);
    const both = await Promise.all([cache.load(BLOCK_SIZE - 4, 100), cache.load(BLOCK_SIZE, 1)]);
    assert.deepEqual(both, [true, true]);
    assert.deepEqual(asked, [
      [0, BLOCK_SIZE],
      [BLOCK_SIZE, 7],
    ]);
    assert.equal(await cache.load(0, 16), false);
    assert.equal(cache.byteAt(BLOCK_SIZE), 1);
    assert.equal(cache.byteAt(BLOCK_SIZE + 7), undefined);
  });

  it('are dropped, the least lately used first', async () => {
    const cache = new BlockCache(10 * BLOCK_SIZE, read, 2);
    for (const index of [0, 1, 0, 2]) await cache.load(index * BLOCK_SIZE, 1);
    assert.equal(cache.held, 2);
    assert.equal(cache.byteAt(0), 0);
    assert.equal(cache.byteAt(BLOCK_SIZE), undefined);
  });

  it('are asked for again after a failure', async () => {
    let failures = 1;
    const cache = new BlockCache(16, (offset, length) =>
      failures-- > 0 ? Promise.reject(new Error('gone')) : read(offset, length),
    );
    await assert.rejects(cache.load(0, 16), /gone/);
    assert.equal(await cache.load(0, 16), true);
  });
});
