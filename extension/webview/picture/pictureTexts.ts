// Owns what the picture viewer says: the line of the status, and the values of a pixel; knows no browser.
import type { Difference } from './difference.ts';
import type { PixelValues } from './pixels.ts';

/** As that of ViewerHost. */
export type Translate = (text: string, ...values: (string | number)[]) => string;

/** What the status tells of. */
export interface Told {
  problems: readonly string[];
  /** What is to be known of the pictures that are shown. */
  notes?: readonly string[];
  /** Of two pictures, as soon as they are compared. */
  difference?: Difference | undefined;
  tolerance: number;
  /** In stops; undefined where nothing has floats. */
  exposure?: number | undefined;
  /** The two pictures have other sizes. */
  isOtherSize: boolean;
  /** That of the numbers. */
  language: string;
}

export function statusOf(translate: Translate, told: Told): string {
  const { problems, notes = [], difference, tolerance, exposure, isOtherSize, language } = told;
  const lines = [...problems];
  if (difference) {
    const { changed, total, box } = difference;
    const digits = changed > 0 && changed / total < 0.001 ? 4 : 1;
    const share = ((100 * changed) / total).toLocaleString(language, {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
    lines.push(
      box
        ? translate('{0} of {1} pixels differ ({2} %)', changed, total, share)
        : translate('The pictures are equal'),
    );
    if (box) lines.push(translate('within {0} × {1} at {2}, {3}', box.width, box.height, box.x, box.y));
    if (tolerance > 0)
      lines.push(translate('Tolerance {0}', tolerance.toLocaleString(language, { useGrouping: false })));
    if (isOtherSize) lines.push(translate('The sizes differ; both start at the top left'));
  }
  if (exposure) lines.push(translate('Exposure {0}', signed(exposure, language)));
  lines.push(...notes);
  return lines.join(' · ');
}

/** Where a pixel is and its values on each side. */
export function readoutOf(
  translate: Translate,
  x: number,
  y: number,
  values: readonly (PixelValues | undefined)[],
): string {
  const [before, after] = values.map((value) => channelsText(translate, value));
  return after === undefined
    ? translate('x {0}, y {1}: RGBA {2}', x, y, before)
    : translate('x {0}, y {1}: RGBA {2} → {3}', x, y, before, after);
}

/** As they are stored; of 16 bits also as they are in 8. */
function channelsText(translate: Translate, pixel: PixelValues | undefined): string {
  if (!pixel) return '–';
  const { kind, values } = pixel;
  const text = values.map((value) => (Number.isInteger(value) ? String(value) : value.toPrecision(4)));
  if (kind !== 'rgba16') return text.join(' ');
  const bytes = values.map((value) => Math.round(value / 257)).join(' ');
  return translate('{0} (8 bits: {1})', text.join(' '), bytes);
}

function signed(stops: number, language: string): string {
  return `${stops > 0 ? '+' : '−'}${Math.abs(stops).toLocaleString(language)}`;
}
