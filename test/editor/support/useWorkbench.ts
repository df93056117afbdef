// Owns what most tests of the editor start from: one workbench for all tests of a block, and a screenshot of each that fails.
import { whyNoWorkbench } from './browser.ts';
import { Workbench, type WorkbenchOptions } from './workbench.ts';

/** A workbench that takes this long, in milliseconds, is broken. */
const OPEN_MS = 120_000;

/**
 * Opens a workbench before the tests of the current block, on the folder that `prepare` makes, and ends it after them. Where there is
 * none to open, the block is skipped with a line that says why.
 */
export function useWorkbench(
  prepare: () => Promise<string>,
  options: WorkbenchOptions | (() => Promise<WorkbenchOptions>) = {},
): { current: Workbench } {
  const used = {} as { current: Workbench };
  before(async function () {
    this.timeout(OPEN_MS);
    skipWithoutWorkbench(this);
    const folder = await prepare();
    used.current = await Workbench.open(folder, typeof options === 'function' ? await options() : options);
  });
  afterEach(async function () {
    if (this.currentTest?.state !== 'failed') return;
    const name = this.currentTest.fullTitle().replaceAll(/[^\p{L}\p{N}]+/gu, '-');
    // The failure itself counts, not that of its picture.
    await used.current.screenshot(`failed-${name}`).catch(() => undefined);
  });
  after(() => used.current?.close());
  return used;
}

/** Skips what calls it where no workbench can be opened. */
export function skipWithoutWorkbench(context: Mocha.Context): void {
  const reason = whyNoWorkbench();
  if (reason === undefined) return;
  console.log(`    skipped: ${reason}`);
  context.skip();
}
