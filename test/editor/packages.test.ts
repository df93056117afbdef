// Tests the viewer of Unreal packages and of paint files in a real workbench, on real histories.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chmod, copyFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Sandbox } from '../support/forgeCommand.ts';
import { useWorkbench } from './support/useWorkbench.ts';

const DATA = fileURLToPath(new URL('../../../shared/data', import.meta.url));

/** Real files, with the versions that are committed and in the working tree. */
const HISTORIES: [name: string, before: string, after: string][] = [
  ['M_CesiumOverlay.uasset', 'unreal/histories/M_CesiumOverlay.uasset/v02', 'v07'],
  ['CesiumSunSky.uasset', 'unreal/histories/CesiumSunSky.uasset/v10', 'v11'],
  ['zombies.kra', 'media/histories/zombies.kra/v16', 'v18'],
  ['01_factors.blend', 'media/histories/01_factors.blend/v03', 'v04'],
];

describe('packages and paint files', () => {
  let box: Sandbox;

  before(function () {
    if (existsSync(DATA)) return;
    console.log('    skipped: ../shared/data is not there');
    this.skip();
  });
  const workbench = useWorkbench(
    async () => {
      box = await Sandbox.withRepository();
      const put = async (name: string, from: string): Promise<void> => {
        await copyFile(`${DATA}/${from}`, box.path(name));
        await chmod(box.path(name), 0o644);
      };
      for (const [name, before] of HISTORIES) await put(name, before + name.slice(name.lastIndexOf('.')));
      await put('comic.clip', 'media/histories/test_export_all_features.clip/v01.clip');
      await writeFile(
        box.path('newer.uasset'),
        Buffer.from('\xc1\x83\x2a\x9e\xf6\xff\xff\xff\0old', 'latin1'),
      );
      box.forge('commit', '-q', '-m', 'Import');
      for (const [name, before, after] of HISTORIES)
        await put(name, before.replace(/v\d+$/, after) + name.slice(name.lastIndexOf('.')));
      await writeFile(
        box.path('newer.uasset'),
        Buffer.from('\xc1\x83\x2a\x9e\xf6\xff\xff\xff\0new', 'latin1'),
      );
      return box.folder;
    },
    { size: { width: 1400, height: 1000 } },
  );

  it('shows what differs between two versions of a package', async () => {
    const page = await workbench.current.compare('CesiumSunSky.uasset');
    await page.getByText('No picture is shown: there is no picture in the file').waitFor();
    await page.getByRole('row', { name: 'Class Blueprint Blueprint' }).waitFor();
    await page.locator('tr.differs', { hasText: 'Names' }).waitFor();
    assert.ok((await page.locator('li.package-added').count()) > 0);
    await workbench.current.screenshot('package-compare');
    await page.getByLabel('Filter the lists').fill('zzz nothing');
    assert.equal(await page.locator('li.package-added').count(), 0);
    await page.getByLabel('Filter the lists').fill('');
  });

  it('shows the bytes below, with what changed', async () => {
    const page = workbench.current.webview();
    await page.getByRole('button', { name: 'Show the bytes' }).click();
    await page.getByText(/^Changed ranges: \d+$/).waitFor();
    await page.getByRole('grid').scrollIntoViewIfNeeded();
    await page.getByRole('grid').focus();
    await page.getByRole('grid').press('n');
    await page.locator('.hex-changed').first().waitFor();
    await workbench.current.screenshot('package-bytes');
  });

  it('compares the thumbnails of a material in each mode', async () => {
    const page = await workbench.current.compare('M_CesiumOverlay.uasset');
    await page.locator('#status', { hasText: /pixels differ|are equal/ }).waitFor();
    await workbench.current.screenshot('package-thumbnails');
    await page.getByRole('button', { name: 'Show the bytes' }).click();
    await page.getByRole('grid').press('4');
    // Keys of the bytes are none of the pictures, and those of the editor work everywhere.
    await page.getByRole('button', { name: 'Side by side', pressed: true }).waitFor();
    await workbench.current.page.keyboard.press('F1');
    await workbench.current.quickInput().waitFor();
    await workbench.current.page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Difference' }).click();
    assert.equal(await page.locator('.package-pictures canvas').count(), 1);
    await workbench.current.screenshot('package-difference');
  });

  it('says why a package cannot be read, and shows its bytes', async () => {
    const page = await workbench.current.compare('newer.uasset');
    await page
      .locator('.problem', { hasText: 'its version of the package format is not known' })
      .first()
      .waitFor();
    await page.getByRole('grid').getByRole('row').first().waitFor();
    await workbench.current.screenshot('package-unknown');
  });

  for (const name of ['zombies.kra', '01_factors.blend']) {
    it(`compares the pictures in ${name}`, async () => {
      const page = await workbench.current.compare(name);
      await page.locator('#status', { hasText: /pixels differ|are equal/ }).waitFor();
      await page.locator('tr.differs', { hasText: 'Size' }).waitFor();
      await workbench.current.screenshot(`paint-${name.slice(name.lastIndexOf('.') + 1)}`);
    });
  }

  it('previews a file of Clip Studio in the dark theme', async () => {
    const { current } = workbench;
    await current.runCommand('View: Close All Editors');
    await current.runCommand('Preferences: Toggle between Light/Dark Themes');
    await current.openFile('comic.clip');
    // A file that is still opening takes the focus from the palette.
    await current.page.locator('.monaco-editor-pane-placeholder').waitFor();
    await current.runCommand('Forge: Open Asset Preview');
    const page = current.webview();
    await page.locator('.package-pictures canvas').waitFor();
    await page.getByRole('row', { name: 'Layers 130' }).waitFor();
    await current.screenshot('paint-clip-dark');
  });
});
