// Tests what is shown of a long operation, and when.
import assert from 'node:assert/strict';
import { formatProgress, ProgressReporter, RateMeter } from '../../../cli/output/progress.ts';
import type { Progress } from '../../../core/progress.ts';
import { stringOutput, StringStream } from '../../support/fakeHost.ts';

const half: Progress = {
  phase: 'store',
  files: 1234,
  totalFiles: 5252,
  bytes: 300e6,
  totalBytes: 700e6,
  newBytes: 0,
  storedBytes: 0,
};

describe('cli/output/progress', () => {
  it('says files, bytes, rate and time left', () => {
    assert.equal(
      formatProgress(half, 200e6),
      'Storing: 1,234 of 5,252 files, 300 MB of 700 MB, 200 MB/s, 2 s left',
    );
  });

  it('leaves out what is not known', () => {
    const scanning: Progress = { ...half, phase: 'scan', totalFiles: 0, bytes: 0, totalBytes: 0 };
    assert.equal(formatProgress(scanning, undefined), 'Looking: 1,234 files');
  });

  it('measures the rate over the last seconds only', () => {
    const meter = new RateMeter();
    assert.equal(meter.rate(), undefined);
    meter.add(0, 0);
    meter.add(1000, 1_000_000);
    assert.equal(meter.rate(), 1_000_000);
    for (let second = 2; second <= 10; second++) meter.add(second * 1000, 1_000_000 + second * 10);
    assert.equal(meter.rate(), 10);
  });

  describe('away from a terminal', () => {
    let now: number;
    let stream: StringStream;
    let reporter: ProgressReporter;
    beforeEach(() => {
      now = 0;
      stream = new StringStream();
      reporter = new ProgressReporter(stringOutput(stream), () => now);
    });

    it('says nothing about what is done within five seconds', () => {
      for (now = 0; now < 5000; now += 100) reporter.report(half);
      reporter.finish();
      assert.equal(stream.text, '');
    });

    it('prints a plain line every five seconds', () => {
      for (now = 0; now <= 16_000; now += 100) reporter.report({ ...half, files: now });
      reporter.finish();
      const lines = stream.text.trimEnd().split('\n');
      assert.deepEqual(
        lines.map((line) => /^Storing: ([\d,]+) of/.exec(line)?.[1]),
        ['5,000', '10,000', '15,000'],
      );
      assert.ok(!stream.text.includes('\u001b'));
    });
  });

  it('draws a bar on a terminal, and takes it away again', async () => {
    const stream = Object.assign(new StringStream(), {
      isTTY: true,
      cursorTo: () => true,
      clearLine: () => true,
      moveCursor: () => true,
      clearScreenDown: () => true,
    });
    let now = 0;
    const reporter = new ProgressReporter(stringOutput(stream, { NO_COLOR: '1' }), () => now);
    reporter.report(half);
    now = 1000;
    reporter.report({ ...half, bytes: 350e6 });
    for (let i = 0; i < 100 && !stream.text.includes('█'); i++)
      await new Promise((resolve) => setTimeout(resolve, 10));
    reporter.finish();
    assert.ok(stream.text.includes('█████░░░░░'), stream.text);
    assert.ok(stream.text.includes('350 MB of 700 MB, 50 MB/s, 7 s left'));
  });
});
