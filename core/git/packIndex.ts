// Owns the codec of a pack's index (idx, version 2): from object names to offsets in the pack.
import { hash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { ForgeError, fromSystemError } from '../errors.ts';
import { OID_SIZE } from './objectId.ts';

/** magic u32 | version u32 | 256 x u32, the number of names whose first byte is at most i. */
const MAGIC = 0xff744f63;
const FANOUT_OFFSET = 8;
const NAMES_OFFSET = FANOUT_OFFSET + 4 * 256;
const TRAILER_SIZE = 2 * OID_SIZE;
/** An offset with this bit set counts 64-bit offsets instead. */
const LARGE = 0x80000000;
/** Indexes up to this many bytes in all are kept in memory, others are read where they are needed. */
const IN_MEMORY_LIMIT = 64 * 1024 * 1024;
/** Names read at once near the end of a search on disk. */
const SEARCH_BLOCK = 128;

/** Names in ascending order; then a CRC-32, then an offset for each. All numbers are big-endian. */
export class PackIndex {
  readonly path: string;
  /** Objects in the pack. */
  readonly count: number;
  readonly #fd: number;
  readonly #fanout: Buffer;
  /** The whole file, when it is small enough. */
  readonly #bytes: Buffer | undefined;

  /**
   * @param memoryInUse bytes that other indexes keep in memory
   * @throws ForgeError NOT_FOUND, CORRUPT, UNSUPPORTED (version 1)
   */
  constructor(path: string, memoryInUse = 0) {
    this.path = path;
    try {
      this.#fd = openSync(path, 'r');
    } catch (error) {
      throw fromSystemError(error, path, 'opening');
    }
    try {
      const { size } = fstatSync(this.#fd);
      const head = Buffer.alloc(NAMES_OFFSET);
      if (size < NAMES_OFFSET + TRAILER_SIZE) throw corrupt(path);
      readSync(this.#fd, head, 0, NAMES_OFFSET, 0);
      if (head.readUInt32BE(0) !== MAGIC || head.readUInt32BE(4) !== 2) throw oldVersion(path);
      this.#fanout = head.subarray(FANOUT_OFFSET);
      this.count = this.#fanout.readUInt32BE(4 * 255);
      for (let i = 1; i < 256; i++)
        if (this.#fanout.readUInt32BE(4 * i) < this.#fanout.readUInt32BE(4 * i - 4)) throw corrupt(path);
      if (size < NAMES_OFFSET + this.count * (OID_SIZE + 8) + TRAILER_SIZE) throw corrupt(path);
      if (memoryInUse + size <= IN_MEMORY_LIMIT) {
        this.#bytes = Buffer.allocUnsafeSlow(size);
        readSync(this.#fd, this.#bytes, 0, size, 0);
      }
    } catch (error) {
      closeSync(this.#fd);
      throw fromSystemError(error, path, 'reading');
    }
    if (this.#bytes) closeSync(this.#fd);
  }

  /** Bytes this index keeps in memory. */
  get memory(): number {
    return this.#bytes?.length ?? NAMES_OFFSET;
  }

  /** Where the object starts in the pack; undefined when the pack does not hold it. @param oid 20 bytes */
  find(oid: Uint8Array): number | undefined {
    const at = this.#lowerBound(oid);
    return at < this.count && Buffer.compare(this.#names(at, 1), oid) === 0 ? this.#offset(at) : undefined;
  }

  /** Names that start with the given hex digits, at most `limit`. */
  findPrefix(prefix: string, limit: number): string[] {
    const found: string[] = [];
    const first = Buffer.from(prefix.padEnd(2 * OID_SIZE, '0'), 'hex');
    for (let at = this.#lowerBound(first); at < this.count && found.length < limit; at++) {
      const oid = this.#names(at, 1).toString('hex');
      if (!oid.startsWith(prefix)) break;
      found.push(oid);
    }
    return found;
  }

  close(): void {
    if (!this.#bytes) closeSync(this.#fd);
  }

  /** Number of the first name that is not before `oid`. */
  #lowerBound(oid: Uint8Array): number {
    let low = oid[0] === 0 ? 0 : this.#fanout.readUInt32BE(4 * (oid[0] - 1));
    let high = this.#fanout.readUInt32BE(4 * oid[0]);
    if (!this.#bytes) {
      while (high - low > SEARCH_BLOCK) {
        const middle = (low + high) >>> 1;
        if (this.#names(middle, 1).compare(oid) < 0) low = middle + 1;
        else high = middle;
      }
    }
    const names = this.#bytes ?? this.#names(low, high - low);
    const start = this.#bytes ? NAMES_OFFSET : -OID_SIZE * low;
    const prefix = oid[0] * 2 ** 24 + (oid[1] << 16) + (oid[2] << 8) + oid[3];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const at = start + OID_SIZE * middle;
      // The first 32 bits nearly always tell.
      const order = names.readUInt32BE(at) - prefix || names.compare(oid, 0, OID_SIZE, at, at + OID_SIZE);
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #names(from: number, count: number): Buffer {
    return this.#read(NAMES_OFFSET + OID_SIZE * from, OID_SIZE * count);
  }

  #offset(at: number): number {
    const offsets = NAMES_OFFSET + this.count * (OID_SIZE + 4);
    const offset = this.#read(offsets + 4 * at, 4).readUInt32BE(0);
    if (offset < LARGE) return offset;
    return Number(this.#read(offsets + 4 * this.count + 8 * (offset - LARGE), 8).readBigUInt64BE(0));
  }

  #read(start: number, length: number): Buffer {
    if (this.#bytes) {
      if (start + length > this.#bytes.length) throw corrupt(this.path);
      return this.#bytes.subarray(start, start + length);
    }
    const out = Buffer.allocUnsafe(length);
    if (readSync(this.#fd, out, 0, length, start) !== length) throw corrupt(this.path);
    return out;
  }
}

/** What the index of a new pack says of its objects, in the order they were written. */
export interface PackedObjects {
  count: number;
  /** `count` names of 20 bytes. */
  oids: Buffer;
  crcs: Uint32Array;
  /** Below 2^31: packs that Forge writes are never larger. */
  offsets: Uint32Array;
}

/** @param packChecksum the last 20 bytes of the pack */
export function encodePackIndex(objects: PackedObjects, packChecksum: Buffer): Buffer {
  const { count, oids, crcs, offsets } = objects;
  const order = sortByName(oids, count);
  const out = Buffer.alloc(NAMES_OFFSET + count * (OID_SIZE + 8) + TRAILER_SIZE);
  const crcStart = NAMES_OFFSET + count * OID_SIZE;
  const offsetStart = crcStart + 4 * count;
  out.writeUInt32BE(MAGIC, 0);
  out.writeUInt32BE(2, 4);
  const fanout = new Uint32Array(256);
  order.forEach((object, i) => {
    fanout[oids[OID_SIZE * object]]++;
    oids.copy(out, NAMES_OFFSET + OID_SIZE * i, OID_SIZE * object, OID_SIZE * (object + 1));
    out.writeUInt32BE(crcs[object], crcStart + 4 * i);
    out.writeUInt32BE(offsets[object], offsetStart + 4 * i);
  });
  let sum = 0;
  for (let i = 0; i < 256; i++) out.writeUInt32BE((sum += fanout[i]), FANOUT_OFFSET + 4 * i);
  packChecksum.copy(out, out.length - TRAILER_SIZE);
  hash('sha1', out.subarray(0, out.length - OID_SIZE), 'buffer').copy(out, out.length - OID_SIZE);
  return out;
}

/**
 * Numbers of the names in ascending order. Sorting plain numbers, the first 32 bits of each name before its number, is many times
 * faster than comparing bytes; names that share those bits are put right afterwards.
 */
function sortByName(oids: Buffer, count: number): Uint32Array {
  const shift = 2 ** 21;
  if (count > shift) throw new RangeError(`more than ${shift} objects in one pack`);
  const keys = new Float64Array(count);
  for (let i = 0; i < count; i++) keys[i] = oids.readUInt32BE(OID_SIZE * i) * shift + i;
  keys.sort();
  const order = Uint32Array.from(keys, (key) => key % shift);
  const before = (a: number, b: number): boolean =>
    oids.compare(oids, OID_SIZE * b, OID_SIZE * (b + 1), OID_SIZE * a, OID_SIZE * (a + 1)) < 0;
  for (let i = 1; i < count; i++) {
    for (let j = i; j > 0 && Math.floor(keys[j] / shift) === Math.floor(keys[j - 1] / shift); j--) {
      if (!before(order[j], order[j - 1])) break;
      [order[j], order[j - 1]] = [order[j - 1], order[j]];
    }
  }
  return order;
}

function corrupt(path: string): ForgeError {
  return new ForgeError(
    'CORRUPT',
    `The pack index ${path} is damaged`,
    `Rebuild it: \`git index-pack ${path.replace(/\.idx$/, '.pack')}\`.`,
    { path },
  );
}

function oldVersion(path: string): ForgeError {
  return new ForgeError(
    'UNSUPPORTED',
    `The pack index ${path} is not of version 2`,
    'Write it anew with `git repack -a -d`.',
    { path },
  );
}
