// Owns the choice of repository paths by the files and folders a user names.
import { foldersAbove } from '../model/foldersAbove.ts';

/** Whether `path` is one of `wanted` or lies below one of them; '' and '.' stand for everything, undefined too. */
export function matchesPaths(path: string, wanted: readonly string[] | undefined): boolean {
  if (wanted === undefined) return true;
  return wanted.some((one) => one === '' || one === '.' || path === one || path.startsWith(`${one}/`));
}

/** `matchesPaths` for many paths, which takes as long for a thousand wanted ones as for one; undefined when all match. */
export function pathFilter(wanted: readonly string[] | undefined): ((path: string) => boolean) | undefined {
  if (wanted === undefined || wanted.some(isEverything)) return undefined;
  const known = new Set(wanted);
  return (path) => known.has(path) || foldersAbove(path).some((folder) => known.has(folder));
}

/** Of the paths that somebody named, those that match nothing so far. '' and '.' are none of them. */
export class UnmatchedPaths implements Iterable<string> {
  readonly #paths: Set<string>;

  constructor(wanted: readonly string[]) {
    this.#paths = new Set(wanted.filter((path) => !isEverything(path)));
  }

  get size(): number {
    return this.#paths.size;
  }

  /** Takes out the paths that `path` is or lies below. */
  match(path: string): void {
    if (this.#paths.size === 0) return;
    this.#paths.delete(path);
    for (const folder of foldersAbove(path)) this.#paths.delete(folder);
  }

  [Symbol.iterator](): Iterator<string> {
    return this.#paths.values();
  }
}

function isEverything(path: string): boolean {
  return path === '' || path === '.';
}
