// Owns the viewer of files that no other viewer shows: what is known of each side.
import type { ShowMessage } from './messages.ts';
import type { Viewer, ViewerHost } from './viewer.ts';

export function openFacts(host: ViewerHost, { files }: ShowMessage): Promise<Viewer> {
  const list = document.createElement('div');
  list.className = 'facts';
  for (const { label, facts, absent } of files) {
    const side = document.createElement('section');
    const heading = document.createElement('h2');
    heading.textContent = label;
    const table = document.createElement('dl');
    for (const [name, value] of facts) {
      const term = document.createElement('dt');
      term.textContent = name;
      const text = document.createElement('dd');
      text.textContent = value;
      table.append(term, text);
    }
    side.append(heading, table);
    if (absent !== undefined) {
      const reason = document.createElement('p');
      reason.className = 'problem';
      reason.textContent = absent;
      side.append(reason);
    }
    list.append(side);
  }
  host.body.append(list);
  return Promise.resolve({ dispose: () => list.remove() });
}
