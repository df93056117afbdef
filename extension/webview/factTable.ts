// Owns the table of facts of one version, or of two beside each other with what differs marked.
import { differs, type FactRow } from './factRows.ts';
import type { ViewerHost } from './viewer.ts';

/** `labels` are those of the versions. */
export function factTable(host: ViewerHost, labels: string[], rows: FactRow[]): HTMLTableElement {
  const table = document.createElement('table');
  table.className = 'fact-table';
  table.setAttribute('aria-label', host.translate('Facts'));
  if (labels.length > 1) {
    const head = table.createTHead().insertRow();
    for (const label of ['', ...labels, '']) {
      const cell = document.createElement(label === '' ? 'td' : 'th');
      cell.textContent = label;
      if (label !== '') cell.setAttribute('scope', 'col');
      head.append(cell);
    }
  }
  const body = table.createTBody();
  for (const row of rows) {
    const line = body.insertRow();
    const name = document.createElement('th');
    name.setAttribute('scope', 'row');
    name.textContent = row.label;
    line.append(name);
    for (const value of row.values) line.insertCell().textContent = value ?? '–';
    if (labels.length < 2) continue;
    const mark = line.insertCell();
    if (!differs(row)) continue;
    line.className = 'differs';
    mark.textContent = `≠ ${host.translate('differs')}`;
  }
  return table;
}
