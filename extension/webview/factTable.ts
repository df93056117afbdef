// Owns the table of facts of one version, or of two beside each other with what differs marked.
import type { ViewerHost } from './viewer.ts';

export interface FactRow {
  label: string;
  /** One for each version; undefined where nothing is known. */
  values: (string | undefined)[];
}

/** The facts of each side, by label, in the order of the newer one; what is said more than once stays together. */
export function rowsOfFacts(sides: (readonly [label: string, value: string][])[]): FactRow[] {
  const labels = new Set([...sides].reverse().flatMap((facts) => facts.map(([label]) => label)));
  const valueOf = (facts: readonly [string, string][], label: string): string | undefined => {
    const values = facts.filter(([one]) => one === label).map(([, value]) => value);
    return values.length > 0 ? values.join(', ') : undefined;
  };
  return [...labels].map((label) => ({ label, values: sides.map((facts) => valueOf(facts, label)) }));
}

export function differs({ values }: FactRow): boolean {
  return values.some((value) => value !== values[0]);
}

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
