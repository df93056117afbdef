// Owns a compact list of distinct object names: 20 bytes and one slot each, for batches of a million objects.
import { OID_SIZE } from './objectId.ts';

const FIRST_CAPACITY = 256;

export class OidTable {
  #count = 0;
  #oids = Buffer.alloc(OID_SIZE * FIRST_CAPACITY);
  /** Open addressing by the first 32 bits of a name, at most half full: 0, or 1 + the number of the name. */
  #slots = new Uint32Array(4 * FIRST_CAPACITY);

  get count(): number {
    return this.#count;
  }

  /** The names in the order they were added, 20 bytes each. Good until the next `add`. */
  get oids(): Buffer {
    return this.#oids.subarray(0, OID_SIZE * this.#count);
  }

  has(oid: Buffer): boolean {
    return this.#slots[this.#findSlot(oid)] !== 0;
  }

  /** Returns false when the name was there already. @param oid 20 bytes */
  add(oid: Buffer): boolean {
    const slot = this.#findSlot(oid);
    if (this.#slots[slot] !== 0) return false;
    if (OID_SIZE * (this.#count + 1) > this.#oids.length)
      this.#oids = Buffer.concat([this.#oids, Buffer.alloc(this.#oids.length)]);
    oid.copy(this.#oids, OID_SIZE * this.#count);
    this.#slots[slot] = ++this.#count;
    if (2 * this.#count > this.#slots.length) this.#grow();
    return true;
  }

  #findSlot(oid: Buffer): number {
    const mask = this.#slots.length - 1;
    for (let slot = oid.readUInt32BE(0) & mask; ; slot = (slot + 1) & mask) {
      const number = this.#slots[slot];
      if (number === 0) return slot;
      const at = OID_SIZE * (number - 1);
      if (this.#oids.compare(oid, 0, OID_SIZE, at, at + OID_SIZE) === 0) return slot;
    }
  }

  #grow(): void {
    this.#slots = new Uint32Array(2 * this.#slots.length);
    for (let i = 0; i < this.#count; i++)
      this.#slots[this.#findSlot(this.#oids.subarray(OID_SIZE * i, OID_SIZE * (i + 1)))] = i + 1;
  }
}
