// Owns `forge stats`.
import type { Command } from 'commander';
import type { StatsResult } from '../../core/repo/types.ts';
import { addExamples } from '../output/examples.ts';
import { formatTable } from '../output/table.ts';
import { formatBytes, formatNumber } from '../output/units.ts';
import type { Runner } from '../run.ts';

export function defineStats(command: Command, runner: Runner): void {
  command
    .summary('show what the repository holds and takes')
    .description('show what the repository holds and what it takes on disk')
    .action(() =>
      runner.run(async (session) => {
        const stats = await (await session.open()).stats();
        await session.show(stats, () => formatStats(stats));
      }),
    );
  addExamples(command, [['forge stats --json', 'for a program']]);
}

export function formatStats(stats: StatsResult): string[] {
  const { plane, commits, assets, versions, logicalBytes, storedBytes, ratio, segments, chunks } = stats;
  return formatTable(
    [
      ['commits', formatNumber(commits)],
      ['assets', formatNumber(assets)],
      ['versions of assets', formatNumber(versions)],
      ['all versions, whole', formatBytes(logicalBytes)],
      ['stored', formatBytes(storedBytes)],
      ['ratio', `${ratio.toFixed(2)} x`],
      ['segments', formatNumber(segments)],
      ['chunks', formatNumber(chunks)],
      ['data plane', plane],
    ],
    ['left', 'right'],
  );
}
