// Owns turning the index into tree objects, folder by folder, without looking into folders that did not change.
import { ForgeError } from '../errors.ts';
import type { CacheTree } from '../model/cacheTree.ts';
import { emptyCacheTree } from '../model/cacheTree.ts';
import type { GitIndex } from '../model/gitIndex.ts';
import type { GitIndexEntry } from '../model/gitIndexEntry.ts';
import type { ObjectBatch } from './objectBatch.ts';
import type { TreeEntry } from './trees.ts';
import { encodeTree, FileMode } from './trees.ts';

interface WrittenFolder {
  oid: string;
  /** Index entries below it. */
  count: number;
  isEmpty: boolean;
  /** False when it leaves out entries that are only meant to be added. */
  isComplete: boolean;
}

/**
 * Adds the trees of the index to `batch` and returns the root's id. Folders whose tree the index knows (and the repository has) are
 * skipped; afterwards the index knows all.
 * @throws ForgeError UNSAVED_WORK while a path is in conflict
 */
export async function writeTree(index: GitIndex, batch: ObjectBatch): Promise<string> {
  index.cacheTree ??= emptyCacheTree();
  const { oid } = new TreeBuilder(index, batch).folder('', index.cacheTree);
  await batch.ready();
  return oid;
}

class TreeBuilder {
  readonly #index: GitIndex;
  readonly #batch: ObjectBatch;
  #entries: Generator<GitIndexEntry>;
  /** The first entry that has not been used. */
  #next: GitIndexEntry | undefined;

  constructor(index: GitIndex, batch: ObjectBatch) {
    this.#index = index;
    this.#batch = batch;
    this.#entries = index.entries();
    this.#advance();
  }

  /** @param prefix '' or the folder with a trailing slash */
  folder(prefix: string, cached: CacheTree): WrittenFolder {
    if (cached.oid !== undefined && this.#batch.has(cached.oid)) {
      this.#skip(prefix);
      return {
        oid: cached.oid,
        count: cached.entryCount,
        isEmpty: cached.entryCount === 0,
        isComplete: true,
      };
    }
    const entries: TreeEntry[] = [];
    const children = new Map<string, CacheTree>();
    let count = 0;
    let isComplete = true;
    for (let entry = this.#next; entry?.path.startsWith(prefix); entry = this.#next) {
      const end = entry.path.indexOf('/', prefix.length);
      if (end < 0) {
        if (entry.stage > 0) throw conflict(entry.path);
        count++;
        if (entry.intentToAdd) isComplete = false;
        else entries.push({ name: entry.path.slice(prefix.length), mode: entry.mode, oid: entry.oid });
        this.#advance();
        continue;
      }
      const name = entry.path.slice(prefix.length, end);
      const child = cached.children.get(name) ?? emptyCacheTree();
      const folder = this.folder(`${prefix}${name}/`, child);
      children.set(name, child);
      count += folder.count;
      isComplete &&= folder.isComplete;
      if (!folder.isEmpty) entries.push({ name, mode: FileMode.folder, oid: folder.oid });
    }
    const oid = this.#batch.add('tree', encodeTree(entries));
    cached.children = children;
    cached.entryCount = count;
    // An incomplete tree must not be taken for the folder's when the entries left out are added.
    cached.oid = isComplete ? oid : undefined;
    return { oid, count, isEmpty: entries.length === 0, isComplete };
  }

  #advance(): void {
    const next = this.#entries.next();
    this.#next = next.done ? undefined : next.value;
  }

  /** Goes on behind the last entry of a folder. */
  #skip(prefix: string): void {
    if (prefix === '') {
      this.#next = undefined;
      return;
    }
    // '0' is the byte after '/'.
    this.#entries = this.#index.entries(`${prefix.slice(0, -1)}0`);
    this.#advance();
  }
}

function conflict(path: string): ForgeError {
  return new ForgeError('UNSAVED_WORK', `${path} is in conflict`, 'Resolve it and add it, then try again.', {
    path,
  });
}
