// Owns which rows the panel shows of a repository's changes, group by group, and how one list of rows becomes the next; knows no editor.
import type { Change } from '../../core/protocol/repositories.ts';

/** The groups of the panel, in the order that they are shown in. */
export const GROUPS = ['conflicts', 'staged', 'changes', 'untracked'] as const;
export type GroupId = (typeof GROUPS)[number];

/** Rows that a panel shows until it is asked for all: more of them slow every update and are read by nobody. */
export const SHOWN_ROWS = 2000;

export function groupOf({ state, staged }: Change): GroupId {
  if (state === 'conflicted') return 'conflicts';
  if (staged) return 'staged';
  return state === 'untracked' ? 'untracked' : 'changes';
}

/** The changes of each group, `limit` in all; what is nearest to a commit comes first. */
export function shownRows(changes: readonly Change[], limit: number): Record<GroupId, Change[]> {
  const shown: Record<GroupId, Change[]> = { conflicts: [], staged: [], changes: [], untracked: [] };
  for (const change of changes) shown[groupOf(change)].push(change);
  let left = limit;
  for (const group of GROUPS) {
    shown[group] = shown[group].slice(0, left);
    left -= shown[group].length;
  }
  return shown;
}

/** Paths that an operation on these changes has to name: of a renamed file both. */
export function pathsOf(changes: Iterable<Change>): string[] {
  const paths = new Set<string>();
  for (const { path, from } of changes) {
    paths.add(path);
    if (from !== undefined) paths.add(from);
  }
  return [...paths];
}

/** Keeps the rows of a group from one list of changes to the next, so that a row whose change stayed is the same object. */
export class RowList<Row> {
  private readonly make: (change: Change) => Row;
  private rowsByKey = new Map<string, Row>();
  private shown: Row[] = [];

  constructor(make: (change: Change) => Row) {
    this.make = make;
  }

  get rows(): Row[] {
    return this.shown;
  }

  /** Takes over new changes. Returns false when the rows are what they were. */
  update(changes: readonly Change[]): boolean {
    const next = new Map<string, Row>();
    for (const change of changes) {
      const key = keyOf(change);
      next.set(key, this.rowsByKey.get(key) ?? this.make(change));
    }
    const rows = [...next.values()];
    this.rowsByKey = next;
    if (rows.length === this.shown.length && rows.every((row, at) => row === this.shown[at])) return false;
    this.shown = rows;
    return true;
  }
}

function keyOf({ path, state, kind, size, staged, from }: Change): string {
  return [path, state, kind, size, staged, from ?? ''].join('\0');
}

/** What a file's badge says when it has several changes: conflicts before what is not staged before what is. */
export function mostUrgent(changes: readonly Change[]): Change | undefined {
  const rank = (change: Change): number =>
    ['conflicts', 'untracked', 'changes', 'staged'].indexOf(groupOf(change));
  return [...changes].sort((a, b) => rank(a) - rank(b))[0];
}

/** One letter for the state, as the Explorer and the panel show it. */
export function letterOf({ state }: Change): string {
  switch (state) {
    case 'added':
      return 'A';
    case 'modified':
      return 'M';
    case 'deleted':
      return 'D';
    case 'renamed':
      return 'R';
    case 'untracked':
      return 'U';
    case 'conflicted':
      return '!';
  }
}
