// Owns a page of Chromium that shows pictures with the viewer as it was built, under the policy of the extension's own page.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import type { ShowMessage, ViewedFile } from '../../../extension/webview/messages.ts';
import { projectRoot } from './editorServer.ts';

const ORIGIN = 'https://pictures.test';
/** In milliseconds. */
const WAIT_MS = 30_000;
/** In bytes. */
const LARGE = 16 << 20;
const TYPES: Record<string, string> = { '.js': 'text/javascript', '.css': 'text/css' };

/** A file to show: its path and bytes; without bytes it is not there. */
export type PictureFile = [path: string, bytes: Uint8Array | undefined];

export interface PicturePageOptions {
  theme?: 'dark' | 'light';
  /** In place of a built file, by its name. */
  scripts?: Record<string, string>;
  /** Translations by the English text. */
  strings?: Record<string, string>;
  /** Stops the clock of the page before it loads, for a test to move it. */
  isClockStopped?: boolean;
}

/** The colours that the editor gives to its pages. */
const COLOURS = {
  dark: '--vscode-editor-background:#1f1f1f; --vscode-editor-foreground:#ccc; --vscode-button-secondaryBackground:#313131; --vscode-button-secondaryForeground:#ccc; --vscode-button-background:#0078d4; --vscode-button-foreground:#fff; --vscode-panel-border:#2b2b2b; --vscode-errorForeground:#f85149; --vscode-input-background:#313131; --vscode-input-foreground:#ccc; --vscode-focusBorder:#0078d4;',
  light:
    '--vscode-editor-background:#fff; --vscode-editor-foreground:#3b3b3b; --vscode-button-secondaryBackground:#e5e5e5; --vscode-button-secondaryForeground:#3b3b3b; --vscode-button-background:#005fb8; --vscode-button-foreground:#fff; --vscode-panel-border:#e5e5e5; --vscode-errorForeground:#c72e0f; --vscode-input-background:#fff; --vscode-input-foreground:#3b3b3b; --vscode-focusBorder:#005fb8;',
};

export class PicturePage {
  readonly page: Page;

  private constructor(page: Page) {
    this.page = page;
  }

  /** Shows one file, or two beside each other. */
  static async open(
    browser: Browser,
    files: [PictureFile] | [before: PictureFile, after: PictureFile],
    options: PicturePageOptions = {},
  ): Promise<PicturePage> {
    const page = await browser.newPage({ viewport: { width: 1280, height: 720 } });
    if (options.isClockStopped) await page.clock.install();
    await page.route(`${ORIGIN}/**`, async (route) => {
      const name = new URL(route.request().url()).pathname;
      const side = /^\/side\/(\d)$/.exec(name)?.[1];
      if (side !== undefined) return route.fulfill(answerOf(files[Number(side)]?.[1]));
      if (name === '/')
        return route.fulfill({ body: html(options.theme ?? 'dark'), contentType: 'text/html' });
      const replaced = options.scripts?.[path.basename(name)];
      const body = replaced ?? (await readFile(path.join(projectRoot, 'dist', name)));
      return route.fulfill({ body, contentType: TYPES[path.extname(name)] ?? 'application/octet-stream' });
    });
    await page.goto(`${ORIGIN}/`);
    const viewed = files.map(([name, bytes], side): ViewedFile => ({
      label: `${name} (${side === 0 && files.length === 2 ? 'Last Commit' : 'Working File'})`,
      path: name,
      url: bytes ? `${ORIGIN}/side/${side}` : undefined,
      size: bytes?.length ?? 0,
      facts: [],
      ...(!bytes && { absent: 'The file is not there in this version.' }),
    }));
    const message: ShowMessage = {
      type: 'show',
      viewer: 'image',
      files: viewed as ShowMessage['files'],
      strings: options.strings ?? {},
    };
    await page.evaluate(`postMessage(${JSON.stringify(message)}, '*')`);
    return new PicturePage(page);
  }

  /** Waits until the status line holds this; returns all of it. */
  async status(text: string): Promise<string> {
    const line = this.page.locator('#status', { hasText: text });
    await line.waitFor();
    return (await line.textContent()) ?? '';
  }

  /** Waits until an expression is true; the policy of the page does not let the page itself evaluate it. */
  async until(expression: string): Promise<void> {
    const end = Date.now() + WAIT_MS;
    while (!(await this.page.evaluate<boolean>(expression)))
      assert.ok(Date.now() < end, `not true in time: ${expression}`);
  }

  /** What the viewer reported, later reports over earlier ones. */
  state(): Promise<Record<string, unknown>> {
    return this.page.evaluate('state');
  }
}

/** A large file travels packed: the way to the browser is a slow one. */
function answerOf(bytes: Uint8Array | undefined): { body: Buffer; headers?: Record<string, string> } {
  const body = Buffer.from(bytes ?? []);
  return body.length > LARGE ? { body: gzipSync(body), headers: { 'x-packed': 'gzip' } } : { body };
}

/** As extension/viewer/viewerPage.ts has it. */
function html(theme: 'dark' | 'light'): string {
  const policy = [
    "default-src 'none'",
    `img-src ${ORIGIN} blob: data:`,
    `connect-src ${ORIGIN} blob: data:`,
    `style-src ${ORIGIN} 'unsafe-inline'`,
    `script-src 'nonce-test' ${ORIGIN} 'wasm-unsafe-eval'`,
    'worker-src blob:',
  ].join('; ');
  return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<style>html { --vscode-font-size: 13px; --vscode-font-family: sans-serif; color-scheme: ${theme}; ${COLOURS[theme]} }</style>
<link rel="stylesheet" href="/webview/main.css"></head><body>
<header><div id="toolbar" role="toolbar"></div><div id="status" role="status"></div></header><main id="body"></main>
<script nonce="test">
var state = {};
const plainFetch = fetch;
fetch = async (...args) => {
  const response = await plainFetch(...args);
  if (!response.headers.has('x-packed')) return response;
  return new Response(response.body.pipeThrough(new DecompressionStream('gzip')));
};
Worker = class extends Worker {
  constructor(script) {
    super(script);
    document.body.dataset.workers = 1 + Number(document.body.dataset.workers ?? 0);
  }
};
function acquireVsCodeApi() {
  return { postMessage: (message) => {
    if (message.type === 'state') Object.assign(state, message.state);
    if (message.type === 'ask') postMessage({ type: 'answer', id: message.id, answer: null }, '*');
    if (message.type === 'readRange') void answerRange(message);
  } };
}
async function answerRange({ id, side, offset, length }) {
  const bytes = new Uint8Array(await (await fetch('/side/' + side)).arrayBuffer()).subarray(offset, offset + length);
  postMessage({ type: 'range', id, base64: btoa(String.fromCharCode(...bytes)) }, '*');
}
</script>
<script type="module" nonce="test" src="/webview/main.js"></script></body></html>`;
}
