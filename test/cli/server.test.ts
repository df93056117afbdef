// Tests the built language server over its own protocol, as an editor starts it and as `forge lsp` does.
import assert from 'node:assert/strict';
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  type FolderInfo,
  openFoldersRequest,
  repositoryChanged,
  type RepositoryUpdate,
} from '../../core/protocol/repositories.ts';
import { FORGE, Sandbox } from '../support/forgeCommand.ts';

interface Message {
  id?: number;
  result?: unknown;
  method?: string;
  params?: unknown;
}

/** Sends requests to a server on standard input and output, one at a time. */
class Client {
  readonly process: ChildProcessWithoutNullStreams;
  private received = Buffer.alloc(0);
  private id = 0;

  constructor(command: string, args: string[], box: Sandbox) {
    this.process = spawn(command, args, { cwd: box.folder, env: box.environment });
    this.process.stdout.on('data', (data: Buffer) => (this.received = Buffer.concat([this.received, data])));
  }

  async request<Result>(method: string, params: unknown): Promise<Result> {
    this.id += 1;
    this.send({ jsonrpc: '2.0', id: this.id, method, params });
    for (;;) {
      const message = await this.next();
      if (message.id === this.id) return message.result as Result;
    }
  }

  /** Waits for a notification. */
  async notification<Params>(method: string): Promise<Params> {
    for (;;) {
      const message = await this.next();
      if (message.method === method) return message.params as Params;
    }
  }

  notify(method: string): void {
    this.send({ jsonrpc: '2.0', method });
  }

  private send(message: unknown): void {
    const body = JSON.stringify(message);
    this.process.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  }

  private async next(): Promise<Message> {
    for (;;) {
      const end = this.received.indexOf('\r\n\r\n');
      const length = Number(/Content-Length: (\d+)/.exec(this.received.toString('latin1', 0, end))?.[1]);
      if (end >= 0 && this.received.length >= end + 4 + length) {
        const body = this.received.toString('utf8', end + 4, end + 4 + length);
        this.received = this.received.subarray(end + 4 + length);
        return JSON.parse(body) as Message;
      }
      await once(this.process.stdout, 'data');
    }
  }
}

describe('language server', () => {
  const server = path.join(path.dirname(FORGE), 'dist/server.cjs');
  for (const [name, command, args] of [
    ['as an editor starts it', process.execPath, [server, '--stdio']],
    ['as `forge lsp`', FORGE, ['lsp']],
  ] as const) {
    it(`opens a repository and tells its state ${name}`, async () => {
      const box = await Sandbox.withRepository();
      await writeFile(box.path('a.bin'), 'a\0');
      box.forge('commit', '-q', '-m', 'x');
      await writeFile(box.path('b.bin'), 'b\0');
      const client = new Client(command, [...args], box);
      await client.request('initialize', { processId: process.pid, rootUri: null, capabilities: {} });
      const folders = [box.folder, box.home];
      const infos = await client.request<FolderInfo[]>(openFoldersRequest.method, { folders });
      assert.deepEqual(infos, [{ folder: box.folder, root: box.folder }, { folder: box.home }]);
      const update = await client.notification<RepositoryUpdate>(repositoryChanged.method);
      assert.equal(update.head.branch, 'main');
      assert.deepEqual(
        update.changes.map(({ path, state }) => [path, state]),
        [['b.bin', 'untracked']],
      );
      assert.match(update.head.commit ?? '', /^[0-9a-f]{40}$/);
      await client.request('shutdown', undefined);
      const ended = once(client.process, 'exit');
      client.notify('exit');
      assert.deepEqual(await ended, [0, null]);
    });
  }
});
