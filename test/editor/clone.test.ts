// Tests that the panel offers to clone a repository where no folder is open, shows how far it is, can be stopped, and opens the clone.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Sandbox } from '../support/forgeCommand.ts';
import { tempFolder } from '../support/tempFolder.ts';
import { useWorkbench } from './support/useWorkbench.ts';

describe('Clone Repository', () => {
  let source: Sandbox;
  const workbench = useWorkbench(
    async () => {
      source = await Sandbox.withRepository();
      await writeFile(source.path('notes.txt'), 'first line\n');
      await writeFile(source.path('hero.bin'), randomBytes(300_000));
      source.forge('commit', '-q', '-m', 'Start');
      return source.home;
    },
    { settings: { 'window.openFoldersInNewWindow': 'off' } },
  );

  /** A folder in which there is another one. */
  async function targetFolder(): Promise<string> {
    const folder = await tempFolder();
    await mkdir(path.join(folder, 'beside'));
    return folder;
  }

  /** Answers the dialog that asks for a folder. */
  async function choose(title: string, folder: string): Promise<void> {
    const { current } = workbench;
    const dialog = current.page.locator('.quick-input-widget:not(.hidden)', { hasText: title });
    await dialog.waitFor();
    await current.quickInput().fill(`${folder}/`);
    // What it lists of the folder itself: until then an Enter is for what it listed before.
    const [inside] = (await readdir(folder, { withFileTypes: true })).filter((one) => one.isDirectory());
    await dialog
      .locator('.monaco-list-row', { hasText: inside?.name ?? '' })
      .first()
      .waitFor();
    await current.page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'hidden' });
  }

  async function clone(from: string, to: string): Promise<void> {
    await choose('Choose the folder of the Forge repository to clone', from);
    await choose('Choose the folder in which the clone becomes a folder of its own', to);
  }

  /** In a window without a folder, by the button of the view. */
  async function startFromEmptyWindow(): Promise<void> {
    const { current } = workbench;
    await current.openFolder(undefined);
    await current.showPanel();
    const button = current.page
      .locator('.welcome-view-content')
      .getByRole('button', { name: 'Clone Forge Repository' });
    await button.waitFor();
    await current.screenshot('clone-welcome');
    await button.click();
  }

  it('asks from where and to where, and opens the clone', async () => {
    const { current } = workbench;
    const target = await targetFolder();
    await startFromEmptyWindow();
    await clone(source.folder, target);
    const dialog = current.dialog();
    await dialog.getByText('Would you like to open the cloned repository?').waitFor();
    const copy = path.join(target, path.basename(source.folder));
    assert.ok((await dialog.textContent())?.includes(copy));
    await current.screenshot('clone-done');
    await dialog.getByRole('button', { name: 'Open', exact: true }).click();
    await current.statusBarItem('main').waitFor();
    assert.deepEqual(await readFile(path.join(copy, 'hero.bin')), await readFile(source.path('hero.bin')));
    assert.match(source.run(['log', '--oneline'], { cwd: copy }).stdout, /^[0-9a-f]+ Start$/m);
  });

  it('asks for another name where there is one of this name already', async () => {
    const { current } = workbench;
    const target = await targetFolder();
    await mkdir(path.join(target, 'work'));
    await startFromEmptyWindow();
    await clone(source.folder, target);
    const question = current.page.locator('.quick-input-widget:not(.hidden)', {
      hasText: 'Name of the Clone',
    });
    await question.waitFor();
    await current.page.keyboard.press('Enter');
    await question.getByText('There is a work already.').waitFor();
    await current.answer('other');
    await current.pressInDialog('Cancel');
    assert.deepEqual((await readdir(target)).sort(), ['beside', 'other', 'work']);
  });

  it('says what is wrong with a folder that is no repository, and asks for another one', async () => {
    const { current } = workbench;
    const [nothing, target] = [await targetFolder(), await targetFolder()];
    await startFromEmptyWindow();
    await clone(nothing, target);
    const toast = current.toast('is not the root of a Forge repository');
    await toast.waitFor();
    await current.screenshot('clone-of-nothing');
    assert.deepEqual(await readdir(target), ['beside']);
    await toast.getByRole('button', { name: 'Choose Another Folder' }).click();
    await clone(source.folder, target);
    await current.pressInDialog('Cancel');
    assert.deepEqual((await readdir(target)).sort(), ['beside', 'work']);
  });

  it('shows how far it is, and leaves nothing when it is stopped', async () => {
    const { current } = workbench;
    const huge = await Sandbox.withRepository();
    const target = await targetFolder();
    // Noise, and then nothing, which takes no room in the store and a while to write.
    await writeFile(huge.path('big.raw'), randomBytes(1_000_000));
    await truncate(huge.path('big.raw'), 3 * 2 ** 30);
    huge.forge('commit', '-q', '-m', 'Huge');
    await startFromEmptyWindow();
    await clone(huge.folder, target);
    const toast = current.toast('Forge: Clone');
    await toast.getByText(/GB|MB/).first().waitFor();
    await current.screenshot('clone-progress');
    await toast.locator('.monaco-button', { hasText: 'Cancel' }).click();
    await toast.waitFor({ state: 'detached' });
    await current.statusBarItem('stopped; nothing was changed').waitFor();
    assert.deepEqual(await readdir(target), ['beside']);
  });
});
