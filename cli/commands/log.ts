// Owns `forge log`.
import { type Command, InvalidArgumentError } from 'commander';
import type { LogEntry } from '../../core/repo/types.ts';
import { addExamples } from '../output/examples.ts';
import { formatLogEntry, formatLogLine } from '../output/formatHistory.ts';
import type { Runner } from '../run.ts';

interface Options {
  limit?: number;
  oneline?: boolean;
  from?: string;
}

export function defineLog(command: Command, runner: Runner): void {
  command
    .summary('show commits, newest first')
    .description('show commits, newest first; of a path, following its renames')
    .argument('[path]', 'a file or folder')
    .option('-n, --limit <count>', 'at most this many', parseCount)
    .option('--oneline', 'one line each')
    .option('--from <revision>', 'start here instead of at HEAD')
    .action((given: string | undefined, options: Options) =>
      runner.run(async (session) => {
        const repository = await session.open();
        const path = given === undefined ? undefined : session.paths([given])[0];
        const entries = repository.log({ path, from: options.from, limit: options.limit });
        if (session.json) {
          const all: LogEntry[] = [];
          for await (const entry of entries) all.push(entry);
          return session.show(all, () => []);
        }
        for await (const entry of entries) {
          const { colours, output } = session;
          const lines = options.oneline ? [formatLogLine(entry, colours)] : formatLogEntry(entry, colours);
          await output.write(lines.map((line) => `${line}\n`).join(''));
          if (output.closed) break;
        }
      }),
    );
  addExamples(command, [
    ['forge log', 'of the current branch'],
    ['forge log -n 5 --oneline', 'the last five, short'],
    ['forge log Content/Hero.uasset', 'of one asset'],
    ['forge log --from v1.0', 'up to a tag'],
  ]);
}

export function parseCount(text: string): number {
  if (!/^[1-9][0-9]{0,8}$/.test(text)) throw new InvalidArgumentError('Give a number from 1 on.');
  return Number(text);
}
