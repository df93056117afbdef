// Owns reading objects out of one pack: seeking to them, and following their deltas.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { ForgeError, fromSystemError } from '../errors.ts';
import { ByteCache } from './byteCache.ts';
import { checkReadable } from './objectErrors.ts';
import type { GitObject, ObjectType } from './objectId.ts';
import { OID_SIZE } from './objectId.ts';
import { applyDelta, readDeltaHead } from './packDelta.ts';
import type { PackIndex } from './packIndex.ts';
import { inflate, inflateStart, START_INPUT } from './zlibStream.ts';

export const PACK_MAGIC = 0x5041434b; // "PACK", big-endian
export const PACK_HEADER_SIZE = 12;
const OFS_DELTA = 6;
const REF_DELTA = 7;
export const PACKED_TYPES: Record<ObjectType, number> = { commit: 1, tree: 2, blob: 3, tag: 4 };
const TYPE_NAMES: (ObjectType | undefined)[] = [undefined, 'commit', 'tree', 'blob', 'tag'];
/** Type and size (up to 10 bytes), then an offset (up to 9) or a name. */
const ENTRY_HEAD_LIMIT = 32;
/** Read and kept at once: neighbours in a pack are wanted together. */
const BLOCK_SIZE = 64 * 1024;
/** Longer than Git ever makes them; ends a circle of deltas that name their bases. */
const MAX_CHAIN = 10_000;

interface Entry {
  /** Of an undeltified object. */
  type: ObjectType | undefined;
  /** Where the base starts in this pack. */
  base: number | undefined;
  /** Of the inflated object or delta. */
  size: number;
  dataOffset: number;
}

/** What packs of a repository remember between reads. */
export class PackCache {
  /** Objects that others are deltas against, by their offset. */
  readonly bases = new ByteCache<GitObject>(48 * 1024 * 1024);
  /** Parts of pack files, by their number. */
  readonly blocks = new ByteCache<Buffer>(16 * 1024 * 1024);
}

export class PackFile {
  readonly path: string;
  readonly #index: PackIndex;
  readonly #cache: PackCache;
  #fd: number | undefined;
  #size = 0;

  constructor(path: string, index: PackIndex, cache: PackCache) {
    this.path = path;
    this.#index = index;
    this.#cache = cache;
  }

  get isOpen(): boolean {
    return this.#fd !== undefined;
  }

  /** The object that starts at `offset`. @throws ForgeError CORRUPT, UNSUPPORTED (too large), NOT_FOUND (the pack is gone) */
  read(offset: number, oid: string): GitObject {
    const deltas: { at: number; delta: Buffer }[] = [];
    let at = offset;
    let object = this.#cache.bases.get(this, at);
    while (!object) {
      const entry = this.#entry(at);
      checkReadable(oid, entry.size);
      const data = this.#inflate(entry);
      if (entry.type !== undefined) {
        object = { type: entry.type, data };
        if (deltas.length > 0) this.#cache.bases.set(this, at, object, object.data.length);
      } else {
        if (deltas.length > MAX_CHAIN) throw this.#damaged();
        deltas.push({ at, delta: data });
        at = entry.base ?? 0;
        object = this.#cache.bases.get(this, at);
      }
    }
    for (let next = deltas.pop(); next; next = deltas.pop()) {
      checkReadable(oid, readDeltaHead(next.delta).resultSize);
      object = { type: object.type, data: applyDelta(object.data, next.delta) };
      if (deltas.length > 0) this.#cache.bases.set(this, next.at, object, object.data.length);
    }
    return object;
  }

  /** Type and size without inflating the object. @throws as `read` */
  info(offset: number): { type: ObjectType; size: number } {
    let entry = this.#entry(offset);
    let size = entry.size;
    if (entry.type === undefined) {
      const start = this.#bytes(entry.dataOffset, START_INPUT);
      size = readDeltaHead(inflateStart(start, ENTRY_HEAD_LIMIT)).resultSize;
    }
    for (let i = 0; i < MAX_CHAIN; i++) {
      if (entry.type !== undefined) return { type: entry.type, size };
      entry = this.#entry(entry.base ?? 0);
    }
    throw this.#damaged();
  }

