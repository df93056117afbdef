// Tests the comparison of videos in a real workbench, under the policy of its page, in a dark and a light theme.
import assert from 'node:assert/strict';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Sandbox } from '../support/forgeCommand.ts';
import { projectRoot } from './support/editorServer.ts';
import { useWorkbench } from './support/useWorkbench.ts';

const fixture = (name: string): string => path.join(projectRoot, 'test/fixtures/media', name);

for (const [name, theme] of [
  ['dark', 'Default Dark Modern'],
  ['light', 'Default Light Modern'],
])
  describe(`comparing videos in ${theme}`, () => {
    let box: Sandbox;
    const workbench = useWorkbench(
      async () => {
        box = await Sandbox.withRepository();
        await copyFile(fixture('old.webm'), box.path('Trailer ü.webm'));
        await copyFile(fixture('mpeg4.mp4'), box.path('broken.mp4'));
        box.forge('commit', '-q', '-m', 'Cut');
        await copyFile(fixture('new.webm'), box.path('Trailer ü.webm'));
        const bytes = await readFile(fixture('mpeg4.mp4'));
        bytes.fill(0x55, 1000, 1016);
        await writeFile(box.path('broken.mp4'), bytes);
        return box.folder;
      },
      { settings: { 'workbench.colorTheme': theme } },
    );
    /** The page that is shown, of several. */
    const page = () => workbench.current.shownPage();
    const status = (text: string | RegExp) => page().locator('#status', { hasText: text }).waitFor();

    it('shows both versions, from a row of the panel, and plays them', async () => {
      const { current } = workbench;
      await current.showPanel();
      await current.panelRow('Trailer ü.webm').click();
      await current.tab(/Trailer ü\.webm \(Last Commit ↔ Working File\)/).waitFor();
      await status('The pictures are equal');
      await page()
        .locator('figcaption', { hasText: /Working File.*WebM.*0:02 · 64 × 36 · 10 fps · VP8/ })
        .waitFor();
      await page().locator('.stage').focus();
      await current.page.keyboard.press('Space');
      await page()
        .locator('.time', { hasText: /^0:01\.[1-9]/ })
        .waitFor();
      await current.page.keyboard.press('Space');
      await status(/pixels differ \(\d+\.\d %\)/);
      await current.screenshot(`compare-videos-${name}`);
    });

    it('has every mode of pictures, by a key', async () => {
      const { current } = workbench;
      for (const [key, mode] of [
        ['2', 'Swipe'],
        ['3', 'Onion skin'],
        ['4', 'Difference'],
      ]) {
        await current.page.keyboard.press(key);
        await page().getByRole('button', { name: mode, pressed: true }).waitFor();
        assert.equal(await page().locator('canvas').count(), 1);
        await current.screenshot(`compare-videos-${mode.toLowerCase().replace(' ', '-')}-${name}`);
      }
    });

    it('follows the working file', async () => {
      await copyFile(fixture('old.webm'), box.path('Trailer ü.webm'));
      await status('The pictures are equal');
    });

    it('names the codec that it lacks, and shows facts and changed bytes', async () => {
      const { current } = workbench;
      await current.panelRow('broken.mp4').click();
      await status('The video cannot be decoded; it is MP4 (MPEG-4 Visual)');
      await page().getByText('Changed ranges: 1').waitFor();
      await page().getByRole('grid').press('n');
      await page().locator('.hex-changed').first().waitFor();
      await page().locator('.facts dd', { hasText: '64 × 36' }).first().waitFor();
      await current.screenshot(`compare-videos-undecodable-${name}`);
    });
  });
