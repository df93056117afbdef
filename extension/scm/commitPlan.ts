// Owns what has to be right before a commit is asked for, and what it takes; knows no editor.
import type { Change } from '../../core/protocol/repositories.ts';

export type CommitPlan =
  /** `staged`: only what is staged; else everything. */
  | { do: 'commit'; staged: boolean }
  /** Nothing is staged, and whether to take everything was not settled. */
  | { do: 'askForAll' }
  | { do: 'refuse'; why: 'noMessage' }
  | { do: 'refuse'; why: 'nothing' }
  | { do: 'refuse'; why: 'conflict'; path: string };

export interface CommitWish {
  message: string;
  /** Everything is asked for, staged or not. */
  all: boolean;
  /** The setting: everything when nothing is staged. */
  allWhenNothingStaged: boolean;
  changes: readonly Change[];
  /** Changes in all, also those that `changes` leaves out. */
  total: number;
}

export function planCommit({ message, all, allWhenNothingStaged, changes, total }: CommitWish): CommitPlan {
  const conflict = changes.find(({ state }) => state === 'conflicted');
  if (conflict) return { do: 'refuse', why: 'conflict', path: conflict.path };
  if (total === 0) return { do: 'refuse', why: 'nothing' };
  if (message.trim() === '') return { do: 'refuse', why: 'noMessage' };
  if (all) return { do: 'commit', staged: false };
  if (changes.some(({ staged }) => staged)) return { do: 'commit', staged: true };
  return allWhenNothingStaged ? { do: 'commit', staged: false } : { do: 'askForAll' };
}

/** Of the large files that a commit would take those that are committed for the first time. */
export function newOnes<Large extends { path: string }>(large: Large[], changes: readonly Change[]): Large[] {
  const known = new Set(
    changes.flatMap(({ path, state }) => (state === 'added' || state === 'untracked' ? [] : [path])),
  );
  return large.filter(({ path }) => !known.has(path));
}

/** A line of .forgeignore that matches this path and nothing else: gitignore(5), "PATTERN FORMAT". A line break in a name has no other way than `?`. */
export function ignoreLine(path: string): string {
  const escaped = path
    .replace(/[\\*?[]/g, '\\$&')
    .replace(/\n/g, '?')
    .replace(/ +$/, (spaces) => '\\ '.repeat(spaces.length));
  return `/${escaped}`;
}

/** What .forgeignore becomes with more lines. */
export function withIgnored(before: string, paths: readonly string[]): string {
  const kept = before === '' || before.endsWith('\n') ? before : `${before}\n`;
  return kept + paths.map((path) => `${ignoreLine(path)}\n`).join('');
}
