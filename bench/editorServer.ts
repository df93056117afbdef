// Owns `npm run bench -- editor-server`: how soon the language server tells the editor, in a repository of many files.
import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { historyRequest } from '../core/protocol/history.ts';
import {
  openFoldersRequest,
  repositoryChanged,
  type RepositoryUpdate,
} from '../core/protocol/repositories.ts';
import { commitRequest, stageRequest, undoRequest, unstageRequest } from '../core/protocol/sourceControl.ts';
import { formatBytes } from '../cli/output/units.ts';
import { editScaleTree, makeScaleTree, scaleContent, scalePath } from './scaleTree.ts';
import { median } from './statistics.ts';
import { printTopic, say } from './topic.ts';
import { Workplace } from './workplace.ts';

const USAGE = `npm run bench -- editor-server [options]
  --files N   files in the repository (100000)
  --rounds N  repeat every step N times and take medians (5)
  --work PATH make the working folder here instead of in the temp folder
  --profile P let V8 write a profile of each round's server into the folder P`;

interface Message {
  id?: number;
  method?: string;
  params?: unknown;
  result?: unknown;
  error?: { message: string };
}

/** The built server, spoken to as the editor does: JSON-RPC over Node's own channel. */
class Server {
  readonly process: ChildProcess;
  private nextId = 0;
  private readonly answers = new Map<number, (message: Message) => void>();
  private readonly updates: ((update: RepositoryUpdate) => void)[] = [];

  constructor(env: NodeJS.ProcessEnv, execArgv: string[]) {
    const module = path.join(path.dirname(import.meta.dirname), 'dist/server.cjs');
    const stdio = ['ignore', 'ignore', 'inherit', 'ipc'] as const;
    this.process = fork(module, ['--node-ipc'], { env, execArgv, stdio: [...stdio] });
    this.process.on('message', (message: Message) => {
      if (message.method === repositoryChanged.method)
        for (const told of this.updates.splice(0)) told(message.params as RepositoryUpdate);
      if (message.id !== undefined && message.method === undefined) this.answers.get(message.id)?.(message);
    });
  }

  async request<Result>(method: string, params: unknown): Promise<Result> {
    const id = this.nextId++;
    const answer = new Promise<Message>((resolve) => this.answers.set(id, resolve));
    this.process.send({ jsonrpc: '2.0', id, method, params });
    const { result, error } = await answer;
    if (error) throw new Error(error.message);
    return result as Result;
  }

  /** The next update of the repository's state. */
  update(): Promise<RepositoryUpdate> {
    return new Promise((resolve) => this.updates.push(resolve));
  }

  /** Resident bytes. */
  resident(): number {
    const status = readFileSync(`/proc/${this.process.pid}/status`, 'latin1');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024;
  }

  /** Milliseconds for which its threads, those that ended too, had a processor so far; Linux tells hundredths of a second. */
  cpu(): number {
    const stat = readFileSync(`/proc/${this.process.pid}/stat`, 'latin1');
    const [user, system] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13);
    return (Number(user) + Number(system)) * 10;
  }

  async close(): Promise<void> {
    await this.request('shutdown', undefined);
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.send({ jsonrpc: '2.0', method: 'exit' });
    await ended;
  }
}

/** How long each kind of step took, and for how long the server had a processor. */
class Steps {
  private readonly times = new Map<string, { elapsed: number[]; cpu: number[] }>();

  async take(name: string, server: Server, work: () => Promise<unknown>): Promise<void> {
    const before = server.cpu();
    const started = performance.now();
    await work();
    const elapsed = performance.now() - started;
    const known = this.times.get(name) ?? { elapsed: [], cpu: [] };
    this.times.set(name, known);
    known.elapsed.push(elapsed);
    known.cpu.push(server.cpu() - before);
  }

