// Tests that sketches tell how much two files have in common.
import assert from 'node:assert/strict';
import { ALIKE, SKETCH_FEATURES, sketchOf } from '../../../core/dataplane/sketch.ts';
import { xorshift32 } from '../../support/naiveCut.ts';

const PAIRS = 60;

function inCommon(a: Buffer, b: Buffer): number {
  const [first, second] = [a, b].map((bytes) => sketchOf(bytes, bytes)!);
  return first.filter((feature, k) => feature === second[k]).length;
}

/** How many of many pairs are taken for alike when they share this part of their bytes. */
function alike(share: number): number {
  let count = 0;
  for (let seed = 1; seed <= PAIRS; seed++) {
    const bytes = xorshift32(seed, 16_384);
    const common = Math.floor(share * bytes.length);
    const other = Buffer.concat([xorshift32(1000 + seed, bytes.length - common), bytes.subarray(0, common)]);
    if (inCommon(bytes, other) >= ALIKE) count++;
  }
  return count;
}

describe('sketches', () => {
  it('are equal for equal bytes, and for the same bytes elsewhere', () => {
    const bytes = xorshift32(7, 16_000);
    assert.equal(inCommon(bytes, bytes), SKETCH_FEATURES);
    assert.ok(inCommon(bytes, Buffer.concat([Buffer.from('moved'), bytes])) >= SKETCH_FEATURES - 1);
  });

  it('find most of what is mostly the same, and nothing of what is not', () => {
    assert.ok(alike(0.9) > 0.9 * PAIRS, `${alike(0.9)} of ${PAIRS}`);
    assert.ok(alike(0.7) > 0.5 * PAIRS, `${alike(0.7)} of ${PAIRS}`);
    assert.equal(alike(0), 0);
  });

  it('need bytes that differ', () => {
    assert.equal(sketchOf(Buffer.alloc(16_384), Buffer.alloc(16_384)), undefined);
    assert.equal(sketchOf(Buffer.from('short'), Buffer.from('short')), undefined);
    assert.equal(sketchOf(Buffer.alloc(0), Buffer.alloc(0)), undefined);
  });
});
