// Owns how points in time are written: ISO 8601 with the author's own offset.

/** `time` in milliseconds since 1970, `offset` in minutes east of UTC: `2026-11-22T14:03:05+01:00`. */
export function isoTime({ time, offset }: { time: number; offset: number }): string {
  const local = new Date(time + offset * 60_000).toISOString().slice(0, 19);
  const minutes = Math.abs(offset);
  const zone = `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
  return `${local}${offset < 0 ? '-' : '+'}${zone}`;
}
