// Tests the comparison of pictures in a real workbench: every mode, the count of changed pixels, and what cannot be shown.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { Sandbox } from '../support/forgeCommand.ts';
import { picture } from '../support/picture.ts';
import { useWorkbench } from './support/useWorkbench.ts';

const SIZE = 200;
/** A gradient with a hole in it; `moved` puts a red square of 30 × 30 pixels on it. */
function texture(moved: boolean): Buffer {
  return picture(SIZE, SIZE, (x, y) => {
    if (moved && x >= 120 && x < 150 && y >= 40 && y < 70) return [220, 20, 20, 255];
    return [x, y, 128, (x - 60) ** 2 + (y - 130) ** 2 < 900 ? 0 : 255];
  });
}

describe('comparing pictures', () => {
  let box: Sandbox;
  const workbench = useWorkbench(async () => {
    box = await Sandbox.withRepository();
    await writeFile(box.path('Hero ü.png'), texture(false));
    await writeFile(box.path('broken.png'), Buffer.from('\x89PNG broken\0'));
    box.forge('commit', '-q', '-m', 'Draw');
    await writeFile(box.path('Hero ü.png'), texture(true));
    await writeFile(box.path('broken.png'), Buffer.from('\x89PNG broken\0, and again'));
    return box.folder;
  });
  const status = () => workbench.current.webview().locator('#status');

  it('opens from a row of the panel and counts the changed pixels', async () => {
    const { current } = workbench;
    await current.showPanel();
    await current.panelRow('Hero ü.png').click();
    await current.tab(/Hero ü\.png \(Last Commit ↔ Working File\)/).waitFor();
    await status().filter({ hasText: 'pixels differ' }).waitFor();
    assert.equal(
      await status().textContent(),
      `900 of ${SIZE * SIZE} pixels differ (2.3 %) · within 30 × 30 at 120, 40`,
    );
    assert.equal(await current.webview().locator('canvas').count(), 2);
    await current.screenshot('compare-side-by-side');
  });

  for (const [key, mode, name] of [
    ['2', 'Swipe', 'compare-swipe'],
    ['3', 'Onion skin', 'compare-onion-skin'],
    ['4', 'Difference', 'compare-difference'],
  ]) {
    it(`shows ${mode} by a key`, async () => {
      const { current } = workbench;
      await current.webview().locator('.stage').focus();
      await current.page.keyboard.press(key);
      await current.webview().getByRole('button', { name: mode, pressed: true }).waitFor();
      assert.equal(await current.webview().locator('canvas').count(), 1);
      await current.screenshot(name);
    });
  }

  it('shows one channel', async () => {
    const { current } = workbench;
    await current.webview().getByRole('button', { name: 'Side by side' }).click();
    await current.webview().getByLabel('Channels').selectOption('alpha');
    await current.screenshot('compare-alpha');
  });

  it('follows the working file', async () => {
    await writeFile(box.path('Hero ü.png'), texture(false));
    await status().filter({ hasText: 'The pictures are equal' }).waitFor();
  });

  it('says why a broken picture is not shown', async () => {
    const { current } = workbench;
    await current.panelRow('broken.png').click();
    await current.tab(/broken\.png/).waitFor();
    const page = current.shownPage();
    await page.locator('#status', { hasText: 'cannot be decoded' }).waitFor();
    await page
      .getByRole('cell', { name: 'broken.png (Working File)' })
      .or(page.getByRole('columnheader', { name: 'broken.png (Working File)' }))
      .first()
      .waitFor();
    await current.screenshot('compare-broken');
  });
});
