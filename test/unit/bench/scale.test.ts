// Owns the tests of the benchmark at scale: the tree it makes, and how its table reads.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ScaleRow, ScaleSample } from '../../../bench/scaleLife.ts';
import { formatScale } from '../../../bench/scaleReport.ts';
import { editScaleTree, makeScaleTree, scaleContent, scalePath, spread } from '../../../bench/scaleTree.ts';
import { tempFolder } from '../../support/tempFolder.ts';

const sample = (seconds: number, mebibytes: number): ScaleSample => ({
  seconds,
  cpuSeconds: seconds,
  peakBytes: mebibytes * 1024 ** 2,
});

describe('bench: scale', () => {
  it('makes small binary files that no two share', () => {
    const contents = new Set<string>();
    for (let file = 0; file < 5_000; file++)
      for (const version of [0, 1]) contents.add(scaleContent(file, version).toString('latin1'));
    assert.equal(contents.size, 10_000);
    assert.equal(scaleContent(7, 0)[0], 0);
    assert.equal(scaleContent(7, 0).length, 41);
    assert.equal(new Set(Array.from({ length: 5_000 }, (_, i) => scalePath(i))).size, 5_000);
  });

  it('changes as many files as asked, spread over the tree, the same ones each time', async () => {
    const root = await tempFolder();
    makeScaleTree(root, 600);
    const changed = editScaleTree(root, 600, 10, 3);
    assert.deepEqual(changed, spread(600, 10, 3));
    assert.equal(new Set(changed).size, 10);
    for (let i = 0; i < 600; i++) {
      const content = readFileSync(path.join(root, scalePath(i)));
      assert.deepEqual(content, scaleContent(i, changed.includes(i) ? 3 : 0));
    }
  });

  it('prints medians, ratios and the highest peaks, and marks what is over the limit', () => {
    const rows: ScaleRow[] = [
      {
        what: 'status',
        samples: { forge: [sample(1, 90), sample(3, 600), sample(2, 80)], git: [sample(4, 20)] },
      },
      { what: 'log', samples: { forge: [sample(1, 90)] } },
    ];
    const machine = { processor: 'P', cores: 2, memoryBytes: 1e9, system: 'S', fileSystem: 'ext4' };
    const tools = [{ name: 'forge', version: 'forge 1' }];
    const text = formatScale({ day: '2026-01-02', files: 5_000, rounds: 3, machine, tools, rows });
    assert.match(text, /status +2\.00 s +4\.00 s +0\.500 × .*600 MiB +20 MiB +over 512 MiB/);
    assert.match(text, /log +1\.00 s +– +– .*90 MiB +–$/m);
    assert.match(text, /forge: forge 1/);
  });
});
