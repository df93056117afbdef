// Owns `npm run bench -- editor`: the figures of the extension in a real workbench, over a repository of many files.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { formatBytes } from '../cli/output/units.ts';
import { whyNoWorkbench } from '../test/editor/support/browser.ts';
import { Workbench } from '../test/editor/support/workbench.ts';
import { committedAt, filledAt, PAGE_SCRIPT, watchPanel, workbenchAt } from './editorWindow.ts';
import { editScaleTree, makeScaleTree, scaleContent, scalePath } from './scaleTree.ts';
import { median } from './statistics.ts';
import { printTopic, say, writeTopic } from './topic.ts';
import { Workplace } from './workplace.ts';

const USAGE = `npm run bench -- editor [options]
  --files N   files in the repository (100000)
  --rounds N  repeat every step in a fresh window N times and take medians (5)
  --work PATH make the working folder here instead of in the temp folder
  --write     write docs/benchmarksByTopic.md too`;

const root = path.dirname(import.meta.dirname);
const PROBE = path.join(import.meta.dirname, 'editorProbe');
const SERVER = /dist\/server\.cjs/;
const EXTENSION_HOST = /--type=extensionHost/;
const ACTIVATION = /^(\S+ \S+) .*_doActivateExtension forge\.forge,/gm;
/** The window writes down what it shows every few seconds. */
const REMEMBERED_MS = 10_000;
/** The text with the reference that is hovered over. */
const NOTES = 'notes.json';

/** Milliseconds, and bytes. */
interface Round {
  activation: number;
  /** Since the page was asked for. */
  opened: number;
  /** Since the workbench was there. */
  filled: number;
  /** Of that, since the editor began to activate the extension. */
  own: number;
  savedAtOnce: number;
  saved: number;
  hoverFirst: number;
  hoverComplete: number;
  hoverRepeated: number;
  committed: number;
  host: number;
  server: number;
}

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '5' },
    work: { type: 'string' },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean' },
  },
});
const reason = whyNoWorkbench();
if (values.help) process.stdout.write(`${USAGE}\n`);
else if (reason !== undefined) {
  process.stderr.write(`${reason}\n`);
  process.exitCode = 1;
} else {
  const workplace = await Workplace.create(values.work);
  try {
    await main(workplace, Number(values.files), Number(values.rounds));
  } finally {
    await workplace.remove();
  }
}

async function main(workplace: Workplace, files: number, rounds: number): Promise<void> {
  const folder = await makeRepository(workplace, files);
  const results: Round[] = [];
  const without: number[] = [];
  const probeFile = path.join(workplace.home, 'probe.json');
  const options = { extensions: [PROBE], environment: { FORGE_BENCH_PROBE: probeFile } };
  const workbench = await Workbench.open(folder, options);
  try {
    await workbench.page.context().addInitScript(PAGE_SCRIPT);
    // The window remembers that the panel is open; what the browser keeps of the workbench is warm from here on.
    await workbench.showPanel();
    await workbench.statusBarItem('main').waitFor();
    await workbench.page.waitForTimeout(REMEMBERED_MS);
    for (let round = 0; round < rounds; round++) {
      say(`round ${round + 1} of ${rounds}`);
      results.push(await measureRound(workbench, { folder, files, round, probeFile }));
    }
  } finally {
    await workbench.close();
  }
  const plain = await Workbench.open(folder, { ...options, withoutExtension: true });
  try {
    for (let round = 0; round < rounds; round++) {
      say(`without the extension, ${round + 1} of ${rounds}`);
      await plain.reload();
      await plain.openFile(NOTES);
      await plain.page.locator('.view-line', { hasText: scalePath(0) }).waitFor();
      // As long as a round takes with it.
      await plain.page.waitForTimeout(5000);
      without.push(await residentOf(plain, EXTENSION_HOST));
    }
  } finally {
    await plain.close();
  }
  await report(workplace, { files, rounds, results, without });
}

