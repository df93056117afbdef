// Owns `forge show`.
import path from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { ForgeError } from '../../core/errors.ts';
import type { ByteRange } from '../../core/repo/types.ts';
import { addExamples } from '../output/examples.ts';
import { formatDiffs } from '../output/formatDiff.ts';
import { formatLogEntry } from '../output/formatHistory.ts';
import type { Runner } from '../run.ts';
import type { Session } from '../session.ts';

export function defineShow(command: Command, runner: Runner): void {
  command
    .summary('show a commit, or a file of one')
    .description('show a commit and what it changed; or print a file as a commit has it')
    .argument('[revision]', 'a commit, branch or tag; or REVISION:PATH for the bytes of a file', 'HEAD')
    .option('--range <offset:length>', 'only these bytes of a file', parseRange)
    .action((what: string, { range }: { range?: ByteRange }) =>
      runner.run(async (session) => {
        const colon = what.indexOf(':');
        if (colon >= 0)
          return printFile(session, what.slice(0, colon) || 'HEAD', what.slice(colon + 1), range);
        if (range) {
          throw new ForgeError(
            'USAGE',
            '--range is for the bytes of a file',
            'Name one: forge show --range OFFSET:LENGTH REVISION:PATH',
          );
        }
        const repository = await session.open();
        const shown = await repository.show(what);
        await session.show(shown, () => [
          ...formatLogEntry(shown, session.colours),
          ...formatDiffs(shown.files, session.colours, session.clean),
        ]);
      }),
    );
  addExamples(command, [
    ['forge show', 'the last commit'],
    ['forge show v1.0', 'what a tag points at'],
    ['forge show HEAD~1:Content/Hero.uasset > old.uasset', 'an older version, byte for byte'],
    ['forge show --range 0:16 HEAD:Content/Hero.uasset', 'its first 16 bytes'],
  ]);
}

function parseRange(text: string): ByteRange {
  const [, offset, length] = (/^(\d{1,15}):(\d{1,15})$/.exec(text) ?? []).map(Number);
  if (!(length > 0))
    throw new InvalidArgumentError('Give OFFSET:LENGTH in bytes, with a length of at least 1.');
  return { offset, length };
}

/**
 * Streams a file, or a range of it. Like Git's, the path starts at the root unless it begins with a dot. --json tells how many
 * bytes there are.
 */
async function printFile(
  session: Session,
  revision: string,
  given: string,
  range: ByteRange | undefined,
): Promise<void> {
  const repository = await session.open();
  const inside = /^\.{1,2}(\/|$)/.test(given) ? session.paths([given])[0] : path.posix.normalize(given);
  let size = 0;
  for await (const bytes of repository.readFile(revision, inside, range)) {
    size += bytes.length;
    if (!session.json) await session.output.write(bytes);
    if (session.output.closed) return;
  }
  if (session.json) await session.show({ revision, path: inside, size, ...(range && { range }) }, () => []);
}
