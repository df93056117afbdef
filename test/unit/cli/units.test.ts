// Tests how numbers are written for people.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatBytes, formatCount, formatDuration, formatTime, subject } from '../../../cli/output/units.ts';

describe('cli/output/units', () => {
  const sizes: [number, string][] = [
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1 KB'],
    [1234, '1.2 KB'],
    [40_000, '40 KB'],
    [99_960, '100 KB'],
    [999_499, '999 KB'],
    [999_500, '1 MB'],
    [12_100_000, '12.1 MB'],
    [700_000_000, '700 MB'],
    [1.5e15, '1.5 PB'],
    [5e18, '5000 PB'],
  ];
  for (const [bytes, text] of sizes)
    it(`writes ${bytes} bytes as ${text}`, () => assert.equal(formatBytes(bytes), text));

  it('never needs more than four characters for the number, below a petabyte', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_000_000_000_000 }), (bytes) => {
        assert.match(formatBytes(bytes), /^(\d{1,3}|\d{1,2}\.\d) (B|KB|MB|GB|TB)$/);
      }),
    );
  });

  const durations: [number, string][] = [
    [0.034, '0.03 s'],
    [0.31, '0.3 s'],
    [9.94, '9.9 s'],
    [9.97, '10 s'],
    [59.4, '59 s'],
    [59.6, '1:00 min'],
    [125, '2:05 min'],
    [3723, '1:02:03 h'],
  ];
  for (const [seconds, text] of durations)
    it(`writes ${seconds} seconds as ${text}`, () => assert.equal(formatDuration(seconds), text));

  it('counts in singular and plural', () => {
    assert.equal(formatCount(1, 'file'), '1 file');
    assert.equal(formatCount(5252, 'file'), '5,252 files');
    assert.equal(formatCount(2, 'copy', 'copies'), '2 copies');
  });

  it('writes times in the zone they name', () => {
    assert.equal(formatTime('2026-11-22T12:33:05+01:00'), '2026-11-22 12:33:05 +0100');
    assert.equal(formatTime('2026-11-22T12:33:05.123Z'), '2026-11-22 12:33:05 +0000');
    assert.equal(formatTime('soon'), 'soon');
  });

  it('takes the first line of a message', () => {
    assert.equal(subject('\nOne\n\nTwo'), 'One');
    assert.equal(subject(''), '');
  });
});
