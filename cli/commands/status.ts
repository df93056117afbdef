// Owns `forge status`.
import type { Command } from 'commander';
import { addExamples } from '../output/examples.ts';
import { formatStatus } from '../output/formatStatus.ts';
import type { Runner } from '../run.ts';

export function defineStatus(command: Command, runner: Runner): void {
  command
    .description('show what changed since the last commit')
    .argument('[path...]', 'only these files and folders')
    .action((given: string[]) =>
      runner.run(async (session) => {
        const repository = await session.open();
        const paths = given.length > 0 ? session.paths(given) : undefined;
        const status = await repository.status({ paths, ...session.operation() });
        await session.show(status, () =>
          formatStatus(status, session.colours, (path) => session.relative(path)),
        );
      }),
    );
  addExamples(command, [
    ['forge status', 'everything'],
    ['forge status Content/Maps', 'one folder'],
    ['forge status --json', 'for a program'],
  ]);
}
