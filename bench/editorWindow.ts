// Owns how the benchmark of the editor reads the page: the page itself notes when its panel shows something, so that no polling is measured.
import type { Page } from 'playwright-core';

/** A script for every page before anything of its own: `forgeBench.wait` resolves when the rows of the panel are as wanted. */
export const PAGE_SCRIPT = `
window.forgeBench = {
  now: () => performance.timeOrigin + performance.now(),
  labels: () => [...document.querySelectorAll('.scm-view .monaco-list-row')].map((row) => row.ariaLabel ?? ''),
  wait(text, there) {
    return new Promise((resolve) => {
      const look = () => {
        if (document.querySelector('.scm-view .monaco-list-row') === null) return;
        if (forgeBench.labels().some((label) => label.includes(text)) !== there) return;
        observer.disconnect();
        resolve(forgeBench.now());
      };
      const observer = new MutationObserver(look);
      observer.observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['aria-label'] });
      look();
    });
  },
};
// From the start: the panel may be filled before anybody can ask.
forgeBench.filled = forgeBench.wait('.bin, Modified', true);
addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && event.ctrlKey) forgeBench.committed = forgeBench.now();
}, true);
`;

/** Starts to wait, before what is waited for is done. The result is a time in milliseconds since 1970, as Date.now() counts. */
export async function watchPanel(page: Page, text: string, there: boolean): Promise<() => Promise<number>> {
  await page.evaluate(`void (forgeBench.found = forgeBench.wait(${JSON.stringify(text)}, ${there}))`);
  return () => page.evaluate<number>('forgeBench.found');
}

/** When the panel first showed a modified asset. */
export function filledAt(page: Page): Promise<number> {
  return page.evaluate<number>('forgeBench.filled');
}

/** When Ctrl+Enter was pressed last. */
export function committedAt(page: Page): Promise<number> {
  return page.evaluate<number>('forgeBench.committed');
}

/** When the workbench itself was there, by its own mark, in milliseconds since 1970. */
export function workbenchAt(page: Page): Promise<number> {
  return page.evaluate<number>(
    "performance.timeOrigin + performance.getEntriesByName('code/didStartWorkbench')[0].startTime",
  );
}
