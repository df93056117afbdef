// Tests the Source Control panel and its commands in a real workbench, as people use them.
import assert from 'node:assert/strict';
import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { StatusResult } from '../../core/repo/types.ts';
import { Sandbox } from '../support/forgeCommand.ts';
import { PanelHost, type PanelWindow, workbenchIsThere } from './panelHost.ts';

const NAMES = ['plain.txt', 'with space.txt', 'Größe \'ñ\' "q".txt', '日本/語.txt'];

describe('Source Control panel', function () {
  this.timeout(120_000);
  let host: PanelHost;
  let window: PanelWindow | undefined;

  before(async function () {
    if (!workbenchIsThere) {
      console.log('      skipped: no VS Code server (VSCODE_HOST_DIR) or no Chromium here');
      return this.skip();
    }
    host = await PanelHost.start({ settings: { 'forge.commit.largeFileSizeMb': 1 } });
  });
  afterEach(async function () {
    if (this.currentTest?.isFailed()) await window?.screenshot(`failed-${Date.now()}`);
    await window?.close();
    window = undefined;
  });
  after(async () => host?.stop());

  /** A repository with one commit of all `NAMES` and an asset. */
  async function repository(): Promise<Sandbox> {
    const box = await Sandbox.withRepository();
    await mkdir(box.path('日本'));
    for (const name of NAMES) await writeFile(box.path(name), 'first line\n');
    await writeFile(box.path('asset.bin'), 'a\0'.repeat(5000));
    box.forge('commit', '-q', '-m', 'Start');
    return box;
  }

  async function open(box: Sandbox): Promise<PanelWindow> {
    window = await host.open(box.folder);
    return window;
  }

  const statusOf = (box: Sandbox): StatusResult => box.json<StatusResult>('status');
  const messagesOf = (box: Sandbox): string[] => box.git('log', '--format=%s').trim().split('\n');

  it('lists changes by group, whatever the files are called, for the eye and for screen readers', async () => {
    const box = await repository();
    for (const name of NAMES) await appendFile(box.path(name), 'second\n');
    box.forge('add', 'plain.txt');
    await writeFile(box.path('new file.bin'), 'n\0');
    const { page } = await open(box);
    const rows = await window!.until('groups', (all) => all.some((one) => one.startsWith('new file.bin')));
    assert.deepEqual(rows, [
      'Source Control Input',
      'Staged Changes',
      'plain.txt, Modified · staged · text · 18 B',
      'Changes',
      `Größe 'ñ' "q".txt, Modified · text · 18 B`,
      'with space.txt, Modified · text · 18 B',
      '語.txt, Modified · text · 18 B, 日本',
      'Untracked Files',
      'new file.bin, Untracked · asset · 2 B',
    ]);
    assert.match(await page.locator('.scm-view .scm-editor').first().innerText(), /to commit on main/);
    // The count on the view's icon.
    await page.locator('.activitybar .badge-content', { hasText: '5' }).first().waitFor();
    await window!.screenshot('groups');
  });

  it('commits from the keyboard alone, and empties the box', async () => {
    const box = await repository();
    await appendFile(box.path('plain.txt'), 'second\n');
    const { page } = await open(box);
    await window!.row('plain.txt').waitFor();
    await page.keyboard.press('Control+Shift+P');
    await window!.quickInput().waitFor();
    await page.keyboard.type('Forge: Commit');
    await page.locator('.quick-input-list .monaco-list-row').first().waitFor();
    await page.keyboard.press('Enter');
    // Without a message it says so, and the box has the focus.
    await window!.toast('Write a message first').waitFor();
    await page.keyboard.type('Say "second" — änd more');
    await page.keyboard.press('Control+Enter');
    await window!.until('no changes', (all) => !all.some((one) => one.startsWith('plain.txt')));
    assert.equal(messagesOf(box)[0], 'Say "second" — änd more');
    assert.equal(await window!.message(), '');
    await page.locator('.statusbar-item', { hasText: 'Committed' }).waitFor();
    await window!.type('again');
    await page.keyboard.press('Control+Enter');
    await window!.toast('There is nothing to commit').waitFor();
    assert.equal(await window!.message(), 'again');
  });

  it('stages and unstages rows and groups, and commits what is staged', async () => {
    const box = await repository();
    for (const name of NAMES) await appendFile(box.path(name), 'second\n');
    const { page } = await open(box);
    await window!.press(window!.row('with space.txt'), 'Stage Changes');
    await window!.row('Staged Changes').waitFor();
    await window!.press(window!.row('Größe'), 'Stage Changes');
    await window!.until('two staged', (all) => all.indexOf('Changes') === 4);
    await window!.press(window!.row('with space.txt'), 'Unstage Changes');
    await window!.until('one staged', (all) => all.indexOf('Changes') === 3);
    const staged = statusOf(box).changes.filter((one) => one.staged);
    assert.deepEqual(
      staged.map(({ path }) => path),
      [NAMES[2]],
    );
    await window!.type('One of them');
    await page.keyboard.press('Control+Enter');
    await window!.until('none staged', (all) => !all.includes('Staged Changes'));
    assert.equal(box.git('show', '--name-only', '--format=', '-z', 'HEAD').replaceAll('\0', ''), NAMES[2]);
    const changes = page.locator('.scm-view .monaco-list-row[aria-label="Changes"]');
    await window!.press(changes, 'Stage All Changes');
    await window!.until('all staged', (all) => all.indexOf('Changes') === 5);
  });

  it('discards after a question, and undoes that', async () => {
    const box = await repository();
    await appendFile(box.path('with space.txt'), 'second\n');
    await writeFile(box.path('new.txt'), 'precious\n');
    await open(box);
    await window!.press(window!.row('with space.txt'), 'Discard Changes');
    await window!.answer('Cancel');
    assert.equal(await readFile(box.path('with space.txt'), 'utf8'), 'first line\nsecond\n');
    await window!.press(window!.row('with space.txt'), 'Discard Changes');
    await window!.answer('Discard');
    await window!.until('discarded', (all) => !all.some((one) => one.startsWith('with space')));
    assert.equal(await readFile(box.path('with space.txt'), 'utf8'), 'first line\n');
    await window!.toast('The changes in with space.txt were discarded').locator('.monaco-button').click();
    await window!.row('with space.txt').waitFor();
    assert.equal(await readFile(box.path('with space.txt'), 'utf8'), 'first line\nsecond\n');
    await window!.press(window!.row('new.txt'), 'Discard Changes');
    await window!.answer('Discard');
    await window!.until('deleted', (all) => !all.some((one) => one.startsWith('new.txt')));
    await window!.command('Forge: Undo Last Operation');
    await window!.row('new.txt').waitFor();
    assert.equal(await readFile(box.path('new.txt'), 'utf8'), 'precious\n');
  });

  it('opens the difference of a text, the last version of what is gone, and the file itself when it is new', async () => {
    const box = await repository();
    await writeFile(box.path('Größe \'ñ\' "q".txt'), 'other line\n');
    await writeFile(box.path('new.txt'), 'brand new\n');
    box.forge('restore', 'plain.txt');
    await rename(box.path('with space.txt'), box.path('..', 'moved away.txt'));
    const { page } = await open(box);
    await window!.row('Größe').click();
    await page.locator('.monaco-diff-editor .original .view-line', { hasText: 'first line' }).waitFor();
    await page.locator('.monaco-diff-editor .modified .view-line', { hasText: 'other line' }).waitFor();
    await page.locator('.tab', { hasText: '(Last Commit ↔ Working File)' }).waitFor();
    await window!.row('with space.txt').click();
    await page.locator('.tab', { hasText: 'with space.txt (Deleted)' }).waitFor();
    await page.locator('.editor-instance .view-line', { hasText: 'first line' }).waitFor();
    await page.keyboard.type('x');
    await page.getByText('This is an old version').first().waitFor();
    await window!.row('new.txt').click();
    await page.locator('.editor-instance .view-line', { hasText: 'brand new' }).waitFor();
    await page.keyboard.press('Control+Shift+E');
    const label = (name: string) =>
      page
        .locator('.explorer-folders-view .monaco-list-row', { hasText: name })
        .locator('.monaco-icon-label');
    const labelOf = async (name: string): Promise<string> =>
      (await label(name).getAttribute('aria-label')) ?? '';
    await page.locator('.explorer-folders-view .monaco-decoration-badge').first().waitFor();
    assert.match(await labelOf('new.txt'), /Untracked · text · 10 B/);
    await label('Größe').and(page.locator('[aria-label*="Last change"]')).waitFor();
    assert.match(await labelOf('Größe'), /Modified · text · 11 B\s+Last change: Mira, this minute: Start/);
  });

  it('does everything with a file from the keyboard, and from the palette for the active editor', async () => {
    const box = await repository();
    await appendFile(box.path('plain.txt'), 'second\n');
    const { page } = await open(box);
    const row = window!.row('plain.txt');
    await row.waitFor();
    await page.keyboard.press('Tab');
    const focused = page.locator('.scm-view .monaco-list-row.focused');
    for (let presses = 0; presses < 6 && !(await focused.and(row).count()); presses++) {
      await page.keyboard.press('ArrowDown');
    }
    await page.keyboard.press('Enter');
    await page.locator('.monaco-diff-editor .modified .view-line', { hasText: 'second' }).waitFor();
    await window!.command('Forge: Stage Changes');
    await window!.row('Staged Changes').waitFor();
    await window!.command('Forge: Open Last Committed Version');
    await page.locator('.tab.active', { hasText: 'plain.txt (Last Commit)' }).waitFor();
    // The old version stands for its file.
    await window!.command('Forge: Unstage Changes');
    await window!.until('unstaged', (all) => !all.includes('Staged Changes'));
    await window!.command('Forge: Open File');
    await page.locator('.tab.active[aria-label^="plain.txt"]').waitFor();
    await window!.command('Forge: Discard Changes');
    await window!.answer('Discard');
    await window!.until('discarded', (all) => !all.some((one) => one.startsWith('plain.txt')));
    await window!.command('Forge: Stage Changes');
    await window!.toast('plain.txt has no changes').waitFor();
  });

  it('reads the new version of a text once HEAD has moved', async () => {
    const box = await repository();
    await writeFile(box.path('plain.txt'), 'two\n');
    const { page } = await open(box);
    await window!.row('plain.txt').click();
    await page.locator('.monaco-diff-editor .original .view-line', { hasText: 'first line' }).waitFor();
    box.forge('commit', '-q', '-m', 'Two');
    await page.locator('.monaco-diff-editor .original .view-line', { hasText: 'two' }).waitFor();
  });

  it('opens no version of more than 50 MB as text, and says what to do instead', async () => {
    const box = await repository();
    await writeFile(box.path('big.txt'), Buffer.alloc(51 * 1024 * 1024, 'line\n'));
    box.forge('commit', '-q', '-m', 'Big');
    await rename(box.path('big.txt'), box.path('..', 'big.txt'));
    const { page } = await open(box);
    await window!.row('big.txt').click();
    await page.locator('.monaco-button', { hasText: 'Open Anyway' }).click();
    const toast = window!.toast('at most 52.4 MB are shown as text');
    await toast.locator('.monaco-button', { hasText: 'Open Preview' }).waitFor();
    await window!.screenshot('too-large');
  });

  it('makes a repository of a folder of several, and commits in the one that is meant', async () => {
    const one = await repository();
    const two = await Sandbox.create();
    await writeFile(two.path('second.txt'), 'x\n');
    const file = path.join(one.home, 'both.code-workspace');
    await writeFile(
      file,
      JSON.stringify({ folders: [{ path: one.folder }, { path: two.folder, name: 'two' }] }),
    );
    window = await host.open(file);
    const { page } = window;
    await page.locator('.statusbar-item a', { hasText: 'main' }).waitFor();
    await window.command('Forge: Initialize Repository');
    await page.locator('.quick-input-list .monaco-list-row', { hasText: 'two' }).click();
    await page.locator('.scm-view .monaco-list-row', { hasText: 'second.txt' }).waitFor();
    assert.deepEqual(
      two.json<StatusResult>('status').changes.some(({ path }) => path === 'second.txt'),
      true,
    );
    await window.command('Forge: Commit All');
    await page.locator('.quick-input-widget input[placeholder="Choose a repository"]').waitFor();
    await page.keyboard.type('two');
    await page.keyboard.press('Enter');
    await window.toast('Write a message first').waitFor();
  });

  it('asks who commits where that is not known, and goes on', async () => {
    const box = await Sandbox.create();
    box.forge('init', '-q');
    await writeFile(box.path('a.txt'), 'a\n');
    const { page } = await open(box);
    await window!.row('a.txt').waitFor();
    await window!.type('First');
    await page.keyboard.press('Control+Enter');
    await page.locator('.quick-input-widget', { hasText: 'Your name' }).waitFor();
    await page.keyboard.type('Noor Ødegård');
    await page.keyboard.press('Enter');
    await page.locator('.quick-input-widget', { hasText: 'e-mail' }).waitFor();
    await page.keyboard.type('noor@example.com');
    await page.keyboard.press('Enter');
    await window!.until('committed', (all) => !all.some((one) => one.startsWith('a.txt')));
    assert.equal(box.git('log', '--format=%an <%ae> %s').trim(), 'Noor Ødegård <noor@example.com> First');
  });

  it('asks about a very large new file, and ignores it when told to', async () => {
    const box = await repository();
    await appendFile(box.path('plain.txt'), 'second\n');
    await writeFile(box.path('huge [1].bin'), Buffer.alloc(1_500_000, 'x'));
    const { page } = await open(box);
    await window!.row('huge').waitFor();
    await window!.type('Without the large one');
    await page.keyboard.press('Control+Enter');
    await page.locator('.monaco-dialog-box', { hasText: 'huge [1].bin (1.5 MB)' }).waitFor();
    await window!.answer('Cancel');
    assert.deepEqual(messagesOf(box), ['Start']);
    assert.equal(await window!.message(), 'Without the large one');
    await window!.command('Forge: Commit All');
    await window!.answer('Ignore the File');
    await window!.until('committed', (all) => !all.some((one) => /^(plain|huge)/.test(one)));
    assert.match(await readFile(box.path('.forgeignore'), 'utf8'), /^\/huge \\\[1]\.bin$/m);
    assert.ok(!box.git('ls-tree', '-r', '--name-only', 'HEAD').includes('huge'));
    assert.equal(messagesOf(box)[0], 'Without the large one');
  });

  it('stops a commit in the middle, and keeps its message', async () => {
    const box = await repository();
    for (let part = 0; part < 6; part++) await writeNoise(box.path(`big${part}.raw`), 200);
    const { page } = await open(box);
    await window!.row('big0').waitFor({ timeout: 60_000 });
    await window!.type('Too much');
    await page.keyboard.press('Control+Enter');
    await window!.answer('Commit');
    const toast = window!.toast('Forge: Commit');
    await toast.locator('.monaco-button', { hasText: 'Cancel' }).click();
    await toast.waitFor({ state: 'detached', timeout: 60_000 });
    assert.deepEqual(messagesOf(box), ['Start']);
    assert.equal(await window!.message(), 'Too much');
    // Nothing stands in the way of the next operation.
    await appendFile(box.path('plain.txt'), 'second\n');
    box.forge('commit', '-q', '-m', 'Small', 'plain.txt');
    assert.equal(messagesOf(box)[0], 'Small');
  });

  it('creates and switches branches from the status bar, and names the file that stands in the way', async () => {
    const box = await repository();
    const { page } = await open(box);
    const branch = (name: string) => page.locator('.statusbar-item a', { hasText: name }).first();
    await branch('main').click();
    await page.locator('.quick-input-list .monaco-list-row', { hasText: 'Create branch' }).click();
    await page.locator('.quick-input-widget', { hasText: 'Name of the new branch' }).waitFor();
    await page.keyboard.press('Enter');
    await page.locator('.quick-input-widget', { hasText: 'A name is needed' }).waitFor();
    await page.keyboard.type('night');
    await page.keyboard.press('Enter');
    await branch('night').waitFor();
    await writeFile(box.path('plain.txt'), 'night\n');
    box.forge('commit', '-q', '-m', 'Night');
    await writeFile(box.path('plain.txt'), 'unsaved\n');
    await branch('night').click();
    await page.locator('.quick-input-list .monaco-list-row', { hasText: 'main' }).click();
    const toast = window!.toast('plain.txt has changes that are not committed');
    await toast.locator('.monaco-button', { hasText: 'Show Changes' }).waitFor();
    assert.equal(await readFile(box.path('plain.txt'), 'utf8'), 'unsaved\n');
    assert.equal(statusOf(box).branch, 'night');
  });

  it('goes back to the state after an operation of the list', async () => {
    const box = await repository();
    await writeFile(box.path('plain.txt'), 'two\n');
    box.forge('commit', '-q', '-m', 'Two');
    await writeFile(box.path('plain.txt'), 'three\n');
    box.forge('commit', '-q', '-m', 'Three');
    const { page } = await open(box);
    await page.locator('.statusbar-item a', { hasText: 'main' }).waitFor();
    await window!.command('Forge: Show Operations');
    await page.locator('.quick-input-list .monaco-list-row', { hasText: 'Two' }).click();
    await window!.answer('Go Back');
    await window!.toast('Back at the state after "Two"').waitFor();
    assert.deepEqual(messagesOf(box), ['Two', 'Start']);
    assert.equal(await readFile(box.path('plain.txt'), 'utf8'), 'two\n');
  });

  it('shows 2,000 of many rows and says how many more there are', async () => {
    const box = await repository();
    await mkdir(box.path('many'));
    for (let at = 0; at < 2300; at++) await writeFile(box.path(`many/file${at}.txt`), `${at}`);
    const { page } = await open(box);
    const notice = window!.row('300 more changes: show all');
    await notice.waitFor({ timeout: 60_000 });
    await page.locator('.scm-view .monaco-list-row .monaco-count-badge', { hasText: '2000' }).waitFor();
    await notice.click();
    await page.locator('.scm-view .monaco-list-row .monaco-count-badge', { hasText: '2300' }).waitFor();
    await notice.waitFor({ state: 'detached' });
  });
});

/** Writes `megabytes` that no store can make smaller. */
async function writeNoise(file: string, megabytes: number): Promise<void> {
  await pipeline(function* () {
    for (let written = 0; written < megabytes; written++) yield randomBytes(1_000_000);
  }, createWriteStream(file));
}
