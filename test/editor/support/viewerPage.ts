// Owns a page of Chromium that mounts one viewer, bundled from its source, over files that a test reads for it.
import path from 'node:path';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import type { ShowMessage } from '../../../extension/webview/messages.ts';
import { projectRoot } from './editorServer.ts';

/** Bytes of a range of a side. */
export type ReadRange = (side: number, offset: number, length: number) => Promise<Uint8Array> | Uint8Array;

export interface ViewerPage {
  readonly page: Page;
  readonly reads: [side: number, offset: number, length: number][];
  /** What the viewer reported last. */
  state(): Promise<Record<string, unknown>>;
  problems(): Promise<string[]>;
  /** The line beside the toolbar. */
  status(): Promise<string>;
  dispose(): Promise<void>;
}

/** Whose pages a viewer can be mounted in. */
export type Pages = Pick<Browser, 'newPage'>;

/** Pages in which questions of the viewer are answered: see extension/webview/questions.ts. */
export function answering(browser: Browser, answer: (question: string, about: unknown) => unknown): Pages {
  return {
    newPage: async (options) => {
      const page = await browser.newPage(options);
      await page.exposeFunction('answerQuestion', answer);
      return page;
    },
  };
}

/** What the page can fetch, by its URL: `https://media.test/…`. */
export type Fetchable = Record<string, Buffer>;

const bundles = new Map<string, Promise<string>>();

/** The script of a viewer, made once. */
function bundleOf(file: string, factory: string): Promise<string> {
  let made = bundles.get(file);
  if (!made) bundles.set(file, (made = bundled(file, factory)));
  return made;
}

async function bundled(file: string, factory: string): Promise<string> {
  const source = path.join(projectRoot, 'extension/webview/viewers', file);
  const { outputFiles } = await build({
    stdin: {
      contents: `export { ${factory} as open } from ${JSON.stringify(source)};`,
      resolveDir: projectRoot,
    },
    bundle: true,
    format: 'iife',
    globalName: 'viewer',
    write: false,
    // Nothing lies beside this page.
    define: { 'import.meta.url': '"https://nowhere.invalid/"' },
  });
  return outputFiles[0]?.text ?? '';
}

/** Mounts `factory` of extension/webview/viewers/<file>. The page lets nothing be fetched but `fetchable`. */
export async function openViewer(
  browser: Pages,
  [file, factory]: [file: string, factory: string],
  message: ShowMessage,
  read: ReadRange,
  fetchable: Fetchable = {},
): Promise<ViewerPage> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 600 } });
  const reads: ViewerPage['reads'] = [];
  await page.exposeFunction('readBytes', async (side: number, offset: number, length: number) => {
    reads.push([side, offset, length]);
    return Buffer.from(await read(side, offset, length)).toString('base64');
  });
  await page.route('https://media.test/**', async (route) => {
    const body = fetchable[route.request().url()];
    const headers = { 'access-control-allow-origin': '*' };
    await route.fulfill(body ? { body, headers } : { status: 404, headers });
  });
  await page.setContent(
    `<style>html, body { height: 100%; margin: 0 } #body { height: 540px }</style>
     <div id="toolbar" role="toolbar"></div><div id="body"></div>`,
  );
  await page.addScriptTag({ content: await bundleOf(file, factory) });
  await page.addScriptTag({ content: MOUNT });
  await page.evaluate(`mount(${JSON.stringify(message)})`);
  return {
    page,
    reads,
    state: () => page.evaluate('state'),
    problems: () => page.evaluate('problems'),
    status: () => page.evaluate('line'),
    dispose: () => page.evaluate('mounted.dispose()'),
  };
}

const MOUNT = `
var state = {}, problems = [], line = '', mounted;
async function mount(message) {
  mounted = await viewer.open({
    body: document.getElementById('body'),
    toolbar: document.getElementById('toolbar'),
    translate: (text, ...values) => text.replace(/\\{(\\d)\\}/g, (_, i) => String(values[i])),
    readRange: async (side, offset, length) =>
      Uint8Array.from(atob(await readBytes(side, offset, length)), (one) => one.charCodeAt(0)),
    // A test that is asked exposes it to the page.
    ask: async (question, about) => answerQuestion(question, about),
    report: (more) => Object.assign(state, more),
    showProblem: (side, problem) => problems.push(side + ': ' + problem),
    showStatus: (text) => { line = text; },
  }, message);
}`;
