// Tests that a day's work goes from the keyboard alone: the panel, a commit, a comparison, and a hover.
import assert from 'node:assert/strict';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { Sandbox } from '../support/forgeCommand.ts';
import { picture } from '../support/picture.ts';
import { useWorkbench } from './support/useWorkbench.ts';

/** More rows than any list here has. */
const MANY = 30;

describe('from the keyboard alone', function () {
  this.timeout(180_000);
  let box: Sandbox;
  const texture = (red: number): Buffer => picture(64, 64, (x, y) => [red, x, y, 255]);
  const workbench = useWorkbench(async () => {
    box = await Sandbox.withRepository();
    for (const [version, message] of [
      [1, 'Draw'],
      [2, 'Draw it again'],
      [3, undefined],
    ] as const) {
      await writeFile(box.path('hero.png'), texture(40 * version));
      await writeFile(box.path('rock.bin'), Buffer.alloc(5_000, `\0${version}`));
      await writeFile(box.path('page.json'), '{ "hero": "./hero.png" }\n');
      if (message !== undefined) box.forge('commit', '-q', '-m', message);
    }
    return box.folder;
  });
  const press = (keys: string): Promise<void> => workbench.current.page.keyboard.press(keys);
  const messages = (): string[] => box.git('log', '--format=%s').trim().split('\n');

  /** What a screen reader says of the row that has the focus, in any list of the side bar. */
  const focused = () =>
    workbench.current.page.locator('.sidebar .monaco-list:focus .monaco-list-row.focused').first();

  /** Goes down the rows of the list that has the focus until this one has it. */
  async function goToRow(label: string): Promise<void> {
    await press('Home');
    for (let i = 0; i < MANY; i++) {
      if (((await focused().getAttribute('aria-label')) ?? '').includes(label)) return;
      await press('ArrowDown');
    }
    throw new Error(`no row ${label} to go to`);
  }

  async function goToPanelRow(label: string): Promise<void> {
    await workbench.current.statusBarItem('main').waitFor();
    await command('Source Control: Focus on Changes View');
    await workbench.current.panelRow(label).waitFor();
    await workbench.current.page.locator('.scm-view:focus-within').waitFor();
    // It is the box for the message, or the list around it, which is before it.
    const list = workbench.current.page.locator('.scm-view .monaco-list:focus');
    if ((await list.count()) === 0) await press('Shift+Tab');
    await list.waitFor();
    await goToRow(label);
  }

  /** Chooses from the menu of what has the focus. */
  async function chooseInMenu(label: string): Promise<void> {
    const { page } = workbench.current;
    await press('Shift+F10');
    await page.locator('.monaco-menu .action-label', { hasText: label }).first().waitFor();
    for (let i = 0; i < MANY; i++) {
      await press('ArrowDown');
      const at = page.locator('.monaco-menu .action-item.focused .action-label');
      if ((await at.textContent()) === label) return press('Enter');
    }
    throw new Error(`no ${label} in the menu to go to`);
  }

  /** From the palette. */
  async function command(label: string): Promise<void> {
    const { current } = workbench;
    await current.page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
    await press('F1');
    await current.quickInput().waitFor();
    await current.page.keyboard.type(label);
    await current.choosePick(label);
  }

  it('opens the panel and stages a file from the menu of its row', async () => {
    const { current } = workbench;
    await current.statusBarItem('main').waitFor();
    await press('Control+Shift+G');
    await goToPanelRow('hero.png');
    await chooseInMenu('Stage Changes');
    await current.panelRow('Staged Changes').waitFor();
    await goToPanelRow('hero.png');
    await chooseInMenu('Unstage Changes');
    await current.panelRow('Staged Changes').waitFor({ state: 'detached' });
    await goToPanelRow('hero.png');
    await chooseInMenu('Stage Changes');
    await current.panelRow('Staged Changes').waitFor();
  });

  it('commits what is staged with Ctrl+Enter, and takes that back', async () => {
    const { current } = workbench;
    await command('Source Control: Focus on Changes View');
    await current.page.keyboard.type('Draw a third time');
    await press('Control+Enter');
    await current.panelWithout('hero.png');
    assert.deepEqual(messages(), ['Draw a third time', 'Draw it again', 'Draw']);
    await command('Forge: Undo Last Operation');
    await current.panelRow('hero.png').waitFor();
    assert.deepEqual(messages(), ['Draw it again', 'Draw']);
  });

  it('discards a file after a question, and takes that back', async () => {
    const { current } = workbench;
    await goToPanelRow('rock.bin');
    await chooseInMenu('Discard Changes');
    await current.dialog().waitFor();
    await press('Enter');
    await current.panelWithout('rock.bin');
    await command('Forge: Undo Last Operation');
    await current.panelRow('rock.bin').waitFor();
  });

  it('compares a picture: modes, zoom, the toolbar, and back to the panel', async () => {
    const { current } = workbench;
    await goToPanelRow('hero.png');
    await press('Enter');
    await current.tab(/hero\.png \(Last Commit/).waitFor();
    const frame = await workbench.current.shownFrame();
    await frame.locator('#status', { hasText: 'pixels differ' }).waitFor();
    // The page has the keys without a click.
    await frame.locator('.stage:focus').waitFor();
    for (const [key, mode] of [
      ['2', 'Swipe'],
      ['3', 'Onion skin'],
      ['4', 'Difference'],
      ['1', 'Side by side'],
    ] as const) {
      await press(key);
      await frame.getByRole('button', { name: mode, pressed: true }).waitFor();
    }
    await press('+');
    await press('0');
    await press('Shift+ArrowRight');
    await frame.locator('.readout', { hasText: '→' }).waitFor();
    // Every control, and only those, in the order in which they are seen.
    const names: string[] = [];
    await press('Shift+Tab');
    for (let i = 0; i < MANY; i++) {
      const name = await frame.evaluate(
        `(one => !document.hasFocus() || one === document.body ? '' :
          one.getAttribute('aria-label') ?? one.labels?.[0]?.textContent ?? one.textContent)(document.activeElement)`,
      );
      if (name === '') break;
      names.unshift(name as string);
      await press('Shift+Tab');
    }
    assert.deepEqual(names.slice(0, 4), ['Side by side', 'Swipe', 'Onion skin', 'Difference']);
    assert.deepEqual(names.slice(4, 8), ['Fit', 'Actual size', 'Zoom in', 'Zoom out']);
    assert.deepEqual(names.slice(-3), ['Channels', 'Tolerance', 'Go to change']);
    await press('Control+Shift+G');
    await current.page.locator('.scm-view:focus-within').waitFor();
    await press('Control+1');
    // The page has the keys again.
    for (let i = 0; i < 100 && !(await frame.evaluate('document.hasFocus()')); i++)
      await current.page.waitForTimeout(100);
    await press('2');
    await frame.getByRole('button', { name: 'Swipe', pressed: true }).waitFor();
    await command('View: Close Editor');
    await current.tab(/hero\.png \(Last Commit/).waitFor({ state: 'detached' });
  });

  it('shows the hover where the cursor is, and its links', async () => {
    const { current } = workbench;
    await current.openFile('page.json');
    await press('Control+Home');
    // Before the links are there, the editor may still lose keys.
    await current.page.locator('.detected-link').first().waitFor();
    await press('Control+Home');
    for (let i = 0; i < 16; i++) await press('ArrowRight');
    await current.page.getByText('Ln 1, Col 17').waitFor();
    await press('Control+k');
    await press('Control+i');
    const hover = current.page.locator('.monaco-hover:not(.hidden)', { hasText: 'hero.png' }).first();
    await hover.waitFor();
    // Until all of it is there, it may be drawn anew and lose the focus.
    await hover.getByText('History').first().waitFor();
    // A second time goes into it.
    await press('Control+k');
    await press('Control+i');
    for (let i = 0; i < MANY; i++) {
      if (await hover.locator('a:focus', { hasText: 'Open' }).count()) break;
      await press('Tab');
    }
    await current.screenshot('keyboard-hover');
    assert.equal(await hover.locator('a:focus', { hasText: 'Open' }).count(), 1);
    await press('Enter');
    await current.tab('hero.png').waitFor();
  });

  describe('in the Asset History', () => {
    const stones = (version: number): Buffer => Buffer.alloc(5_000, `\0${version}`);

    /** Waits until rock.bin holds this version. */
    async function untilStones(version: number): Promise<void> {
      for (let i = 0; i < 300; i++) {
        if ((await readFile(box.path('rock.bin'))).equals(stones(version))) return;
        await workbench.current.page.waitForTimeout(100);
      }
      throw new Error(`rock.bin never holds version ${version}`);
    }

    /** Of rock.bin, with the keys in its rows. */
    async function openHistory(): Promise<void> {
      await goToPanelRow('rock.bin');
      await chooseInMenu('Show Asset History');
      await workbench.current.page.getByRole('treeitem', { name: 'Draw, Mira' }).waitFor();
      await focused().filter({ hasText: 'Working File' }).waitFor();
    }

    it('brings a version back after a question, and takes that back', async () => {
      const { current } = workbench;
      await openHistory();
      await goToRow('Draw, Mira');
      await chooseInMenu('Restore This Version');
      await current.dialog().waitFor();
      await press('Enter');
      await current.dialog().waitFor({ state: 'hidden' });
      await untilStones(1);
      await command('Forge: Undo Last Operation');
      await untilStones(3);
    });

    it('brings a version back as a copy', async () => {
      const { current } = workbench;
      await openHistory();
      await goToRow('Draw, Mira');
      await chooseInMenu('Restore This Version as a Copy…');
      await current.quickInput().waitFor();
      await press('Enter');
      await current.tab(/^rock [0-9a-f]{10}\.bin/).waitFor();
      const copy = (await readdir(box.folder)).find((name) => name.startsWith('rock ')) ?? '';
      assert.deepEqual(await readFile(box.path(copy)), stones(1));
    });

    it('compares two versions that are picked one after the other', async () => {
      const { current } = workbench;
      await openHistory();
      await goToRow('Draw, Mira');
      await press('Control+Shift+Enter');
      await goToRow('Draw it again, Mira');
      await press('Control+Shift+Enter');
      await chooseInMenu('Compare Versions…');
      await current.tab(/rock\.bin \([0-9a-f]{10} ↔ [0-9a-f]{10}\)/).waitFor();
      await current.screenshot('keyboard-compare-versions');
    });
  });
});
