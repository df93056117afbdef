// Owns the figures that Forge is to reach, worked out of what was measured.
import { formatBytes } from '../cli/output/units.ts';
import type { HistoryResult } from './histories.ts';
import type { Life } from './life.ts';
import { median, ratio, type Figure } from './statistics.ts';

/** Lives of one tool's repositories, one for each run; empty when the tool is missing. */
export interface ToolLives {
  tool: string;
  lives: Life[];
}

/** What the tables show of one tool; seconds are medians. */
export interface Summary {
  tool: string;
  commit: number | undefined;
  peakBytes: number | undefined;
  again: number | undefined;
  status: number | undefined;
  restore: number | undefined;
  storedBytes: number | undefined;
  segmentBytes: number | undefined;
}

export function summarize({ tool, lives }: ToolLives): Summary {
  return {
    tool,
    commit: median(lives.map(({ commit }) => commit.seconds)),
    peakBytes: lives.length === 0 ? undefined : Math.max(...lives.map(({ commit }) => commit.peakBytes)),
    again: median(lives.map(({ again }) => again.seconds)),
    status: median(lives.flatMap(({ status }) => status)),
    restore: median(lives.map(({ restore }) => restore.seconds)),
    storedBytes: median(lives.map(({ storedBytes }) => storedBytes)),
    segmentBytes: median(lives.flatMap(({ segmentBytes }) => segmentBytes ?? [])),
  };
}

const MIB = 1024 ** 2;
const MB = 1e6;

/** The rows of the project's table of limits. A tool that is missing leaves its rows unmeasured. */
export function figures(summaries: Summary[]): Figure[] {
  const of = (tool: string) => summaries.find((one) => one.tool === tool);
  const forge = of('forge');
  const portable = of('forge, portable plane');
  const lfs = of('git-lfs');
  const borg = of('borg, lz4');
  const git = of('git');
  const copy = of('cp -r');
  return [
    compared('init + commit of everything', forge?.commit, 'git-lfs', lfs?.commit, 0.3),
    compared('init + commit of everything', forge?.commit, 'borg, lz4', borg?.commit, 0.6),
    compared('init + commit of everything', forge?.commit, 'cp -r', copy?.commit, 1.3),
    limited('the same, peak resident memory', forge?.peakBytes, 512, 'MiB', MIB),
    compared('the same on the portable plane', portable?.commit, 'native plane', forge?.commit, 4),
    limited('second commit after ten files changed', forge?.again, 0.5, 's', 1),
    compared('status of unchanged files', forge?.status, 'git status', git?.status, 1),
    compared('restore of everything', forge?.restore, 'git lfs checkout', lfs?.restore, 0.5),
    compared('restore of everything', forge?.restore, 'cp -r', copy?.restore, 1.2),
    limited('stored bytes, in segments', forge?.segmentBytes, 620, 'MB', MB),
  ];
}

/** The rows about the real edit histories. */
export function historyFigures(forge: HistoryResult | undefined): Figure[] {
  return [
    limited('edit histories, a commit for each save, in segments', forge?.segmentBytes, 8, 'MB', MB),
    limited('the same after `forge gc`', forge?.packedSegmentBytes, 6, 'MB', MB),
  ];
}

function compared(
  what: string,
  forge: number | undefined,
  peer: string,
  theirs: number | undefined,
  limit: number,
): Figure {
  return {
    what,
    forge: seconds(forge),
    against: `${peer} ${seconds(theirs)}`,
    value: ratio(forge, theirs),
    limit,
    unit: '×',
  };
}

function limited(
  what: string,
  measured: number | undefined,
  limit: number,
  unit: string,
  scale: number,
): Figure {
  const value = measured === undefined ? undefined : measured / scale;
  return {
    what,
    forge: value === undefined ? '–' : `${round(value)} ${unit}`,
    against: '',
    value,
    limit,
    unit,
  };
}

/** `7.1 ms`, `71 ms`, `3.14 s`, `25.3 s`; `–` when there is nothing. */
export function seconds(value: number | undefined): string {
  if (value === undefined) return '–';
  return value < 0.0995 ? `${(value * 1000).toPrecision(2)} ms` : `${round(value)} s`;
}

export function mebibytes(bytes: number | undefined): string {
  return bytes === undefined ? '–' : `${Math.round(bytes / MIB)} MiB`;
}

export function bytes(value: number | undefined): string {
  return value === undefined ? '–' : formatBytes(value);
}

/** A number with three significant digits. */
export function round(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
