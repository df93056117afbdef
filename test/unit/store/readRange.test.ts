// Tests that a range of a large asset is read from the chunks that hold it, and from no others.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { DataPlane } from '../../../core/dataplane/dataPlane.ts';
import { sameBytes } from '../../support/sameBytes.ts';
import { ingestAll, newPlane, noise, StoreFixture } from './support.ts';

const SIZE = 24 * 1024 * 1024;
/** A chunk of the default size is at most 96 KiB; the manifest takes some 14 KiB. */
const FEW = 400 * 1024;

/** Bytes that this process has asked the system for so far. */
function bytesRead(): number {
  return Number(/^rchar: (\d+)$/m.exec(readFileSync('/proc/self/io', 'latin1'))?.[1]);
}

describe('ranges of assets', () => {
  let plane: DataPlane;

  before(() => {
    plane = newPlane();
  });
  after(() => plane.close());

  it('cost no more reading than the chunks around them', async function () {
    if (process.platform !== 'linux') return this.skip();
    const fixture = await StoreFixture.create(plane);
    const store = await fixture.open();
    const bytes = noise(SIZE);
    const [pointer] = await ingestAll(store, [await fixture.write('a', bytes)]);
    const costOf = async (offset: number, length: number): Promise<number> => {
      const before = bytesRead();
      const parts: Buffer[] = [];
      for await (const part of store.read(pointer, { offset, length })) parts.push(part);
      const cost = bytesRead() - before;
      sameBytes(Buffer.concat(parts), bytes.subarray(offset, offset + length));
      return cost;
    };
    await costOf(0, 1);
    for (const offset of [0, 1_234_567, SIZE / 2, SIZE - 100]) {
      const cost = await costOf(offset, 100);
      assert.ok(cost < FEW, `${cost} bytes at ${offset}`);
    }
    assert.ok((await costOf(0, SIZE)) > SIZE);
    await fixture.closeStores();
  });
});