  /** Gives the file back; the next read opens it again. */
  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  #entry(offset: number): Entry {
    const bytes = this.#bytes(offset, ENTRY_HEAD_LIMIT);
    if (bytes.length === 0) throw this.#damaged();
    const kind = (bytes[0] >> 4) & 7;
    let size = bytes[0] & 15;
    let at = 1;
    for (let factor = 16; bytes[at - 1] >= 0x80; factor *= 128) size += (bytes[at++] & 0x7f) * factor;
    let base: number | undefined;
    if (kind === OFS_DELTA) {
      let distance = bytes[at] & 0x7f;
      while (bytes[at++] >= 0x80) distance = (distance + 1) * 128 + (bytes[at] & 0x7f);
      base = offset - distance;
      if (!(distance > 0 && base >= PACK_HEADER_SIZE)) throw this.#damaged();
    } else if (kind === REF_DELTA) {
      base = this.#index.find(bytes.subarray(at, at + OID_SIZE));
      at += OID_SIZE;
      if (base === undefined) throw this.#damaged();
    } else if (TYPE_NAMES[kind] === undefined) throw this.#damaged();
    // NaN when the head runs past the end of the pack.
    if (!Number.isSafeInteger(size) || at > bytes.length) throw this.#damaged();
    return { type: TYPE_NAMES[kind], base, size, dataOffset: offset + at };
  }

  #inflate(entry: Entry): Buffer {
    // Deflate adds little to what it cannot shrink; some writers' streams are longer, hence the second round.
    let length = entry.size + (entry.size >> 10) + 64;
    for (;;) {
      const input = this.#bytes(entry.dataOffset, length);
      const data = inflate(input, entry.size);
      if (data) return data;
      if (input.length < length) throw this.#damaged();
      length *= 2;
    }
  }

  /** Up to `length` bytes at `offset`, fewer at the end of the objects. Not to be changed. */
  #bytes(offset: number, length: number): Buffer {
    const fd = this.#open();
    const wanted = Math.max(0, Math.min(length, this.#size - OID_SIZE - offset));
    const number = Math.floor(offset / BLOCK_SIZE);
    const start = offset - number * BLOCK_SIZE;
    if (start + wanted > BLOCK_SIZE) return this.#pread(fd, offset, wanted);
    let block = this.#cache.blocks.get(this, number);
    if (!block) {
      block = this.#pread(fd, number * BLOCK_SIZE, BLOCK_SIZE);
      this.#cache.blocks.set(this, number, block, block.length);
    }
    return block.subarray(start, start + wanted);
  }

  #pread(fd: number, offset: number, length: number): Buffer {
    const out = Buffer.allocUnsafeSlow(length);
    try {
      return out.subarray(0, readSync(fd, out, 0, length, offset));
    } catch (error) {
      throw fromSystemError(error, this.path, 'reading');
    }
  }

  #open(): number {
    if (this.#fd !== undefined) return this.#fd;
    try {
      const fd = openSync(this.path, 'r');
      this.#fd = fd;
      this.#size = fstatSync(fd).size;
    } catch (error) {
      throw fromSystemError(error, this.path, 'opening');
    }
    const header = this.#bytes(0, PACK_HEADER_SIZE);
    const good =
      header.length === PACK_HEADER_SIZE &&
      header.readUInt32BE(0) === PACK_MAGIC &&
      header.readUInt32BE(4) === 2 &&
      header.readUInt32BE(8) === this.#index.count;
    if (good) return this.#fd;
    this.close();
    throw this.#damaged();
  }

  #damaged(): ForgeError {
    return new ForgeError(
      'CORRUPT',
      `The pack ${this.path} is damaged`,
      'Run `git fsck` and restore it from a clone.',
      {
        path: this.path,
      },
    );
  }
}
