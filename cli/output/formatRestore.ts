// Owns how changes that Forge made to the working tree are summed up.
import type { RestoreResult } from '../../core/repo/types.ts';
import { formatBytes, formatCount } from './units.ts';

/** `Wrote 3 files (12.1 MB), removed 1 file`; and that unsaved work was kept, with `wayBack` to it. */
export function formatTreeChange(
  change: Pick<RestoreResult, 'restored' | 'removed' | 'snapshotted'> & { bytes?: number },
  wayBack = 'forge undo brings it back',
): string[] {
  const { restored, removed, snapshotted, bytes } = change;
  const parts: string[] = [];
  if (restored.length > 0) {
    const size = bytes === undefined ? '' : ` (${formatBytes(bytes)})`;
    parts.push(`wrote ${formatCount(restored.length, 'file')}${size}`);
  }
  if (removed.length > 0) parts.push(`removed ${formatCount(removed.length, 'file')}`);
  const text = parts.join(', ');
  const lines = text === '' ? [] : [text[0].toUpperCase() + text.slice(1)];
  if (snapshotted.length > 0) {
    const what = formatCount(snapshotted.length, 'file');
    lines.push(`Unsaved work in ${what} was kept first: ${wayBack}`);
  }
  return lines;
}
