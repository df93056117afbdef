// Owns `npm run screenshots`: takes the pictures of the README and of the walkthrough in a real workbench, dark and light.
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { whyNoWorkbench } from '../../test/editor/support/browser.ts';
import { projectRoot } from '../../test/editor/support/editorServer.ts';
import { Workbench } from '../../test/editor/support/workbench.ts';
import { CRATE, makeFolder, makeRepository, SCENE } from './project.ts';

const IMAGES = path.join(projectRoot, 'docs/images');
const WALKTHROUGH = path.join(projectRoot, 'extension/media/walkthrough');
const SIZE = { width: 1120, height: 660 };
const THEMES = { dark: 'Dark 2026', light: 'Light 2026' };

type Shade = keyof typeof THEMES;

const why = whyNoWorkbench();
if (why !== undefined) throw new Error(why);
const home = await mkdtemp(path.join(await realpath(os.tmpdir()), 'forge-screenshots-'));
try {
  await mkdir(IMAGES, { recursive: true });
  await mkdir(WALKTHROUGH, { recursive: true });
  for (const shade of Object.keys(THEMES) as Shade[]) {
    const empty = path.join(home, shade, 'new', 'harbour');
    const folder = path.join(home, shade, 'harbour');
    await makeFolder(empty);
    await inWorkbench(empty, shade, (workbench) => photographWelcome(workbench, shade));
    await makeRepository(projectRoot, folder);
    await inWorkbench(folder, shade, (workbench) => photographWork(workbench, shade));
  }
} finally {
  await rm(home, { recursive: true, force: true });
}

async function inWorkbench(
  folder: string,
  shade: Shade,
  work: (workbench: Workbench) => Promise<void>,
): Promise<void> {
  const settings = {
    'workbench.colorTheme': THEMES[shade],
    'window.autoDetectColorScheme': false,
    'editor.minimap.enabled': false,
    'workbench.layoutControl.enabled': false,
  };
  const workbench = await Workbench.open(folder, { size: SIZE, settings });
  try {
    await work(workbench);
  } catch (error) {
    await workbench.screenshot(`failed-screenshots-${shade}`);
    throw error;
  } finally {
    await workbench.close();
  }
}

async function photographWelcome(workbench: Workbench, shade: Shade): Promise<void> {
  // Without a repository the view has no list to wait for.
  await workbench.page.keyboard.press('Control+Shift+G');
  const box = await workbench.page.getByRole('button', { name: 'Initialize Repository' }).boundingBox();
  if (!box) throw new Error('there is no button to initialize a repository');
  // Forge's part of the view alone: Git has one as well.
  const clip = { x: box.x - 16, y: box.y - 82, width: box.width + 32, height: box.height + 98 };
  await workbench.page.screenshot({ path: path.join(WALKTHROUGH, `init-${shade}.png`), clip });
}

async function photographWork(workbench: Workbench, shade: Shade): Promise<void> {
  const { page } = workbench;
  const picture = (name: string): Promise<Buffer> =>
    page.screenshot({ path: path.join(IMAGES, `${name}-${shade}.png`) });

  await workbench.openFile(SCENE);
  await workbench.showPanel();
  await workbench.panelRow('T_Crate.png').waitFor();
  await workbench.typeMessage('Paint the mark blue');
  await picture('panel');
  await part(workbench, `commit-${shade}`, 350, 260);
  await workbench.typeMessage('');

  await showHover(workbench);
  await picture('hover');
  await page.screenshot({
    path: path.join(WALKTHROUGH, `hover-${shade}.png`),
    clip: { x: 352, y: 66, width: 768, height: 400 },
  });

  await page.mouse.move(600, 640);
  await workbench.runCommand('Forge: Show Operations');
  await workbench.picks();
  const operations = page.locator('.quick-input-widget', { hasText: 'Build the harbour' });
  await operations.waitFor();
  await operations.screenshot({
    path: path.join(WALKTHROUGH, `undo-${shade}.png`),
    animations: 'disabled',
  });
  await page.keyboard.press('Escape');
  await workbench.quickInput().waitFor({ state: 'hidden' });

  await workbench.openFile(CRATE);
  // The view follows what is open; its command would wait for a page that has the focus.
  await page.locator('.pane-header', { hasText: 'Asset History' }).click();
  const rows = page.locator('.pane-body .monaco-list-row[role=treeitem]');
  await rows.filter({ hasText: 'Put our mark on the crate' }).waitFor();
  // The editor's own preview, which shows its picture late.
  await workbench.webview().locator('img').waitFor();
  await settle(workbench);
  await picture('history');

  await workbench.panelRow('T_Crate.png').click();
  const viewer = workbench.webview();
  await viewer.locator('#status', { hasText: 'pixels differ' }).waitFor();
  const drawn = (): Promise<void> => viewer.locator('.stage[aria-busy=false]').waitFor();
  await drawn();
  await page.mouse.move(600, 640);
  await picture('compare-side-by-side');
  await page.screenshot({
    path: path.join(WALKTHROUGH, `compare-${shade}.png`),
    clip: { x: 352, y: 66, width: 768, height: 540 },
  });
  for (const [key, mode, name] of [
    ['2', 'Swipe', 'compare-swipe'],
    ['3', 'Onion skin', 'compare-onion-skin'],
    ['4', 'Difference', 'compare-difference'],
  ] as const) {
    await viewer.locator('.stage').focus();
    await page.keyboard.press(key);
    await viewer.getByRole('button', { name: mode, pressed: true }).waitFor();
    await drawn();
    await settle(workbench);
    await picture(name);
  }
}

/** Waits until the window has shown what its pages drew: two frames of the window's own. */
async function settle({ page }: Workbench): Promise<void> {
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
}

/** Shows the hover over the crate; again, where its versions were still being read or the window took it away. */
async function showHover(workbench: Workbench): Promise<void> {
  for (let tries = 1; ; tries++) {
    const hover = await workbench.hover(`./${path.posix.relative('Content', CRATE)}`);
    try {
      await hover.getByText('Build the harbour').waitFor({ timeout: 3000 });
      await hover.getByAltText('Preview of T_Crate.png').waitFor({ timeout: 1000 });
      return;
    } catch (error) {
      if (tries === 5) throw error;
      await workbench.page.mouse.move(0, 0);
      await hover.waitFor({ state: 'hidden' });
    }
  }
}

/** The upper left of the window, below its title bar, for the walkthrough. */
async function part(workbench: Workbench, name: string, width: number, height: number): Promise<void> {
  const clip = { x: 0, y: 36, width, height };
  await workbench.page.screenshot({ path: path.join(WALKTHROUGH, `${name}.png`), clip });
}
