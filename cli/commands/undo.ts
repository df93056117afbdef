// Owns `forge undo`.
import type { Command } from 'commander';
import { addExamples } from '../output/examples.ts';
import { formatTreeChange } from '../output/formatRestore.ts';
import { printable, printablePath } from '../output/printable.ts';
import { shortId } from '../output/units.ts';
import type { Runner } from '../run.ts';

export function defineUndo(command: Command, runner: Runner): void {
  command.description('take back the last operation').action(() =>
    runner.run(async (session) => {
      const repository = await session.open();
      const result = await repository.undo(session.operation());
      await session.done(result, () => {
        const { id, command: name, summary } = result.undone;
        const what = `Took back ${name}: ${printable(summary)}`;
        // The next undo goes further back in time, not forward to this work.
        const kept = `forge show ${shortId(result.operation)}:before/${printablePath(result.snapshotted[0] ?? '')} prints it`;
        return [
          `${what} ${session.colours.dim(`(operation ${shortId(id)})`)}`,
          ...formatTreeChange(result, kept),
        ];
      });
    }),
  );
  addExamples(command, [
    ['forge undo', 'after a commit, switch, restore, or a change of a branch or tag'],
    ['forge op log', 'what there is to take back'],
  ]);
}
