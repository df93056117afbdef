// Owns what the benchmark at scale measures: the same commands of each tool, in turn, each in its own copy of the tree.
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { measure, quoted, type Measured } from './measure.ts';
import { editScaleTree, makeScaleTree, scalePath } from './scaleTree.ts';

/** Lines of shell that do the same job with each tool; they run at the root of the tree. */
export interface ScaleTool {
  name: string;
  version: string;
  begin: string;
  /** Stages and commits everything. */
  saveAll: string;
  /** Upkeep that the tool would do in the background; not measured. */
  settle: string;
  status: string;
  add: (paths: string[]) => string;
  /** Commits what is staged. */
  commit: string;
  log: string;
  logPath: (file: string) => string;
  /** Makes the branch `other` and goes there. */
  branch: string;
  switch: (branch: string) => string;
}

export interface Side {
  tool: ScaleTool;
  version: string;
  /** Where its copy of the tree is. */
  folder: string;
}

export interface ScaleSample extends Measured {
  /** Processor seconds, user and system, of the command and all it waited for. */
  cpuSeconds: number;
}

export interface ScaleRow {
  what: string;
  /** By name of the tool. */
  samples: Record<string, ScaleSample[]>;
}

export interface ScaleRun {
  files: number;
  rounds: number;
  env: NodeJS.ProcessEnv;
  /** A folder for small files of the benchmark itself. */
  home: string;
  say: (line: string) => void;
}

const FEW = 10;
const MANY = 1_000;

export async function measureScale(sides: Side[], run: ScaleRun): Promise<ScaleRow[]> {
  const { files, rounds } = run;
  const rows: ScaleRow[] = [];
  const each = async (what: string, line: (tool: ScaleTool) => string) => {
    let row = rows.find((one) => one.what === what);
    if (!row) rows.push((row = { what, samples: {} }));
    for (const { tool, folder } of sides) {
      const sample = await measureCpu(line(tool), folder, run);
      (row.samples[tool.name] ??= []).push(sample);
      const { seconds, cpuSeconds, peakBytes } = sample;
      const mib = Math.round(peakBytes / 1024 ** 2);
      run.say(`${what}, ${tool.name}: ${seconds.toFixed(2)} s, ${cpuSeconds.toFixed(2)} s CPU, ${mib} MiB`);
    }
  };
  const quietly = async (line: (tool: ScaleTool) => string) => {
    for (const { tool, folder } of sides) await measure(line(tool), { cwd: folder, env: run.env });
  };
  const edit = (wanted: number, version: number): string[] => {
    let numbers: number[] = [];
    for (const { folder } of sides) numbers = editScaleTree(folder, files, wanted, version);
    return numbers.map(scalePath);
  };

  for (const { folder } of sides) {
    await mkdir(folder);
    makeScaleTree(folder, files);
  }
  await quietly(() => 'sync');
  await each('init + commit of everything, sync', (tool) => `${tool.begin} && ${tool.saveAll} && sync`);
  await quietly((tool) => tool.settle);
  await quietly((tool) => tool.status);
  for (let round = 0; round < rounds; round++) await each('status, nothing changed', (tool) => tool.status);
  let paths: string[] = [];
  for (let round = 1; round <= rounds; round++) {
    paths = edit(FEW, round);
    await each(`status, ${FEW} files changed`, (tool) => tool.status);
    await each(`add of ${FEW} files`, (tool) => tool.add(paths));
    await each(`commit of ${FEW} files`, (tool) => tool.commit);
  }
  for (let round = 0; round < rounds; round++) {
    await each('log -n 20', (tool) => tool.log);
    await each('log -n 20 of a file', (tool) => tool.logPath(paths[paths.length >> 1]));
  }
  await quietly((tool) => tool.branch);
  edit(MANY, rounds + 1);
  await each(`status, ${MANY} files changed`, (tool) => tool.status);
  await each(`commit of everything, ${MANY} files changed`, (tool) => tool.saveAll);
  for (let round = 0; round < rounds; round++) {
    await each(`switch, ${MANY} files differ`, (tool) => tool.switch('main'));
    await each(`switch back`, (tool) => tool.switch('other'));
  }
  return rows;
}

/**
 * Status alone, of Forge and of git in the same repository: both look at the same files through the same index, so that git
 * need not first store a million files as well.
 */
export async function measureStatus({ tool, folder }: Side, git: string, run: ScaleRun): Promise<ScaleRow[]> {
  await mkdir(folder);
  makeScaleTree(folder, run.files);
  await measure('sync', { cwd: folder, env: run.env });
  const all = await measureCpu(`${tool.begin} && ${tool.saveAll} && sync`, folder, run);
  const status: Record<string, ScaleSample[]> = { [tool.name]: [], git: [] };
  for (let round = 0; round <= run.rounds; round++) {
    for (const [name, line] of [
      [tool.name, tool.status],
      ['git', git],
    ]) {
      const sample = await measureCpu(line, folder, run);
      // The first round warms up.
      if (round > 0) status[name].push(sample);
      run.say(`status, ${name}: ${sample.seconds.toFixed(2)} s, ${sample.cpuSeconds.toFixed(2)} s CPU`);
    }
  }
  return [
    { what: 'init + commit of everything, sync', samples: { [tool.name]: [all], git: [] } },
    { what: 'status, nothing changed', samples: status },
  ];
}

/** A shell knows what its children used only once they ended, so it says so itself. */
async function measureCpu(line: string, cwd: string, { env, home }: ScaleRun): Promise<ScaleSample> {
  const file = path.join(home, 'times');
  const measured = await measure(`(${line}); code=$?; times >${quoted(file)}; exit $code`, { cwd, env });
  const [, children = ''] = (await readFile(file, 'utf8')).trim().split('\n');
  const cpuSeconds = [...children.matchAll(/(\d+)m([\d.]+)s/g)]
    .map(([, minutes, seconds]) => 60 * Number(minutes) + Number(seconds))
    .reduce((sum, seconds) => sum + seconds, 0);
  return { ...measured, cpuSeconds };
}
