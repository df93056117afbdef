// Owns running the built `forge` in tests, in a temporary folder and with a home of its own.
import assert from 'node:assert/strict';
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { tempFolder } from './tempFolder.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
export const FORGE = path.join(root, 'forge');
/** Whether the native plane was built. */
export const nativeIsBuilt = existsSync(
  path.join(root, 'native', `forge-native.${process.platform}-${process.arch}-gnu.node`),
);

export interface JsonError {
  error: { code: string; message: string; remedy: string };
}

/** A working folder and a home; commands run in the folder, and see nothing else of the user. */
export class Sandbox {
  readonly folder: string;
  readonly home: string;
  readonly environment: NodeJS.ProcessEnv;

  private constructor(base: string) {
    this.folder = path.join(base, 'work');
    this.home = path.join(base, 'home');
    this.environment = {
      PATH: process.env.PATH,
      HOME: this.home,
      GIT_CONFIG_NOSYSTEM: '1',
      TZ: 'UTC',
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      FORGE_PLANE: process.env.FORGE_PLANE,
    };
  }

  /** In `base`, which is another disk for instance; else in a temporary folder. */
  static async create(base?: string): Promise<Sandbox> {
    const sandbox = new Sandbox(base ?? (await tempFolder()));
    await mkdir(sandbox.folder);
    await mkdir(sandbox.home);
    return sandbox;
  }

  /** A sandbox with a repository whose author is known. */
  static async withRepository(base?: string): Promise<Sandbox> {
    const sandbox = await Sandbox.create(base);
    sandbox.forge('init', '-q');
    sandbox.forge('config', 'user.name', 'Mira');
    sandbox.forge('config', 'user.email', 'mira@example.com');
    return sandbox;
  }

  path(...names: string[]): string {
    return path.join(this.folder, ...names);
  }

  run(
    args: string[],
    options: { environment?: NodeJS.ProcessEnv; cwd?: string; user?: number } = {},
  ): SpawnSyncReturns<string> {
    return spawnSync(FORGE, args, {
      cwd: options.cwd ?? this.folder,
      uid: options.user,
      gid: options.user,
      env: { ...this.environment, ...options.environment },
      encoding: 'utf8',
      maxBuffer: 256 * 1024 * 1024,
    });
  }

  /** Runs a command that must succeed; returns what it prints. */
  forge(...args: string[]): string {
    const { status, stdout, stderr } = this.run(args);
    assert.equal(status, 0, `forge ${args.join(' ')}: ${stderr}${stdout}`);
    return stdout;
  }

  /** Runs a command with --json that must succeed; returns its one document. */
  json<T>(...args: string[]): T {
    return JSON.parse(this.forge(...args, '--json')) as T;
  }

  /** Runs a command with --json that must fail with exit code 1; returns its error. */
  error(...args: string[]): JsonError['error'] {
    const { status, stdout } = this.run([...args, '--json']);
    const document = JSON.parse(stdout) as JsonError;
    assert.equal(status, 1, stdout);
    assert.deepEqual(Object.keys(document), ['error']);
    return document.error;
  }

  /** Runs stock Git on the repository. */
  git(...args: string[]): string {
    const { status, stdout, stderr } = spawnSync('git', ['--git-dir=.forge/git', '--work-tree=.', ...args], {
      cwd: this.folder,
      env: this.environment,
      encoding: 'utf8',
      maxBuffer: 256 * 1024 * 1024,
    });
    assert.equal(status, 0, `git ${args.join(' ')}: ${stderr}${stdout}`);
    return stdout;
  }
}
