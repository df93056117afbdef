// Owns looking for what is wrong with a page for people who see, hear or move less: axe-core, in the page itself.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Frame } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Finding {
  id: string;
  nodes: { html: string; failureSummary: string }[];
}

/** A page within the editor has no heading of its own, and needs no landmarks: its tab names it. */
const NOT_OF_A_PAGE = { region: { enabled: false }, 'page-has-heading-one': { enabled: false } };

/** Of one kind of flaw; the others are the same. */
const SHOWN = 3;

/** What is wrong in a frame, one line each; `within` is a selector, `except` names rules that are not the page's own to keep. */
export async function flawsOf(frame: Frame, within = 'html', except: string[] = []): Promise<string[]> {
  await frame.evaluate(AXE);
  const options = {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    rules: { ...NOT_OF_A_PAGE, ...Object.fromEntries(except.map((id) => [id, { enabled: false }])) },
  };
  const { violations } = await frame.evaluate<{ violations: Finding[] }>(
    `axe.run(${JSON.stringify(within)}, ${JSON.stringify(options)})`,
  );
  return violations.flatMap(({ id, nodes }) =>
    nodes
      .slice(0, SHOWN)
      .map(
        ({ html, failureSummary }) =>
          `${id}: ${html.slice(0, 200)} ${failureSummary.replaceAll(/\s+/g, ' ')}`,
      ),
  );
}
