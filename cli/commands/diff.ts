// Owns `forge diff`.
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { ForgeError } from '../../core/errors.ts';
import { addExamples } from '../output/examples.ts';
import { formatDiffs } from '../output/formatDiff.ts';
import type { Runner } from '../run.ts';

export function defineDiff(command: Command, runner: Runner): void {
  command
    .summary('show what differs')
    .description('show what differs: texts line by line; of assets how much, and where')
    .argument('[what...]', 'up to two revisions, then paths; put -- before a path that could be a revision')
    .option('--staged', 'what the next commit would record')
    .usage('[options] [revision [revision]] [--] [path...]')
    .action((operands: string[], options: { staged?: boolean }) =>
      runner.run(async (session) => {
        const { revisions, given } = splitOperands(operands, runner.afterDashes, (name) =>
          existsSync(path.resolve(session.folder, name)),
        );
        const repository = await session.open();
        const diffs = await repository.diff({
          from: revisions[0],
          to: revisions[1],
          staged: options.staged === true,
          paths: given.length > 0 ? session.paths(given) : undefined,
        });
        await session.show(diffs, () => formatDiffs(diffs, session.colours, session.clean));
      }),
    );
  addExamples(command, [
    ['forge diff', 'the working tree against what is staged'],
    ['forge diff --staged', 'what is staged against the last commit'],
    ['forge diff HEAD~3 -- Content', 'the working tree against an older commit, in one folder'],
    ['forge diff v1.0 v1.1', 'two commits'],
  ]);
}

/**
 * Operands before `--` are revisions up to the first that names a file. @throws ForgeError USAGE for more than two revisions
 */
export function splitOperands(
  operands: string[],
  afterDashes: string[],
  exists: (name: string) => boolean,
): { revisions: string[]; given: string[] } {
  const before = operands.slice(0, operands.length - afterDashes.length);
  const firstPath = before.findIndex(exists);
  const revisions = firstPath < 0 ? before : before.slice(0, firstPath);
  if (revisions.length > 2) {
    throw new ForgeError(
      'USAGE',
      `${revisions[2]} is a third revision, and no file of that name is here`,
      'Give at most two revisions, and put -- before paths that do not exist any more.',
    );
  }
  return { revisions, given: operands.slice(revisions.length) };
}
