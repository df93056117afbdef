// Owns how sizes, times and progress are written for people in the editor, in its language. The command line writes plain English, faster.

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];

/** `1.5 MB`: decimal units and three significant digits, the number as `locale` writes it. */
export function formatBytes(bytes: number, locale: string): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const number = value.toLocaleString(locale, { maximumSignificantDigits: 3, useGrouping: false });
  return `${number} ${UNITS[unit]}`;
}

const SPANS: [unit: Intl.RelativeTimeFormatUnit, milliseconds: number][] = [
  ['year', 365 * 86_400_000],
  ['month', 30 * 86_400_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
];

/** `2 days ago`, in the language of `locale`. Both times in milliseconds since 1970. */
export function formatAgo(time: number, now: number, locale: string): string {
  const format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  for (const [unit, span] of SPANS) {
    const count = Math.trunc((time - now) / span);
    if (count !== 0) return format.format(count, unit);
  }
  return format.format(0, 'minute');
}

/** How much of something is done, in percent; undefined while the whole is unknown. */
export function percentOf({ bytes, totalBytes, files, totalFiles }: Amounts): number | undefined {
  const [done, all] = totalBytes > 0 ? [bytes, totalBytes] : [files, totalFiles];
  return all > 0 ? Math.min(100, (100 * done) / all) : undefined;
}

export interface Amounts {
  files: number;
  totalFiles: number;
  bytes: number;
  totalBytes: number;
}
