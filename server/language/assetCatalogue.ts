// Owns a repository's paths in a compact form that answers by path whatever the case, and lists folders.

/** What of a repository is asked of a catalogue. Paths are the repository's: relative, with slashes. */
export interface AssetCatalogue {
  readonly size: number;
  /** The path in its right case; undefined when there is no such file. */
  find(path: string): string | undefined;
  hasFolder(path: string): boolean;
  /** Folders and files directly in a folder (`''`: the root), each by its name. At most `limit` of both together. */
  list(folder: string, limit: number): { folders: string[]; files: string[] };
  paths(): Iterable<string>;
}

/**
 * Paths one after another in one buffer, in the order of their lower-case forms: 100,000 paths of 60 bytes take 6.4 MB. What
 * changed since then lies beside it.
 */
export class PackedCatalogue implements AssetCatalogue {
  private readonly bytes: Buffer;
  private readonly offsets: Uint32Array;

  constructor(paths: Iterable<string>) {
    const keyed = [...new Set(paths)].map((path) => ({ path, key: fold(path) }));
    keyed.sort((a, b) => compare(a.key, b.key));
    this.offsets = new Uint32Array(keyed.length + 1);
    let used = 0;
    for (const [i, { path }] of keyed.entries()) {
      this.offsets[i] = used;
      used += Buffer.byteLength(path);
    }
    this.offsets[keyed.length] = used;
    this.bytes = Buffer.alloc(used);
    for (const [i, { path }] of keyed.entries()) this.bytes.write(path, this.offsets[i]);
  }

  get size(): number {
    return this.offsets.length - 1;
  }

  find(path: string): string | undefined {
    const key = fold(path);
    let other: string | undefined;
    for (let i = this.firstFrom(key); i < this.size; i++) {
      const found = this.at(i);
      if (found === path) return found;
      if (fold(found) !== key) break;
      other ??= found;
    }
    return other;
  }

  hasFolder(path: string): boolean {
    if (path === '') return true;
    const key = `${fold(path)}/`;
    const i = this.firstFrom(key);
    return i < this.size && fold(this.at(i)).startsWith(key);
  }

  list(folder: string, limit: number): { folders: string[]; files: string[] } {
    const key = folder === '' ? '' : `${fold(folder)}/`;
    const folders: string[] = [];
    const files: string[] = [];
    let i = this.firstFrom(key);
    while (i < this.size && folders.length + files.length < limit) {
      const path = this.at(i);
      if (!fold(path).startsWith(key)) break;
      const slash = path.indexOf('/', key.length);
      if (slash < 0) {
        files.push(path.slice(key.length));
        i++;
      } else {
        folders.push(path.slice(key.length, slash));
        // The sign after the slash: the first key that is not below this folder.
        i = this.firstFrom(`${fold(path.slice(0, slash))}0`);
      }
    }
    return { folders, files };
  }

  *paths(): Generator<string> {
    for (let i = 0; i < this.size; i++) yield this.at(i);
  }

  private at(i: number): string {
    return this.bytes.toString('utf8', this.offsets[i], this.offsets[i + 1]);
  }

  private firstFrom(key: string): number {
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compare(fold(this.at(middle)), key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Lower case, sign for sign: what a few letters become would be longer than they are. */
function fold(path: string): string {
  const lower = path.toLowerCase();
  return lower.length === path.length ? lower : path.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
