// Owns what the tests of the viewers start from: one browser for all tests of a block, and the folder for their screenshots.
import { mkdir } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import { chromiumProgram, launchChromium } from './browser.ts';
import { SCREENSHOTS } from './workbench.ts';

/**
 * Starts a browser before the tests of the current block, and ends it after them. Where there is none, the block is skipped with a
 * line that says why.
 */
export function useBrowser(): { current: Browser } {
  const used = {} as { current: Browser };
  before(async function () {
    if (chromiumProgram() === undefined) {
      console.log('    skipped: no Chromium here');
      this.skip();
    }
    used.current = await launchChromium();
    await mkdir(SCREENSHOTS, { recursive: true });
  });
  // A page that draws goes on drawing.
  afterEach(async () => {
    for (const context of used.current.contexts()) await context.close();
  });
  after(() => used.current?.close());
  return used;
}
