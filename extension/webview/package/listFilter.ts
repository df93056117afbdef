// Owns which entries of a list are shown; knows no browser.
import type { EntryList, ListEntry } from '../../../core/protocol/packages.ts';

export interface Filter {
  /** Lower-case words that all have to be in an entry. */
  words: string[];
  onlyDifferences: boolean;
}

export function filterOf(text: string, onlyDifferences: boolean): Filter {
  return { words: text.toLowerCase().split(/\s+/).filter(Boolean), onlyDifferences };
}

/** The first `most` entries that fit, and how many more of those that are known do. */
export function shownEntries(
  list: EntryList,
  { words, onlyDifferences }: Filter,
  most: number,
): { entries: ListEntry[]; more: number } {
  const fitting = list.entries.filter(({ text, state }) => {
    if (onlyDifferences && state === 'same') return false;
    const lower = text.toLowerCase();
    return words.every((word) => lower.includes(word));
  });
  return { entries: fitting.slice(0, most), more: Math.max(0, fitting.length - most) };
}
