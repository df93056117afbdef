// Owns how sizes, counts, times and durations are written for people.

const UNITS = ['KB', 'MB', 'GB', 'TB', 'PB'];

/** Bytes in decimal units with three significant digits at most: `0 B`, `999 B`, `1.2 KB`, `40 KB`, `12.1 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  let value = bytes;
  let unit = -1;
  // 999.95 and above would be written with four digits, so it belongs to the next unit.
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value < 99.95 ? value.toFixed(1).replace(/\.0$/, '') : value.toFixed(0)} ${UNITS[unit]}`;
}

/** `1 file`, `1,234 files`. */
export function formatCount(count: number, noun: string, plural = `${noun}s`): string {
  return `${formatNumber(count)} ${count === 1 ? noun : plural}`;
}

/** `1,234`. Not through Intl, whose first use takes longer than a whole `forge status`. */
export function formatNumber(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** Seconds: `0.03 s`, `0.3 s`, `2 s`, `12 s`, `2:05 min`, `1:02:03 h`. */
export function formatDuration(seconds: number): string {
  if (seconds < 0.095) return `${seconds.toFixed(2)} s`;
  if (seconds < 9.95) return `${seconds.toFixed(1).replace(/\.0$/, '')} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const two = (value: number) => String(value).padStart(2, '0');
  if (whole < 3600) return `${Math.floor(whole / 60)}:${two(whole % 60)} min`;
  return `${Math.floor(whole / 3600)}:${two(Math.floor((whole % 3600) / 60))}:${two(whole % 60)} h`;
}

/** An ISO 8601 time as `2026-11-22 12:33:05 +0100`, in the zone that it names. */
export function formatTime(iso: string): string {
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)$/.exec(iso);
  if (!match) return iso;
  return `${match[1]} ${match[2]} ${match[3] === 'Z' ? '+0000' : match[3].replace(':', '')}`;
}

export function shortId(id: string): string {
  return id.slice(0, 10);
}

/** The first line of a message. */
export function subject(message: string): string {
  return message.trimStart().split('\n', 1)[0];
}
