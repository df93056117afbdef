// Owns `forge init`.
import path from 'node:path';
import type { Command } from 'commander';
import { addExamples } from '../output/examples.ts';
import { printablePath } from '../output/printable.ts';
import type { Runner } from '../run.ts';

export function defineInit(command: Command, runner: Runner): void {
  command
    .summary('make a folder a repository')
    .description('make a folder a Forge repository; in a Git checkout, share its .git')
    .argument('[folder]', 'the folder, created when missing', '.')
    .option('--no-unreal', 'do not write ignore rules and attributes for Unreal where a .uproject is')
    .action((folder: string, options: { unreal: boolean }) =>
      runner.run(async (session) => {
        const target = path.resolve(session.folder, folder);
        const result = await session.host.initialise(target, { unreal: options.unreal });
        await session.done(result, () => {
          const lines = [`Made ${printablePath(result.root)} a Forge repository`];
          if (result.colocated) lines.push(`It shares the Git directory ${printablePath(result.gitDir)}`);
          if (result.written.length > 0)
            lines.push(`Wrote rules for Unreal projects: ${result.written.map(printablePath).join(', ')}`);
          return [...lines, 'Next: forge commit -m "First version"'];
        });
      }),
    );
  addExamples(command, [
    ['forge init', 'here'],
    ['forge init ../game', 'another folder'],
    ['forge init --no-unreal', 'beside a .uproject, without its ignore rules'],
  ]);
}
