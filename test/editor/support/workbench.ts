// Owns the page object of the workbench: what tests see of it and do with it. It waits for conditions and never for a time.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Browser, BrowserContext, Frame, FrameLocator, Locator, Page } from 'playwright-core';
import { launchChromium } from './browser.ts';
import { EditorServer, projectRoot, type ServerOptions } from './editorServer.ts';

/** Where screenshots go. */
export const SCREENSHOTS = path.join(projectRoot, 'test-results/screenshots');

/** How long any condition may take, in milliseconds: long enough for a busy machine. */
const WAIT_MS = 30_000;
const PALETTE_MS = 5_000;
const PALETTE_TRIES = 4;

export interface WorkbenchOptions extends ServerOptions {
  /** Of the window, in pixels; 1280 × 800 without it. */
  size?: { width: number; height: number };
}

/** What a test does with the rows of the Source Control panel. */
export type RowPattern = RegExp | string;

export class Workbench {
  readonly page: Page;
  readonly server: EditorServer;
  private readonly owner: { browser: Browser; context: BrowserContext } | undefined;
  private readonly context: BrowserContext;

  private constructor(server: EditorServer, context: BrowserContext, page: Page, browser?: Browser) {
    this.server = server;
    this.context = context;
    this.page = page;
    this.owner = browser && { browser, context };
  }

  /** Starts a server and a browser, and opens a folder (or a `.code-workspace` file) in them. */
  static async open(folder: string, options: WorkbenchOptions = {}): Promise<Workbench> {
    const server = await EditorServer.start(options);
    let browser: Browser | undefined;
    try {
      browser = await launchChromium();
      const context = await browser.newContext({ viewport: options.size ?? { width: 1280, height: 800 } });
      context.setDefaultTimeout(WAIT_MS);
      await context.grantPermissions(['clipboard-read', 'clipboard-write']);
      const workbench = new Workbench(server, context, await context.newPage(), browser);
      await workbench.visit(folder);
      return workbench;
    } catch (error) {
      await browser?.close();
      await server.close();
      throw error;
    }
  }

  /** A second window, on the same server. It ends with the first. */
  async openWindow(folder: string): Promise<Workbench> {
    const window = new Workbench(this.server, this.context, await this.context.newPage());
    await window.visit(folder);
    return window;
  }

  /** Opens another folder (or a `.code-workspace` file) in this window, in place of the one that is open; no folder without one. */
  async openFolder(folder: string | undefined): Promise<void> {
    await this.visit(folder);
  }

  /** Loads the window anew, as `Developer: Reload Window` does. */
  async reload(): Promise<void> {
    await this.page.reload();
    await this.ready();
  }

  /** Ends the window; of the first one also the browser and the server. */
  async close(): Promise<void> {
    try {
      await (this.owner ? this.owner.browser.close() : this.page.close());
    } finally {
      if (this.owner) await this.server.close();
    }
  }

  /** Opens the Source Control panel. */
  async showPanel(): Promise<void> {
    // What welcomes where there is no repository is in it, too.
    const panel = this.page.locator('[id="workbench.view.scm"]');
    if (await panel.isVisible()) return;
    await this.page.keyboard.press('Control+Shift+G');
    await panel.waitFor();
  }

  /** What a screen reader says of the visible rows of the Source Control panel, e.g. "Changes (forge)" or "hero.png, modified". */
  async panelRows(): Promise<string[]> {
    const rows = this.page.locator('.scm-view .monaco-list-row');
    // At once, in the page: rows come and go. Their order in the page is not always that on the screen.
    return rows.evaluateAll((all) =>
      (all as unknown as { ariaLabel: string | null; offsetTop: number }[])
        .sort((a, b) => a.offsetTop - b.offsetTop)
        .map((row) => row.ariaLabel ?? ''),
    );
  }

  /** Waits until the panel shows just these rows, whatever it shows on the way there. */
  async panelShows(wanted: string[]): Promise<void> {
    await this.panelUntil(JSON.stringify(wanted), (rows) => isDeepStrictEqual(rows, wanted));
  }

  /** Waits until the rows of the panel are as wanted; returns them. @throws Error with the rows when they never are */
  async panelUntil(what: string, wanted: (rows: string[]) => boolean, wait = WAIT_MS): Promise<string[]> {
    const end = Date.now() + wait;
    for (;;) {
      const rows = await this.panelRows();
      if (wanted(rows)) return rows;
      if (Date.now() > end) throw new Error(`${what}: the panel shows ${JSON.stringify(rows)}`);
      await this.page.waitForTimeout(50);
    }
  }

