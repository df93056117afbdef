// Tests that a window which speaks German has Forge speak it: commands, the panel, a hover by the server, the history, and a page.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { Sandbox } from '../support/forgeCommand.ts';
import { picture } from '../support/picture.ts';
import { useWorkbench } from './support/useWorkbench.ts';

describe('in German', function () {
  this.timeout(120_000);
  const texture = (red: number): Buffer => picture(64, 64, (x, y) => [red, x, y, 255]);
  const workbench = useWorkbench(
    async () => {
      const box = await Sandbox.withRepository();
      await writeFile(box.path('page.json'), '{ "hero": "./hero.png" }\n');
      for (const [version, message] of ['Draw', 'Draw it again'].entries()) {
        await writeFile(box.path('hero.png'), texture(40 * version));
        box.forge('commit', '-q', '-m', message);
      }
      await writeFile(box.path('hero.png'), texture(200));
      await writeFile(box.path('page.json'), '{ "hero": "./hero.png", "gone": "./gone.png" }\n');
      await writeFile(box.path('new.bin'), Buffer.alloc(9));
      box.forge('add', 'page.json');
      return box.folder;
    },
    { language: 'de' },
  );

  it('shows the groups and the rows of the panel', async () => {
    const { current } = workbench;
    await current.showPanel();
    for (const group of ['Bereitgestellte Änderungen', 'Änderungen', 'Nicht verfolgte Dateien'])
      await current.panelRow(new RegExp(`^${group}`)).waitFor();
    await current.panelRow(/^hero\.png, Geändert/).waitFor();
    await current.screenshot('german-panel');
  });

  it('has its commands in the palette', async () => {
    const { current } = workbench;
    await current.openFile('hero.png');
    await current.runCommand('Forge: Asset-Verlauf zeigen');
    const { page } = current;
    await page.getByRole('treeitem', { name: 'Draw it again, Mira' }).waitFor();
    await page.getByRole('treeitem', { name: 'Arbeitsdatei' }).waitFor();
    await page.getByRole('treeitem', { name: 'Draw, Mira' }).click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Diese Version wiederherstellen', exact: true }).waitFor();
    await current.screenshot('german-history');
    await page.keyboard.press('Escape');
  });

  it('shows the hover of the server', async () => {
    const { current } = workbench;
    await current.openFile('page.json');
    const hover = await current.hover('hero.png');
    await hover.getByRole('link', { name: 'Verlauf' }).waitFor();
    await hover.getByRole('link', { name: 'Wiederherstellen' }).first().waitFor();
    await current.screenshot('german-hover');
    await current.page.locator('.squiggly-warning').first().waitFor();
    await current.page.mouse.move(0, 0);
    await (await current.hover('gone.png')).waitFor();
    await current.screenshot('german-missing');
  });

  it('shows a comparison of pictures', async () => {
    const { current } = workbench;
    await current.showPanel();
    await current.panelRow('hero.png').click();
    await current.tab(/hero\.png \(Letzter Commit ↔ Arbeitsdatei\)/).waitFor();
    const page = current.webview();
    await page.locator('#status', { hasText: '4096 von 4096 Pixeln verschieden (100,0 %)' }).waitFor();
    assert.equal(await page.locator('html').getAttribute('lang'), 'de');
    await page.getByRole('button', { name: 'Überblenden' }).waitFor();
    await current.screenshot('german-comparison');
  });
});