  /** As told in the table: time and processor time. */
  medians(name: string): string[] {
    const { elapsed = [], cpu = [] } = this.times.get(name) ?? {};
    return [elapsed, cpu].map((times) => `${median(times)?.toFixed(0)} ms`);
  }
}

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '5' },
    work: { type: 'string' },
    profile: { type: 'string' },
    help: { type: 'boolean' },
  },
});
if (values.help) {
  process.stdout.write(`${USAGE}\n`);
} else {
  const workplace = await Workplace.create(values.work);
  try {
    await measureServer(workplace, Number(values.files), Number(values.rounds));
  } finally {
    await workplace.remove();
  }
}

async function measureServer({ home, env }: Workplace, files: number, rounds: number): Promise<void> {
  const folder = path.join(home, 'repository');
  await mkdir(folder);
  say(`making ${files} files`);
  makeScaleTree(folder, files);
  const forge = path.join(path.dirname(import.meta.dirname), 'forge');
  for (const args of [['init'], ['commit', '-q', '-m', 'all'], ['status']]) {
    const { status, stderr } = spawnSync(forge, args, { cwd: folder, env, encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  }
  const steps = new Steps();
  let resident = 0;
  for (let round = 0; round < rounds; round++) {
    say(`round ${round + 1} of ${rounds}`);
    const profile = values.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.profile}`];
    const server = new Server(env, profile);
    await steps.take('process answers', server, () =>
      server.request('initialize', { processId: process.pid, rootUri: null, capabilities: {} }),
    );
    await steps.take('opening', server, async () => {
      const first = server.update();
      await server.request(openFoldersRequest.method, { folders: [folder] });
      await first;
    });
    const save = async (i: number, version: number): Promise<void> => {
      const saved = server.update();
      writeFileSync(path.join(folder, scalePath(i)), scaleContent(i, version));
      const { changes } = await saved;
      if (!changes.some((change) => change.path === scalePath(i))) throw new Error('the save was not told');
    };
    // A server that has just started reads once what it keeps.
    await save(files - 1 - round, 1);
    await steps.take('save', server, () => save(round, 1));
    const spread = editScaleTree(folder, files, 10, round + 2).map(scalePath);
    await server.update();
    const inFolder = { root: folder };
    const paths = [...spread, scalePath(round), scalePath(files - 1 - round)];
    await steps.take('stage', server, () => server.request(stageRequest.method, { ...inFolder, paths }));
    await steps.take('unstage', server, () => server.request(unstageRequest.method, { ...inFolder, paths }));
    const git = ['--git-dir', path.join(folder, '.forge/git'), '--work-tree', folder];
    await steps.take('git add', server, async () => {
      const told = server.update();
      const { status, stderr } = spawnSync('git', [...git, 'add', spread[0]], { env, encoding: 'utf8' });
      if (status !== 0) throw new Error(stderr);
      await told;
    });
    await server.request(unstageRequest.method, { ...inFolder, paths });
    const message = { ...inFolder, message: `round ${round}`, staged: false };
    await steps.take('commit', server, () => server.request(commitRequest.method, message));
    await steps.take('undo', server, () => server.request(undoRequest.method, inFolder));
    await server.request(commitRequest.method, message);
    await steps.take('history', server, () =>
      server.request(historyRequest.method, { file: path.join(folder, scalePath(round)), limit: 3 }),
    );
    resident = Math.max(resident, server.resident());
    await server.close();
  }
  const row = (what: string, name: string, goal: string): string[] => [what, ...steps.medians(name), goal];
  await printTopic(
    home,
    [`forge's language server, ${files} files, medians of ${rounds}`],
    [
      {
        title: 'Without the editor',
        header: ['what', 'time', 'processor', 'goal, in the editor'],
        rows: [
          row('process started and answering', 'process answers', ''),
          row('state told after opening the folder, warm', 'opening', '1,500 ms'),
          row('state told after one file is saved', 'save', '200 ms'),
          row('twelve changed assets staged, with the state after it', 'stage', ''),
          row('unstaged', 'unstage', ''),
          row('state told after `git add` of one file in a terminal', 'git add', ''),
          row('commit of twelve changed assets, with the state after it', 'commit', '500 ms'),
          row('undo of that', 'undo', ''),
          row('three versions of a file', 'history', '100 ms'),
          ['resident memory, most', formatBytes(resident), '', '400 MiB'],
        ],
      },
    ],
  );
}
