// Owns `forge branch`.
import type { Command } from 'commander';
import { ForgeError } from '../../core/errors.ts';
import { addExamples } from '../output/examples.ts';
import { printable } from '../output/printable.ts';
import { formatTable } from '../output/table.ts';
import { shortId, subject } from '../output/units.ts';
import type { Runner } from '../run.ts';
import type { Session } from '../session.ts';

interface Options {
  delete?: boolean;
  move?: boolean;
  force?: boolean;
}

export function defineBranch(command: Command, runner: Runner): void {
  command
    .summary('list, make, rename and delete branches')
    .description('list branches; make, rename or delete one')
    .argument('[name]', 'the new branch; with -d the one to delete, with -m the one to rename')
    .argument('[start]', 'where it starts instead of at HEAD; with -m the new name')
    .option('-d, --delete', 'delete the branch')
    .option('-m, --move', 'rename the branch')
    .option('--force', 'delete it even when its commits are on no other branch')
    .action((name: string | undefined, second: string | undefined, options: Options) =>
      runner.run(async (session) => {
        if (options.delete) return deleteBranch(session, name, options.force === true);
        if (options.move) return renameBranch(session, name, second);
        if (name === undefined) return listBranches(session);
        const repository = await session.open();
        const branch = await repository.createBranch(name, second);
        await session.done(branch, () => [`Made branch ${printable(name)}`]);
      }),
    );
  addExamples(command, [
    ['forge branch', 'list them'],
    ['forge branch night-version', 'make one here; forge switch goes there'],
    ['forge branch -m old new', 'rename one'],
    ['forge branch -d old', 'delete one; forge undo brings it back'],
  ]);
}

async function listBranches(session: Session): Promise<void> {
  const branches = await (await session.open()).branches();
  await session.show(branches, () => {
    const c = session.colours;
    return formatTable(
      branches.map(({ name, commit, current, message }) => [
        current ? `* ${c.green(printable(name))}` : `  ${printable(name)}`,
        c.yellow(shortId(commit)),
        printable(subject(message)),
      ]),
    );
  });
}

async function deleteBranch(session: Session, name: string | undefined, force: boolean): Promise<void> {
  if (name === undefined) throw nameMissing('delete', 'forge branch -d NAME');
  await (await session.open()).deleteBranch(name, force);
  await session.done({ name, deleted: true }, () => [`Deleted branch ${printable(name)}`]);
}

async function renameBranch(
  session: Session,
  from: string | undefined,
  to: string | undefined,
): Promise<void> {
  if (from === undefined || to === undefined) throw nameMissing('rename', 'forge branch -m OLD NEW');
  await (await session.open()).renameBranch(from, to);
  await session.done({ name: to, from }, () => [`Renamed branch ${printable(from)} to ${printable(to)}`]);
}

function nameMissing(verb: string, usage: string): ForgeError {
  return new ForgeError('USAGE', `Name the branch to ${verb}`, `Usage: ${usage}`);
}