  /** Waits until no row of the panel starts with this. */
  async panelWithout(start: string): Promise<string[]> {
    return this.panelUntil(`no ${start}`, (rows) => !rows.some((row) => row.startsWith(start)));
  }

  /** What is in the panel's message box. */
  async message(): Promise<string> {
    const lines = this.page.locator('.scm-view .scm-editor .view-line');
    return (await lines.allTextContents()).join('\n').replaceAll('\u00a0', ' ');
  }

  /** The row of the Source Control panel whose label holds this. */
  panelRow(label: RowPattern): Locator {
    return this.row('.scm-view .monaco-list-row', label);
  }

  /** A button in the row, by its title; hovers, as it is shown then alone. */
  async clickRowAction(row: RowPattern, title: string): Promise<void> {
    const found = this.panelRow(row);
    await found.hover();
    await found.getByRole('button', { name: title, exact: true }).click();
  }

  /** Writes the message into the panel's box, in place of what is there. */
  async typeMessage(message: string): Promise<void> {
    await this.page.locator('.scm-view .scm-editor .monaco-editor').first().click();
    await this.page.keyboard.press('Control+A');
    await this.page.keyboard.press('Delete');
    await this.page.keyboard.insertText(message);
  }

  /** Writes the message and presses Ctrl+Enter. */
  async commit(message: string): Promise<void> {
    await this.showPanel();
    await this.typeMessage(message);
    await this.page.keyboard.press('Control+Enter');
  }

  /** Runs a command of the palette by its whole label, e.g. "Forge: Undo Last Operation". */
  async runCommand(label: string): Promise<void> {
    // A list that is about to close would take the keys, and then the editor behind it.
    await this.page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
    await this.typeInPalette(label);
    await this.choosePick(label);
  }

  /** A page that is just taking the focus does not hand on its keys yet, and closes a palette that was open before. */
  private async typeInPalette(label: string): Promise<void> {
    for (let tries = 1; ; tries++) {
      await this.page.keyboard.press('F1');
      try {
        return await this.quickInput().fill(`>${label}`, { timeout: PALETTE_MS });
      } catch (error) {
        if (tries === PALETTE_TRIES) throw error;
      }
    }
  }

  /** Takes the row of an open pick with just this label, with the keys: under the pointer a row may still move while the list fills. */
  async choosePick(label: string): Promise<void> {
    const wanted = this.pick(label);
    // What fits is marked once the list is that of what was typed; the one before may hold the row, too, elsewhere.
    await wanted.locator('.highlight').first().waitFor();
    const end = Date.now() + WAIT_MS;
    while ((await wanted.and(this.page.locator('.focused')).count()) === 0) {
      if (Date.now() > end) throw new Error(`no ${label} to go to in ${JSON.stringify(await this.picks())}`);
      await this.page.keyboard.press('ArrowDown');
    }
    await this.page.keyboard.press('Enter');
  }

  /** The row of an open pick with just this label. What was run lately comes before what fits better, so the first row may be another. */
  pick(label: string): Locator {
    const escaped = label.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&');
    return this.row('.quick-input-list .monaco-list-row', new RegExp(`^${escaped}(,|$)`));
  }

  /** The field of an open pick or question. */
  quickInput(): Locator {
    return this.page.locator('.quick-input-widget:not(.hidden) .quick-input-filter input');
  }

  /** Labels of an open pick's visible rows. */
  async picks(): Promise<string[]> {
    const rows = this.page.locator('.quick-input-list .monaco-list-row');
    await rows.first().waitFor();
    return rows.evaluateAll((all) =>
      all.map((row) => (row as unknown as { ariaLabel: string | null }).ariaLabel ?? ''),
    );
  }

  /** Answers an open pick or question: types, and presses Enter. */
  async answer(text: string): Promise<void> {
    await this.quickInput().waitFor();
    await this.quickInput().fill(text);
    await this.page.keyboard.press('Enter');
  }

  /** Opens a file of the folder by the start of its path. */
  async openFile(name: string): Promise<void> {
    await this.page.keyboard.press('Control+P');
    await this.quickInput().waitFor();
    await this.quickInput().fill(name);
    await this.row('.quick-input-list .monaco-list-row', path.basename(name)).waitFor();
    await this.page.keyboard.press('Enter');
    await this.tab(path.basename(name)).waitFor();
  }

  tab(label: RowPattern): Locator {
    return this.page.getByRole('tab', { name: label }).first();
  }

