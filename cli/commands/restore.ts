// Owns `forge restore`.
import type { Command } from 'commander';
import { addExamples } from '../output/examples.ts';
import { formatTreeChange } from '../output/formatRestore.ts';
import { formatCount } from '../output/units.ts';
import type { Runner } from '../run.ts';

export function defineRestore(command: Command, runner: Runner): void {
  command
    .summary('bring files back as a commit has them')
    .description('bring files back as a commit has them; unsaved work is kept for undo first')
    .argument('<path...>', 'files and folders')
    .option('--from <revision>', 'take them from here instead of from what is staged')
    .option('--staged', 'take changes out of the next commit; the files stay as they are')
    .action((given: string[], options: { from?: string; staged?: boolean }) =>
      runner.run(async (session) => {
        const repository = await session.open();
        const staged = options.staged === true;
        const result = await repository.restore({
          from: options.from,
          staged,
          paths: session.paths(given),
          ...session.operation(),
        });
        await session.done(result, () => {
          if (staged) return [`Took ${formatCount(result.restored.length, 'path')} out of the next commit`];
          const lines = formatTreeChange(result);
          return lines.length > 0 ? lines : ['Nothing to restore: all of it is as it should be'];
        });
      }),
    );
  addExamples(command, [
    ['forge restore Content/Hero.uasset', 'drop a change'],
    ['forge restore --from HEAD~2 Content/Hero.uasset', 'an older version'],
    ['forge restore --staged .', 'stage nothing'],
  ]);
}
