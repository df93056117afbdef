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
import { commitRequest } from '../core/protocol/sourceControl.ts';
import { formatBytes } from '../cli/output/units.ts';
import { editScaleTree, makeScaleTree, scaleContent, scalePath } from './scaleTree.ts';
import { median } from './statistics.ts';
import { printTopic, say } from './topic.ts';
import { Workplace } from './workplace.ts';

const USAGE = `npm run bench -- editor-server [options]
  --files N   files in the repository (100000)
  --rounds N  repeat every step N times and take medians (5)
  --work PATH make the working folder here instead of in the temp folder`;

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

  constructor(env: NodeJS.ProcessEnv) {
    const module = path.join(path.dirname(import.meta.dirname), 'dist/server.cjs');
    this.process = fork(module, ['--node-ipc'], { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
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

  async close(): Promise<void> {
    await this.request('shutdown', undefined);
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.send({ jsonrpc: '2.0', method: 'exit' });
    await ended;
  }
}

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '5' },
    work: { type: 'string' },
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
  const opening: number[] = [];
  const saving: number[] = [];
  const committing: number[] = [];
  const asking: number[] = [];
  let resident = 0;
  for (let round = 0; round < rounds; round++) {
    say(`round ${round + 1} of ${rounds}`);
    const server = new Server(env);
    await server.request('initialize', { processId: process.pid, rootUri: null, capabilities: {} });
    let started = performance.now();
    const first = server.update();
    await server.request(openFoldersRequest.method, { folders: [folder] });
    await first;
    opening.push(performance.now() - started);
    const saved = server.update();
    started = performance.now();
    writeFileSync(path.join(folder, scalePath(round)), scaleContent(round, 1));
    const { changes } = await saved;
    saving.push(performance.now() - started);
    if (!changes.some((change) => change.path === scalePath(round))) throw new Error('the save was not told');
    editScaleTree(folder, files, 10, round + 2);
    await server.update();
    started = performance.now();
    const params = { root: folder, message: `round ${round}`, staged: false };
    await server.request(commitRequest.method, params);
    committing.push(performance.now() - started);
    started = performance.now();
    await server.request(historyRequest.method, { file: path.join(folder, scalePath(round)), limit: 3 });
    asking.push(performance.now() - started);
    resident = Math.max(resident, server.resident());
    await server.close();
  }
  const row = (what: string, times: number[], goal: string): string[] => [
    what,
    `${median(times)?.toFixed(0)} ms`,
    goal,
  ];
  await printTopic(
    home,
    [`forge's language server, ${files} files, medians of ${rounds}`],
    [
      {
        title: 'Without the editor',
        header: ['what', 'time', 'goal, in the editor'],
        rows: [
          row('state told after opening the folder, warm', opening, '1,500 ms'),
          row('state told after one file is saved', saving, '200 ms'),
          row('commit of ten changed assets, with the state after it', committing, '500 ms'),
          row('three versions of a file', asking, '100 ms'),
          ['resident memory, most', formatBytes(resident), '400 MiB'],
        ],
      },
    ],
  );
}
