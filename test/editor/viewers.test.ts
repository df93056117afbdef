// Tests the viewers of the webview in a real browser, without a workbench.
import assert from 'node:assert/strict';
import type { ShowMessage, ViewedFile } from '../../extension/webview/messages.ts';
import { useBrowser } from './support/useBrowser.ts';
import { openViewer, type ReadRange } from './support/viewerPage.ts';

const SIZE = 3 * 2 ** 30;
const CHANGES = [
  { offset: 20, length: 3 },
  { offset: SIZE - 1000, length: 16 },
];

function file(label: string, size: number, more: Partial<ViewedFile> = {}): ViewedFile {
  return { label, path: label, url: 'https://file', size, facts: [], ...more };
}

function message(files: ShowMessage['files'], more: Partial<ShowMessage> = {}): ShowMessage {
  return { type: 'show', viewer: 'hex', files, strings: {}, ...more };
}

/** A byte tells its offset and its side. */
const counting: ReadRange = (side, offset, length) =>
  Uint8Array.from({ length }, (_, index) => (offset + index + side) & 0xff);

describe('the hex viewer', () => {
  const browser = useBrowser();
  const hex: [string, string] = ['hex.ts', 'openHex'];

  it('shows two files of 3 GiB locked by offset, and reads little of them', async () => {
    const shown = message([file('old.bin', SIZE), file('new.bin', SIZE)], { changedRanges: CHANGES });
    const viewer = await openViewer(browser.current, hex, shown, counting);
    const grid = viewer.page.getByRole('grid', { name: 'Bytes of old.bin, new.bin' });
    const cells = grid.getByRole('row').first().getByRole('gridcell');
    await viewer.page.waitForFunction("document.querySelectorAll('.hex-cell')[31]?.textContent === '10'");
    assert.equal((await cells.allTextContents()).length, 34);
    assert.equal(await viewer.page.locator('.hex-changed').count(), 3);

    await grid.focus();
    await grid.press('n');
    assert.deepEqual(await viewer.state(), { offset: 20, changes: 2 });
    await grid.press('n');
    assert.equal((await viewer.state()).offset, SIZE - 1000);
    await viewer.page.locator('.hex-changed').first().waitFor();
    assert.equal(await viewer.page.locator('.hex-changed').count(), 16);
    await grid.press('p');
    assert.equal((await viewer.state()).offset, 20);

    await grid.press('Control+End');
    assert.equal((await viewer.state()).offset, SIZE - 1);
    await viewer.page.waitForFunction(
      "document.querySelectorAll('.hex-cell.hex-cursor')[1]?.textContent === '00'",
    );
    await grid.press('Home');
    assert.equal((await viewer.state()).offset, SIZE - 16);
    if (process.env.VIEWER_SCREENSHOT) await viewer.page.screenshot({ path: process.env.VIEWER_SCREENSHOT });
    const read = viewer.reads.reduce((sum, [, , length]) => sum + length, 0);
    assert.ok(read <= 8 * 65536, `${read} bytes read`);
  });

  it('shows the bytes while it is looked for what changed, then marks that', async () => {
    const page = await browser.current.newPage({ viewport: { width: 1280, height: 600 } });
    let answer!: (ranges: typeof CHANGES) => void;
    const answered = new Promise<typeof CHANGES>((resolve) => (answer = resolve));
    await page.exposeFunction('answerQuestion', () => answered);
    const shown = message([file('old.bin', SIZE), file('new.bin', SIZE)]);
    const viewer = await openViewer({ newPage: () => Promise.resolve(page) }, hex, shown, counting);
    await page.waitForFunction("document.querySelectorAll('.hex-cell')[31]?.textContent === '10'");
    await page.getByText('Looking for what changed').waitFor();
    assert.equal(await page.locator('.hex-changed').count(), 0);
    answer(CHANGES);
    await page.getByText('Changed ranges: 2').waitFor();
    assert.equal(await page.locator('.hex-changed').count(), 3);
    assert.deepEqual(await viewer.state(), { offset: 0, changes: 2 });
  });

  it('goes to the offset typed, and says when there is none', async () => {
    const viewer = await openViewer(browser.current, hex, message([file('a.bin', 70_000)]), counting);
    const field = viewer.page.getByRole('textbox', { name: 'Go to offset' });
    await field.fill('0x10001');
    await field.press('Enter');
    assert.equal((await viewer.state()).offset, 65_537);
    await field.fill('70000');
    await field.press('Enter');
    assert.equal(await field.getAttribute('aria-invalid'), 'true');
    assert.equal((await viewer.state()).offset, 65_537);
  });

  it('follows the bar and the wheel', async () => {
    const viewer = await openViewer(browser.current, hex, message([file('a.bin', SIZE)]), counting);
    const header = viewer.page.getByRole('rowheader').first();
    await viewer.page.evaluate("document.querySelector('.hex-bar').scrollTop = 1e9");
    await viewer.page.waitForFunction(
      "document.querySelector('.hex-row:last-child .hex-offset').textContent === 'bffffff0'",
    );
    const before = await header.textContent();
    await viewer.page.locator('.hex-grid').hover();
    await viewer.page.mouse.wheel(0, -100);
    await viewer.page.waitForFunction(
      `document.querySelector('.hex-offset').textContent === '${(parseInt(before ?? '', 16) - 80).toString(16)}'`,
    );
  });

  it('says why a side is not there or cannot be read, and shows the other', async () => {
    const added = file('old.bin', 0, { url: undefined, absent: 'It was added.' });
    const broken: ReadRange = () => Promise.reject(new Error('the disk is gone'));
    const viewer = await openViewer(browser.current, hex, message([added, file('new.bin', 40)]), broken);
    await viewer.page.waitForFunction('problems.length >= 2');
    const problems = await viewer.problems();
    assert.equal(problems[0], '0: It was added.');
    assert.match(problems[1] ?? '', /^1: .*the disk is gone/);
    assert.equal(await viewer.page.getByRole('row').count(), 3);
  });

  it('shows a file that is too large to be fetched', async () => {
    const large = file('large.bin', SIZE, {
      url: undefined,
      absent: 'Files of more than 256 MiB are not shown.',
    });
    const viewer = await openViewer(browser.current, hex, message([large]), counting);
    await viewer.page.waitForFunction("document.querySelectorAll('.hex-cell')[15]?.textContent === '0f'");
    assert.deepEqual(await viewer.problems(), []);
  });

  it('leaves nothing behind', async () => {
    const viewer = await openViewer(browser.current, hex, message([file('a.bin', 40)]), counting);
    await viewer.dispose();
    const left = await viewer.page.evaluate(
      "[document.getElementById('body').childElementCount, document.getElementById('toolbar').childElementCount, document.adoptedStyleSheets.length]",
    );
    assert.deepEqual(left, [0, 0, 0]);
  });
});
