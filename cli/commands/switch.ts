// Owns `forge switch`.
import type { Command } from 'commander';
import { ForgeError } from '../../core/errors.ts';
import { addExamples } from '../output/examples.ts';
import { formatTreeChange } from '../output/formatRestore.ts';
import { printable } from '../output/printable.ts';
import { shortId } from '../output/units.ts';
import type { Runner } from '../run.ts';

export function defineSwitch(command: Command, runner: Runner): void {
  command
    .description('go to a branch, or to any commit')
    .argument('[target]', 'a branch, tag or commit; with --create, where the new branch starts')
    .option('-c, --create <name>', 'make a new branch and go there')
    .action((target: string | undefined, options: { create?: string }) =>
      runner.run(async (session) => {
        const name = options.create ?? target;
        if (name === undefined) {
          throw new ForgeError(
            'USAGE',
            'Name a branch or commit to switch to',
            'List branches with `forge branch`.',
          );
        }
        const create = options.create !== undefined;
        const repository = await session.open();
        const result = await repository.switch({
          target: name,
          create,
          start: create ? target : undefined,
          ...session.operation(),
        });
        await session.done(result, () => {
          const { branch, commit, created } = result;
          const where =
            branch === undefined
              ? `At ${shortId(commit)}, on no branch: forge switch -c NAME makes one here`
              : `On ${created ? 'new branch ' : ''}${printable(branch)}`;
          return [where, ...formatTreeChange(result)];
        });
      }),
    );
  addExamples(command, [
    ['forge switch main', 'go to a branch'],
    ['forge switch -c night-version', 'make a branch here and go there'],
    ['forge switch -c fix v1.0', 'make a branch at a tag'],
    ['forge switch HEAD~3', 'look at an older commit'],
  ]);
}
