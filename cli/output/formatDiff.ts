// Owns how differences read: a unified diff of texts; size, share and place of what changed in assets.
import type { ByteRange, FileDiff, FileVersion } from '../../core/repo/types.ts';
import type { Colours } from './colours.ts';
import { printablePath } from './printable.ts';
import { formatBytes, formatCount } from './units.ts';

const MAP_CELLS = 48;
const RANGES_SHOWN = 5;

/**
 * Blocks of lines, one for each file, with an empty line between them. `clean` is what makes the text of patches harmless; a
 * patch that goes into a file keeps every byte.
 */
export function formatDiffs(diffs: FileDiff[], c: Colours, clean: (text: string) => string): string[] {
  return diffs.flatMap((diff, i) => [...(i > 0 ? [''] : []), ...formatDiff(diff, c, clean)]);
}

function formatDiff(diff: FileDiff, c: Colours, clean: (text: string) => string): string[] {
  const { path, from, before, after, patch } = diff;
  const name = from === undefined ? printablePath(path) : `${printablePath(from)} → ${printablePath(path)}`;
  const lines = [c.bold(`${diff.state} ${name}`) + c.dim(`  ${describeSides(before, after)}`)];
  if (before && after && before.mode !== after.mode)
    lines.push(`mode ${before.mode.toString(8)} → ${after.mode.toString(8)}`);
  if (patch !== undefined) lines.push(...formatPatch(patch, c, clean));
  if (diff.changedBytes !== undefined && after)
    lines.push(...formatAssetChange(diff, diff.contentSize ?? after.size, c));
  return lines;
}

/** `asset, 12.1 MB → 12.3 MB (+0.2 MB)`. */
function describeSides(before: FileVersion | undefined, after: FileVersion | undefined): string {
  if (before && after) {
    const kinds = before.kind === after.kind ? after.kind : `${before.kind} → ${after.kind}`;
    const growth = after.size - before.size;
    if (growth === 0) return `${kinds}, ${formatBytes(after.size)}`;
    const signed = `${growth > 0 ? '+' : '−'}${formatBytes(Math.abs(growth))}`;
    return `${kinds}, ${formatBytes(before.size)} → ${formatBytes(after.size)} (${signed})`;
  }
  const only = after ?? before;
  return only ? `${only.kind}, ${formatBytes(only.size)}` : '';
}

function formatPatch(patch: string, c: Colours, clean: (text: string) => string): string[] {
  const lines = patch.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line) => {
    const shown = clean(line);
    if (
      line.startsWith('+++') ||
      line.startsWith('---') ||
      line.startsWith('Index:') ||
      line.startsWith('===')
    )
      return c.bold(shown);
    if (line.startsWith('@@')) return c.cyan(shown);
    if (line.startsWith('+')) return c.green(shown);
    if (line.startsWith('-')) return c.red(shown);
    return shown;
  });
}

function formatAssetChange(
  { changedBytes = 0, changedRanges = [], contentSize }: FileDiff,
  size: number,
  c: Colours,
): string[] {
  const share = size === 0 ? 0 : (changedBytes / size) * 100;
  const percent = share > 0 && share < 0.1 ? '<0.1' : share.toFixed(share < 10 ? 1 : 0);
  const places = formatCount(changedRanges.length, 'place');
  const whole = contentSize === undefined ? 'the file' : 'what it holds uncompressed';
  const lines = [`  ${formatBytes(changedBytes)} new (${percent} % of ${whole}) in ${places}`];
  if (changedRanges.length === 0) return lines;
  lines.push(`  [${c.yellow(changeMap(changedRanges, size))}]`);
  for (const { offset, length } of changedRanges.slice(0, RANGES_SHOWN))
    lines.push(c.dim(`  at ${formatBytes(offset)}: ${formatBytes(length)}`));
  const more = changedRanges.length - RANGES_SHOWN;
  if (more > 0) lines.push(c.dim(`  and ${formatCount(more, 'more place')}`));
  return lines;
}

/** The file from its first to its last byte as a row of cells: `█` where something changed. */
export function changeMap(ranges: ByteRange[], size: number): string {
  const cells = Array.from({ length: MAP_CELLS }, () => '·');
  for (const { offset, length } of ranges) {
    const first = Math.floor((offset / size) * MAP_CELLS);
    const last = Math.ceil(((offset + length) / size) * MAP_CELLS);
    cells.fill('█', Math.min(first, MAP_CELLS - 1), Math.max(last, first + 1));
  }
  return cells.join('');
}
