// Owns `forge commit`.
import type { Command } from 'commander';
import { addExamples } from '../output/examples.ts';
import { printable } from '../output/printable.ts';
import { formatBytes, formatCount, formatDuration, shortId, subject } from '../output/units.ts';
import type { CommitResult } from '../../core/repo/types.ts';
import type { Colours } from '../output/colours.ts';
import type { Runner } from '../run.ts';

export function defineCommit(command: Command, runner: Runner): void {
  command
    .summary('record changes')
    .description('record changes: of the paths named, else what is staged, else all')
    .argument('[path...]', 'files and folders to stage first')
    .requiredOption(
      '-m, --message <text>',
      'what the commit is about; more than one make paragraphs',
      paragraphs,
    )
    .option('--allow-empty', 'commit even when nothing changed')
    .action((given: string[], options: { message: string; allowEmpty?: boolean }) =>
      runner.run(async (session) => {
        const repository = await session.open();
        const result = await repository.commit({
          message: options.message,
          paths: session.paths(given),
          allowEmpty: options.allowEmpty === true,
          ...session.operation(),
        });
        await session.done(result, () => formatCommit(result, options.message, session.colours));
      }),
    );
  addExamples(command, [
    ['forge commit -m "Light the cave"', 'what is staged, else all changes'],
    ['forge commit -m "Light the cave" Content/Maps', 'all changes in one folder'],
  ]);
}

function paragraphs(text: string, before: string | undefined): string {
  return before === undefined ? text : `${before}\n\n${text}`;
}

export function formatCommit(result: CommitResult, message: string, c: Colours): string[] {
  const { commit, branch, files, assets, newBytes, storedBytes, seconds } = result;
  const cost = [
    formatCount(files, 'file'),
    formatCount(assets, 'asset'),
    `${formatBytes(newBytes)} changed`,
    `${formatBytes(storedBytes)} stored`,
    formatDuration(seconds),
  ];
  return [
    `[${c.green(printable(branch ?? 'detached'))} ${c.yellow(shortId(commit))}] ${printable(subject(message))}`,
    cost.join(', '),
  ];
}