async function makeRepository({ home, env }: Workplace, files: number): Promise<string> {
  const folder = path.join(home, 'repository');
  await mkdir(folder);
  say(`making ${files} files`);
  makeScaleTree(folder, files);
  writeFileSync(path.join(folder, NOTES), JSON.stringify({ mesh: `./${scalePath(0)}` }, undefined, 2));
  const author = [
    ['config', 'user.name', 'Bench'],
    ['config', 'user.email', 'bench@example.org'],
  ];
  for (const args of [['init', '-q'], ...author, ['commit', '-q', '-m', 'all'], ['status']]) {
    const { status, stderr } = spawnSync(path.join(root, 'forge'), args, {
      cwd: folder,
      env,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(stderr);
  }
  return folder;
}

interface Subject {
  folder: string;
  files: number;
  round: number;
  probeFile: string;
}

/** One life of a fresh window, in which nothing is changed at its start and at its end. */
async function measureRound(workbench: Workbench, subject: Subject): Promise<Round> {
  const { page } = workbench;
  const { folder, files, round, probeFile } = subject;
  // A file that differs already, so that the panel has a row to show.
  const known = scalePath(1 + round);
  writeFileSync(path.join(folder, known), scaleContent(1 + round, 100 + round));
  const asked = Date.now();
  // Not by its address: a window that is new shows the files first.
  await workbench.reload();
  const filled = await filledAt(page);
  const ready = await workbenchAt(page);

  const save = async (number: number): Promise<number> => {
    const file = scalePath(number);
    const told = await watchPanel(page, label(file), true);
    const saved = Date.now();
    writeFileSync(path.join(folder, file), scaleContent(number, 100 + round));
    return (await told()) - saved;
  };
  // The watcher has to go through all folders first.
  const savedAtOnce = await save(files - 1 - round);

  rmSync(probeFile, { force: true });
  await workbench.openFile(NOTES);
  await workbench.runCommand('Forge Bench: Hover');
  const { first, complete, repeated } = await readProbe(page, probeFile);

  const saved = await save(files - 101 - round);

  editScaleTree(folder, files, 7, 200 + round);
  await workbench.statusBarItem('main').waitFor();
  await page.locator('.scm-view .monaco-count-badge', { hasText: /^10$/ }).first().waitFor();
  await workbench.typeMessage(`round ${round}`);
  const emptied = await watchPanel(page, '.bin', false);
  await page.keyboard.press('Control+Enter');
  const committed = (await emptied()) - (await committedAt(page));

  return {
    activation: await activationTime(workbench),
    opened: filled - asked,
    filled: filled - ready,
    own: filled - activatedAt(workbench.server.folder),
    savedAtOnce,
    saved,
    hoverFirst: first,
    hoverComplete: complete,
    hoverRepeated: median(repeated) ?? NaN,
    committed,
    host: await residentOf(workbench, EXTENSION_HOST),
    server: await residentOf(workbench, SERVER),
  };
}

/** How the row of a file starts. */
function label(file: string): string {
  return `${path.basename(file)}, Modified`;
}

interface Probe {
  first: number;
  complete: number;
  repeated: number[];
  text: string;
}

async function readProbe(page: Page, file: string): Promise<Probe> {
  for (let tries = 0; tries < 300; tries++) {
    const found = statSync(file, { throwIfNoEntry: false });
    if (found !== undefined && found.size > 0) {
      const probe = JSON.parse(readFileSync(file, 'utf8')) as Probe;
      if (!probe.text.includes('binary data')) throw new Error(`the hover says: ${probe.text}`);
      return probe;
    }
    await page.waitForTimeout(100);
  }
  throw new Error('the hover was never measured');
}

/** Loading the extension's code and calling `activate`, in milliseconds, as the editor itself tells. */
async function activationTime(workbench: Workbench): Promise<number> {
  await workbench.runCommand('Developer: Show Running Extensions');
  const row = workbench.page.locator('.runtime-extensions-editor .monaco-list-row[aria-label="forge"]');
  const text = await row.locator('.activation-time').innerText();
  const own = /(\d+)ms/.exec(text)?.[1];
  if (own === undefined) throw new Error(`the editor tells no activation time: ${text}`);
  await workbench.page.keyboard.press('Escape');
  await row.waitFor({ state: 'detached' });
  return Number(own);
}

/** When the editor began to activate the extension in the newest window, by its own log, in milliseconds since 1970. */
function activatedAt(serverFolder: string): number {
  const logs = path.join(serverFolder, 'data/logs');
  const names = readdirSync(logs, { recursive: true, encoding: 'utf8' });
  const times = names
    .filter((name) => name.endsWith('remoteexthost.log'))
    .flatMap((name) => [...readFileSync(path.join(logs, name), 'utf8').matchAll(ACTIVATION)])
    .map(([, time]) => new Date(time).getTime());
  return Math.max(...times);
}

/** Resident bytes of the newest process of this kind: those of earlier windows may still be ending. */
async function residentOf(workbench: Workbench, kind: RegExp): Promise<number> {
  const newest = Math.max(...(await workbench.server.processes(kind)));
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${newest}/status`, 'latin1'))?.[1]) * 1024;
}

interface Results {
  files: number;
  rounds: number;
  results: Round[];
  without: number[];
}

async function report(workplace: Workplace, { files, rounds, results, without }: Results): Promise<void> {
  const of = (name: keyof Round): number => median(results.map((round) => round[name])) ?? NaN;
  const time = (what: string, name: keyof Round, goal: string): string[] => [
    what,
    `${of(name).toFixed(0)} ms`,
    goal,
  ];
  const growth = of('host') - (median(without) ?? NaN);
  const rows = [
    time('activation, extension host', 'activation', '150 ms'),
    time('panel filled after the workbench is there, warm', 'filled', '1,500 ms'),
    time('panel filled after the extension is being activated', 'own', '–'),
    time('panel filled after the page was asked for', 'opened', '–'),
    time('panel updated after one file is saved', 'saved', '200 ms'),
    time('the same while the watcher is being set up', 'savedAtOnce', '–'),
    time('hover on an asset path, first', 'hoverFirst', '100 ms'),
    time('hover with everything in it, first', 'hoverComplete', '–'),
    time('hover on an asset path, repeated', 'hoverRepeated', '20 ms'),
    time('commit of ten changed assets from the panel', 'committed', '500 ms'),
    ['extension host, growth of resident memory', formatBytes(growth), '60 MB'],
    ['extension host, resident memory', formatBytes(of('host')), '–'],
    ['server, resident memory', formatBytes(of('server')), '400 MiB'],
    ['.vsix', formatBytes(packageSize(workplace.home)), '15 MB'],
  ];
  const facts = [`forge in VS Code's workbench, ${files} files, medians of ${rounds} windows`];
  const title = 'In the editor';
  const text = await printTopic(workplace.home, facts, [
    { title, header: ['what', 'figure', 'at most'], rows },
  ]);
  if (values.write) writeTopic(title, `npm run bench -- editor --rounds ${rounds} --write`, text);
}

/** Bytes of the packed extension. */
function packageSize(work: string): number {
  const out = path.join(work, 'package');
  const script = path.join(root, 'scripts/package.mjs');
  const done = spawnSync(process.execPath, [script, '--no-build', '--out', out], { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(done.stderr);
  return statSync(path.join(out, readdirSync(out)[0])).size;
}
