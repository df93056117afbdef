// Tests how the editor writes sizes, times and progress, and what it offers about an error.
import assert from 'node:assert/strict';
import { formatAgo, formatBytes, percentOf } from '../../../core/protocol/amounts.ts';
import { isMild, nextSteps } from '../../../extension/ui/nextSteps.ts';

describe('texts of the editor', () => {
  it('writes sizes with three digits in decimal units', () => {
    const sizes: [number, string][] = [
      [0, '0 B'],
      [999, '999 B'],
      [1000, '1 KB'],
      [999_499, '999 KB'],
      [999_500, '1 MB'],
      [12_345_678, '12.3 MB'],
      [2 ** 31, '2.15 GB'],
      [1e15, '1 PB'],
    ];
    for (const [bytes, text] of sizes) assert.equal(formatBytes(bytes, 'en'), text);
    assert.equal(formatBytes(12_345_678, 'de'), '12,3 MB');
  });

  it('writes how long ago something was', () => {
    const now = Date.parse('2026-03-10T12:00:00Z');
    assert.equal(formatAgo(now - 5000, now, 'en'), 'this minute');
    assert.equal(formatAgo(now - 5 * 60_000, now, 'en'), '5 minutes ago');
    assert.equal(formatAgo(now - 25 * 3_600_000, now, 'en'), 'yesterday');
    assert.equal(formatAgo(now - 400 * 86_400_000, now, 'en'), 'last year');
    assert.equal(formatAgo(now - 3 * 86_400_000, now, 'de'), 'vor 3 Tagen');
  });

  it('tells progress by bytes, else by files, else not at all', () => {
    const none = { files: 0, totalFiles: 0, bytes: 0, totalBytes: 0 };
    assert.equal(percentOf(none), undefined);
    assert.equal(percentOf({ ...none, files: 1, totalFiles: 4 }), 25);
    assert.equal(percentOf({ files: 1, totalFiles: 4, bytes: 9, totalBytes: 10 }), 90);
    assert.equal(percentOf({ ...none, bytes: 12, totalBytes: 10 }), 100);
  });

  it('offers the next step for an error, and something for those that nobody foresaw', () => {
    assert.deepEqual(nextSteps('NO_AUTHOR'), ['setAuthor']);
    assert.equal(nextSteps('GONE')[0], 'restartServer');
    assert.equal(nextSteps('FORMAT_TOO_NEW')[0], 'update');
    assert.equal(nextSteps('CORRUPT')[0], 'verify');
    assert.deepEqual(nextSteps('INTERNAL'), ['showOutput']);
    assert.deepEqual(nextSteps('NOTHING_TO_UNDO'), []);
    assert.ok(isMild('NOTHING_TO_UNDO') && !isMild('CORRUPT'));
  });
});
