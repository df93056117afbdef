// Owns a bounded memory of objects that others in a pack are deltas against.
import type { GitObject } from './objectId.ts';

const LIMIT = 48 * 1024 * 1024;
/** One object may not push out all others. */
const OBJECT_LIMIT = LIMIT / 4;

/** Objects by pack and offset; the least recently used make room. */
export class DeltaBaseCache {
  readonly #packs = new WeakMap<object, number>();
  readonly #objects = new Map<string, GitObject>();
  #packCount = 0;
  #bytes = 0;

  get(pack: object, offset: number): GitObject | undefined {
    const key = this.#key(pack, offset);
    const object = this.#objects.get(key);
    if (object) {
      this.#objects.delete(key);
      this.#objects.set(key, object);
    }
    return object;
  }

  set(pack: object, offset: number, object: GitObject): void {
    if (object.data.length > OBJECT_LIMIT) return;
    const key = this.#key(pack, offset);
    if (this.#objects.has(key)) return;
    this.#objects.set(key, object);
    this.#bytes += object.data.length;
    for (const [oldest, { data }] of this.#objects) {
      if (this.#bytes <= LIMIT) break;
      this.#objects.delete(oldest);
      this.#bytes -= data.length;
    }
  }

  #key(pack: object, offset: number): string {
    let number = this.#packs.get(pack);
    if (number === undefined) this.#packs.set(pack, (number = this.#packCount++));
    return `${number}:${offset}`;
  }
}
