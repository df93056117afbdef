// Owns writing the Git objects of one command: a few as loose files, many as a pack.
import { ForgeError, fromSystemError } from '../errors.ts';
import type { GitObjects } from './gitObjects.ts';
import { writeLoose } from './looseObjects.ts';
import type { ObjectType } from './objectId.ts';
import { objectHeader, objectId } from './objectId.ts';
import { OidTable } from './oidTable.ts';
import { PackWriter } from './packWriter.ts';
import { compress, compressInPool } from './zlibStream.ts';

/** More objects than this go into a pack. */
const MAX_LOOSE = 64;
/** More bytes waiting than this, too, so that few large objects do not stay in memory. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;
/** Bytes that may wait for the thread pool before `add` compresses by itself. */
const MAX_POOL_BYTES = 32 * 1024 * 1024;
/** Streams on the thread pool at once: each takes a quarter of a megabyte, and there are four threads. */
const MAX_POOL_TASKS = 8;
/** Smaller objects are compressed in less time than handing them over takes. */
const MIN_POOL_BYTES = 4096;
/** `ready` waits until fewer bytes than this are on their way. */
const ROOM_BYTES = 16 * 1024 * 1024;

interface Waiting {
  oid: Buffer;
  type: ObjectType;
  data: Buffer;
}

/**
 * Collects objects; `flush` makes them durable. What the repository has is not written again. Memory stays bounded: past a few
 * objects everything is streamed to a temporary pack. Nothing is visible to readers before `flush`.
 */
export class ObjectBatch {
  readonly #objects: GitObjects;
  #pending = new OidTable();
  readonly #isStored: (oid: Buffer, hex: string) => boolean;
  /** Objects while they are few. */
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #packs: PackWriter[] = [];
  #packing = false;
  #compressing = new Set<Promise<void>>();
  #compressingBytes = 0;
  #failure: ForgeError | undefined;
  #count = 0;
  #bytes = 0;
  #storedBytes = 0;

  constructor(objects: GitObjects) {
    this.#objects = objects;
    this.#isStored = objects.keeper();
  }

  /** New objects so far. */
  get count(): number {
    return this.#count;
  }

  /** Bytes of their contents. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes that the files of every `flush` so far take. */
  get storedBytes(): number {
    return this.#storedBytes;
  }

  /**
   * Adds an object unless the batch or the repository has it, and returns its id, 40 hex digits. `data` must not change before
   * `flush`. After adding much, await `ready`.
   * @throws ForgeError DISK_FULL, … when a pack cannot be written
   */
  add(type: ObjectType, data: Buffer): string {
    const hex = objectId(type, data);
    const oid = Buffer.from(hex, 'hex');
    if (this.#pending.has(oid) || this.#isStored(oid, hex)) return hex;
    this.#pending.add(oid);
    this.#count++;
    this.#bytes += data.length;
    if (this.#packing) this.#pack({ oid, type, data });
    else {
      this.#waiting.push({ oid, type, data });
      this.#waitingBytes += data.length;
      if (this.#waiting.length > MAX_LOOSE || this.#waitingBytes > MAX_WAITING_BYTES) this.#startPacking();
    }
    return hex;
  }

  /**
   * As `add`, for an object that was named and deflated elsewhere: it always goes into a pack.
   * @param oid 20 bytes
   * @param size bytes of its content
   * @param stream its content as a zlib stream
   */
  addPacked(type: ObjectType, oid: Buffer, size: number, stream: Buffer): string {
    const hex = oid.toString('hex');
    if (this.#pending.has(oid) || this.#isStored(oid, hex)) return hex;
    this.#throwFailure();
    this.#pending.add(oid);
    this.#count++;
    this.#bytes += size;
    if (!this.#packing) this.#startPacking();
    this.#append(oid, type, size, stream);
    return hex;
  }

  /** Whether an object was added and is not readable before `flush`. @param oid 40 hex digits */
  pending(oid: string): boolean {
    return this.#pending.has(Buffer.from(oid, 'hex'));
  }

  /** Whether an object was added or is stored already. @param hex 40 digits */
  has(hex: string): boolean {
    const oid = Buffer.from(hex, 'hex');
    return this.#pending.has(oid) || this.#isStored(oid, hex);
  }

  /** Resolves once few bytes wait to be compressed. */
  async ready(): Promise<void> {
    while (this.#compressingBytes > ROOM_BYTES) await Promise.race(this.#compressing);
    this.#throwFailure();
  }

  /**
   * Makes every added object durable and visible. The batch is empty afterwards and can be used again.
   * @returns bytes that the new files take
   * @throws ForgeError DISK_FULL, …; temporary files are removed then, and the batch is of no more use
   */
  async flush(): Promise<{ storedBytes: number }> {
    let storedBytes = 0;
    try {
      await Promise.all(this.#compressing);
      this.#throwFailure();
      for (const pack of this.#packs) if (pack.count > 0) storedBytes += await pack.finish();
      storedBytes += await this.#writeLoose();
    } catch (error) {
      this.discard();
      throw error;
    }
    if (this.#packs.length > 0) this.#objects.refresh();
    this.#packs = [];
    this.#pending = new OidTable();
    this.#packing = false;
    this.#waiting = [];
    this.#waitingBytes = this.#count = this.#bytes = 0;
    this.#storedBytes += storedBytes;
    return { storedBytes };
  }

  /** Removes temporary files. For a command that fails before `flush`. */
  discard(): void {
    this.#failure ??= new ForgeError('ABORTED', 'These Git objects were given up', 'Run the command again.');
    for (const pack of this.#packs) pack.discard();
  }

  #startPacking(): void {
    this.#packing = true;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const object of waiting) this.#pack(object);
  }

  #pack(object: Waiting): void {
    this.#throwFailure();
    const isPoolFull = this.#compressing.size >= MAX_POOL_TASKS || this.#compressingBytes > MAX_POOL_BYTES;
    const { oid, type, data } = object;
    if (isPoolFull || data.length < MIN_POOL_BYTES) this.#append(oid, type, data.length, compress(data));
    else this.#packLater(object);
  }

  /** Compresses on the thread pool and appends in whatever order that ends. */
  #packLater({ oid, type, data }: Waiting): void {
    this.#compressingBytes += data.length;
    const task = compressInPool(data)
      .then((compressed) => {
        if (this.#failure === undefined) this.#append(oid, type, data.length, compressed);
      })
      .catch((error: unknown) => {
        this.#failure ??= fromSystemError(error, this.#objects.folder, 'writing');
      })
      .finally(() => {
        this.#compressingBytes -= data.length;
        this.#compressing.delete(task);
      });
    this.#compressing.add(task);
  }

  #append(oid: Buffer, type: ObjectType, size: number, compressed: Buffer): void {
    let pack = this.#packs.at(-1);
    if (!pack || pack.isFull) this.#packs.push((pack = new PackWriter(this.#objects.folder)));
    pack.append(oid, type, size, compressed);
  }

  async #writeLoose(): Promise<number> {
    if (this.#waiting.length === 0) return 0;
    const files = await Promise.all(
      this.#waiting.map(async ({ oid, type, data }) => ({
        oid: oid.toString('hex'),
        bytes: await compressInPool(Buffer.concat([objectHeader(type, data.length), data])),
      })),
    );
    return writeLoose(this.#objects.folder, files);
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}