  /** Points at a text in the open editor; returns the hover, which is there then. */
  async hover(text: string): Promise<Locator> {
    // The token, as the line's box is as wide as the editor.
    await this.page.locator('.view-line span span', { hasText: text }).last().hover();
    const hover = this.page.locator('.monaco-hover:not(.hidden) .hover-contents').first();
    await hover.waitFor();
    return hover;
  }

  /** As `hover`, once it shows these texts and nothing is still being read for it: the first one shows what is there at once. */
  async settledHover(text: string, ...shown: string[]): Promise<Locator> {
    const end = Date.now() + WAIT_MS;
    for (;;) {
      const hover = await this.hover(text);
      // All of Forge's part is there when its links are.
      await hover.getByText('History').first().waitFor();
      const told = await hover.innerText();
      if (!told.includes('still being read') && shown.every((one) => told.includes(one))) return hover;
      if (Date.now() > end) throw new Error(`the hover over ${text} says ${told}`);
      await this.page.mouse.move(0, 0);
      await hover.waitFor({ state: 'hidden' });
    }
  }

  /** A message in the corner that holds this text, there or not. */
  toast(text: RowPattern): Locator {
    return this.page.locator('.notification-toast', { hasText: text }).first();
  }

  /** A message in the corner that holds this text; returns it, when it is there. */
  async notification(text: RowPattern): Promise<Locator> {
    const toast = this.toast(text);
    await toast.waitFor();
    return toast;
  }

  /** Presses a button of a message in the corner. */
  async pressInNotification(text: RowPattern, button: RowPattern): Promise<void> {
    await (await this.notification(text)).getByRole('button', { name: button }).click();
  }

  /** The open modal question. */
  dialog(): Locator {
    return this.page.locator('.monaco-dialog-box');
  }

  /** Answers the open modal question with one of its buttons. */
  async pressInDialog(button: string): Promise<void> {
    await this.dialog().getByRole('button', { name: button, exact: true }).click();
    await this.dialog().waitFor({ state: 'hidden' });
  }

  statusBarItem(text: RowPattern): Locator {
    return this.page.locator('.statusbar-item', { hasText: text }).first();
  }

  /** What is inside a webview that is shown; the first one, or that at `index`. */
  webview(index = 0): FrameLocator {
    return this.page
      .locator('iframe.webview.ready')
      .nth(index)
      .contentFrame()
      .frameLocator('iframe#active-frame');
  }

  /** What is inside the webview that is shown, of several. */
  shownPage(): FrameLocator {
    return this.page
      .locator('iframe.webview.ready:visible')
      .last()
      .contentFrame()
      .frameLocator('iframe#active-frame');
  }

  /** The same as a frame, which scripts can run in. */
  async shownFrame(): Promise<Frame> {
    for (const end = Date.now() + WAIT_MS; Date.now() < end;) {
      const outer = await this.page.locator('iframe.webview.ready:visible').last().elementHandle();
      const inner = await (await outer?.contentFrame())?.waitForSelector('iframe#active-frame');
      const frame = await inner?.contentFrame();
      if (frame) return frame;
      // It is being replaced by the next page's.
    }
    throw new Error('no page is shown');
  }

  /** Opens the comparison of a changed file from the panel, alone; returns its page. */
  async compare(name: string): Promise<FrameLocator> {
    await this.runCommand('View: Close All Editors');
    await this.showPanel();
    await this.panelRow(name).click();
    await this.tab(`${name} (Last Commit ↔ Working File)`).waitFor();
    return this.webview();
  }

  /** Keeps the window as test-results/screenshots/NAME.png; returns the file's path. */
  async screenshot(name: string): Promise<string> {
    await mkdir(SCREENSHOTS, { recursive: true });
    const file = path.join(SCREENSHOTS, `${name}.png`);
    await this.page.screenshot({ path: file });
    return file;
  }

  private async visit(folder: string | undefined): Promise<void> {
    await this.page.goto(this.server.urlOf(folder));
    if (folder !== undefined) return this.ready();
    // Nothing is shown at the side, and what is listed at the bottom comes with the extensions.
    await this.statusBarItem('Layout').waitFor();
  }

  private async ready(): Promise<void> {
    // The view that was open last: the explorer, or the panel.
    await this.page.locator('.monaco-workbench .part.sidebar .pane-body:not(.hidden)').first().waitFor();
    await this.page.locator('.statusbar-item').first().waitFor();
  }

  /** Rows say in their label for screen readers what they are. */
  private row(rows: string, label: RowPattern): Locator {
    const all = this.page.locator(rows);
    if (typeof label === 'string')
      return this.page.locator(`${rows}[aria-label*=${JSON.stringify(label)}]`).first();
    return all.and(this.page.getByLabel(label)).first();
  }
}
