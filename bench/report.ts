// Owns how a benchmark reads: as tables on a terminal, and as docs/benchmarks.md.
import { formatTable, type Alignment } from '../cli/output/table.ts';
import { formatBytes, formatCount } from '../cli/output/units.ts';
import { bytes, mebibytes, round, seconds, type Summary } from './figures.ts';
import type { HistoryResult } from './histories.ts';
import type { Machine } from './machine.ts';
import { verdict, type Figure } from './statistics.ts';

export interface ToolInfo {
  name: string;
  /** What the tool says it is; undefined when it is missing. */
  version: string | undefined;
  /** How to get it. */
  install: string;
}

export interface Report {
  /** ISO 8601 day. */
  day: string;
  runs: number;
  machine: Machine;
  tools: ToolInfo[];
  input: { name: string; files: number; bytes: number };
  summaries: Summary[];
  figures: Figure[];
  /** Undefined when the histories are not there. */
  histories: { files: number; versions: number; bytes: number; results: ToolHistory[] } | undefined;
}

export interface ToolHistory extends HistoryResult {
  tool: string;
}

interface Table {
  title: string;
  header: string[];
  rows: string[][];
  alignments: Alignment[];
}

export function formatText(report: Report): string {
  const lines = [...facts(report), ''];
  for (const { title, header, rows, alignments } of tables(report))
    lines.push(title, '', ...formatTable([header, ...rows], alignments), '');
  return lines.join('\n');
}

export function formatMarkdown(report: Report): string {
  const lines = [
    '# Benchmarks',
    '',
    `Printed by \`npm run bench -- --runs ${report.runs} --write\` on ${report.day}; every tool in the same run, in turn. Run it on your machine:`,
    'the figures differ from one to the next, the ratios less.',
    '',
    ...facts(report).map((fact) => `- ${fact}`),
    '',
  ];
  for (const { title, header, rows, alignments } of tables(report)) {
    const rule = header.map((_, i) => (alignments[i] === 'right' ? '---:' : '---'));
    lines.push(`## ${title}`, '', ...[header, rule, ...rows].map((row) => `| ${row.join(' | ')} |`), '');
  }
  lines.push(...METHOD);
  return `${lines.join('\n')}\n`;
}

const METHOD = [
  '## How it is measured',
  '',
  'Each run of each tool starts with a fresh copy of the files that has just been read, so the page cache is warm. Wall time is that of',
  'the whole command line, `sync` included except for status. The command lines are in `bench/tools.ts`. Peak memory is the most that',
  'all processes of the command had resident at once, sampled every 10 ms, in the run where it was highest. The ten changed files are',
  'spread over the tree: in half of them 1,000 bytes are overwritten, in the others 1,000 bytes are inserted. `git lfs checkout` finds',
  'the files that are not in LFS already there; every other tool writes all of them. Each restored tree is compared with the original',
  'byte by byte. Stored bytes are those of the whole repository folder after the second commit: for Forge segments, Git objects and',
  'database; for git-lfs its objects, which the working tree holds a second time.',
];

function facts({ runs, machine, tools, input }: Report): string[] {
  const { processor, cores, memoryBytes, system, fileSystem } = machine;
  return [
    `${input.name}: ${formatCount(input.files, 'file')}, ${formatBytes(input.bytes)}; medians of ${formatCount(runs, 'run')}`,
    `${processor}, ${formatCount(cores, 'core')}, ${formatBytes(memoryBytes)} memory, ${fileSystem}, ${system}`,
    ...tools.map(({ name, version, install }) => `${name}: ${version ?? `not installed: ${install}`}`),
  ];
}

function tables({ summaries, figures, histories }: Report): Table[] {
  const all = [figuresTable(figures), toolsTable(summaries)];
  return histories === undefined ? all : [...all, historiesTable(histories)];
}

function figuresTable(figures: Figure[]): Table {
  return {
    title: 'Figures to reach',
    header: ['what', 'forge', 'against', 'figure', 'at most', ''],
    rows: figures.map((figure) => [
      figure.what,
      figure.forge,
      figure.against,
      figure.value === undefined ? '–' : `${round(figure.value)} ${figure.unit}`,
      `${figure.limit} ${figure.unit}`,
      verdict(figure),
    ]),
    alignments: ['left', 'right', 'left', 'right', 'right', 'left'],
  };
}

function toolsTable(summaries: Summary[]): Table {
  return {
    title: 'Side by side',
    header: [
      'tool',
      'init + commit',
      'peak memory',
      'second commit',
      'status',
      'restore',
      'stored',
      'segments',
    ],
    rows: summaries.map((one) => [
      one.tool,
      seconds(one.commit),
      mebibytes(one.peakBytes),
      seconds(one.again),
      seconds(one.status),
      seconds(one.restore),
      bytes(one.storedBytes),
      bytes(one.segmentBytes),
    ]),
    alignments: ['left', 'right', 'right', 'right', 'right', 'right', 'right', 'right'],
  };
}

function historiesTable({ files, versions, bytes: whole, results }: NonNullable<Report['histories']>): Table {
  return {
    title: `Real edit histories: ${versions} versions of ${files} files, ${formatBytes(whole)} when each is kept whole`,
    header: [
      'tool',
      'stored',
      'of the whole',
      'segments',
      'after packing',
      'segments then',
      'time of all saves',
    ],
    rows: results.map(
      ({ tool, storedBytes, segmentBytes, packedBytes, packedSegmentBytes, seconds: time }) => [
        tool,
        bytes(storedBytes),
        `${((100 * storedBytes) / whole).toFixed(1)} %`,
        bytes(segmentBytes),
        bytes(packedBytes),
        bytes(packedSegmentBytes),
        seconds(time),
      ],
    ),
    alignments: ['left', 'right', 'right', 'right', 'right', 'right', 'right'],
  };
}
