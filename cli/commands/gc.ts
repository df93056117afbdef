// Owns `forge gc`.
import type { Command } from 'commander';
import { ForgeError } from '../../core/errors.ts';
import type { CollectGarbageResult } from '../../core/repo/types.ts';
import { addExamples } from '../output/examples.ts';
import { formatBytes, formatCount } from '../output/units.ts';
import type { Runner } from '../run.ts';

interface Options {
  dryRun?: boolean;
  retention?: string;
}

export function defineGc(command: Command, runner: Runner): void {
  command
    .summary('drop what nothing needs, pack the rest')
    .description(
      'drop the bytes of assets that no ref, index or recent operation needs, and pack the others smaller; cannot be undone',
    )
    .option('--dry-run', 'only tell what would be dropped')
    .option('--retention <days>', 'keep what operations of this many days need (gc.retention, or 90)')
    .action((options: Options) =>
      runner.run(async (session) => {
        const retention = daysOf(options.retention);
        const repository = await session.open();
        const result = await repository.collectGarbage({
          dryRun: options.dryRun === true,
          ...(retention !== undefined && { retention }),
          ...session.operation(),
        });
        await session.done(result, () => formatGc(result));
      }),
    );
  addExamples(command, [
    ['forge gc', 'drop and pack'],
    ['forge gc --dry-run', 'see what would go'],
    ['forge gc --retention 7', 'let go of what only older operations need'],
  ]);
}

/** @throws ForgeError USAGE */
function daysOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[0-9]{1,5}$/.test(text)) return Number(text);
  throw new ForgeError(
    'USAGE',
    `--retention takes a number of days, not "${text}"`,
    'For example --retention 90.',
  );
}

export function formatGc(result: CollectGarbageResult): string[] {
  const { before, after, droppedBytes, droppedChunks, liveChunks, assets, operations, expired, dryRun } =
    result;
  const lines = [
    `kept     ${formatCount(assets, 'asset')} in ${formatCount(liveChunks, 'chunk')}, ${formatCount(operations, 'operation')}`,
    `${dryRun ? 'to drop' : 'dropped'}  ${formatCount(droppedChunks, 'chunk')}, ${formatBytes(droppedBytes)}`,
  ];
  if (expired > 0) lines.push(`expired  ${formatCount(expired, 'operation')}, too old to be undone`);
  if (result.lacking > 0)
    lines.push(`lacking  ${formatCount(result.lacking, 'asset')} that the store does not have`);
  if (!dryRun) {
    const seconds = `${result.seconds.toFixed(1)} s`;
    lines.push(`stored   ${formatBytes(before)} before, ${formatBytes(after)} after, in ${seconds}`);
  }
  return lines;
}
