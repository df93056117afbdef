// Tests the Asset History view in a real workbench: it follows the file that is open, compares versions and brings one back.
import assert from 'node:assert/strict';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { writePng } from '../../core/formats/pngWriter.ts';
import { Sandbox } from '../support/forgeCommand.ts';
import { useWorkbench } from './support/useWorkbench.ts';

describe('Asset History', () => {
  let box: Sandbox;
  const workbench = useWorkbench(async () => {
    box = await Sandbox.withRepository();
    const save = async (name: string, text: string, message: string): Promise<void> => {
      await writeFile(box.path(name), text);
      box.forge('commit', '-q', '-m', message);
    };
    await save('sky.txt', 'blue\n', 'Paint the sky');
    await save('sky.txt', 'grey\n', 'Let it rain');
    await rename(box.path('sky.txt'), box.path('weather ü.txt'));
    box.forge('commit', '-q', '-m', 'Call it weather');
    await writeFile(box.path('rock.bin'), Buffer.alloc(50_000, '\0x'));
    box.forge('commit', '-q', '-m', 'Add a rock');
    await writeFile(box.path('flag.png'), pngOf([255, 0, 0]));
    box.forge('commit', '-q', '-m', 'Hoist a red flag');
    await writeFile(box.path('flag.png'), pngOf([0, 0, 255]));
    box.forge('commit', '-q', '-m', 'Hoist a blue flag');
    return box.folder;
  });
  const row = (text: string) =>
    workbench.current.page.locator('.pane-body .monaco-list-row[role=treeitem]', { hasText: text });

  async function choose(version: string, action: string): Promise<void> {
    const { page } = workbench.current;
    await row(version).click({ button: 'right' });
    await page.getByRole('menuitem', { name: action, exact: true }).hover();
    await page.keyboard.press('Enter');
  }

  it('shows the versions of the open file, under earlier names too', async () => {
    const { current } = workbench;
    await current.openFile('weather');
    await current.runCommand('Forge: Show Asset History');
    await row('Call it weather').waitFor();
    await row('Paint the sky').waitFor();
    assert.match((await row('Let it rain').getAttribute('aria-label')) ?? '', /Let it rain, Mira, .*, 5 B/);
    await current.screenshot('history');
  });

  it('opens a version as it was', async () => {
    const { current } = workbench;
    await row('Paint the sky').click();
    await current.page.locator('.view-line', { hasText: 'blue' }).waitFor();
  });

  it('compares a version with the working file', async () => {
    const { current } = workbench;
    await choose('Let it rain', 'Compare with Working File');
    await current.tab(/weather ü\.txt \(.*Working File\)/).waitFor();
  });

  it('compares two versions that are selected, the older one on the left', async () => {
    const { current } = workbench;
    await row('Let it rain').click();
    await row('Paint the sky').click({ modifiers: ['Control'] });
    await choose('Paint the sky', 'Compare Versions…');
    await current.tab(/sky\.txt \([0-9a-f]{10} ↔ [0-9a-f]{10}\)/).waitFor();
    await current.page.locator('.original .view-line', { hasText: 'blue' }).waitFor();
    await current.page.locator('.modified .view-line', { hasText: 'grey' }).waitFor();
  });

  it('brings a version back after asking', async () => {
    const { current } = workbench;
    await choose('Paint the sky', 'Restore This Version');
    await current.dialog().getByRole('button', { name: 'Restore' }).click();
    await row('Working File').waitFor();
    assert.equal(await readFile(box.path('weather ü.txt'), 'utf8'), 'blue\n');
    await current.runCommand('Forge: Undo Last Operation');
    await row('Working File').waitFor({ state: 'detached' });
    assert.equal(await readFile(box.path('weather ü.txt'), 'utf8'), 'grey\n');
  });

  it('says that nothing of a new file is committed', async () => {
    const { current } = workbench;
    await writeFile(box.path('new.txt'), 'new\n');
    await current.openFile('new.txt');
    await current.page
      .locator('.pane-body', { hasText: 'No version of this file is committed yet.' })
      .first()
      .waitFor();
  });

  it('follows the tab of a comparison of pictures', async () => {
    const { current } = workbench;
    await current.openFile('flag.png');
    // A page that loads takes the focus, and closes a menu.
    await current.page.getByText('16x16').waitFor();
    await row('Hoist a red flag').waitFor();
    await choose('Hoist a red flag', 'Compare with Working File');
    const comparison = current.tab(/flag\.png \(.*Working File\)/);
    await comparison.waitFor();
    await current.tab(/weather ü\.txt$/).click();
    await row('Call it weather').waitFor();
    await comparison.click();
    await row('Hoist a red flag').waitFor();
    assert.equal(await row('Call it weather').count(), 0);
    await current.screenshot('history-follows-comparison');
  });

  it('follows the tab of a version', async () => {
    const { current } = workbench;
    await row('Hoist a red flag').click();
    const version = current.tab(/flag\.png \([0-9a-f]{10}\)/);
    await version.waitFor();
    await current.openFile('rock.bin');
    await row('Add a rock').waitFor();
    await version.click();
    await row('Hoist a blue flag').waitFor();
  });

  it('stays with the file that it was asked for, beside the tab of another', async () => {
    const { current } = workbench;
    await current.page.keyboard.press('Control+Shift+E');
    const rock = current.page.locator('.explorer-folders-view .monaco-list-row', { hasText: 'rock.bin' });
    await rock.click({ button: 'right' });
    await current.page.getByRole('menuitem', { name: /^Show Asset History/ }).hover();
    await current.page.keyboard.press('Enter');
    // The keys are in its rows once the view has heard that it is seen.
    await current.page.locator('.sidebar .monaco-list:focus .focused', { hasText: 'Add a rock' }).waitFor();
    await current.screenshot('history-of-another');
    await current.tab(/weather ü\.txt$/).click();
    await row('Call it weather').waitFor();
  });
});

/** A picture of one colour. */
function pngOf([red, green, blue]: [number, number, number]): Buffer {
  const data = Uint8Array.from({ length: 16 * 16 * 4 }, (_, i) => [red, green, blue, 255][i % 4]);
  return writePng({ width: 16, height: 16, data });
}
