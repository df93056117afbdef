// Owns `forge clone`.
import path from 'node:path';
import type { Command } from 'commander';
import type { CloneResult } from '../../core/sync/clone.ts';
import { addExamples } from '../output/examples.ts';
import { printable, printablePath } from '../output/printable.ts';
import { formatBytes, formatCount, shortId } from '../output/units.ts';
import type { Runner } from '../run.ts';

interface Options {
  branch?: string;
  checkout: boolean;
}

export function defineClone(command: Command, runner: Runner): void {
  command
    .summary('copy a repository from another folder')
    .description(
      'copy a Forge repository with its whole history from another folder: on this disk, a mounted share or a drive; every byte is verified',
    )
    .argument('<source>', 'the folder of a repository; it is only read')
    .argument('[target]', 'the new folder, missing or empty; by default, named like the source')
    .option('-b, --branch <name>', 'check out this branch or tag instead of the one the source is on')
    .option('--no-checkout', 'leave the working tree empty')
    .action((source: string, target: string | undefined, options: Options) =>
      runner.run(async (session) => {
        const from = /^[a-z][a-z0-9+.-]+:\/\//i.test(source) ? source : path.resolve(session.folder, source);
        const to = path.resolve(session.folder, target ?? path.basename(from));
        const result = await session.host.clone(from, to, {
          branch: options.branch,
          noCheckout: !options.checkout,
          ...session.opening(),
          ...session.operation(),
        });
        await session.done(result, () => formatClone(result, options));
      }),
    );
  addExamples(command, [
    ['forge clone /mnt/studio/game', 'to a new folder `game` here'],
    ['forge clone /media/usb/game work', 'to a folder of another name'],
    ['forge clone ../game night --branch night-version', 'with another branch checked out'],
    ['forge clone ../game bare --no-checkout', 'the history alone'],
  ]);
}

function formatClone(result: CloneResult, { checkout }: Options): string[] {
  const { root, source, branch, commit, bytes, resumedBytes } = result;
  const lines = [
    `Cloned ${printablePath(source)} to ${printablePath(root)}`,
    `copied   ${formatCount(result.commits, 'commit')}, ${formatCount(result.assets, 'version')} of assets, ${formatBytes(bytes)} in ${result.seconds.toFixed(1)} s`,
  ];
  if (resumedBytes > 0)
    lines.push(`resumed  ${formatBytes(resumedBytes)} of it were there from an earlier try`);
  if (commit === undefined) return [...lines, 'The source has no commit there yet'];
  const where = branch === undefined ? `${shortId(commit)}, on no branch` : printable(branch);
  lines.push(
    checkout
      ? `at       ${where}: ${formatCount(result.files, 'file')}, ${formatBytes(result.fileBytes)}`
      : `at       ${where}, nothing checked out: forge restore . does that`,
  );
  return lines;
}
