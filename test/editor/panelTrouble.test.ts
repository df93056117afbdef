// Tests what the Source Control panel does when something is in the way, in a real workbench: what it says, what it offers, that nothing is lost.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import {
  appendFile,
  open as openFile,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { StatusResult } from '../../core/repo/types.ts';
import type { Sandbox } from '../support/forgeCommand.ts';
import { sameBytes } from '../support/sameBytes.ts';
import { PanelRepository, usePanel } from './support/panelRepository.ts';
import { useWorkbench } from './support/useWorkbench.ts';

const SERVER = /dist\/server\.cjs/;

describe('Source Control panel in trouble', () => {
  const panel = usePanel();
  const killed = new Set<number>();

  /** Kills the server, once there is one that was not killed yet. */
  async function killServer(): Promise<void> {
    for (;;) {
      const pid = (await panel.current.server.processes(SERVER)).find((one) => !killed.has(one));
      if (pid !== undefined) {
        process.kill(pid, 'SIGKILL');
        killed.add(pid);
        return;
      }
      await delay(20);
    }
  }

  it('offers to start a server that ended too often', async () => {
    const { current, repository } = panel;
    const { box } = repository;
    await current.statusBarItem('main').waitFor();
    const notice = current.panelRow('The Forge server is not running');
    // Four are started anew; after the fifth it is the user's turn.
    for (let kills = 1; kills <= 4; kills++) {
      await killServer();
      // Only a server that answers shows a change.
      await writeFile(box.path(`after ${kills}.txt`), 'x');
      await current.panelRow(`after ${kills}.txt`).waitFor();
    }
    await killServer();
    await notice.waitFor();
    await current.toast('is not started again').waitFor();
    await notice.click();
    await current.statusBarItem('the server runs again').waitFor();
    await writeFile(box.path('plain.txt'), 'after that\n');
    await current.panelRow('plain.txt').waitFor();
    await notice.waitFor({ state: 'detached' });
  });

  it('says that its server was killed, and comes back with the message still there', async () => {
    const { current, repository } = panel;
    const { box } = repository;
    await appendFile(box.path('plain.txt'), 'second\n');
    await current.panelRow('plain.txt').waitFor();
    await current.typeMessage('Still here');
    await killServer();
    await current.statusBarItem('the server ended by itself and was started again').waitFor();
    await appendFile(box.path('with space.txt'), 'second\n');
    await current.panelRow('with space.txt').waitFor();
    await current.panelUntil('the notice to go', (rows) => !rows.includes('Notices'));
    assert.equal(await current.message(), 'Still here');
    await current.page.keyboard.press('Control+Enter');
    await current.panelWithout('plain.txt');
    assert.equal(repository.messages()[0], 'Still here');
  });

  it('shows in a second window what was committed in the first', async () => {
    const { current, repository } = panel;
    const { box } = repository;
    await appendFile(box.path('plain.txt'), 'second\n');
    const other = await current.openWindow(box.folder);
    try {
      await other.showPanel();
      await other.panelRow('plain.txt').waitFor();
      await current.panelRow('plain.txt').waitFor();
      await current.commit('From one window');
      await current.panelWithout('plain.txt');
      await other.panelWithout('plain.txt');
      await appendFile(box.path('with space.txt'), 'second\n');
      await current.panelRow('with space.txt').waitFor();
      await other.commit('From the other');
      await current.panelWithout('with space.txt');
      assert.deepEqual(repository.messages(), ['From the other', 'From one window', 'Start']);
    } finally {
      await other.close();
    }
  });

  it('names the damaged segment when a byte of it is another, and brings the file back once it is mended', async () => {
    const { current, repository } = panel;
    const { box } = repository;
    const { page } = current;
    const content = randomBytes(300_000);
    await writeFile(box.path('rock.bin'), content);
    box.forge('commit', '-q', '-m', 'Add a rock');
    const segment = await largestSegment(box);
    await flipByte(segment, 150_000);
    await rm(box.path('rock.bin'));
    await current.clickRowAction('rock.bin, Deleted', 'Discard Changes');
    await current.pressInDialog('Discard');
    const toast = current.toast(path.basename(segment));
    await toast.getByRole('button', { name: 'Verify in Terminal' }).waitFor();
    await current.screenshot('panel-damaged-segment');
    // What is not damaged goes on.
    await appendFile(box.path('plain.txt'), 'second\n');
    await current.clickRowAction('plain.txt', 'Stage Changes');
    await current.panelRow('Staged Changes').waitFor();
    await current.typeMessage('Beside the damage');
    await page.keyboard.press('Control+Enter');
    await current.panelWithout('plain.txt');
    assert.equal(repository.messages()[0], 'Beside the damage');
    await flipByte(segment, 150_000);
    await toast.getByRole('button', { name: 'Try Again' }).click();
    await current.pressInDialog('Discard');
    await current.panelWithout('rock.bin');
    sameBytes(await readFile(box.path('rock.bin')), content);
  });

  it('says what to do about an index that was cut short, and loses no message', async () => {
    const { current, repository } = panel;
    const { box } = repository;
    await appendFile(box.path('plain.txt'), 'second\n');
    await current.panelRow('plain.txt').waitFor();
    await current.typeMessage('Not lost');
    await truncate(box.path('.forge/git/index'), 20);
    const notice = current.panelRow('The repository is damaged');
    await notice.click();
    const toast = current.toast('Delete the index file and run `forge restore --staged .`');
    await toast.getByRole('button', { name: 'Verify in Terminal' }).waitFor();
    await current.screenshot('panel-damaged-index');
    // Just that helps.
    await rm(box.path('.forge/git/index'));
    box.forge('restore', '-q', '--staged', '.');
    await current.panelUntil('the notice to go', (rows) => !rows.includes('Notices'));
    await current.panelRow('plain.txt, Modified').waitFor();
    assert.equal(await current.message(), 'Not lost');
  });

  it('keeps the panel and its message while the repository is away', async () => {
    const { current, repository } = panel;
    const { box } = repository;
    await appendFile(box.path('plain.txt'), 'second\n');
    await current.panelRow('plain.txt').waitFor();
    await current.typeMessage('Do not lose me');
    await rename(box.path('.forge'), box.path('..', 'away'));
    await current.runCommand('Forge: Refresh');
    await current.panelRow('The repository cannot be found').click();
    const retry = current.toast('bring it back').getByRole('button', { name: 'Try Again' });
    await retry.waitFor();
    await current.screenshot('panel-repository-away');
    assert.equal(await current.message(), 'Do not lose me');
    await rename(box.path('..', 'away'), box.path('.forge'));
    await retry.click();
    await current.panelUntil('the notice to go', (rows) => !rows.includes('Notices'));
    assert.equal(await current.message(), 'Do not lose me');
    await current.panelRow('plain.txt').waitFor();
  });

  it('says that its folder vanished, as a network drive does, and goes on by itself when it is back', async () => {
    const { current, repository } = panel;
    const { box } = repository;
    await appendFile(box.path('plain.txt'), 'second\n');
    await current.panelRow('plain.txt').waitFor();
    await current.typeMessage('Still wanted');
    const away = `${box.folder} away`;
    await rename(box.folder, away);
    await current.panelRow('The repository cannot be found').waitFor();
    assert.equal(await current.message(), 'Still wanted');
    await rename(away, box.folder);
    await current.panelRow('plain.txt').waitFor();
    await current.panelUntil('the notice to go', (rows) => !rows.includes('Notices'));
    await current.page.locator('.scm-view .scm-editor .monaco-editor').first().click();
    await current.page.keyboard.press('Control+Enter');
    await current.panelWithout('plain.txt');
    assert.equal(repository.messages()[0], 'Still wanted');
  });
});

