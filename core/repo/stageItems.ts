// Owns a list of what is to be staged, as columns: it may be a million paths long.
import { EntryType, type HashedSections } from '../dataplane/dataPlane.ts';
import { PathList } from '../model/pathList.ts';

/** A path of the working tree whose content the index should take over. */
export interface StageItem {
  path: string;
  type: typeof EntryType.file | typeof EntryType.symlink;
  size: number;
  /** What hashing a huge file told. */
  hashed?: HashedSections;
}

export class StageItems implements Iterable<StageItem> {
  readonly #paths = new PathList();
  readonly #sizes: number[] = [];
  /** Few files are huge. */
  readonly #hashed = new Map<number, HashedSections>();
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
  add(path: string, type: EntryType, size: number, hashed?: HashedSections): void {
    if (type !== EntryType.file && type !== EntryType.symlink) return;
    if (type === EntryType.symlink) this.#links.add(this.#paths.length);
    else this.#bytes += size;
    if (hashed) this.#hashed.set(this.#paths.length, hashed);
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
    const hashed = this.#hashed.get(i);
    return { path: this.#paths.at(i), type, size: this.#sizes[i], ...(hashed && { hashed }) };
  }
}
