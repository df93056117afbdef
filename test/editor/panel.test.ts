// Tests the Source Control panel and its commands in a real workbench, as people use them.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { appendFile, mkdir, readFile, rename, truncate, writeFile } from 'node:fs/promises';
import { NAMES, usePanel } from './support/panelRepository.ts';

describe('Source Control panel', () => {
  const panel = usePanel({ settings: { 'forge.commit.largeFileSizeMb': 1 } });

  it('lists changes by group, whatever the files are called, for the eye and for screen readers', async () => {
    const { current, repository } = panel;
    const { page } = current;
    for (const name of NAMES) await appendFile(repository.path(name), 'second\n');
    repository.box.forge('add', 'plain.txt');
    await writeFile(repository.path('new file.bin'), 'n\0');
    await current.panelShows([
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
    await current.screenshot('panel-groups');
  });

  it('commits from the keyboard alone, and empties the box', async () => {
    const { current, repository } = panel;
    const { page } = current;
    await appendFile(repository.path('plain.txt'), 'second\n');
    await current.panelRow('plain.txt').waitFor();
    await page.keyboard.press('Control+Shift+P');
    await current.quickInput().waitFor();
    await page.keyboard.type('Forge: Commit');
    await current.pick('Forge: Commit').and(page.locator('.focused')).waitFor();
    await page.keyboard.press('Enter');
    // Without a message it says so, and the box has the focus.
    await current.toast('Write a message first').waitFor();
    await page.keyboard.type('Say "second" — änd more');
    await page.keyboard.press('Control+Enter');
    await current.panelWithout('plain.txt');
    assert.equal(repository.messages()[0], 'Say "second" — änd more');
    assert.equal(await current.message(), '');
    const commit = repository.box.git('rev-parse', 'HEAD').slice(0, 10);
    await current.statusBarItem(`Committed ${commit} on main: 1 file`).waitFor();
    await current.typeMessage('again');
    await page.keyboard.press('Control+Enter');
    await current.toast('There is nothing to commit').waitFor();
    assert.equal(await current.message(), 'again');
  });

  it('stages and unstages rows and groups, and commits what is staged', async () => {
    const { current, repository } = panel;
    const { page } = current;
    for (const name of NAMES) await appendFile(repository.path(name), 'second\n');
    await current.clickRowAction('with space.txt', 'Stage Changes');
    await current.panelRow('Staged Changes').waitFor();
    await current.clickRowAction('Größe', 'Stage Changes');
    await current.panelUntil('two staged', (all) => all.indexOf('Changes') === 4);
    await current.clickRowAction('with space.txt', 'Unstage Changes');
    await current.panelUntil('one staged', (all) => all.indexOf('Changes') === 3);
    const staged = repository.status().changes.filter((one) => one.staged);
    assert.deepEqual(
      staged.map(({ path }) => path),
      [NAMES[2]],
    );
    await current.typeMessage('One of them');
    await page.keyboard.press('Control+Enter');
    await current.panelUntil('none staged', (all) => !all.includes('Staged Changes'));
    assert.equal(
      repository.box.git('show', '--name-only', '--format=', '-z', 'HEAD').replaceAll('\0', ''),
      NAMES[2],
    );
    await current.clickRowAction(/^Changes$/, 'Stage All Changes');
    await current.panelUntil('all staged', (all) => all.indexOf('Changes') === 5);
  });

  it('discards after a question, and undoes that', async () => {
    const { current, repository } = panel;
    await appendFile(repository.path('with space.txt'), 'second\n');
    await writeFile(repository.path('new.txt'), 'precious\n');
    await current.clickRowAction('with space.txt', 'Discard Changes');
    await current.pressInDialog('Cancel');
    assert.equal(await readFile(repository.path('with space.txt'), 'utf8'), 'first line\nsecond\n');
    await current.clickRowAction('with space.txt', 'Discard Changes');
    await current.pressInDialog('Discard');
    await current.panelWithout('with space');
    assert.equal(await readFile(repository.path('with space.txt'), 'utf8'), 'first line\n');
    await current.toast('The changes in with space.txt were discarded').locator('.monaco-button').click();
    await current.panelRow('with space.txt').waitFor();
    assert.equal(await readFile(repository.path('with space.txt'), 'utf8'), 'first line\nsecond\n');
    await current.clickRowAction('new.txt', 'Discard Changes');
    await current.pressInDialog('Discard');
    await current.panelWithout('new.txt');
    await current.runCommand('Forge: Undo Last Operation');
    await current.panelRow('new.txt').waitFor();
    assert.equal(await readFile(repository.path('new.txt'), 'utf8'), 'precious\n');
  });

  it('opens the difference of a text, the last version of what is gone, and the file itself when it is new', async () => {
    const { current, repository } = panel;
    const { page } = current;
    await writeFile(repository.path('Größe \'ñ\' "q".txt'), 'other line\n');
    await writeFile(repository.path('new.txt'), 'brand new\n');
    repository.box.forge('restore', 'plain.txt');
    await rename(repository.path('with space.txt'), repository.path('..', 'moved away.txt'));
    await current.panelRow('Größe').click();
    await page.locator('.monaco-diff-editor .original .view-line', { hasText: 'first line' }).waitFor();
    await page.locator('.monaco-diff-editor .modified .view-line', { hasText: 'other line' }).waitFor();
    await page.locator('.tab', { hasText: '(Last Commit ↔ Working File)' }).waitFor();
    await current.panelRow('with space.txt, Deleted').click();
    await page.locator('.tab', { hasText: 'with space.txt (Deleted)' }).waitFor();
    await page.locator('.editor-instance .view-line', { hasText: 'first line' }).waitFor();
    await page.keyboard.type('x');
    await page.getByText('This is an old version').first().waitFor();
    await current.panelRow('new.txt').click();
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
    assert.match(await labelOf('Größe'), /Modified · text · 11 B\s+Last change: Mira, .*minute.*: Start/);
  });

  it('does everything with a file from the keyboard, and from the palette for the active editor', async () => {
    const { current, repository } = panel;
    const { page } = current;
    await appendFile(repository.path('plain.txt'), 'second\n');
    const row = current.panelRow('plain.txt');
    await row.waitFor();
    // From another view, so that the box of the panel has the focus whatever had it before.
    await page.keyboard.press('Control+Shift+E');
    await page.locator('.explorer-folders-view').waitFor();
    await page.keyboard.press('Control+Shift+G');
    await page.locator('.scm-view .scm-editor .monaco-editor.focused').waitFor();
    // The box is inside the list, which comes before it.
    await page.keyboard.press('Shift+Tab');
    const focused = page.locator('.scm-view .monaco-list-row.focused');
    for (let presses = 0; presses < 6 && !(await focused.and(row).count()); presses++) {
      await page.keyboard.press('ArrowDown');
    }
    assert.ok(await focused.and(row).count(), 'the row can be reached from the keyboard');
    await page.keyboard.press('Enter');
    await page.locator('.monaco-diff-editor .modified .view-line', { hasText: 'second' }).waitFor();
    await current.runCommand('Forge: Stage Changes');
    await current.panelRow('Staged Changes').waitFor();
    await current.runCommand('Forge: Open Last Committed Version');
    await page.locator('.tab.active', { hasText: 'plain.txt (Last Commit)' }).waitFor();
    // The old version stands for its file.
    await current.runCommand('Forge: Unstage Changes');
    await current.panelUntil('unstaged', (all) => !all.includes('Staged Changes'));
    await current.runCommand('Forge: Open File');
    await page.locator('.tab.active[aria-label^="plain.txt"]').waitFor();
    await current.runCommand('Forge: Discard Changes');
    await current.pressInDialog('Discard');
    await current.panelWithout('plain.txt');
    await current.runCommand('Forge: Stage Changes');
    await current.toast('plain.txt has no changes').waitFor();
  });

  it('reads the new version of a text once HEAD has moved', async () => {
    const { current, repository } = panel;
    const { page } = current;
    await writeFile(repository.path('plain.txt'), 'two\n');
    await current.panelRow('plain.txt').click();
    await page.locator('.monaco-diff-editor .original .view-line', { hasText: 'first line' }).waitFor();
    repository.box.forge('commit', '-q', '-m', 'Two');
    await page.locator('.monaco-diff-editor .original .view-line', { hasText: 'two' }).waitFor();
  });

  it('opens no version of more than 50 MB as text, and says what to do instead', async () => {
    const { current, repository } = panel;
    const { page } = current;
    await writeFile(repository.path('big.txt'), Buffer.alloc(51 * 1024 * 1024, 'line\n'));
    repository.box.forge('commit', '-q', '-m', 'Big');
    await rename(repository.path('big.txt'), repository.path('..', 'big.txt'));
    await current.panelRow('big.txt, Deleted').click();
    await page.locator('.monaco-button', { hasText: 'Open Anyway' }).click();
    const toast = current.toast('at most 52.4 MB are shown as text');
    await toast.locator('.monaco-button', { hasText: 'Open Preview' }).waitFor();
    await current.screenshot('panel-too-large');
  });

  it('asks about a very large new file, and ignores it when told to', async () => {
    const { current, repository } = panel;
    const { page } = current;
    await appendFile(repository.path('plain.txt'), 'second\n');
    await writeFile(repository.path('huge [1].bin'), Buffer.alloc(1_500_000, 'x'));
    await current.panelRow('huge').waitFor();
    await current.typeMessage('Without the large one');
    await page.keyboard.press('Control+Enter');
    await page.locator('.monaco-dialog-box', { hasText: 'huge [1].bin (1.5 MB)' }).waitFor();
    await current.pressInDialog('Cancel');
    assert.deepEqual(repository.messages(), ['Start']);
    assert.equal(await current.message(), 'Without the large one');
    await current.runCommand('Forge: Commit All');
    await current.pressInDialog('Ignore the File');
    await current.panelUntil('committed', (all) => !all.some((one) => /^(plain|huge)/.test(one)));
    assert.match(await readFile(repository.path('.forgeignore'), 'utf8'), /^\/huge \\\[1]\.bin$/m);
    assert.ok(!repository.box.git('ls-tree', '-r', '--name-only', 'HEAD').includes('huge'));
    assert.equal(repository.messages()[0], 'Without the large one');
  });

  it('stops a commit in the middle, and keeps its message', async () => {
    const { current, repository } = panel;
    const { page } = current;
    // Noise, which has to be stored, and then nothing, which takes as long to read but no disk.
    await writeFile(repository.path('big.raw'), randomBytes(20_000_000));
    await truncate(repository.path('big.raw'), 32 * 2 ** 30);
    await current.panelRow('big.raw').waitFor();
    await current.typeMessage('Too much');
    await page.keyboard.press('Control+Enter');
    await current.pressInDialog('Commit');
    const toast = current.toast('Forge: Commit');
    await toast.locator('.monaco-button', { hasText: 'Cancel' }).click();
    await toast.waitFor({ state: 'detached' });
    await current.statusBarItem('stopped; nothing was changed').waitFor();
    assert.deepEqual(repository.messages(), ['Start']);
    assert.equal(await current.message(), 'Too much');
    await current.panelRow('big.raw').waitFor();
    // Nothing is half done: what is there can be rebuilt, and nothing stands in the way of the next operation.
    await appendFile(repository.path('plain.txt'), 'second\n');
    repository.box.forge('commit', '-q', '-m', 'Small', 'plain.txt');
    assert.equal(repository.messages()[0], 'Small');
    repository.box.forge('verify', '-q');
  });

  it('creates and switches branches from the status bar, and names the file that stands in the way', async () => {
    const { current, repository } = panel;
    const { page } = current;
    const branch = (name: string) => page.locator('.statusbar-item a', { hasText: name }).first();
    await branch('main').click();
    await page.locator('.quick-input-list .monaco-list-row', { hasText: 'Create branch' }).click();
    await page.locator('.quick-input-widget', { hasText: 'Name of the new branch' }).waitFor();
    await page.keyboard.press('Enter');
    await page.locator('.quick-input-widget', { hasText: 'A name is needed' }).waitFor();
    await page.keyboard.type('night');
    await page.keyboard.press('Enter');
    await branch('night').waitFor();
    await writeFile(repository.path('plain.txt'), 'night\n');
    repository.box.forge('commit', '-q', '-m', 'Night');
    await writeFile(repository.path('plain.txt'), 'unsaved\n');
    await branch('night').click();
    await page.locator('.quick-input-list .monaco-list-row', { hasText: 'main' }).click();
    const toast = current.toast('plain.txt has changes that are not committed');
    await toast.locator('.monaco-button', { hasText: 'Show Changes' }).waitFor();
    assert.equal(await readFile(repository.path('plain.txt'), 'utf8'), 'unsaved\n');
    assert.equal(repository.status().branch, 'night');
  });

  it('goes back to the state after an operation of the list', async () => {
    const { current, repository } = panel;
    const { page } = current;
    await writeFile(repository.path('plain.txt'), 'two\n');
    repository.box.forge('commit', '-q', '-m', 'Two');
    await writeFile(repository.path('plain.txt'), 'three\n');
    repository.box.forge('commit', '-q', '-m', 'Three');
    await page.locator('.statusbar-item a', { hasText: 'main' }).waitFor();
    await current.runCommand('Forge: Show Operations');
    await page.locator('.quick-input-list .monaco-list-row', { hasText: 'Two' }).click();
    await current.pressInDialog('Go Back');
    await current.toast('Back at the state after "Two"').waitFor();
    assert.deepEqual(repository.messages(), ['Two', 'Start']);
    assert.equal(await readFile(repository.path('plain.txt'), 'utf8'), 'two\n');
  });

  it('shows 2,000 of many rows and says how many more there are', async () => {
    const { current, repository } = panel;
    const { page } = current;
    await mkdir(repository.path('many'));
    for (let at = 0; at < 2300; at++) await writeFile(repository.path(`many/file${at}.txt`), `${at}`);
    const notice = current.panelRow('300 more changes: show all');
    await notice.waitFor();
    await page.locator('.scm-view .monaco-list-row .monaco-count-badge', { hasText: '2000' }).waitFor();
    await notice.click();
    await page.locator('.scm-view .monaco-list-row .monaco-count-badge', { hasText: '2300' }).waitFor();
    await notice.waitFor({ state: 'detached' });
  });
});
