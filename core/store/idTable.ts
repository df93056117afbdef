// Owns a compact list of distinct record ids: 32 bytes and one slot each, for collections of millions of records.
import { ID_SIZE } from '../model/record.ts';

const FIRST_CAPACITY = 256;

/** Ids are hashes already: their first four bytes choose the slot. */
export class IdTable {
  private size = 0;
  private ids = Buffer.alloc(ID_SIZE * FIRST_CAPACITY);
  /** Open addressing, at most half full: 0, or 1 + the position of the id. */
  private slots = new Uint32Array(4 * FIRST_CAPACITY);

  get count(): number {
    return this.size;
  }

  /** The id at a position. The bytes are good until the next `add`. */
  at(position: number): Buffer {
    return this.ids.subarray(ID_SIZE * position, ID_SIZE * (position + 1));
  }

  *[Symbol.iterator](): Iterator<Buffer> {
    for (let i = 0; i < this.size; i++) yield Buffer.from(this.at(i));
  }

  /** Where the id is in the list, in the order of adding; -1 when it is not there. */
  positionOf(id: Buffer): number {
    return this.slots[this.slotOf(id)] - 1;
  }

  has(id: Buffer): boolean {
    return this.slots[this.slotOf(id)] !== 0;
  }

  /** Returns false when the id was there already. */
  add(id: Buffer): boolean {
    const slot = this.slotOf(id);
    if (this.slots[slot] !== 0) return false;
    if (ID_SIZE * (this.size + 1) > this.ids.length) {
      const grown = Buffer.alloc(2 * this.ids.length);
      this.ids.copy(grown);
      this.ids = grown;
    }
    id.copy(this.ids, ID_SIZE * this.size, 0, ID_SIZE);
    this.slots[slot] = ++this.size;
    if (2 * this.size > this.slots.length) this.grow();
    return true;
  }

  private slotOf(id: Buffer): number {
    const mask = this.slots.length - 1;
    for (let slot = id.readUInt32LE(0) & mask; ; slot = (slot + 1) & mask) {
      const number = this.slots[slot];
      if (number === 0) return slot;
      const at = ID_SIZE * (number - 1);
      if (this.ids.compare(id, 0, ID_SIZE, at, at + ID_SIZE) === 0) return slot;
    }
  }

  private grow(): void {
    this.slots = new Uint32Array(2 * this.slots.length);
    for (let i = 0; i < this.size; i++) this.slots[this.slotOf(this.at(i))] = i + 1;
  }
}
