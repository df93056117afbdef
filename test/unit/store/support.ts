// Owns what tests of the store share: a store in a temporary folder over a real plane, files with known bytes.
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { DataPlane } from '../../../core/dataplane/dataPlane.ts';
import { PortablePlane } from '../../../core/dataplane/portable/portablePlane.ts';
import { Blake3 } from '../../../core/dataplane/portable/blake3.ts';
import { Codec, encodeRecordHeader, type RecordType } from '../../../core/model/record.ts';
import { encodeSegmentHeader } from '../../../core/model/segment.ts';
import type { Pointer } from '../../../core/model/pointer.ts';
import { ChunkStore, type ChunkStoreOptions, type StoreFile } from '../../../core/store/chunkStore.ts';
import { tempFolder } from '../../support/tempFolder.ts';

export const WORKER = new URL('../../../core/dataplane/portable/worker.ts', import.meta.url);

export function newPlane(): DataPlane {
  return new PortablePlane({ workerScript: WORKER });
}

/** A repository's `.forge` in a temporary folder, with a working tree beside it. */
export class StoreFixture {
  readonly root: string;
  readonly forgeFolder: string;
  readonly storeFolder: string;
  readonly databaseFolder: string;
  readonly plane: DataPlane;
  private readonly stores: ChunkStore[] = [];

  private constructor(root: string, plane: DataPlane) {
    this.root = root;
    this.forgeFolder = join(root, '.forge');
    this.storeFolder = join(this.forgeFolder, 'store');
    this.databaseFolder = join(this.forgeFolder, 'db');
    this.plane = plane;
  }

  static async create(plane = newPlane()): Promise<StoreFixture> {
    const fixture = new StoreFixture(await tempFolder(), plane);
    await mkdir(fixture.forgeFolder);
    return fixture;
  }

  async open(options: Partial<ChunkStoreOptions> = {}): Promise<ChunkStore> {
    const { forgeFolder, plane } = this;
    const store = await ChunkStore.open({ forgeFolder, plane, cores: 2, ...options });
    this.stores.push(store);
    return store;
  }

  async write(name: string, bytes: Buffer): Promise<StoreFile> {
    const path = join(this.root, name);
    await writeFile(path, bytes);
    return { path, size: bytes.length, rule: 'asset' };
  }

  async closeStores(): Promise<void> {
    for (const store of this.stores.splice(0)) await store.close();
  }

  async close(): Promise<void> {
    await this.closeStores();
    await this.plane.close();
  }
}

export function noise(length: number): Buffer {
  return randomBytes(length);
}

/** Stores files and returns their pointers, in order. */
export async function ingestAll(store: ChunkStore, files: StoreFile[]): Promise<Pointer[]> {
  const pointers: Pointer[] = [];
  for await (const results of store.ingest(files)) {
    for (const { index, result } of results) {
      if (result.kind !== 'asset') throw new Error(`${files[index].path}: ${JSON.stringify(result)}`);
      pointers[index] = { blake3: result.blake3, size: result.size };
    }
  }
  return pointers;
}

export async function readAll(store: ChunkStore, pointer: Pointer): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of store.read(pointer)) parts.push(part);
  return Buffer.concat(parts);
}

/** Restores to `<root>/<name>` and returns the bytes there. */
export async function restoreOne(
  fixture: StoreFixture,
  store: ChunkStore,
  name: string,
  pointer: Pointer,
): Promise<Buffer> {
  const path = join(fixture.root, name);
  const file = { path, temporary: `${path}.part`, pointer, mode: 0o644, expect: 'absent' } as const;
  for await (const results of store.restore([file])) {
    for (const { result } of results) {
      if (result.state !== 'done') throw new Error(JSON.stringify(result));
    }
  }
  return readFile(path);
}

export async function blake3Of(bytes: Buffer): Promise<Buffer> {
  return (await Blake3.create()).hash(bytes);
}

export interface RawRecord {
  id: Buffer;
  type: RecordType;
  raw: Buffer;
}

/** Writes an open segment of uncompressed records; returns its name. */
export async function writeSegment(folder: string, records: RawRecord[]): Promise<string> {
  const uuid = randomBytes(16);
  const parts = [encodeSegmentHeader(uuid)];
  for (const { id, type, raw } of records) {
    const lengths = { rawLength: raw.length, storedLength: raw.length, payloadCrc: crc32(raw) };
    parts.push(encodeRecordHeader({ id, type, codec: Codec.raw, depth: 0, bases: [], ...lengths }), raw);
  }
  const name = `open-${uuid.toString('hex')}.seg`;
  await writeFile(join(folder, name), Buffer.concat(parts));
  return name;
}
