// Owns `node bench/scale.ts`: Forge beside git in a working tree of a hundred thousand or a million files.
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { describeMachine } from './machine.ts';
import { ask, quoted } from './measure.ts';
import { type Side, measureScale, measureStatus, type ScaleTool } from './scaleLife.ts';
import { formatScale } from './scaleReport.ts';
import { Workplace } from './workplace.ts';

const USAGE = `node bench/scale.ts [options]
  --files N    files in the tree (100000)
  --rounds N   repeat every command but the first commit N times and take medians (5)
  --work PATH  make the working folders here instead of in the temp folder
  --only NAME  measure forge or git alone
  --status     measure status alone, forge's and git's in the same repository
  --json       print one JSON document`;

const root = path.dirname(import.meta.dirname);
const command = quoted(path.join(root, 'forge'));

const FORGE: ScaleTool = {
  name: 'forge',
  version: `${command} version`,
  begin: `${command} init -q && ${command} config user.name Bench && ${command} config user.email bench@example.org`,
  saveAll: `${command} commit -q -m all`,
  settle: 'true',
  status: `${command} status`,
  add: (paths) => `${command} add -q ${paths.join(' ')}`,
  commit: `${command} commit -q -m ten`,
  log: `${command} log -n 20`,
  logPath: (file) => `${command} log -n 20 ${file}`,
  branch: `${command} switch -q -c other`,
  switch: (branch) => `${command} switch -q ${branch}`,
};

const GIT: ScaleTool = {
  name: 'git',
  version: 'git --version',
  begin: 'git init -q && git config gc.auto 0',
  saveAll: 'git add -A && git commit -q -m all',
  // Git would do this by itself, in the background of what is measured.
  settle: 'git gc -q',
  status: 'git status',
  add: (paths) => `git add ${paths.join(' ')}`,
  commit: 'git commit -q -m ten',
  log: 'git --no-pager log -n 20',
  logPath: (file) => `git --no-pager log -n 20 -- ${file}`,
  branch: 'git switch -q -c other',
  switch: (branch) => `git switch -q ${branch}`,
};

const options = readOptions();
const workplace = await Workplace.create(options.work);
try {
  const sides: Side[] = [];
  for (const tool of [FORGE, GIT]) {
    const version = await ask(tool.version, workplace.env);
    if (version === undefined) say(`${tool.name} is missing`);
    else if (options.only === undefined || options.only === tool.name)
      sides.push({ tool, version: version.split('\n', 1)[0], folder: path.join(workplace.home, tool.name) });
  }
  const { files, rounds } = options;
  const run = { files, rounds, env: workplace.env, home: workplace.home, say };
  const rows = options.status
    ? await measureStatus(sides[0], 'git --git-dir=.forge/git --work-tree=. status', run)
    : await measureScale(sides, run);
  const report = {
    day: new Date().toISOString().slice(0, 10),
    files,
    rounds,
    machine: await describeMachine(workplace.home),
    tools: sides.map(({ tool, version }) => ({ name: tool.name, version })),
    rows,
  };
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : `\n${formatScale(report)}`);
} finally {
  await rm(workplace.home, { recursive: true, force: true });
}

interface Options {
  files: number;
  rounds: number;
  work: string | undefined;
  only: string | undefined;
  status: boolean;
  json: boolean;
}

function readOptions(): Options {
  try {
    const { values } = parseArgs({
      options: {
        files: { type: 'string', default: '100000' },
        rounds: { type: 'string', default: '5' },
        work: { type: 'string' },
        only: { type: 'string' },
        status: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    const [files, rounds] = [Number(values.files), Number(values.rounds)];
    if (!Number.isInteger(files) || files < 2_000)
      throw new Error('--files takes a whole number from 2000 on');
    if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds takes a whole number from 1 on');
    if (!values.help) return { ...values, work: values.work, only: values.only, files, rounds };
    console.log(USAGE);
    process.exit(0);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
