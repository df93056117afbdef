// Owns the blocks of a file that the hex view holds: few, the least lately used dropped first.

export const BLOCK_SIZE = 64 * 1024;
const MOST_BLOCKS = 64;

export class BlockCache {
  private readonly blocks = new Map<number, Uint8Array>();
  private readonly loading = new Map<number, Promise<void>>();
  private readonly size: number;
  private readonly read: (offset: number, length: number) => Promise<Uint8Array>;
  private readonly mostBlocks: number;

  /** @param size bytes of the file @param read reads a range of it */
  constructor(
    size: number,
    read: (offset: number, length: number) => Promise<Uint8Array>,
    mostBlocks = MOST_BLOCKS,
  ) {
    this.size = size;
    this.read = read;
    this.mostBlocks = mostBlocks;
  }

  /** Blocks held now. */
  get held(): number {
    return this.blocks.size;
  }

  /** The byte at `offset`; undefined outside the file and in a block that is not held. */
  byteAt(offset: number): number | undefined {
    return this.blocks.get(Math.floor(offset / BLOCK_SIZE))?.[offset % BLOCK_SIZE];
  }

  /** Holds every block of the range. True when one of them had to be read. Rejects as `read` does; the next call tries again. */
  async load(offset: number, length: number): Promise<boolean> {
    const end = Math.min(this.size, offset + length);
    const missing: Promise<void>[] = [];
    for (let index = Math.floor(offset / BLOCK_SIZE); index * BLOCK_SIZE < end; index += 1) {
      const block = this.blocks.get(index);
      if (block) {
        // The map keeps the order of insertion, which makes it the order of use.
        this.blocks.delete(index);
        this.blocks.set(index, block);
      } else missing.push(this.loading.get(index) ?? this.start(index));
    }
    await Promise.all(missing);
    return missing.length > 0;
  }

  clear(): void {
    this.blocks.clear();
  }

  private start(index: number): Promise<void> {
    const loading = this.fetch(index).finally(() => this.loading.delete(index));
    this.loading.set(index, loading);
    return loading;
  }

  private async fetch(index: number): Promise<void> {
    const start = index * BLOCK_SIZE;
    this.blocks.set(index, await this.read(start, Math.min(BLOCK_SIZE, this.size - start)));
    for (const oldest of this.blocks.keys()) {
      if (this.blocks.size <= this.mostBlocks) break;
      this.blocks.delete(oldest);
    }
  }
}
