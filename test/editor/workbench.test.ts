// Shows that the extension runs in a real workbench, and that the page object sees and does what it says.
import assert from 'node:assert/strict';
import { appendFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Sandbox } from '../support/forgeCommand.ts';
import { useWorkbench } from './support/useWorkbench.ts';

describe('Forge in a workbench', () => {
  let folder: string;
  const workbench = useWorkbench(async () => {
    const sandbox = await Sandbox.withRepository();
    folder = sandbox.folder;
    await writeFile(path.join(folder, 'notes.md'), 'The first line\n');
    await writeFile(path.join(folder, 'noise.bin'), Buffer.alloc(5000, '\0x'));
    sandbox.forge('commit', '-q', '-m', 'Start');
    await appendFile(path.join(folder, 'notes.md'), 'Another line\n');
    return folder;
  });

  it('shows the branch in the status bar', async () => {
    await workbench.current.statusBarItem('main').waitFor();
  });

  it('opens a file by its name and shows its text', async () => {
    await workbench.current.openFile('notes.md');
    await workbench.current.page.locator('.view-line', { hasText: 'Another' }).waitFor();
  });

  it('finds the commands of Forge in the palette', async () => {
    const { current } = workbench;
    await current.page.keyboard.press('F1');
    await current.quickInput().fill('>Forge: ');
    const picks = await current.picks();
    assert.ok(
      picks.some((label) => label.startsWith('Forge: ')),
      picks.join('\n'),
    );
    await current.page.keyboard.press('Escape');
  });

  it('keeps what it shows as a picture', async () => {
    const file = await workbench.current.screenshot('workbench');
    assert.match(file, /test-results\/screenshots\/workbench\.png$/);
  });
});
