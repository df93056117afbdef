// Owns writing one pack: streamed to a temporary file, indexed, made durable, then given its name.
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, fdatasync, mkdirSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { open, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import { fromSystemError } from '../errors.ts';
import { syncFolder } from './files.ts';
import type { ObjectType } from './objectId.ts';
import { OID_SIZE } from './objectId.ts';
import { PACK_HEADER_SIZE, PACK_MAGIC, PACKED_TYPES } from './packFile.ts';
import { encodePackIndex } from './packIndex.ts';

/** A pack takes no more objects past these, so that every offset in it fits 31 bits. */
const MAX_OBJECTS = 2 ** 20;
const MAX_BYTES = 1024 * 1024 * 1024;
const BUFFER_SIZE = 1024 * 1024;
const MAX_HEAD_SIZE = 10;

const syncData = promisify(fdatasync);

export class PackWriter {
  readonly #folder: string;
  readonly #temporary: string;
  readonly #fd: number;
  #isOpen = true;
  /** What is not in the file yet. */
  #buffer: Buffer = Buffer.allocUnsafeSlow(BUFFER_SIZE);
  #buffered = 0;
  #written = 0;
  #count = 0;
  #oids = Buffer.alloc(OID_SIZE * 1024);
  #crcs = new Uint32Array(1024);
  #offsets = new Uint32Array(1024);

  /** @param objectsFolder `objects` of a Git directory. @throws ForgeError DISK_FULL, UNREADABLE, … */
  constructor(objectsFolder: string) {
    this.#folder = join(objectsFolder, 'pack');
    // Git removes stale files of this name from here.
    this.#temporary = join(this.#folder, `tmp_pack_${randomBytes(6).toString('hex')}`);
    try {
      mkdirSync(this.#folder, { recursive: true });
      this.#fd = openSync(this.#temporary, 'wx+', 0o444);
    } catch (error) {
      throw fromSystemError(error, this.#temporary, 'creating');
    }
    const header = Buffer.alloc(PACK_HEADER_SIZE);
    header.writeUInt32BE(PACK_MAGIC, 0);
    header.writeUInt32BE(2, 4);
    this.#write(header);
  }

  get count(): number {
    return this.#count;
  }

  get isFull(): boolean {
    return this.#count >= MAX_OBJECTS || this.#length >= MAX_BYTES;
  }

  get #length(): number {
    return this.#written + this.#buffered;
  }

  /**
   * @param oid 20 bytes, not in this pack yet
   * @param size bytes of the content
   * @param compressed the content's zlib stream
   * @throws ForgeError DISK_FULL, …
   */
  append(oid: Buffer, type: ObjectType, size: number, compressed: Buffer): void {
    const head = entryHead(PACKED_TYPES[type], size);
    if (this.#count === this.#crcs.length) this.#grow();
    oid.copy(this.#oids, OID_SIZE * this.#count);
    this.#crcs[this.#count] = crc32(compressed, crc32(head));
    this.#offsets[this.#count] = this.#length;
    this.#count++;
    this.#write(head);
    this.#write(compressed);
  }

  /** Puts pack and index in place, both on disk. Returns their bytes. @throws ForgeError; nothing is left behind then */
  async finish(): Promise<number> {
    try {
      this.#flush();
      const checksum = this.#finishPack();
      const objects = { count: this.#count, oids: this.#oids, crcs: this.#crcs, offsets: this.#offsets };
      const index = encodePackIndex(objects, checksum);
      await this.#place(checksum.toString('hex'), index);
      return this.#length + index.length;
    } catch (error) {
      this.discard();
      throw fromSystemError(error, this.#temporary, 'writing');
    }
  }

  /** Removes the temporary file. */
  discard(): void {
    this.#close();
    try {
      unlinkSync(this.#temporary);
    } catch {
      // Renamed already, or it stays: Git takes a file of this name for garbage.
    }
  }

  #close(): void {
    if (this.#isOpen) closeSync(this.#fd);
    this.#isOpen = false;
  }

  /** Writes the number of objects, then the checksum over everything, which has to be read back for that. */
  #finishPack(): Buffer {
    const count = Buffer.alloc(4);
    count.writeUInt32BE(this.#count);
    writeSync(this.#fd, count, 0, 4, 8);
    const sha = createHash('sha1');
    for (let at = 0; at < this.#written;) {
      const length = readSync(this.#fd, this.#buffer, 0, BUFFER_SIZE, at);
      if (length === 0) throw new Error('the file was cut short');
      sha.update(this.#buffer.subarray(0, length));
      at += length;
    }
    const checksum = sha.digest();
    this.#write(checksum);
    this.#flush();
    return checksum;
  }

  async #place(name: string, index: Buffer): Promise<void> {
    const temporaryIndex = join(this.#folder, `tmp_idx_${randomBytes(6).toString('hex')}`);
    try {
      await Promise.all([syncData(this.#fd), writeFileSynced(temporaryIndex, index)]);
      this.#close();
      // A pack counts once its index is there, so the index comes last.
      await rename(this.#temporary, join(this.#folder, `pack-${name}.pack`));
      await rename(temporaryIndex, join(this.#folder, `pack-${name}.idx`));
      await syncFolder(this.#folder);
    } catch (error) {
      await unlink(temporaryIndex).catch(() => undefined);
      throw error;
    }
  }

  #write(bytes: Buffer): void {
    if (this.#buffered + bytes.length > BUFFER_SIZE) this.#flush();
    if (bytes.length > BUFFER_SIZE) this.#writeOut(bytes);
    else this.#buffered += bytes.copy(this.#buffer, this.#buffered);
  }

  #flush(): void {
    this.#writeOut(this.#buffer.subarray(0, this.#buffered));
    this.#buffered = 0;
  }

  #writeOut(bytes: Buffer): void {
    try {
      for (let at = 0; at < bytes.length;)
        at += writeSync(this.#fd, bytes, at, bytes.length - at, this.#written + at);
    } catch (error) {
      throw fromSystemError(error, this.#temporary, 'writing');
    }
    this.#written += bytes.length;
  }

  #grow(): void {
    const double = (values: Uint32Array): Uint32Array<ArrayBuffer> => {
      const larger = new Uint32Array(2 * values.length);
      larger.set(values);
      return larger;
    };
    this.#oids = Buffer.concat([this.#oids, Buffer.alloc(this.#oids.length)]);
    this.#crcs = double(this.#crcs);
    this.#offsets = double(this.#offsets);
  }
}

/** Type in 3 bits and size: 4 bits of it in the first byte, then 7 a byte, the lowest first. */
function entryHead(type: number, size: number): Buffer {
  const head = Buffer.allocUnsafe(MAX_HEAD_SIZE);
  let length = 0;
  let byte = (type << 4) | (size & 15);
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    head[length++] = byte | 0x80;
    byte = rest & 0x7f;
  }
  head[length++] = byte;
  return head.subarray(0, length);
}

async function writeFileSynced(path: string, bytes: Buffer): Promise<void> {
  const file = await open(path, 'wx', 0o444);
  try {
    await file.writeFile(bytes);
    await file.datasync();
  } finally {
    await file.close();
  }
}
