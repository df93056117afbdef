// Owns `forge tag`.
import type { Command } from 'commander';
import { ForgeError } from '../../core/errors.ts';
import { addExamples } from '../output/examples.ts';
import { printable } from '../output/printable.ts';
import { formatTable } from '../output/table.ts';
import { shortId, subject } from '../output/units.ts';
import type { Runner } from '../run.ts';
import type { Session } from '../session.ts';

interface Options {
  message?: string;
  delete?: boolean;
}

export function defineTag(command: Command, runner: Runner): void {
  command
    .summary('list, make and delete tags')
    .description('list tags; make or delete one')
    .argument('[name]', 'the new tag; with -d the one to delete')
    .argument('[revision]', 'what it points at instead of HEAD')
    .option('-m, --message <text>', 'make an annotated tag with this message')
    .option('-d, --delete', 'delete the tag')
    .action((name: string | undefined, revision: string | undefined, options: Options) =>
      runner.run(async (session) => {
        if (name === undefined && (options.delete || options.message !== undefined))
          throw new ForgeError(
            'USAGE',
            'Name the tag',
            'Usage: forge tag NAME [REVISION] [-m TEXT], forge tag -d NAME',
          );
        if (name === undefined) return listTags(session);
        const repository = await session.open();
        if (options.delete) {
          await repository.deleteTag(name);
          return session.done({ name, deleted: true }, () => [`Deleted tag ${printable(name)}`]);
        }
        const tag = await repository.createTag(name, revision, options.message);
        await session.done(tag, () => [`Made tag ${printable(name)}`]);
      }),
    );
  addExamples(command, [
    ['forge tag', 'list them'],
    ['forge tag v1.0 -m "First release"', 'name the current commit'],
    ['forge tag v0.9 HEAD~4', 'name an older one'],
  ]);
}

async function listTags(session: Session): Promise<void> {
  const tags = await (await session.open()).tags();
  await session.show(tags, () =>
    formatTable(
      tags.map(({ name, commit, message }) => [
        printable(name),
        session.colours.yellow(shortId(commit)),
        printable(subject(message ?? '')),
      ]),
    ),
  );
}
