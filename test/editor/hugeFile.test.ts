// Tests that a file of 2 GiB can be staged, committed, hovered over and compared in a real workbench, and that no process holds it in memory.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { open, readFile, truncate, writeFile } from 'node:fs/promises';
import type { StatusResult } from '../../core/repo/types.ts';
import { Sandbox } from '../support/forgeCommand.ts';
import { useWorkbench } from './support/useWorkbench.ts';

const SIZE = 2 * 2 ** 30;
/** The noise at its start, and that around the place that changes: the rest is nothing, which is as long to read but takes no room. */
const NOISE = 1_000_000;
/** Where three bytes become others. */
const CHANGED_AT = 2 ** 30 + 5;
/** What every process of Forge stays under. */
const MOST_BYTES = 512 * 2 ** 20;

describe('a file of 2 GiB', () => {
  let box: Sandbox;
  const name = 'huge cloud ü.bin';
  const workbench = useWorkbench(async () => {
    box = await Sandbox.withRepository();
    await writeFile(box.path('scene.json'), JSON.stringify({ cloud: `./${name}` }));
    box.forge('commit', '-q', '-m', 'Start');
    await writeFile(box.path(name), randomBytes(NOISE));
    await truncate(box.path(name), SIZE);
    await writeAt(randomBytes(NOISE), CHANGED_AT - NOISE / 2);
    return box.folder;
  });

  async function writeAt(bytes: Buffer, offset: number): Promise<void> {
    const handle = await open(box.path(name), 'r+');
    await handle.write(bytes, 0, bytes.length, offset);
    await handle.close();
  }

  /** The most that the server and the extension host ever had resident. */
  async function peaks(): Promise<Record<string, number>> {
    const { server } = workbench.current;
    const found: Record<string, number> = {};
    for (const kind of ['dist/server.cjs', '--type=extensionHost']) {
      const [pid] = await server.processes(new RegExp(kind));
      const status = await readFile(`/proc/${pid}/status`, 'latin1');
      found[kind] = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) * 1024;
    }
    return found;
  }

  it('is staged from the panel, which says how far it is', async () => {
    const { current } = workbench;
    await current.showPanel();
    await current.clickRowAction(name, 'Stage Changes');
    await current.toast('of 2.15 GB').waitFor();
    await current.screenshot('huge-file-progress');
    await current.panelRow('Staged Changes').waitFor();
    assert.equal(box.json<StatusResult>('status').changes[0]?.size, SIZE);
  });

  it('is committed, after a question for its size', async () => {
    const { current } = workbench;
    await current.commit('A cloud');
    await current.dialog().filter({ hasText: '2.15 GB' }).waitFor();
    await current.pressInDialog('Commit');
    await current.panelWithout(name);
    assert.equal(box.git('log', '-1', '--format=%s').trim(), 'A cloud');
  });

  it('tells in a hover what it is', async () => {
    const { current } = workbench;
    await current.openFile('scene.json');
    const hover = await current.settledHover('huge cloud');
    await hover.getByText('binary data, 2.1 GB').first().waitFor();
    await hover.getByText('A cloud').waitFor();
    await current.page.mouse.move(0, 0);
  });

  it('is compared as bytes at once, and what changed is marked when it is known', async () => {
    const { current } = workbench;
    await writeAt(Buffer.from('new'), CHANGED_AT);
    await current.panelRow(`${name}, Modified`).click();
    const view = current.webview();
    const grid = view.getByRole('grid');
    await grid.getByRole('row').first().waitFor();
    await view.getByText('Looking for what changed').waitFor();
    await view.getByText('Changed ranges: 1').waitFor({ timeout: 60_000 });
    await grid.focus();
    await grid.press('n');
    await view.locator('.hex-changed').first().waitFor();
    assert.equal(await view.locator('.hex-changed').count(), 3);
    await current.screenshot('huge-file');
  });

  it('is not shown as a picture, and the page says why', async () => {
    const { current } = workbench;
    await writeFile(box.path('poster.png'), '');
    await truncate(box.path('poster.png'), SIZE);
    await current.showPanel();
    await current.panelRow('poster.png').click();
    await current.tab('poster.png').waitFor();
    // The editor's own preview takes the keys.
    await current.typeMessage('');
    await current.runCommand('Forge: Open Asset Preview');
    // The comparison before it is kept, hidden.
    const shown = current.page.locator('iframe.webview.ready:visible').last().contentFrame();
    const page = shown.frameLocator('iframe#active-frame');
    await page.getByText('Files of more than 268 MB are not shown here.').first().waitFor();
    await current.screenshot('huge-file-picture');
  });

  it('was in no memory', async () => {
    for (const [process, bytes] of Object.entries(await peaks()))
      assert.ok(bytes < MOST_BYTES, `${process} had ${(bytes / 2 ** 20).toFixed(0)} MiB resident`);
  });
});
