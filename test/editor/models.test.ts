// Tests the viewer of models in a real workbench: real binary files, and a glTF with its bytes beside it, both versions of each.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chmod, copyFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type BoxSize, boxBytes, boxJson, glbOf } from '../support/model.ts';
import { Sandbox } from '../support/forgeCommand.ts';
import { useWorkbench } from './support/useWorkbench.ts';

const DATA = fileURLToPath(new URL('../../../shared/data/media/histories', import.meta.url));
/** A box of 1 × 2 × 3 metres, made with Google's encoder (draco3d 1.5.9). */
const DRACO = fileURLToPath(new URL('../fixtures/dracoBox.glb', import.meta.url));
const HAND = `${DATA}/generic-hand-right.glb`;
const CONTROLLER = `${DATA}/oculus-touch-v2-right.glb`;

describe('comparing models', () => {
  let box: Sandbox;
  const workbench = useWorkbench(
    async () => {
      box = await Sandbox.withRepository();
      const put = async (from: string, name: string): Promise<void> => {
        if (!existsSync(from)) return;
        await copyFile(from, box.path(name));
        await chmod(box.path(name), 0o644);
      };
      const putBox = async (size: BoxSize): Promise<void> => {
        await writeFile(box.path('crate.gltf'), JSON.stringify(boxJson(size, 'crate%20bytes.bin')));
        await writeFile(box.path('crate bytes.bin'), boxBytes(size));
      };
      await put(`${HAND}/v01.glb`, 'hand.glb');
      await put(`${CONTROLLER}/v01.glb`, 'controller.glb');
      await putBox([1, 1, 1]);
      await writeFile(box.path('draco.glb'), glbOf(boxJson([1, 1, 1]), boxBytes([1, 1, 1])));
      box.forge('commit', '-q', '-m', 'Import');
      await put(`${HAND}/v02.glb`, 'hand.glb');
      await put(`${CONTROLLER}/v02.glb`, 'controller.glb');
      await putBox([1, 2, 1]);
      await put(DRACO, 'draco.glb');
      return box.folder;
    },
    { size: { width: 1400, height: 1000 } },
  );

  for (const name of ['hand', 'controller']) {
    it(`shows both versions of the real ${name}`, async function () {
      if (!existsSync(DATA)) {
        console.log('    skipped: ../shared/data is not there');
        this.skip();
      }
      const page = await workbench.current.compare(`${name}.glb`);
      await page.locator('canvas.model-stage').waitFor();
      await page.locator('tr.differs', { hasText: 'Size' }).waitFor();
      assert.equal(await page.locator('.problem').count(), 0);
      await workbench.current.screenshot(`model-${name}`);
      await page.locator('canvas').focus();
      for (let i = 0; i < 6; i++) await workbench.current.page.keyboard.press('ArrowRight');
      await workbench.current.page.keyboard.press('w');
      await page.getByRole('button', { name: 'Wireframe', pressed: true }).waitFor();
      await workbench.current.screenshot(`model-${name}-wireframe`);
    });
  }

  it('reads the bytes beside a glTF from the version that is shown', async () => {
    const page = await workbench.current.compare('crate.gltf');
    await page.getByRole('row', { name: 'Bounding box 1 × 1 × 1 m 1 × 2 × 1 m' }).waitFor();
    await page.locator('canvas.model-stage').waitFor();
    assert.equal(await page.locator('.problem').count(), 0);
    await workbench.current.screenshot('model-beside');
  });

  it('reads a model that Draco compressed', async () => {
    const page = await workbench.current.compare('draco.glb');
    await page.getByRole('row', { name: 'Bounding box 1 × 1 × 1 m 1 × 2 × 3 m' }).waitFor();
    await page.locator('canvas.model-stage').waitFor();
    assert.equal(await page.locator('.problem').count(), 0);
    await workbench.current.screenshot('model-draco');
  });

  it('previews a model in the dark theme', async () => {
    const { current } = workbench;
    await current.runCommand('View: Close All Editors');
    await current.runCommand('Preferences: Toggle between Light/Dark Themes');
    await current.openFile('crate.gltf');
    // A file that is still opening takes the focus from the palette.
    await current.page.locator('.view-line').first().waitFor();
    await current.runCommand('Forge: Open Asset Preview');
    const page = current.webview();
    await page.locator('canvas.model-stage').waitFor();
    await current.screenshot('model-preview-dark');
  });
});
