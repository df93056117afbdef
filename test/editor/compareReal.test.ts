// Tests the comparison of a real picture in a real workbench, in every mode, under a name with signs that addresses and patterns give a meaning.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Sandbox } from '../support/forgeCommand.ts';
import { sameBytes } from '../support/sameBytes.ts';
import { projectRoot } from './support/editorServer.ts';
import { useWorkbench } from './support/useWorkbench.ts';

const HISTORY = path.join(projectRoot, '../shared/data/media/histories/sprite_sheet.png');
const NAME = 'Blätter \'ñ\' "q" #1 [50%] 語.png';

/** What is used of a canvas: the tests know no DOM. */
interface Canvas {
  width: number;
  height: number;
  getContext(kind: '2d'): {
    getImageData(x: number, y: number, width: number, height: number): { data: Uint8ClampedArray };
  };
}

describe('comparing a real picture', () => {
  let box: Sandbox;

  before(function () {
    if (existsSync(HISTORY)) return;
    console.log('    skipped: no ../shared/data here');
    this.skip();
  });
  const workbench = useWorkbench(async () => {
    box = await Sandbox.withRepository();
    await mkdir(box.path('my art'));
    await writeFile(box.path('page.json'), JSON.stringify({ art: `./my art/${NAME}` }));
    for (const version of ['v10', 'v11']) await save(version, version);
    await copyFile(path.join(HISTORY, 'v12.png'), box.path('my art', NAME));
    return box.folder;
  });

  async function save(version: string, message: string): Promise<void> {
    await copyFile(path.join(HISTORY, `${version}.png`), box.path('my art', NAME));
    box.forge('commit', '-q', '-m', message);
  }

  /** Waits until the canvas shows something: it is drawn once the worker has made its picture. */
  async function drawn(): Promise<void> {
    const canvas = workbench.current.webview().locator('canvas').last();
    const isDrawn = (): Promise<boolean> =>
      canvas.evaluate((element) => {
        const shown = element as unknown as Canvas;
        return shown
          .getContext('2d')
          .getImageData(0, 0, shown.width, shown.height)
          .data.some((value) => value > 0);
      });
    while (!(await isDrawn())) await workbench.current.page.waitForTimeout(20);
  }

  it('opens from the panel and counts what differs', async () => {
    const { current } = workbench;
    await current.showPanel();
    await current.panelRow('Blätter').click();
    const status = current.webview().locator('#status');
    await status.filter({ hasText: 'pixels differ' }).waitFor();
    assert.match((await status.textContent()) ?? '', /^\d+ of 4080000 pixels differ/);
    await current.screenshot('real-side-by-side');
  });

  for (const [key, mode, name] of [
    ['2', 'Swipe', 'real-swipe'],
    ['3', 'Onion skin', 'real-onion-skin'],
    ['4', 'Difference', 'real-difference'],
  ]) {
    it(`shows ${mode}`, async () => {
      const { current } = workbench;
      await current.webview().locator('.stage').focus();
      await current.page.keyboard.press(key);
      await current.webview().getByRole('button', { name: mode, pressed: true }).waitFor();
      await drawn();
      await current.screenshot(name);
    });
  }

  it('is in a hover, with its versions', async () => {
    const { current } = workbench;
    await current.openFile('page.json');
    await current.settledHover('Blätter', NAME, 'PNG, 2400 × 1700', 'v11', 'v10');
    await current.screenshot('real-hover');
    await current.page.mouse.move(0, 0);
  });

  it('has its versions in Asset History, and brings one back as a copy', async () => {
    const { current } = workbench;
    const { page } = current;
    await current.tab(NAME).click();
    // The page takes the keys.
    await current.typeMessage('');
    await current.runCommand('Forge: Show Asset History');
    const versions = page.locator('.pane-body .monaco-list-row[role=treeitem]');
    await versions.filter({ hasText: 'v10' }).click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Restore This Version as a Copy…' }).hover();
    await page.keyboard.press('Enter');
    // The dialog proposes a name.
    const base = path.basename(NAME, '.png');
    while (!(await current.quickInput().inputValue()).includes(base)) await page.waitForTimeout(20);
    await page.keyboard.press('Enter');
    await current.panelRow(`${base} `).waitFor();
    const names = await readdir(box.path('my art'));
    const [copy] = names.filter((name) => name !== NAME);
    assert.match(copy.slice(base.length), /^ [0-9a-f]{10}\.png$/);
    sameBytes(await readFile(box.path('my art', copy)), await readFile(path.join(HISTORY, 'v10.png')));
    await current.screenshot('real-history');
  });
});
