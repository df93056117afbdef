// Owns how the benchmark at scale reads: one table, Forge beside git.
import { formatTable, type Alignment } from '../cli/output/table.ts';
import { formatBytes, formatCount } from '../cli/output/units.ts';
import { mebibytes, round, seconds } from './figures.ts';
import type { Machine } from './machine.ts';
import type { ScaleRow, ScaleSample } from './scaleLife.ts';
import { median, ratio } from './statistics.ts';

export interface ScaleReport {
  /** ISO 8601 day. */
  day: string;
  files: number;
  rounds: number;
  machine: Machine;
  tools: { name: string; version: string }[];
  rows: ScaleRow[];
}

/** A row's figures for one tool: medians, and the highest peak. */
export interface ScaleSummary {
  seconds: number | undefined;
  cpuSeconds: number | undefined;
  peakBytes: number | undefined;
}

const MEMORY_LIMIT = 512 * 1024 ** 2;
const HEADER = ['what', 'forge', 'git', 'forge / git', 'CPU forge', 'CPU git', 'peak forge', 'peak git', ''];
const ALIGNMENTS: Alignment[] = ['left', ...Array<Alignment>(7).fill('right'), 'left'];

export function formatScale({ files, rounds, machine, tools, rows, day }: ScaleReport): string {
  const { processor, cores, memoryBytes, system, fileSystem } = machine;
  const lines = [
    `${formatCount(files, 'file')} of 41 bytes; medians of ${formatCount(rounds, 'round')}; peaks are the highest; ${day}`,
    `${processor}, ${formatCount(cores, 'core')}, ${formatBytes(memoryBytes)} memory, ${fileSystem}, ${system}`,
    ...tools.map(({ name, version }) => `${name}: ${version}`),
    '',
    ...formatTable([HEADER, ...rows.map(tableRow)], ALIGNMENTS),
  ];
  return `${lines.join('\n')}\n`;
}

export function summarizeSamples(samples: ScaleSample[] = []): ScaleSummary {
  return {
    seconds: median(samples.map((sample) => sample.seconds)),
    cpuSeconds: median(samples.map((sample) => sample.cpuSeconds)),
    peakBytes: samples.length === 0 ? undefined : Math.max(...samples.map((sample) => sample.peakBytes)),
  };
}

function tableRow({ what, samples }: ScaleRow): string[] {
  const forge = summarizeSamples(samples.forge);
  const git = summarizeSamples(samples.git);
  const factor = ratio(forge.seconds, git.seconds);
  const isOver = (forge.peakBytes ?? 0) > MEMORY_LIMIT;
  return [
    what,
    seconds(forge.seconds),
    seconds(git.seconds),
    factor === undefined ? '–' : `${round(factor)} ×`,
    seconds(forge.cpuSeconds),
    seconds(git.cpuSeconds),
    mebibytes(forge.peakBytes),
    mebibytes(git.peakBytes),
    isOver ? 'over 512 MiB' : '',
  ];
}
