// Owns comparing the index with a tree folder by folder, without looking into folders whose trees are the same.
import type { GitObjects } from '../git/gitObjects.ts';
import { flattenTree, readTree, type TreeEntry, isFolder } from '../git/trees.ts';
import type { CacheTree } from '../model/cacheTree.ts';
import type { GitIndex } from '../model/gitIndex.ts';
import type { GitIndexEntry } from '../model/gitIndexEntry.ts';
import { comparePaths } from '../model/pathOrder.ts';
import type { IndexDifference } from './indexTree.ts';

/** What the index has in a folder: a file, every side of a conflict about it, or a folder of its own. */
interface Child {
  name: string;
  /** Empty for a folder. */
  files: GitIndexEntry[];
}

export class IndexComparison {
  readonly #objects: GitObjects;
  readonly #index: GitIndex;
  #entries: Generator<GitIndexEntry>;
  /** The first entry that has not been used. */
  #next: GitIndexEntry | undefined;

  constructor(objects: GitObjects, index: GitIndex) {
    this.#objects = objects;
    this.#index = index;
    this.#entries = index.entries();
    this.#advance();
  }

  /** Where the index differs from `tree` (undefined: the empty one), in the order of paths. */
  async *differences(tree: string | undefined): AsyncGenerator<IndexDifference> {
    const cached = this.#index.cacheTree;
    if (tree !== undefined && cached?.oid === tree) return;
    yield* this.#folder('', tree, cached);
  }

  /** @param prefix '' or the folder with a slash at its end */
  async *#folder(
    prefix: string,
    tree: string | undefined,
    cached: CacheTree | undefined,
  ): AsyncGenerator<IndexDifference> {
    const entries = tree === undefined ? [] : await readTree(this.#objects, tree);
    let at = 0;
    for (;;) {
      const child = this.#child(prefix);
      const entry = entries.at(at);
      if (!child && !entry) return;
      const order = !child ? 1 : !entry ? -1 : comparePaths(childKey(child), entryKey(entry));
      if (order >= 0) at++;
      if (order > 0) {
        yield* this.#missing(prefix, entry as TreeEntry);
        continue;
      }
      const { name, files } = child as Child;
      const other = order === 0 ? entry : undefined;
      if (files.length > 0) {
        for (let i = 0; i < files.length; i++) this.#advance();
        yield* fileDifference(prefix + name, files[0], other);
        continue;
      }
      const below = cached?.children.get(name);
      if (other !== undefined && below?.oid === other.oid) this.#skip(`${prefix}${name}`);
      else yield* this.#folder(`${prefix}${name}/`, other?.oid, below);
    }
  }

  /** What the tree has and the index does not. */
  async *#missing(prefix: string, { name, mode, oid }: TreeEntry): AsyncGenerator<IndexDifference> {
    const path = prefix + name;
    if (!isFolder(mode)) {
      yield { path, tree: { oid, mode }, index: undefined };
      return;
    }
    for await (const file of flattenTree(this.#objects, oid, `${path}/`))
      yield { path: file.path, tree: { oid: file.oid, mode: file.mode }, index: undefined };
  }

  /** The next thing that the index has in a folder. Entries of a file stay to be used, those after the first unread. */
  #child(prefix: string): Child | undefined {
    const entry = this.#next;
    if (!entry?.path.startsWith(prefix)) return undefined;
    const slash = entry.path.indexOf('/', prefix.length);
    if (slash >= 0) return { name: entry.path.slice(prefix.length, slash), files: [] };
    return {
      name: entry.path.slice(prefix.length),
      files: entry.stage === 0 ? [entry] : this.#index.stages(entry.path),
    };
  }

  #advance(): void {
    const next = this.#entries.next();
    this.#next = next.done ? undefined : next.value;
  }

  /** Goes on behind the last entry below a folder. */
  #skip(folder: string): void {
    // '0' is the byte after '/'.
    this.#entries = this.#index.entries(`${folder}0`);
    this.#advance();
  }
}

/** Git sorts a folder as if its name ended in a slash. */
function childKey({ name, files }: Child): string {
  return files.length > 0 ? name : `${name}/`;
}

function entryKey({ name, mode }: TreeEntry): string {
  return isFolder(mode) ? `${name}/` : name;
}

/** Paths in conflict and those only meant to be added tell nothing. */
function* fileDifference(
  path: string,
  { oid, mode, stage, intentToAdd }: GitIndexEntry,
  tree: TreeEntry | undefined,
): Generator<IndexDifference> {
  if (stage > 0 || intentToAdd || (tree?.oid === oid && tree.mode === mode)) return;
  yield { path, tree: tree && { oid: tree.oid, mode: tree.mode }, index: { oid, mode } };
}
