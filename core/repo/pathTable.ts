// Owns a list of things by path, kept in the order of paths, of which whole branches of a tree are taken out and put back.
import { comparePaths } from '../model/pathOrder.ts';

export class PathTable<Item extends { path: string }> implements Iterable<Item> {
  #items: Item[];

  constructor(items: Iterable<Item> = []) {
    this.#items = [...items].sort(byPath);
  }

  get length(): number {
    return this.#items.length;
  }

  /** The items in order; not to be changed. */
  get items(): readonly Item[] {
    return this.#items;
  }

  [Symbol.iterator](): Iterator<Item> {
    return this.#items.values();
  }

  /** Takes out what is at `path` and below it. */
  removeBranch(path: string): void {
    this.#removeFrom(path, (one) => one === path);
    const below = `${path}/`;
    this.#removeFrom(below, (one) => one.startsWith(below));
  }

  /** Puts items in. Those of one path keep the order in which they come. */
  add(items: readonly Item[]): void {
    if (items.length === 0) return;
    const added = items.toSorted(byPath);
    // The usual few find their places by themselves.
    if (added.length <= 16)
      for (const item of added) this.#items.splice(this.#firstAfter(item.path), 0, item);
    else this.#items = [...this.#items, ...added].sort(byPath);
  }

  #removeFrom(path: string, isPart: (path: string) => boolean): void {
    const from = this.#firstNotBefore(path);
    let to = from;
    while (to < this.#items.length && isPart(this.#items[to].path)) to++;
    if (to > from) this.#items.splice(from, to - from);
  }

  #firstNotBefore(path: string): number {
    return this.#search((one) => comparePaths(one, path) < 0);
  }

  #firstAfter(path: string): number {
    return this.#search((one) => comparePaths(one, path) <= 0);
  }

  /** Number of the first item whose path is not `before`. */
  #search(before: (path: string) => boolean): number {
    let low = 0;
    let high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (before(this.#items[middle].path)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function byPath(a: { path: string }, b: { path: string }): number {
  return comparePaths(a.path, b.path);
}
