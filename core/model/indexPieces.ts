// Owns the bytes of an index under construction: long runs as views of where they are, the rest in blocks.
import type { GitIndexEntry } from './gitIndexEntry.ts';
import { encodeEntry, entrySizeBound } from './gitIndexEntry.ts';

const BLOCK_SIZE = 256 * 1024;
/** Shorter runs are copied: a piece costs more than that. */
const LONG_RUN = 16 * 1024;

export class IndexPieces {
  readonly #pieces: Buffer[] = [];
  /** Zero from `#used` on, as `encodeEntry` needs it. */
  #block = Buffer.alloc(0);
  /** What of the block is in a piece already, and what is written. */
  #taken = 0;
  #used = 0;

  addEntry(entry: GitIndexEntry): void {
    this.#makeRoom(entrySizeBound(entry.path));
    this.#used = encodeEntry(entry, this.#block, this.#used);
  }

  /** Whole entries as they are in an index. They must not change before the pieces are used. */
  addBytes(bytes: Buffer): void {
    if (bytes.length >= LONG_RUN) {
      this.#take();
      this.#pieces.push(bytes);
      return;
    }
    this.#makeRoom(bytes.length);
    this.#used += bytes.copy(this.#block, this.#used);
  }

  /** Everything added, in order. */
  finish(): Buffer[] {
    this.#take();
    return this.#pieces;
  }

  #makeRoom(size: number): void {
    if (this.#used + size <= this.#block.length) return;
    this.#take();
    this.#block = Buffer.alloc(Math.max(BLOCK_SIZE, size));
    this.#taken = this.#used = 0;
  }

  #take(): void {
    if (this.#used > this.#taken) this.#pieces.push(this.#block.subarray(this.#taken, this.#used));
    this.#taken = this.#used;
  }
}
