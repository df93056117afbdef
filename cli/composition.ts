// Owns the composition root of the command line: reads the process and the machine, and hands core what it needs.
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism, homedir, hostname, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import manifest from '../package.json' with { type: 'json' };
import { type ChosenPlane, choosePlane } from '../core/dataplane/choosePlane.ts';
import { ForgeError } from '../core/errors.ts';
import type { RepositoryDeps } from '../core/repo/context.ts';
import { environmentOf, globalConfigPath, type Machine, stateFolder } from '../core/repo/machine.ts';
import type { Host, OpenOptions } from './host.ts';
import { Output, standardTarget } from './output/output.ts';

/** The host of the real process. `signal` fires when it should stop. */
export function createHost(process: NodeJS.Process, signal: AbortSignal): Host {
  const machine = readMachine(process);
  const plane = once(() =>
    choosePlane(machine.variables.FORGE_PLANE, {
      nativeFolder: fileURLToPath(new URL('../native', import.meta.url)),
      requireFrom: fileURLToPath(import.meta.url),
      workerScript: new URL('portableWorker.mjs', import.meta.url),
    }),
  );
  return {
    get cwd() {
      return currentFolder(process);
    },
    get stdin() {
      return process.stdin;
    },
    stdout: new Output(
      standardTarget(1, () => process.stdout),
      process.env,
    ),
    stderr: new Output(
      standardTarget(2, () => process.stderr),
      process.env,
    ),
    signal,
    open: (folder, options) => openRepository(folder, options, machine, plane),
    async initialise(folder, options) {
      const { initRepository } = await import('../core/repo/initialize.ts');
      const launcher = fileURLToPath(new URL('../forge', import.meta.url));
      return initRepository(folder, { ...options, launcher });
    },
    async clone(source, target, { wait, onWait, onPortable, ...options }) {
      const { cloneRepository } = await import('../core/sync/clone.ts');
      const { deps, finish } = await repositoryDeps({ wait, onWait, onPortable }, machine, plane);
      const result = await cloneRepository(source, target, deps, options);
      await finish();
      return result;
    },
    async globalSettings() {
      const { GlobalSettings } = await import('../core/repo/globalSettings.ts');
      return new GlobalSettings(globalConfigPath(machine));
    },
    async version() {
      const platform = `${process.platform}-${process.arch}`;
      const { name, create } = await plane();
      const inUse = create();
      const io = inUse.wayOfReading(process.execPath);
      await inUse.close();
      return {
        version: manifest.version,
        plane: name,
        io,
        node: process.versions.node,
        platform,
      };
    },
    async serveLanguage() {
      process.argv.push('--stdio');
      createRequire(import.meta.url)('./server.cjs');
      // The connection ends the process when its client leaves.
      await new Promise<never>(() => undefined);
    },
  };
}

function readMachine(process: NodeJS.Process): Machine {
  return {
    variables: process.env,
    home: homedir(),
    hostName: hostname(),
    userName: userName(),
    processId: process.pid,
    cores: availableParallelism(),
  };
}

function currentFolder(process: NodeJS.Process): string {
  try {
    return process.cwd();
  } catch (error) {
    throw new ForgeError('NOT_FOUND', 'The current folder does not exist any more', 'Go to another folder.', {
      cause: error,
    });
  }
}

/** In containers a process can run as a user that the system does not know. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}

async function openRepository(
  folder: string,
  options: OpenOptions,
  machine: Machine,
  choose: () => Promise<ChosenPlane>,
): ReturnType<Host['open']> {
  const [{ Repository }, { deps, finish }] = await Promise.all([
    import('../core/repo/repository.ts'),
    repositoryDeps(options, machine, choose),
  ]);
  const repository = await Repository.open(folder, deps);
  await finish();
  return repository;
}

/** What a repository needs of this process; `finish` says what is to be said of the plane, once it is clear that it is used. */
async function repositoryDeps(
  options: OpenOptions,
  machine: Machine,
  choose: () => Promise<ChosenPlane>,
): Promise<{ deps: RepositoryDeps; finish: () => Promise<void> }> {
  const [environment, chosen] = await Promise.all([environmentOf(machine), choose()]);
  const deps = {
    plane: once(chosen.create),
    environment,
    clock: () => ({ time: Date.now(), offset: -new Date().getTimezoneOffset() }),
    lock: { wait: options.wait, onWait: options.onWait },
  };
  const { fallback } = chosen;
  const { onPortable } = options;
  return {
    deps,
    finish: async () => {
      if (fallback !== undefined && onPortable) await tellOnce(machine, fallback, onPortable);
    },
  };
}

/** Remembers that it was said; where that cannot be written, it is said again. */
async function tellOnce(machine: Machine, message: string, tell: (message: string) => void): Promise<void> {
  const said = join(stateFolder(machine), 'portable-plane-notice');
  if (existsSync(said)) return;
  tell(message);
  try {
    await mkdir(dirname(said), { recursive: true });
    await writeFile(said, `${message}\n`);
  } catch {
    return;
  }
}

function once<T>(create: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: create() }).value;
}
