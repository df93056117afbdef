// Tests what the Source Control panel does when something is in the way, in a real workbench.
import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { appendFile, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { StatusResult } from '../../core/repo/types.ts';
import { Sandbox } from '../support/forgeCommand.ts';
import { PanelHost, type PanelWindow, workbenchIsThere } from './panelHost.ts';

/** A user whom permissions bind, where tests run as one whom they do not. */
const NOBODY = 65_534;

describe('Source Control panel in trouble', function () {
  this.timeout(120_000);
  let host: PanelHost;
  let window: PanelWindow | undefined;

  before(async function () {
    if (!workbenchIsThere) return this.skip();
    host = await PanelHost.start();
  });
  afterEach(async function () {
    if (this.currentTest?.isFailed()) await window?.screenshot(`failed-${Date.now()}`);
    await window?.close();
    window = undefined;
  });
  after(async () => host?.stop());

  async function repository(): Promise<Sandbox> {
    const box = await Sandbox.withRepository();
    for (const name of ['plain.txt', 'with space.txt']) await writeFile(box.path(name), 'first line\n');
    box.forge('commit', '-q', '-m', 'Start');
    return box;
  }

  async function open(box: Sandbox): Promise<PanelWindow> {
    window = await host.open(box.folder);
    return window;
  }

  const messagesOf = (box: Sandbox): string[] => box.git('log', '--format=%s').trim().split('\n');

  it('comes back after its server was killed, with the message still there', async () => {
    const box = await repository();
    await appendFile(box.path('plain.txt'), 'second\n');
    const { page } = await open(box);
    await window!.row('plain.txt').waitFor();
    await window!.type('Still here');
    const before = host.forgeServers();
    assert.equal(before.length, 1);
    process.kill(before[0], 'SIGKILL');
    await appendFile(box.path('with space.txt'), 'second\n');
    await window!.until('the change made meanwhile', (all) =>
      all.some((one) => one.startsWith('with space')),
    );
    assert.equal(await window!.message(), 'Still here');
    await page.keyboard.press('Control+Enter');
    await window!.until('committed', (all) => !all.some((one) => one.startsWith('plain.txt')));
    assert.equal(messagesOf(box)[0], 'Still here');
    assert.notDeepEqual(host.forgeServers(), before);
  });

  it('shows in a second window what was committed in the first', async () => {
    const box = await repository();
    await appendFile(box.path('plain.txt'), 'second\n');
    const other = await host.open(box.folder);
    try {
      await other.row('plain.txt').waitFor();
      const { page } = await open(box);
      await window!.row('plain.txt').waitFor();
      await window!.type('From one window');
      await page.keyboard.press('Control+Enter');
      await window!.until('committed', (all) => !all.some((one) => one.startsWith('plain.txt')));
      await other.until('the other window', (all) => !all.some((one) => one.startsWith('plain.txt')));
      await appendFile(box.path('with space.txt'), 'second\n');
      await other.row('with space.txt').waitFor();
      await window!.row('with space.txt').waitFor();
    } finally {
      await other.close();
    }
  });

  it('says what is wrong with a repository of a newer format, with a way on', async () => {
    const box = await repository();
    const config = JSON.parse(await readFile(box.path('.forge/config.json'), 'utf8')) as object;
    await writeFile(box.path('.forge/config.json'), JSON.stringify({ ...config, format: 999 }));
    const { page } = await open(box);
    await window!.toast('newer').locator('.monaco-button', { hasText: 'Check for Updates' }).waitFor();
    await page.locator('.welcome-view-content', { hasText: 'cannot be opened' }).waitFor();
    await window!.screenshot('newer-format');
    await writeFile(box.path('.forge/config.json'), JSON.stringify(config));
    await page.locator('.welcome-view-content .monaco-button', { hasText: 'Try Again' }).click();
    await page.locator('.statusbar-item a', { hasText: 'main' }).waitFor();
  });

  it('keeps the panel and its message while the folder is away', async () => {
    const box = await repository();
    await appendFile(box.path('plain.txt'), 'second\n');
    await open(box);
    await window!.row('plain.txt').waitFor();
    await window!.type('Do not lose me');
    await rename(box.path('.forge'), box.path('..', 'away'));
    await window!.command('Forge: Refresh');
    await window!.row('The repository cannot be found').click();
    await window!.toast('bring it back').locator('.monaco-button', { hasText: 'Try Again' }).waitFor();
    await window!.screenshot('folder-away');
    assert.equal(await window!.message(), 'Do not lose me');
    await rename(box.path('..', 'away'), box.path('.forge'));
    await window!.toast('bring it back').locator('.monaco-button', { hasText: 'Try Again' }).click();
    await window!.until('the notice to go', (all) => !all.includes('Notices'));
    assert.equal(await window!.message(), 'Do not lose me');
    await window!.row('plain.txt').waitFor();
  });
});

describe('Source Control panel where it may not change anything', function () {
  this.timeout(120_000);
  let host: PanelHost | undefined;
  let window: PanelWindow | undefined;

  before(function () {
    if (!workbenchIsThere) this.skip();
  });
  afterEach(async function () {
    if (this.currentTest?.isFailed()) await window?.screenshot(`failed-${Date.now()}`);
    window = undefined;
    await host?.stop();
    host = undefined;
  });

  async function repository(): Promise<Sandbox> {
    const box = await Sandbox.withRepository();
    await writeFile(box.path('plain.txt'), 'first line\n');
    box.forge('commit', '-q', '-m', 'Start');
    await writeFile(box.path('plain.txt'), 'other line\n');
    return box;
  }

  it('shows everything in Restricted Mode, and says how to change that', async () => {
    const box = await repository();
    host = await PanelHost.start({ trust: true });
    window = await host.open(box.folder);
    const { page } = window;
    await window.row('plain.txt').click();
    await page.locator('.monaco-diff-editor .original .view-line', { hasText: 'first line' }).waitFor();
    await window.press(window.row('plain.txt'), 'Stage Changes');
    const toast = window.toast('the workspace is in Restricted Mode');
    await toast.locator('.monaco-button', { hasText: 'Manage Trust' }).click();
    await page.locator('.workspace-trust-editor').waitFor();
    assert.deepEqual(
      box.json<StatusResult>('status').changes.map(({ staged }) => staged),
      [false],
    );
  });

  it('says which file stands in the way in a folder that it may not write, and keeps the message', async function () {
    const box = await repository();
    const root = process.geteuid?.() === 0;
    if (root) chmodSync(path.dirname(box.folder), 0o755);
    host = await PanelHost.start({ user: root ? NOBODY : undefined });
    chmodSync(box.path('.forge/git'), 0o555);
    chmodSync(box.path('.forge'), 0o555);
    try {
      window = await host.open(box.folder);
      const { page } = window;
      await window.row('plain.txt').waitFor();
      await window.type('Not here');
      await page.keyboard.press('Control+Enter');
      const toast = window.toast(/No permission|read-only/);
      await toast.locator('.monaco-button', { hasText: 'Try Again' }).waitFor();
      assert.equal(await window.message(), 'Not here');
      await window.screenshot('read-only');
      await window.row('plain.txt').click();
      await page.locator('.monaco-diff-editor .original .view-line', { hasText: 'first line' }).waitFor();
    } finally {
      chmodSync(box.path('.forge'), 0o755);
      chmodSync(box.path('.forge/git'), 0o755);
    }
  });
});
