// Owns the tests of how the benchmark reads.
import assert from 'node:assert/strict';
import { quoted } from '../../../bench/measure.ts';
import { formatMarkdown, formatText, type Report } from '../../../bench/report.ts';

const summary = {
  tool: 'forge',
  commit: 3.14,
  peakBytes: 200 * 1024 ** 2,
  again: 0.25,
  status: 0.04,
  restore: 2,
  storedBytes: 633e6,
  segmentBytes: 620e6,
};

const report: Report = {
  day: '2026-11-22',
  runs: 3,
  machine: {
    processor: 'A processor',
    cores: 2,
    memoryBytes: 8e9,
    system: 'Debian, Linux 6',
    fileSystem: 'ext4',
  },
  tools: [
    { name: 'forge', version: 'forge 1', install: 'npm run build' },
    { name: 'git-lfs', version: undefined, install: 'apt-get install git-lfs' },
  ],
  input: { name: 'game', files: 5_252, bytes: 719e6 },
  summaries: [
    summary,
    {
      ...summary,
      tool: 'git-lfs',
      commit: undefined,
      peakBytes: undefined,
      again: undefined,
      status: undefined,
      restore: undefined,
      storedBytes: undefined,
      segmentBytes: undefined,
    },
  ],
  figures: [
    {
      what: 'restore of everything',
      forge: '2.00 s',
      against: 'git lfs checkout –',
      value: undefined,
      limit: 0.5,
      unit: '×',
    },
    { what: 'second commit', forge: '0.250 s', against: '', value: 0.25, limit: 0.5, unit: 's' },
  ],
  histories: undefined,
};

describe('bench: report', () => {
  it('prints figures with their verdict, and what a missing tool needs', () => {
    const text = formatText(report);
    assert.match(text, /^second commit +0\.250 s +0\.250 s +0\.5 s +ok$/m);
    assert.match(text, /^restore of everything .* not measured$/m);
    assert.match(text, /^forge +3\.14 s +200 MiB +0\.250 s +40 ms +2\.00 s +633 MB +620 MB$/m);
    assert.match(text, /^git-lfs: not installed: apt-get install git-lfs$/m);
    assert.doesNotMatch(text, /histories/);
  });

  it('writes tables whose rows have as many cells as their header', () => {
    const histories = {
      files: 20,
      versions: 219,
      bytes: 66e6,
      results: [
        {
          tool: 'forge',
          storedBytes: 13.2e6,
          segmentBytes: 12e6,
          packedBytes: undefined,
          packedSegmentBytes: undefined,
          seconds: 3,
        },
      ],
    };
    const lines = formatMarkdown({ ...report, histories }).split('\n');
    const tables = lines.filter((line) => line.startsWith('| tool') || line.startsWith('| what'));
    assert.equal(tables.length, 3);
    let cells = 0;
    for (const line of lines) {
      if (!line.startsWith('|')) cells = 0;
      else if (cells === 0) cells = line.split('|').length;
      else assert.equal(line.split('|').length, cells, line);
    }
    assert.ok(lines.some((line) => line.startsWith('| forge | 13.2 MB | 20.0 % | 12 MB | – | – | 3.00 s |')));
    assert.ok(lines.some((line) => line.includes('Debian, Linux 6')));
  });

  it('makes one word of any path', () => {
    assert.equal(quoted("/a b/it's"), `'/a b/it'\\''s'`);
  });
});
