// Owns a client of the built language server for tests: requests and notifications over its standard input and output.
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import type { RequestDefinition } from '../../core/protocol/rpc.ts';
import type { Sandbox } from './forgeCommand.ts';

interface Message {
  id?: number;
  result?: unknown;
  error?: { message: string; data?: { code?: string } };
  method?: string;
  params?: unknown;
}

/** Sends requests to a server on standard input and output, one at a time. */
export class Client {
  readonly process: ChildProcessWithoutNullStreams;
  private received = Buffer.alloc(0);
  private readonly kept: Message[] = [];
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
      if (message.method !== undefined) this.kept.push(message);
      if (message.id !== this.id) continue;
      if (!message.error) return message.result as Result;
      throw Object.assign(new Error(message.error.message), { code: message.error.data?.code });
    }
  }

  /** Answers a typed request; `code` of a failure is that of core. */
  ask<Params, Result>(definition: RequestDefinition<Params, Result>, params: Params): Promise<Result> {
    return this.request<Result>(definition.method, params);
  }

  /** The oldest notification of that kind that was not taken yet. */
  async notification<Params>(method: string): Promise<Params> {
    for (;;) {
      const message = this.kept.shift() ?? (await this.next());
      if (message.method === method) return message.params as Params;
    }
  }

  notify(method: string, params?: unknown): void {
    this.send({ jsonrpc: '2.0', method, params });
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
