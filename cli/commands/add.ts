// Owns `forge add`.
import type { Command } from 'commander';
import { addExamples } from '../output/examples.ts';
import { formatBytes, formatCount } from '../output/units.ts';
import type { Runner } from '../run.ts';

export function defineAdd(command: Command, runner: Runner): void {
  command
    .summary('stage changes for the next commit')
    .description('stage files for the next commit, deletions included')
    .argument('<path...>', 'files and folders')
    .action((given: string[]) =>
      runner.run(async (session) => {
        const repository = await session.open();
        const result = await repository.add(session.paths(given), session.operation());
        await session.done(result, () => {
          const { files, assets, logicalBytes, storedBytes } = result;
          if (files === 0) return ['Nothing to stage'];
          return [
            `Staged ${formatCount(files, 'file')}, ${formatCount(assets, 'asset')}, ${formatBytes(logicalBytes)}, ${formatBytes(storedBytes)} stored`,
          ];
        });
      }),
    );
  addExamples(command, [
    ['forge add Content/Maps', 'all changes in a folder'],
    ['forge add .', 'all changes here and below'],
  ]);
}
