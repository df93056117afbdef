// Owns `forge show`.
import path from 'node:path';
import type { Command } from 'commander';
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
    .action((what: string) =>
      runner.run(async (session) => {
        const colon = what.indexOf(':');
        if (colon >= 0) return printFile(session, what.slice(0, colon) || 'HEAD', what.slice(colon + 1));
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
  ]);
}

/** Streams a file. Like Git's, the path starts at the root unless it begins with a dot. --json tells its size. */
async function printFile(session: Session, revision: string, given: string): Promise<void> {
  const repository = await session.open();
  const inside = /^\.{1,2}(\/|$)/.test(given) ? session.paths([given])[0] : path.posix.normalize(given);
  let size = 0;
  for await (const bytes of repository.readFile(revision, inside)) {
    size += bytes.length;
    if (!session.json) await session.output.write(bytes);
    if (session.output.closed) return;
  }
  if (session.json) await session.show({ revision, path: inside, size }, () => []);
}
