// Owns the arithmetic of the benchmark: medians, and figures against what they are to reach.

/** Of an even number of values, the lower middle one: a value that was measured. Undefined of none. */
export function median(values: number[]): number | undefined {
  return [...values].sort((a, b) => a - b)[Math.ceil(values.length / 2) - 1];
}

/** One line of the figures to reach. */
export interface Figure {
  what: string;
  /** As a person reads it: `3.1 s`, `412 MiB`. */
  forge: string;
  /** What it is compared with, as a person reads it: `git-lfs 8.1 s`; empty for a fixed limit. */
  against: string;
  /** In units of the limit. Undefined when a side is missing. */
  value: number | undefined;
  limit: number;
  /** What value and limit count: `×`, `s`, `MiB`, `MB`. */
  unit: string;
}

export type Verdict = 'ok' | 'over' | 'not measured';

export function verdict({ value, limit }: Figure): Verdict {
  if (value === undefined) return 'not measured';
  return value <= limit ? 'ok' : 'over';
}

/** Undefined when a side is missing. */
export function ratio(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined || b === 0 ? undefined : a / b;
}
