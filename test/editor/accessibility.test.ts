// Tests that no page has a flaw that axe finds, whatever it shows, in each kind of theme; what it looks like is in the screenshots.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { copyFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Sandbox } from '../support/forgeCommand.ts';
import { boxBytes, boxJson, type BoxSize, glbOf } from '../support/model.ts';
import { picture } from '../support/picture.ts';
import { wavFile } from '../support/soundFile.ts';
import { exr } from '../unit/formats/fixtures.ts';
import { projectRoot } from './support/editorServer.ts';
import { flawsOf } from './support/flaws.ts';
import { THEME_KINDS, THEME_SETTINGS, useTheme } from './support/themes.ts';
import { useWorkbench } from './support/useWorkbench.ts';

const DATA = path.join(projectRoot, '../shared/data');
const PACKAGE = path.join(DATA, 'unreal/histories/CesiumSunSky.uasset');
const PAINTING = path.join(DATA, 'media/histories/zombies.kra');

/** What is shown, what says that it is, and what is done to it then. */
const PAGES: { file: string; waits: string; name: string; keys?: string[]; real?: string }[] = [
  { file: 'hero.png', waits: '#status:has-text("differ")', name: 'picture-side' },
  { file: 'hero.png', waits: '#status:has-text("differ")', name: 'picture-swipe', keys: ['2'] },
  { file: 'hero.png', waits: '#status:has-text("differ")', name: 'picture-onion', keys: ['3'] },
  { file: 'hero.png', waits: '#status:has-text("differ")', name: 'picture-difference', keys: ['4', 'n'] },
  { file: 'sky.exr', waits: '#status:has-text("differ")', name: 'picture-exposure', keys: ['e'] },
  { file: 'broken.png', waits: '#status:has-text("decoded")', name: 'picture-broken' },
  { file: 'added.png', waits: '.stage', name: 'picture-added' },
  { file: 'tone.wav', waits: '#status:has-text("differ")', name: 'sounds' },
  { file: 'crate.glb', waits: 'tr.differs', name: 'model' },
  { file: 'rock.bin', waits: '#hex-cursor', name: 'hex', keys: ['n'] },
  { file: 'SunSky.uasset', waits: 'tr.differs', name: 'package', real: PACKAGE },
  { file: 'zombies.kra', waits: '.package', name: 'paint-file', real: PAINTING },
];

describe('pages without a flaw', () => {
  const workbench = useWorkbench(prepare, { settings: THEME_SETTINGS });

  async function prepare(): Promise<string> {
    const box = await Sandbox.withRepository();
    const write = async (version: number): Promise<void> => {
      const hero = (x: number, y: number): [number, number, number, number] => [40 * version, x, y, 255];
      await writeFile(box.path('hero.png'), picture(64, 64, hero));
      await writeFile(box.path('sky.exr'), exr(200, 100, version === 1 ? 0x3400 : 0x3800));
      await writeFile(box.path('page.json'), '{ "hero": "./hero.png", "rock": "./rock.bin" }\n');
      await writeFile(box.path('broken.png'), Buffer.from(`\x89PNG broken\0 ${version}`));
      const sampleAt = (i: number): number => (i >= 44100 && i < 44200 && version === 2 ? 1 : 0);
      await writeFile(box.path('tone.wav'), wavFile({ seconds: 2, sampleAt }));
      const size: BoxSize = [1, version, 1];
      await writeFile(box.path('crate.glb'), glbOf(boxJson(size), boxBytes(size)));
      await writeFile(box.path('rock.bin'), Buffer.alloc(5_000, `\0${version}`));
      if (existsSync(PACKAGE))
        await copyFile(`${PACKAGE}/${version === 1 ? 'v10' : 'v11'}.uasset`, box.path('SunSky.uasset'));
      if (existsSync(PAINTING))
        await copyFile(`${PAINTING}/${version === 1 ? 'v16' : 'v18'}.kra`, box.path('zombies.kra'));
    };
    await write(1);
    box.forge('commit', '-q', '-m', 'Draw');
    await write(2);
    await writeFile(
      box.path('added.png'),
      picture(16, 16, (x, y) => [x, y, 9, 128]),
    );
    return box.folder;
  }

  async function open(file: string): Promise<void> {
    const { current } = workbench;
    await current.runCommand('View: Close All Editors');
    await current.showPanel();
    await current.panelRow(file).click();
    await current.tab(new RegExp(`^${file.replaceAll('.', '\\.')}`)).waitFor();
    if (file.startsWith('added')) await current.runCommand('Forge: Open Asset Preview');
  }

  for (const { file, waits, name, keys = [], real } of PAGES)
    it(`shows ${name}`, async function () {
      // Four themes, and everything is looked at in each.
      this.timeout(180_000);
      if (real !== undefined && !existsSync(real)) {
        console.log(`    skipped: there is no ${real}`);
        this.skip();
      }
      const { current } = workbench;
      await open(file);
      // Out of the way of what is looked at.
      await current.page.mouse.move(640, 790);
      const frame = await workbench.current.shownFrame();
      await frame.locator(waits).first().waitFor();
      for (const key of keys) await current.page.keyboard.press(key);
      const found: string[] = [];
      for (const kind of THEME_KINDS) {
        await useTheme(current, kind);
        // The page is told of the theme after the window.
        await frame.locator(`body[data-vscode-theme-kind="${BODY_KINDS[kind]}"]`).waitFor();
        await current.screenshot(`theme-${kind}-${name}`);
        found.push(...(await flawsOf(frame)).map((one) => `${kind}: ${one}`));
      }
      assert.deepEqual(found, []);
    });

  it('shows the panel, the history and a hover', async function () {
    this.timeout(180_000);
    const { current } = workbench;
    await current.runCommand('View: Close All Editors');
    await current.showPanel();
    await current.openFile('page.json');
    await current.runCommand('Forge: Show Asset History');
    await current.page
      .locator('.pane-body .monaco-list-row[role=treeitem]', { hasText: 'Draw' })
      .first()
      .waitFor();
    const found: string[] = [];
    for (const kind of THEME_KINDS) {
      await useTheme(current, kind);
      await current.page.mouse.move(640, 790);
      const hover = await current.hover('hero.png');
      await hover.locator('img').waitFor();
      await current.screenshot(`theme-${kind}-panel-hover-history`);
      // How links and rows look is the editor's own; what is in them is not.
      const contents = '.monaco-hover:not(.hidden) .hover-contents';
      const flaws = await flawsOf(current.page.mainFrame(), contents, ['link-in-text-block']);
      found.push(...flaws.map((one) => `${kind}: ${one}`));
    }
    assert.deepEqual(found, []);
  });
});

/** What the body of a page says of the theme. */
const BODY_KINDS = {
  'vs-dark': 'vscode-dark',
  vs: 'vscode-light',
  'hc-black': 'vscode-high-contrast',
  'hc-light': 'vscode-high-contrast-light',
};
