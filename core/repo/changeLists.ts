// Owns comparing two lists of changes, both in the order of a status.
import type { Change } from './types.ts';

/** Paths about which the lists say something different. */
export function differingPaths(before: readonly Change[], after: readonly Change[]): string[] {
  return [...differingRuns(before, after)].map(({ path }) => path);
}

/** For each path about which the lists say something different: what the second one says. */
export function* differingRuns(
  before: readonly Change[],
  after: readonly Change[],
): Generator<{ path: string; changes: Change[] }> {
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    const path = firstOf(before.at(i)?.path, after.at(j)?.path);
    const old = runOf(before, i, path);
    const changes = runOf(after, j, path);
    i += old.length;
    j += changes.length;
    if (old.length !== changes.length || !old.every((change, at) => isSame(change, changes[at])))
      yield { path, changes };
  }
}

function firstOf(a: string | undefined, b: string | undefined): string {
  if (a === undefined || b === undefined) return (a ?? b) as string;
  return a < b ? a : b;
}

/** The changes of one path from number `from` on. */
function runOf(changes: readonly Change[], from: number, path: string): Change[] {
  let to = from;
  while (to < changes.length && changes[to].path === path) to++;
  return changes.slice(from, to);
}

function isSame(a: Change, b: Change): boolean {
  return (
    a.path === b.path &&
    a.state === b.state &&
    a.kind === b.kind &&
    a.size === b.size &&
    a.staged === b.staged &&
    a.from === b.from
  );
}
