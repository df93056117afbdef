// Owns `forge op`: the operation log.
import type { Command } from 'commander';
import type { OperationInfo } from '../../core/repo/types.ts';
import { addExamples } from '../output/examples.ts';
import { formatOperation, formatOperations } from '../output/formatHistory.ts';
import { formatTreeChange } from '../output/formatRestore.ts';
import { printable } from '../output/printable.ts';
import type { Runner } from '../run.ts';
import { parseCount } from './log.ts';

/** Lines that a table needs to see before it knows its widths. */
const TABLE_ROWS = 200;

export function defineOp(command: Command, runner: Runner): void {
  command
    .summary('look at the operation log, and go back')
    .description('the operation log: what was done here, and the way back to any point of it');
  defineLog(command.command('log'), runner);
  defineShow(command.command('show'), runner);
  defineRestore(command.command('restore'), runner);
}

function defineLog(command: Command, runner: Runner): void {
  command
    .description('show operations, newest first')
    .option('-n, --limit <count>', 'at most this many', parseCount)
    .action((options: { limit?: number }) =>
      runner.run(async (session) => {
        const repository = await session.open();
        const page: OperationInfo[] = [];
        for await (const operation of repository.operations(options.limit)) {
          page.push(operation);
          if (session.json || page.length < TABLE_ROWS) continue;
          const lines = formatOperations(page.splice(0), session.colours);
          await session.output.write(lines.map((line) => `${line}\n`).join(''));
          if (session.output.closed) return;
        }
        await session.show(page, () => formatOperations(page, session.colours));
      }),
    );
  addExamples(command, [['forge op log -n 10', 'the last ten']]);
}

function defineShow(command: Command, runner: Runner): void {
  command
    .description('show what an operation did')
    .argument('<id>', 'its id, or the beginning of it')
    .action((id: string) =>
      runner.run(async (session) => {
        const operation = await (await session.open()).operation(id);
        await session.show(operation, () => formatOperation(operation, session.colours));
      }),
    );
  addExamples(command, [['forge op show 1a2b3c4d', 'as `forge op log` prints it']]);
}

function defineRestore(command: Command, runner: Runner): void {
  command
    .description('put the repository back to how it was just after an operation')
    .argument('<id>', 'its id, or the beginning of it')
    .action((id: string) =>
      runner.run(async (session) => {
        const repository = await session.open();
        const result = await repository.restoreOperation(id, session.operation());
        await session.done(result, () => [
          `Went back to ${printable(result.undone.summary)}`,
          ...formatTreeChange(result),
        ]);
      }),
    );
  addExamples(command, [['forge op restore 1a2b3c4d', 'forge undo takes it back']]);
}
