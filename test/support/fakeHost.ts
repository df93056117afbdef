// Owns a host for the command line whose streams are strings and whose repository is a handful of answers.
import { EventEmitter } from 'node:events';
import type { Host } from '../../cli/host.ts';
import { Output } from '../../cli/output/output.ts';
import type { Repository } from '../../core/repo/repository.ts';

/** A stream that keeps what it is given. */
export class StringStream extends EventEmitter {
  text = '';
  isTTY = false;
  columns = 80;

  write(data: string | Uint8Array, done?: () => void): boolean {
    this.text += typeof data === 'string' ? data : Buffer.from(data).toString('latin1');
    done?.();
    return true;
  }
}

/** An output that writes to a string. */
export function stringOutput(stream: StringStream, environment: NodeJS.ProcessEnv = {}): Output {
  const target = {
    fd: undefined,
    isTerminal: () => stream.isTTY,
    stream: () => stream as unknown as NodeJS.WriteStream,
  };
  return new Output(target, environment);
}

export interface FakeHost extends Host {
  out: StringStream;
  err: StringStream;
  /** How often a repository was opened and closed. */
  opened: number;
  closed: number;
}

/** A host whose repository lies at `/project`, which is also the current folder, and answers with `repository`. */
export function fakeHost(repository: Partial<Repository> = {}): FakeHost {
  const out = new StringStream();
  const err = new StringStream();
  const settings: Record<string, string> = {};
  const host: FakeHost = {
    out,
    err,
    opened: 0,
    closed: 0,
    cwd: '/project',
    stdin: { async *[Symbol.asyncIterator]() {} },
    stdout: stringOutput(out),
    stderr: stringOutput(err),
    signal: new AbortController().signal,
    open() {
      host.opened += 1;
      const close = () => {
        host.closed += 1;
        return Promise.resolve();
      };
      return Promise.resolve({ root: '/project', close, ...repository } as Repository);
    },
    initialise: (folder) =>
      Promise.resolve({
        root: folder,
        gitDir: `${folder}/.forge/git`,
        colocated: false,
        written: [],
        unreal: false,
      }),
    clone: (source, target) =>
      Promise.resolve({
        root: target,
        source,
        branch: 'main',
        commit: 'c'.repeat(40),
        branches: 1,
        tags: 0,
        commits: 1,
        assets: 2,
        segments: 1,
        bytes: 3_000,
        resumedBytes: 0,
        files: 3,
        fileBytes: 4_000,
        seconds: 0.1,
        plane: 'portable',
      }),
    globalSettings: () =>
      Promise.resolve({
        list: () => Promise.resolve({ ...settings }),
        set: (key, value) => {
          settings[key] = value;
          return Promise.resolve();
        },
        unset: (key) => {
          delete settings[key];
          return Promise.resolve();
        },
      }),
    version: () =>
      Promise.resolve({
        version: '1.2.3',
        plane: 'portable',
        io: 'buffered',
        node: '24.0.0',
        platform: 'linux-x64',
      }),
    serveLanguage: () => Promise.resolve(),
  };
  return host;
}
