// Tests pictures of more kinds in a real workbench, in the themes that people use: what is seen of them is in the screenshots.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Sandbox } from '../support/forgeCommand.ts';
import { exr, tga } from '../unit/formats/fixtures.ts';
import { projectRoot } from './support/editorServer.ts';
import { THEME_SETTINGS } from './support/themes.ts';
import { useWorkbench } from './support/useWorkbench.ts';

const PSD = path.join(projectRoot, '../shared/data/media/histories/multitile.psd');
const hasPsd = existsSync(PSD);

for (const [name, theme] of [
  ['dark', 'Dark 2026'],
  ['high-contrast', 'Default High Contrast'],
]) {
  describe(`pictures in ${theme}`, () => {
    let box: Sandbox;
    const workbench = useWorkbench(
      async () => {
        box = await Sandbox.withRepository();
        const write = async (version: number): Promise<void> => {
          await writeFile(box.path('sky.exr'), exr(200, 100, version === 1 ? 0x3400 : 0x3800));
          await writeFile(box.path('hero.tga'), tga(64, 64, [version * 80, 90, 200, 128]));
          if (hasPsd)
            await writeFile(box.path('tiles.psd'), readFileSync(path.join(PSD, `v0${version}.psd`)));
        };
        await write(1);
        box.forge('commit', '-q', '-m', 'Draw');
        await write(2);
        return box.folder;
      },
      { settings: { ...THEME_SETTINGS, 'workbench.colorTheme': theme } },
    );
    const open = async (row: string) => {
      const { current } = workbench;
      await current.showPanel();
      await current.panelRow(row).click();
      await current.tab(new RegExp(`${row.replace('.', '\\.')} \\(Last Commit`)).waitFor();
      const page = current.shownPage();
      await page.locator('#status', { hasText: 'pixels differ' }).waitFor();
      return page;
    };

    it('compares OpenEXR at another exposure', async () => {
      const page = await open('sky.exr');
      await page.locator('.stage').focus();
      await workbench.current.page.keyboard.press('e');
      const status = page.locator('#status', { hasText: 'Exposure +0.5' });
      await status.waitFor();
      assert.match((await status.textContent()) ?? '', /^20000 of 20000 pixels differ \(100\.0 %\)/);
      await workbench.current.screenshot(`picture-${name}-exr`);
    });

    it('shows the alpha of TGA', async () => {
      const page = await open('hero.tga');
      await page.getByLabel('Channels').selectOption('alpha');
      await workbench.current.screenshot(`picture-${name}-tga-alpha`);
    });

    it('compares a real Photoshop file, and goes to the change', async function () {
      if (!hasPsd) {
        console.log(`    skipped: there is no ${PSD}`);
        this.skip();
      }
      const page = await open('tiles.psd');
      await page.locator('.stage').focus();
      await workbench.current.page.keyboard.press('n');
      await page.locator('.readout', { hasText: '→' }).waitFor();
      await workbench.current.screenshot(`picture-${name}-psd`);
    });
  });
}
