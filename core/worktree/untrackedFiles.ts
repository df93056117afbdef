// Owns a list of untracked files that may be a million long: columns rather than objects, in Git's order of paths.
import { EntryType } from '../dataplane/dataPlane.ts';
import { PathList } from '../model/pathList.ts';

export interface UntrackedFile {
  path: string;
  type: typeof EntryType.file | typeof EntryType.symlink;
  /** In bytes. */
  size: number;
}

export class UntrackedFiles implements Iterable<UntrackedFile> {
  readonly #paths = new PathList();
  readonly #sizes: number[] = [];
  /** Numbers of the files that are links. */
  readonly #links = new Set<number>();
  /** Numbers of the files in the order of their paths; undefined when they were added in that order. */
  #order: number[] | undefined;

  get length(): number {
    return this.#paths.length;
  }

  add(path: string, type: UntrackedFile['type'], size: number): void {
    if (type === EntryType.symlink) this.#links.add(this.#paths.length);
    this.#paths.add(path);
    this.#sizes.push(size);
  }

  /**
   * Puts the files in order. Folders come nearly one after another and sorted in themselves, which makes this quick.
   * Returns how often two paths were compared.
   */
  sort(): number {
    let compared = 0;
    const compare = (a: number, b: number): number => {
      compared++;
      return this.#paths.compare(a, b);
    };
    let isSorted = true;
    for (let i = 1; isSorted && i < this.length; i++) isSorted = compare(i - 1, i) <= 0;
    this.#order = isSorted ? undefined : Array.from(this.#sizes, (_, i) => i).sort(compare);
    return compared;
  }

  *[Symbol.iterator](): Generator<UntrackedFile> {
    for (let i = 0; i < this.length; i++) yield this.#file(this.#order?.[i] ?? i);
  }

  /** The files whose path is `wanted`, in order. */
  filter(wanted: (path: string) => boolean): UntrackedFiles {
    const kept = new UntrackedFiles();
    for (const { path, type, size } of this) if (wanted(path)) kept.add(path, type, size);
    return kept;
  }

  #file(i: number): UntrackedFile {
    const type = this.#links.has(i) ? EntryType.symlink : EntryType.file;
    return { path: this.#paths.at(i), type, size: this.#sizes[i] };
  }
}