describe('Source Control panel in Restricted Mode', () => {
  let box: Sandbox;
  const workbench = useWorkbench(
    async () => {
      ({ box } = await PanelRepository.make());
      await writeFile(box.path('plain.txt'), 'other line\n');
      return box.folder;
    },
    { workspaceTrust: true },
  );

  it('shows everything, changes nothing, and says how to change that', async () => {
    const { current } = workbench;
    await current.showPanel();
    await current.panelRow('plain.txt').click();
    await current.page
      .locator('.monaco-diff-editor .original .view-line', { hasText: 'first line' })
      .waitFor();
    await current.clickRowAction('plain.txt', 'Stage Changes');
    await current.pressInNotification('the workspace is in Restricted Mode', 'Manage Trust');
    await current.page.locator('.workspace-trust-editor').waitFor();
    const staged = box.json<StatusResult>('status').changes.map((change) => change.staged);
    assert.deepEqual(staged, [false]);
  });
});

async function largestSegment(box: Sandbox): Promise<string> {
  const names = await readdir(box.path('.forge/store'));
  const files = names.filter((name) => name.endsWith('.seg')).map((name) => box.path('.forge/store', name));
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  return files[sizes.indexOf(Math.max(...sizes))];
}

/** Makes one byte another; done twice, it is as before. */
async function flipByte(file: string, at: number): Promise<void> {
  const handle = await openFile(file, 'r+');
  try {
    const byte = Buffer.alloc(1);
    await handle.read(byte, 0, 1, at);
    byte[0] ^= 0xff;
    await handle.write(byte, 0, 1, at);
  } finally {
    await handle.close();
  }
}
