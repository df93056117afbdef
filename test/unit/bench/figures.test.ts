// Owns the tests of the benchmark's arithmetic.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { figures, round, seconds, summarize, type Summary } from '../../../bench/figures.ts';
import type { Life } from '../../../bench/life.ts';
import { median, ratio, verdict, type Figure } from '../../../bench/statistics.ts';

describe('bench: statistics', () => {
  it('takes the middle of an odd number of values, and a value that was measured', () => {
    assert.equal(median([9, 1, 5]), 5);
    assert.equal(median([]), undefined);
    fc.assert(
      fc.property(fc.array(fc.float({ noNaN: true }), { minLength: 1 }), (values) => {
        const middle = median(values) as number;
        assert.ok(values.includes(middle));
        assert.ok(values.filter((value) => value <= middle).length >= values.length / 2);
        assert.ok(values.filter((value) => value >= middle).length >= values.length / 2);
      }),
    );
  });

  it('has no ratio when a side is missing', () => {
    assert.equal(ratio(1, 4), 0.25);
    assert.equal(ratio(undefined, 4), undefined);
    assert.equal(ratio(1, undefined), undefined);
    assert.equal(ratio(1, 0), undefined);
  });

  it('is ok at the limit, over above it and unmeasured without a value', () => {
    const figure: Figure = { what: '', forge: '', against: '', value: 0.5, limit: 0.5, unit: '×' };
    assert.equal(verdict(figure), 'ok');
    assert.equal(verdict({ ...figure, value: 0.5001 }), 'over');
    assert.equal(verdict({ ...figure, value: undefined }), 'not measured');
  });
});

describe('bench: figures', () => {
  it('takes medians of times and the highest peak', () => {
    const lives = [3, 1, 2].map((value) => life(value));
    assert.deepEqual(summarize({ tool: 'forge', lives }), {
      tool: 'forge',
      commit: 2,
      peakBytes: 3,
      again: 2,
      status: 2,
      restore: 2,
      storedBytes: 2,
      segmentBytes: 1,
    });
  });

  it('divides Forge by each peer, and leaves rows without a peer unmeasured', () => {
    const rows = figures([summary('forge', 4), summary('git-lfs', 16)]);
    const against = (peer: string) => rows.filter((row) => row.against.startsWith(peer));
    assert.deepEqual(
      against('git-lfs').map(({ value, limit }) => [value, limit]),
      [[0.25, 0.3]],
    );
    assert.deepEqual(
      against('git lfs checkout').map(({ value }) => value),
      [0.25],
    );
    assert.deepEqual(
      against('borg').map(({ value }) => value),
      [undefined],
    );
    assert.equal(rows.find(({ unit }) => unit === 'MiB')?.value, 4 / 1024 ** 2);
  });

  it('writes times with digits that mean something', () => {
    assert.deepEqual([undefined, 0.0067, 0.0712, 0.25, 3.14159, 125.4].map(seconds), [
      '–',
      '6.7 ms',
      '71 ms',
      '0.250 s',
      '3.14 s',
      '125 s',
    ]);
    assert.equal(round(0.5), '0.500');
  });
});

function life(value: number): Life {
  const measured = { seconds: value, peakBytes: value };
  return {
    commit: measured,
    again: measured,
    restore: measured,
    status: [value],
    storedBytes: value,
    segmentBytes: value / 2,
  };
}

function summary(tool: string, value: number): Summary {
  return {
    tool,
    commit: value,
    peakBytes: value,
    again: value,
    status: value,
    restore: value,
    storedBytes: value,
    segmentBytes: undefined,
  };
}
