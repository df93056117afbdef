// Owns plain tables: columns padded to their widest cell.

export type Alignment = 'left' | 'right';

/** Lines of a table; cells may hold colours, which take no width. Columns are left-aligned unless told. */
export function formatTable(rows: string[][], alignments: Alignment[] = []): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, visibleWidth(cell));
    });
  }
  return rows.map((row) =>
    row
      .map((cell, i) => {
        const padding = ' '.repeat(widths[i] - visibleWidth(cell));
        return alignments[i] === 'right' ? padding + cell : cell + padding;
      })
      .join('  ')
      .trimEnd(),
  );
}

// The escape sequences that colours are made of.
// eslint-disable-next-line no-control-regex
const COLOUR = /\u001b\[[0-9;]*m/g;

function visibleWidth(text: string): number {
  return [...text.replace(COLOUR, '')].length;
}
