// Owns `forge verify`.
import type { Command } from 'commander';
import type { VerifyProblem, VerifyResult } from '../../core/repo/types.ts';
import { addExamples } from '../output/examples.ts';
import type { Colours } from '../output/colours.ts';
import { printable, printablePath } from '../output/printable.ts';
import { formatBytes, formatCount, shortId } from '../output/units.ts';
import type { Runner } from '../run.ts';
import { EXIT } from '../exitCodes.ts';

export function defineVerify(command: Command, runner: Runner): void {
  command
    .summary('check that every version can be rebuilt')
    .description('check that every version of every file can be rebuilt; mends what it can')
    .option(
      '--full',
      'read and hash every stored byte, and rebuild what is stored inflated; else just the structure',
    )
    .action((options: { full?: boolean }) =>
      runner.run(async (session) => {
        const repository = await session.open();
        const result = await repository.verify({
          full: options.full === true,
          ...session.operation(),
        });
        if (!result.ok) session.exitCode = EXIT.failed;
        await session.show(result, () => formatVerify(result, session.colours));
      }),
    );
  addExamples(command, [
    ['forge verify', 'structure: quick'],
    ['forge verify --full', 'every byte'],
  ]);
}

export function formatVerify({ ok, files, bytes, problems }: VerifyResult, c: Colours): string[] {
  const checked = `${formatCount(files, 'version')} of files, ${formatBytes(bytes)}`;
  const verdict = ok
    ? `${c.green('ok')}: ${checked}`
    : `${c.red('damaged')}: ${formatCount(problems.length, 'problem')} in ${checked}`;
  return [...problems.flatMap((problem) => formatProblem(problem, c)), verdict];
}

function formatProblem({ kind, message, id, files, repaired }: VerifyProblem, c: Colours): string[] {
  const what = `${kind}${id === undefined ? '' : ` ${shortId(id)}`}: ${printable(message)}`;
  const lines = [repaired ? `${c.yellow('mended')} ${what}` : `${c.red('broken')} ${what}`];
  // All of them: who has to find other copies needs to know of which versions.
  for (const { path, commit } of files) lines.push(`  ${printablePath(path)} in ${shortId(commit)}`);
  return lines;
}
