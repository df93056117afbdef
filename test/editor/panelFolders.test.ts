// Tests the panel on folders that are no repository, or one that cannot be opened or changed, one after the other in one window.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { appendFile, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { StatusResult } from '../../core/repo/types.ts';
import { Sandbox } from '../support/forgeCommand.ts';
import { MountedFolder } from '../support/mountedFolder.ts';
import { SmallDisk } from '../support/smallDisk.ts';
import { useWorkbench } from './support/useWorkbench.ts';

describe('Source Control panel of folders', () => {
  const workbench = useWorkbench(async () => (await Sandbox.create()).folder);

  let disk: SmallDisk | undefined;
  let drive: MountedFolder | undefined;

  afterEach(() => {
    disk?.unmount();
    disk = undefined;
    drive?.takeAway();
    drive = undefined;
  });

  async function repository(base?: string): Promise<Sandbox> {
    const box = await Sandbox.withRepository(base);
    await writeFile(box.path('plain.txt'), 'first line\n');
    box.forge('commit', '-q', '-m', 'Start');
    return box;
  }

  async function open(folder: string): Promise<void> {
    await workbench.current.openFolder(folder);
    await workbench.current.showPanel();
  }

  it('offers to make a folder a repository, and asks who commits there', async () => {
    const { current } = workbench;
    const { page } = current;
    const box = await Sandbox.create();
    await writeFile(box.path('a.txt'), 'a\n');
    await open(box.folder);
    await page
      .locator('.welcome-view-content')
      .getByRole('button', { name: 'Initialize Repository' })
      .click();
    await current.panelRow('a.txt').waitFor();
    await current.commit('First');
    await page.locator('.quick-input-widget', { hasText: 'Your name' }).waitFor();
    await page.keyboard.type('Noor Ødegård');
    await page.keyboard.press('Enter');
    await page.locator('.quick-input-widget', { hasText: 'e-mail' }).waitFor();
    await page.keyboard.type('noor@example.com');
    await page.keyboard.press('Enter');
    await current.panelWithout('a.txt');
    assert.equal(box.git('log', '--format=%an <%ae> %s').trim(), 'Noor Ødegård <noor@example.com> First');
  });

  it('makes a repository of a folder of several, and commits in the one that is meant', async () => {
    const { current } = workbench;
    const { page } = current;
    const one = await repository();
    const two = await Sandbox.create();
    await writeFile(two.path('second.txt'), 'x\n');
    const file = path.join(one.home, 'both.code-workspace');
    const folders = [{ path: one.folder }, { path: two.folder, name: 'two' }];
    await writeFile(file, JSON.stringify({ folders }));
    await open(file);
    await current.statusBarItem('main').waitFor();
    await current.runCommand('Forge: Initialize Repository');
    await page.locator('.quick-input-list .monaco-list-row', { hasText: 'two' }).click();
    await current.panelRow('second.txt').waitFor();
    assert.ok(two.json<StatusResult>('status').changes.some((change) => change.path === 'second.txt'));
    await current.runCommand('Forge: Commit All');
    await page.locator('.quick-input-widget input[placeholder="Choose a repository"]').waitFor();
    await page.keyboard.type('two');
    await page.keyboard.press('Enter');
    await current.toast('Write a message first').waitFor();
  });

  it('says what is wrong with a repository of a newer format, with a way on', async () => {
    const { current } = workbench;
    const { page } = current;
    const box = await repository();
    const config = JSON.parse(await readFile(box.path('.forge/config.json'), 'utf8')) as object;
    await writeFile(box.path('.forge/config.json'), JSON.stringify({ ...config, format: 999 }));
    await open(box.folder);
    await current.toast('newer').getByRole('button', { name: 'Check for Updates' }).waitFor();
    const welcome = page.locator('.welcome-view-content', { hasText: 'cannot be opened' });
    await welcome.waitFor();
    await current.screenshot('panel-newer-format');
    await writeFile(box.path('.forge/config.json'), JSON.stringify(config));
    await welcome.getByRole('button', { name: 'Try Again' }).click();
    await current.statusBarItem('main').waitFor();
  });

  it('says that the disk is full, keeps the message, and commits when there is room', async function () {
    disk = await SmallDisk.mount(this, 40);
    const { current } = workbench;
    const box = await repository(disk.folder);
    await writeFile(box.path('noise.raw'), randomBytes(10_000_000));
    const { bavail, bsize } = await statfs(disk.folder);
    await writeFile(path.join(disk.folder, 'filler'), Buffer.alloc(bavail * bsize - 4_000_000));
    await open(box.folder);
    await current.panelRow('noise.raw').waitFor();
    await current.commit('Too large');
    const toast = current.toast('No space left');
    await toast.getByRole('button', { name: 'Try Again' }).waitFor();
    await current.screenshot('panel-disk-full');
    assert.equal(await current.message(), 'Too large');
    assert.deepEqual(box.git('log', '--format=%s').trim().split('\n'), ['Start']);
    await rm(path.join(disk.folder, 'filler'));
    await toast.getByRole('button', { name: 'Try Again' }).click();
    await current.panelWithout('noise.raw');
    assert.deepEqual(box.git('log', '--format=%s').trim().split('\n'), ['Too large', 'Start']);
    box.forge('verify', '-q', '--full');
  });

  it('shows what is on a read-only disk, and says why it cannot commit there', async function () {
    disk = await SmallDisk.mount(this, 20);
    const { current } = workbench;
    const box = await repository(disk.folder);
    await writeFile(box.path('plain.txt'), 'other line\n');
    disk.makeReadOnly();
    await open(box.folder);
    await current.panelRow('plain.txt').waitFor();
    await current.commit('Not here');
    await current.toast('read-only').getByRole('button', { name: 'Try Again' }).waitFor();
    await current.screenshot('panel-read-only');
    assert.equal(await current.message(), 'Not here');
    await current.panelRow('plain.txt').click();
    await current.page
      .locator('.monaco-diff-editor .original .view-line', { hasText: 'first line' })
      .waitFor();
  });

  it('says that its drive was taken away, keeps the message, and commits once it is back', async function () {
    drive = await MountedFolder.mount(this);
    const { current } = workbench;
    const box = await repository(drive.folder);
    await appendFile(box.path('plain.txt'), 'second\n');
    await open(box.folder);
    await current.panelRow('plain.txt').waitFor();
    // Nothing tells of it: what the user does next finds out.
    drive.takeAway();
    await current.commit('From afar');
    await current.panelRow('The repository cannot be found').click();
    const retry = current.toast('its drive is not connected').getByRole('button', { name: 'Try Again' });
    await retry.waitFor();
    await current.screenshot('panel-drive-away');
    assert.equal(await current.message(), 'From afar');
    drive.bringBack();
    await retry.click();
    await current.panelRow('plain.txt').waitFor();
    await current.panelUntil('the notice to go', (rows) => !rows.includes('Notices'));
    assert.deepEqual(box.git('log', '--format=%s').trim().split('\n'), ['Start']);
    await current.commit('From afar');
    await current.panelWithout('plain.txt');
    assert.deepEqual(box.git('log', '--format=%s').trim().split('\n'), ['From afar', 'Start']);
    box.forge('verify', '-q', '--full');
  });
});
