// Owns the tests that every plane cuts as docs/formats/cutPoints.md says.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { blake3 } from 'hash-wasm';
import fc from 'fast-check';
import { GEAR_TABLE } from '../../core/dataplane/portable/gearTable.ts';
import { type CutInput, cutInput, naiveCut, xorshift32 } from '../support/naiveCut.ts';
import { onEachPlane } from '../support/planes.ts';

type Vector = CutInput & { averageLog2: number; lengths: number[] };

const golden = JSON.parse(
  readFileSync(new URL('../fixtures/golden/cutPoints.json', import.meta.url), 'utf8'),
) as Vector[];

onEachPlane('cut points', (plane) => {
  it('equal the golden vectors', () => {
    for (const { averageLog2, lengths, ...input } of golden) {
      assert.deepEqual(plane().cut(cutInput(input), averageLog2), lengths, JSON.stringify(input));
    }
  });

  it('equal the definition on any bytes', () => {
    const bytes = fc.oneof(
      fc
        .tuple(fc.integer({ min: 1, max: 0xffffffff }), fc.nat(90_000))
        .map(([seed, n]) => xorshift32(seed, n)),
      fc
        .tuple(fc.uint8Array({ minLength: 1, maxLength: 300 }), fc.nat(90_000))
        .map(([pattern, n]) => Buffer.alloc(n, pattern)),
    );
    fc.assert(
      fc.property(bytes, (input) => {
        assert.deepEqual(plane().cut(input, 14), naiveCut(input, 14));
      }),
      { numRuns: 25 },
    );
  });

  it('add up, and keep to the limits of the rule', () => {
    const input = xorshift32(99, 1_000_000);
    const lengths = plane().cut(input, 15);
    assert.equal(
      lengths.reduce((sum, length) => sum + length, 0),
      input.length,
    );
    for (const length of lengths.slice(0, -1)) assert.ok(length >= 2 ** 14 && length <= 3 * 2 ** 14);
    assert.ok(lengths.at(-1)! >= 2 ** 13);
  });

  it('are found again behind an insertion', () => {
    const input = xorshift32(5, 600_000);
    const edited = Buffer.concat([
      input.subarray(0, 100_000),
      Buffer.from('inserted'),
      input.subarray(100_000),
    ]);
    const ends = (bytes: Buffer): number[] => {
      let end = 0;
      return plane()
        .cut(bytes, 14)
        .map((length) => (end += length) - bytes.length);
    };
    const before = new Set(ends(input));
    assert.ok(ends(edited).filter((end) => before.has(end)).length > before.size / 2);
  });

  it('do not depend on what the view is a part of', () => {
    const whole = xorshift32(3, 120_000);
    const part = whole.subarray(7, 100_007);
    assert.deepEqual(plane().cut(part, 14), plane().cut(Uint8Array.from(part), 14));
  });
});

describe('the gear table of the portable plane', () => {
  it('is the BLAKE3 output that the rule names', async () => {
    const bytes = Buffer.from(await blake3('forge fc1 gear table', 8 * 1024), 'hex');
    assert.deepEqual(
      Array.from(GEAR_TABLE),
      Array.from({ length: 256 }, (_, i) => bytes.readUInt32LE(4 * i)),
    );
  });
});
