// Tests the comparison of sounds in a real workbench, on versions of a real sound.
import assert from 'node:assert/strict';
import { copyFile, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { Sandbox } from '../support/forgeCommand.ts';
import { wavFile } from '../support/soundFile.ts';
import { projectRoot } from './support/editorServer.ts';
import { useWorkbench } from './support/useWorkbench.ts';

const REAL = path.join(projectRoot, '../shared/data/media/histories/dsbospn.wav');

describe('comparing sounds', () => {
  let box: Sandbox;
  const workbench = useWorkbench(async () => {
    box = await Sandbox.withRepository();
    await writeFile(box.path('Tone ü.wav'), wavFile({ seconds: 2 }));
    if (existsSync(REAL)) await copyFile(path.join(REAL, 'v02.wav'), box.path('spawn.wav'));
    await writeFile(box.path('broken.mp3'), Buffer.from('ID3 no sound\0'));
    box.forge('commit', '-q', '-m', 'Record');
    const hit = (i: number): number => (i >= 44100 && i < 44200 ? 1 : 0);
    await writeFile(box.path('Tone ü.wav'), wavFile({ seconds: 2, sampleAt: hit }));
    if (existsSync(REAL)) await copyFile(path.join(REAL, 'v03.wav'), box.path('spawn.wav'));
    await writeFile(box.path('broken.mp3'), Buffer.from('ID3 still no sound\0'));
    return box.folder;
  });
  /** The page that is shown, of several. */
  const page = () => workbench.current.shownPage();

  it('draws both versions and their difference, from a row of the panel', async () => {
    const { current } = workbench;
    await current.showPanel();
    await current.panelRow('Tone ü.wav').click();
    await current.tab(/Tone ü\.wav \(Last Commit ↔ Working File\)/).waitFor();
    await page()
      .locator('#status', { hasText: /samples differ, from 0:00\.000 on/ })
      .waitFor();
    assert.equal(await page().locator('section').count(), 3);
    await page().locator('section p', { hasText: 'Sample rate: 44100 Hz' }).first().waitFor();
    await current.screenshot('compare-sounds');
  });

  it('plays, and switches which version is heard', async () => {
    await page().locator('.sounds').focus();
    const { keyboard } = workbench.current.page;
    await keyboard.press('Space');
    await page()
      .locator('.time', { hasText: /^0:0[1-9]/ })
      .waitFor();
    await keyboard.press('a');
    await page().getByRole('button', { name: 'Hear older', pressed: true }).waitFor();
    await page().getByRole('button', { name: 'Play', exact: true }).waitFor();
    assert.equal(await page().locator('.time').textContent(), '0:02.000 / 0:02.000');
  });

  it('compares versions of a real sound', async function () {
    if (!existsSync(REAL)) {
      console.log('    skipped: no ../shared/data here');
      this.skip();
    }
    const { current } = workbench;
    await current.panelRow('spawn.wav').click();
    // Until then it is the page before that is seen, and its status says the same.
    await page().locator('h2', { hasText: 'spawn.wav (Working File)' }).waitFor();
    await page().locator('#status', { hasText: 'samples differ' }).waitFor();
    for (let i = 0; i < 3; i += 1) await page().getByRole('button', { name: 'Zoom in' }).click();
    const wave = page().locator('section.heard .wrapper');
    const width = await wave.evaluate((one) => (one as unknown as { style: { width: string } }).style.width);
    assert.ok(parseInt(width) > 4000, width);
    await page().getByRole('button', { name: 'First difference' }).click();
    await current.screenshot('compare-sounds-real');
  });

  it('says why a broken sound is not drawn, and shows its bytes', async () => {
    const { current } = workbench;
    await current.panelRow('broken.mp3').click();
    await page().locator('#status', { hasText: 'The sound cannot be decoded' }).waitFor();
    await page().getByText('Changed ranges: 1').waitFor();
    await page().locator('.hex-changed').first().waitFor();
    await current.screenshot('compare-sounds-broken');
  });
});
