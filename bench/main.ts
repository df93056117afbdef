// Owns `npm run bench`: Forge beside git, git-lfs, restic, borg and cp on the same files in one run.
import { cp, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { editFiles } from './edits.ts';
import { figures, historyFigures, summarize, type ToolLives } from './figures.ts';
import { bytesBelow, gameData, listFiles } from './gameData.ts';
import { findHistories, storeHistories, type History } from './histories.ts';
import { live, type Input } from './life.ts';
import { describeMachine } from './machine.ts';
import { ask, measure } from './measure.ts';
import { formatMarkdown, formatText, type Report, type ToolHistory, type ToolInfo } from './report.ts';
import { borg, copy, forge, git, gitLfs, restic, type Tool } from './tools.ts';
import { Workplace } from './workplace.ts';

const USAGE = `npm run bench -- [options]
  --data PATH     run on this folder instead of on Debian's supertuxkart-data
  --runs N        repeat everything N times and take medians (5)
  --work PATH     make the working folders here instead of in the temp folder
  --no-histories  leave the edit histories of ../shared/data out
  --json          print one JSON document
  --write         write docs/benchmarks.md too`;

const root = path.dirname(import.meta.dirname);
const HISTORIES = ['unreal/histories', 'media/histories'].map((name) =>
  path.join(root, '../shared/data', name),
);
/** What a person who sets git-lfs up for the game would track. */
const GAME_MEDIA = ['png', 'jpg', 'ogg', 'spm', 'music', 'wav'];

const options = readOptions();
const workplace = await Workplace.create(options.work);
try {
  await main();
} finally {
  await workplace.remove();
}

async function main(): Promise<void> {
  const tools = [forge(root, 'native'), forge(root, 'portable'), git, gitLfs(GAME_MEDIA), restic, borg, copy];
  const infos = await Promise.all(tools.map(inform));
  for (const { name, version, install } of infos)
    if (version === undefined) say(`${name} is missing, its rows stay empty: ${install}`);
  const present = tools.filter((_, i) => infos[i].version !== undefined);

  const folder = options.data ?? (await gameData());
  const input = await prepare(folder);
  const lives = await runAll(tools, present, input);
  const summaries = lives.map(summarize);
  const histories = options.histories ? await runHistories(present) : undefined;
  const own = histories?.results.find(({ tool }) => tool === 'forge');
  const report: Report = {
    day: new Date().toISOString().slice(0, 10),
    runs: options.runs,
    machine: await describeMachine(workplace.home),
    tools: infos,
    input: {
      name: options.data === undefined ? "Debian's supertuxkart-data" : path.basename(path.resolve(folder)),
      files: input.files.length,
      bytes: input.files.reduce((sum, { size }) => sum + size, 0),
    },
    summaries,
    figures: [...figures(summaries), ...(histories ? historyFigures(own) : [])],
    histories,
  };
  if (options.write) await writeFile(path.join(root, 'docs/benchmarks.md'), formatMarkdown(report));
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : `\n${formatText(report)}`);
}

async function inform(tool: Tool): Promise<ToolInfo> {
  const version = await ask(tool.version, workplace.envOf(tool));
  return { name: tool.name, version: version?.split('\n', 1)[0], install: tool.install };
}

/** Makes the tree that every restore is compared with. */
async function prepare(folder: string): Promise<Input> {
  const files = await listFiles(folder);
  const edited = path.join(workplace.home, 'edited');
  await cp(folder, edited, { recursive: true, verbatimSymlinks: true });
  await editFiles(edited, files);
  await measure('find . -mindepth 1 -type d -empty -delete', { cwd: edited, env: process.env });
  return { folder: path.resolve(folder), files, edited };
}

/** Run by run, every tool in turn, so that what else the machine does hits all of them. */
async function runAll(tools: Tool[], present: Tool[], input: Input): Promise<ToolLives[]> {
  const results = tools.map(({ name }): ToolLives => ({ tool: name, lives: [] }));
  for (let run = 1; run <= options.runs; run++) {
    for (const [i, tool] of tools.entries()) {
      if (!present.includes(tool)) continue;
      const life = await live(tool, input, workplace);
      results[i].lives.push(life);
      const { commit, again, restore } = life;
      const times = [commit, again, restore].map(({ seconds }) => `${seconds.toFixed(2)} s`);
      say(
        `run ${run} of ${options.runs}, ${tool.name}: commit ${times[0]}, again ${times[1]}, restore ${times[2]}`,
      );
    }
  }
  return results;
}

/** Undefined, with a line that says so, where the histories are not there. */
async function runHistories(present: Tool[]): Promise<Report['histories']> {
  const histories = await findHistories(HISTORIES).catch(() => undefined);
  if (histories === undefined) {
    say('skipped: the edit histories (no ../shared/data here)');
    return undefined;
  }
  const names = ['forge', 'git', 'git-lfs', restic.name, borg.name];
  const results: ToolHistory[] = [];
  for (const tool of present.filter(({ name }) => names.includes(name))) {
    const same = tool.name === 'git-lfs' ? gitLfs(extensionsOf(histories)) : tool;
    results.push({ tool: tool.name, ...(await storeHistories(same, histories, workplace)) });
    say(`edit histories, ${tool.name}: done`);
  }
  const versions = histories.flatMap((history) => history.versions);
  const sizes = await Promise.all(histories.map(({ versions: [first] }) => bytesBelow(path.dirname(first))));
  return {
    files: histories.length,
    versions: versions.length,
    bytes: sizes.reduce((sum, size) => sum + size, 0),
    results,
  };
}

function extensionsOf(histories: History[]): string[] {
  return [...new Set(histories.map(({ name }) => path.extname(name).slice(1)))];
}

interface Options {
  data: string | undefined;
  work: string | undefined;
  runs: number;
  histories: boolean;
  json: boolean;
  write: boolean;
}

function readOptions(): Options {
  try {
    const { values } = parseArgs({
      allowNegative: true,
      options: {
        data: { type: 'string' },
        work: { type: 'string' },
        runs: { type: 'string', default: '5' },
        histories: { type: 'boolean', default: true },
        json: { type: 'boolean', default: false },
        write: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    const runs = Number(values.runs);
    if (!Number.isInteger(runs) || runs < 1) throw new Error('--runs takes a whole number from 1 on');
    if (!values.help) return { ...values, data: values.data, work: values.work, runs };
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
