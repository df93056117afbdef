// Owns how the list of a repository's changes becomes the next one by an update; knows no editor.
import type { Change, RepositoryUpdate } from '../../core/protocol/repositories.ts';

/** Of so few paths each is looked for by itself. */
const FEW = 64;

/** Sorted by path; of one path what is staged comes first. `known` stays as it is. */
export function nextChanges(
  known: readonly Change[],
  { reset, touched, changes }: Pick<RepositoryUpdate, 'reset' | 'touched' | 'changes'>,
): readonly Change[] {
  if (reset) return changes;
  if (touched.length === 0) return known;
  if (touched.length > FEW) {
    const gone = new Set(touched);
    return [...known.filter(({ path }) => !gone.has(path)), ...changes].sort(byPath);
  }
  const next = [...known];
  const come = Map.groupBy(changes, ({ path }) => path);
  for (const path of touched) {
    const from = firstNotBefore(next, path);
    let to = from;
    while (next[to]?.path === path) to++;
    next.splice(from, to - from, ...(come.get(path) ?? []).sort(byPath));
  }
  return next;
}

function firstNotBefore(changes: readonly Change[], path: string): number {
  let low = 0;
  let high = changes.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (changes[middle].path < path) low = middle + 1;
    else high = middle;
  }
  return low;
}

function byPath(a: Change, b: Change): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : Number(b.staged) - Number(a.staged);
}
