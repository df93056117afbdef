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

// Characters that East Asian fonts, and emoji, draw two cells wide; and those that take no cell of their own.
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/gu;
const NO_CELL = /[\p{Mn}\p{Me}\p{Cf}]/gu;

/** Cells that a terminal needs for a text. */
function visibleWidth(text: string): number {
  const drawn = text.replace(COLOUR, '').replace(NO_CELL, '');
  return [...drawn].length + (drawn.match(WIDE)?.length ?? 0);
}
