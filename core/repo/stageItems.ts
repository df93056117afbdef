// Owns a list of what is to be staged, as columns: it may be a million paths long.
import { EntryType } from '../dataplane/dataPlane.ts';
import { PathList } from '../model/pathList.ts';

/** A path of the working tree whose content the index should take over. */
export interface StageItem {
  path: string;
  type: typeof EntryType.file | typeof EntryType.symlink;
  size: number;
}

export class StageItems implements Iterable<StageItem> {
  readonly #paths = new PathList();
  readonly #sizes: number[] = [];
  readonly #links = new Set<number>();
  #bytes = 0;

  get length(): number {
    return this.#paths.length;
  }

  /** Sum of the sizes of the files. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Leaves out what is neither a file nor a link. */
  add(path: string, type: EntryType, size: number): void {
    if (type !== EntryType.file && type !== EntryType.symlink) return;
    if (type === EntryType.symlink) this.#links.add(this.#paths.length);
    else this.#bytes += size;
    this.#paths.add(path);
    this.#sizes.push(size);
  }

  *[Symbol.iterator](): Generator<StageItem> {
    for (let i = 0; i < this.length; i++) yield this.#item(i);
  }

  /** The items, at most `length` at a time. */
  *slices(length: number): Generator<StageItem[]> {
    for (let from = 0; from < this.length; from += length) {
      const slice: StageItem[] = [];
      for (let i = from; i < Math.min(from + length, this.length); i++) slice.push(this.#item(i));
      yield slice;
    }
  }

  #item(i: number): StageItem {
    const type = this.#links.has(i) ? EntryType.symlink : EntryType.file;
    return { path: this.#paths.at(i), type, size: this.#sizes[i] };
  }
}
