// Owns the closing table of the demo.
import { formatTable } from '../../cli/output/table.ts';
import { formatBytes, formatCount, formatDuration } from '../../cli/output/units.ts';

export interface CommitRow {
  message: string;
  logicalBytes: number;
  newBytes: number;
  storedBytes: number;
  /** Wall time of the command. */
  seconds: number;
  /** Files compared after going back to the commit; undefined when they differed. */
  exactFiles: number | undefined;
}

/** A line for each commit and one for all of them. */
export function closingTable(rows: CommitRow[]): string[] {
  const sum = (value: (row: CommitRow) => number) => rows.reduce((total, row) => total + value(row), 0);
  const exact = rows.every(({ exactFiles }) => exactFiles !== undefined);
  const total = [
    'total',
    ...costs({
      logicalBytes: sum(({ logicalBytes }) => logicalBytes),
      newBytes: sum(({ newBytes }) => newBytes),
      storedBytes: sum(({ storedBytes }) => storedBytes),
      seconds: sum(({ seconds }) => seconds),
    }),
    exact ? 'all exact' : 'DIFFERENT',
  ];
  return formatTable(
    [
      ['commit', 'logical', 'new', 'stored', 'ratio', 'time', 'verification'],
      ...rows.map((row) => [
        row.message,
        ...costs(row),
        row.exactFiles === undefined ? 'DIFFERENT' : `${formatCount(row.exactFiles, 'file')} exact`,
      ]),
      total,
    ],
    ['left', 'right', 'right', 'right', 'right', 'right', 'left'],
  );
}

function costs(row: Pick<CommitRow, 'logicalBytes' | 'newBytes' | 'storedBytes' | 'seconds'>): string[] {
  const { logicalBytes, newBytes, storedBytes, seconds } = row;
  return [
    formatBytes(logicalBytes),
    formatBytes(newBytes),
    formatBytes(storedBytes),
    storedBytes === 0 ? '–' : `${(logicalBytes / storedBytes).toFixed(1)} x`,
    formatDuration(seconds),
  ];
}
