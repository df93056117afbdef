// Owns a memory of values read from packs, bounded by their bytes.

/** Offsets at and above this are not kept. */
const OFFSETS = 2 ** 40;
/** So many packs have numbers at once; OFFSETS x MAX_PACKS is the largest exact integer. */
const MAX_PACKS = 2 ** 13;

/** Values by pack and offset; the least recently used make room. */
export class ByteCache<T> {
  readonly #limit: number;
  #packs = new WeakMap<object, number>();
  #packCount = 0;
  readonly #values = new Map<number, { value: T; size: number }>();
  #bytes = 0;
  /** Key of the last of `#values`. */
  #newest = -1;

  /** @param limit bytes in all; one value may take a quarter */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get(pack: object, offset: number): T | undefined {
    const key = this.#key(pack, offset);
    const kept = this.#values.get(key);
    if (!kept || key === this.#newest) return kept?.value;
    this.#values.delete(key);
    this.#values.set(key, kept);
    this.#newest = key;
    return kept.value;
  }

  set(pack: object, offset: number, value: T, size: number): void {
    const key = this.#key(pack, offset);
    if (size > this.#limit / 4 || offset >= OFFSETS || this.#values.has(key)) return;
    this.#values.set(key, { value, size });
    this.#newest = key;
    this.#bytes += size;
    for (const [oldest, kept] of this.#values) {
      if (this.#bytes <= this.#limit) break;
      this.#values.delete(oldest);
      this.#bytes -= kept.size;
    }
  }

  #key(pack: object, offset: number): number {
    let number = this.#packs.get(pack);
    if (number === undefined) {
      if (this.#packCount === MAX_PACKS) this.#clear();
      number = this.#packCount++;
      this.#packs.set(pack, number);
    }
    return number * OFFSETS + offset;
  }

  #clear(): void {
    this.#packs = new WeakMap();
    this.#packCount = 0;
    this.#values.clear();
    this.#newest = -1;
    this.#bytes = 0;
  }
}
