// Owns finding new paths that another system would take for ones that are there, without looking at the whole index.
import type { GitIndex } from '../model/gitIndex.ts';
import { comparePaths, sortPaths } from '../model/pathOrder.ts';
import { foldName } from '../worktree/safePath.ts';

/** A folder on the way to the path that is looked at. */
interface Level {
  /** '' or the folder with a slash at its end. */
  prefix: string;
  /** A name in the folder by its folded form. */
  names: Map<string, string>;
}

/**
 * The first of `added` whose name, or that of a folder it brings along, differs only by case or Unicode form from another name
 * in the same folder: that other path and the new one. Only the folders that the new paths lie in are looked at; of those that are
 * there already a collision is no news. `added` is asked for a second time when it is not sorted.
 */
export function findNewCollision(
  index: GitIndex,
  added: () => Iterable<string>,
): [string, string] | undefined {
  const search = new CollisionSearch(index);
  let previous = '';
  for (const path of added()) {
    if (comparePaths(previous, path) > 0) return findNewCollision(index, () => sortPaths([...added()]));
    previous = path;
    const pair = search.add(path);
    if (pair) return pair;
  }
  return undefined;
}

class CollisionSearch {
  readonly #index: GitIndex;
  readonly #levels: Level[] = [];

  constructor(index: GitIndex) {
    this.#index = index;
  }

  /** Paths come in order. */
  add(path: string): [string, string] | undefined {
    const index = this.#index;
    const levels = this.#levels;
    while (levels.length > 0 && !path.startsWith(levels[levels.length - 1].prefix)) levels.pop();
    if (levels.length === 0) levels.push({ prefix: '', names: namesIn(index, '') });
    for (;;) {
      const { prefix, names } = levels[levels.length - 1];
      const slash = path.indexOf('/', prefix.length);
      const name = slash < 0 ? path.slice(prefix.length) : path.slice(prefix.length, slash);
      const fold = foldName(name);
      const other = names.get(fold);
      if (other === undefined) names.set(fold, name);
      else if (other !== name && !isThere(index, prefix + name)) return [prefix + other, prefix + name];
      if (slash < 0) return undefined;
      const below = path.slice(0, slash + 1);
      levels.push({ prefix: below, names: namesIn(index, below) });
    }
  }
}

/** The names right below a folder. What is deeper is skipped, not read. */
function namesIn(index: GitIndex, prefix: string): Map<string, string> {
  const names = new Map<string, string>();
  let paths = index.paths(prefix);
  for (let next = paths.next(); !next.done && next.value.startsWith(prefix); next = paths.next()) {
    const path = next.value;
    const slash = path.indexOf('/', prefix.length);
    const name = slash < 0 ? path.slice(prefix.length) : path.slice(prefix.length, slash);
    names.set(foldName(name), name);
    // '0' is the byte after '/'.
    if (slash >= 0) paths = index.paths(`${prefix}${name}0`);
  }
  return names;
}

function isThere(index: GitIndex, path: string): boolean {
  if (index.get(path)) return true;
  const next = index.paths(`${path}/`).next();
  return !next.done && next.value.startsWith(`${path}/`);
}
