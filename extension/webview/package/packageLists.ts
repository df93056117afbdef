// Owns the lists of a package in the page: names, imports, exports and dependencies, with what differs marked, and a filter for all.
import type { EntryList, EntryState, ListEntry, PackageLists } from '../../../core/protocol/packages.ts';
import { formatBytes } from '../../../core/protocol/amounts.ts';
import { language } from '../language.ts';
import type { ViewerHost } from '../viewer.ts';
import { filterOf, shownEntries } from './listFilter.ts';

/** Rows of one list in the page; the filter finds the others. */
const MOST_ROWS = 500;

const LISTS: [keyof PackageLists, string][] = [
  ['dependencies', 'Dependencies'],
  ['softDependencies', 'Named by path alone'],
  ['exports', 'Exports'],
  ['imports', 'Imports'],
  ['names', 'Names'],
];
/** A sign for the eye, and a word for screen readers. */
const MARKS: Record<EntryState, [sign: string, word: string]> = {
  same: ['', ''],
  added: ['+', 'added'],
  removed: ['−', 'removed'],
  changed: ['~', 'changed'],
};

/**
 * `isComparison`: there are two versions, and what is the same is hidden at first. `comparedBytes`: exports of equal length that
 * changed inside are known.
 */
export function listsOf(
  host: ViewerHost,
  lists: PackageLists,
  { isComparison, comparedBytes }: { isComparison: boolean; comparedBytes: boolean },
): HTMLElement {
  const section = document.createElement('section');
  const bar = document.createElement('div');
  bar.className = 'package-bar';
  const field = document.createElement('input');
  field.type = 'search';
  field.placeholder = host.translate('Filter the lists');
  field.setAttribute('aria-label', host.translate('Filter the lists'));
  bar.append(field);
  const only = document.createElement('input');
  only.type = 'checkbox';
  only.checked = isComparison;
  if (isComparison) {
    const label = document.createElement('label');
    label.append(only, host.translate('Only what differs'));
    bar.append(label);
  }
  section.append(bar);
  if (isComparison && !comparedBytes)
    section.append(
      note(host.translate('The exports are too large: they are compared by their length alone.')),
    );

  const drawings: (() => void)[] = [];
  for (const [key, title] of LISTS) {
    const list = lists[key];
    if (!list) continue;
    const details = document.createElement('details');
    details.dataset.list = key;
    details.open = isComparison ? hasDifferences(list) : key === 'dependencies';
    const summary = document.createElement('summary');
    summary.textContent = headingOf(host, title, list);
    const rows = document.createElement('div');
    details.append(summary, rows);
    section.append(details);
    const draw = (): void => {
      if (details.open) rows.replaceChildren(...rowsOf(host, list, filterOf(field.value, only.checked)));
    };
    details.addEventListener('toggle', draw);
    drawings.push(draw);
  }
  const drawAll = (): void => drawings.forEach((draw) => draw());
  field.addEventListener('input', drawAll);
  only.addEventListener('change', drawAll);
  drawAll();
  return section;
}

function hasDifferences({ added, removed, changed }: EntryList): boolean {
  return added + removed + changed > 0;
}

function headingOf(host: ViewerHost, title: string, { total, added, removed, changed }: EntryList): string {
  const parts = [`${host.translate(title)}: ${total}`];
  if (added > 0) parts.push(host.translate('{0} added', added));
  if (removed > 0) parts.push(host.translate('{0} removed', removed));
  if (changed > 0) parts.push(host.translate('{0} changed', changed));
  return parts.join(' · ');
}

function rowsOf(host: ViewerHost, list: EntryList, filter: ReturnType<typeof filterOf>): HTMLElement[] {
  const { entries, more } = shownEntries(list, filter, MOST_ROWS);
  const found: HTMLElement[] = [];
  if (entries.length > 0) {
    const rows = document.createElement('ul');
    rows.className = 'package-list';
    rows.append(...entries.map((entry) => rowOf(host, entry)));
    found.push(rows);
  } else found.push(note(host.translate(filter.onlyDifferences ? 'Nothing differs.' : 'There is nothing.')));
  if (more > 0) found.push(note(host.translate('{0} more: filter the list to see them.', more)));
  if (list.left > 0) found.push(note(host.translate('{0} more are not listed.', list.left)));
  return found;
}

function note(text: string): HTMLElement {
  const made = document.createElement('p');
  made.className = 'package-note';
  made.textContent = text;
  return made;
}

function rowOf(host: ViewerHost, { text, state, sizes }: ListEntry): HTMLElement {
  const row = document.createElement('li');
  row.className = `package-${state}`;
  const [sign, word] = MARKS[state];
  const mark = document.createElement('span');
  mark.className = 'package-mark';
  mark.textContent = sign;
  if (word !== '') {
    mark.setAttribute('role', 'img');
    mark.setAttribute('aria-label', host.translate(word));
  }
  row.append(mark, text);
  if (sizes) {
    const size = document.createElement('span');
    size.className = 'package-size';
    size.textContent = sizes.map((one) => formatBytes(one, language())).join(' → ');
    row.append(size);
  }
  return row;
}
