// Owns which index a store works with: the database while it is sound, a scan in memory for readers when it is not, a new one for a writer.
import { access, constants, mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataPlane } from '../dataplane/dataPlane.ts';
import { ForgeError, fromSystemError } from '../errors.ts';
import type { ChunkIndex, WritableChunkIndex } from './chunkIndex.ts';
import { databaseState } from './databaseFile.ts';
import { LmdbChunkIndex } from './lmdbChunkIndex.ts';
import { MemoryChunkIndex } from './memoryChunkIndex.ts';
import { reconcile } from './reconcile.ts';
import type { SegmentFiles, StoreProblem } from './segmentFiles.ts';

export interface StoreIndexOptions {
  forgeFolder: string;
  files: SegmentFiles;
  plane: DataPlane;
  readOnly: boolean;
}

export class StoreIndex {
  private readonly options: StoreIndexOptions;
  private readonly folder: string;
  private index: ChunkIndex;
  /** The database, unless the index is in memory. */
  private database: LmdbChunkIndex | undefined;
  /** Identity of the database's file, to notice when another process puts a new one in its place. */
  private fileId: string | undefined;
  private readonly retired: LmdbChunkIndex[] = [];
  private readonly found: StoreProblem[] = [];

  private constructor(options: StoreIndexOptions) {
    this.options = options;
    this.folder = join(options.forgeFolder, 'db');
    this.index = new MemoryChunkIndex();
  }

  /** Never changes anything on disk but LMDB's lock file. @throws ForgeError FORMAT_TOO_NEW, … */
  static async open(options: StoreIndexOptions): Promise<StoreIndex> {
    const index = new StoreIndex(options);
    await index.load();
    return index;
  }

  /** The database cannot be used: segments are looked up in an index that was scanned into memory. */
  get isInMemory(): boolean {
    return this.database === undefined;
  }

  get reading(): ChunkIndex {
    return this.index;
  }

  /** What was found out of order since the store was opened, and put in order as far as possible. */
  get problems(): readonly StoreProblem[] {
    return this.found;
  }

  /** Turns to the newest state, also when another process put a new database in the place of the one that was opened. */
  async refresh(): Promise<void> {
    if ((await this.currentFileId()) !== this.fileId) await this.load();
    this.database?.refresh();
  }

  /**
   * The index in step with the segments, to write to. Only for the repository's writer, at the start of its work.
   * @throws ForgeError READ_ONLY, FORMAT_TOO_NEW, …
   */
  async forWriting(): Promise<WritableChunkIndex> {
    const { options } = this;
    this.refuseReadOnly();
    await this.refresh();
    if (!this.database) return this.rebuild();
    await makeFolder(options.files.folder);
    this.found.push(...(await reconcile(options.files, this.database, options.plane, { salvage: false })));
    return this.database;
  }

  /** Makes the database anew from the segments. Until it is complete, everybody goes on with the old one. */
  async rebuild(): Promise<WritableChunkIndex> {
    const { forgeFolder, files, plane } = this.options;
    this.refuseReadOnly();
    const fresh = `${this.folder}.new`;
    const old = `${this.folder}.old`;
    try {
      await makeFolder(files.folder);
      await rm(fresh, { recursive: true, force: true });
      const database = await LmdbChunkIndex.create(fresh, { release: (path) => plane.releaseMapped(path) });
      try {
        this.found.push(...(await reconcile(files, database, plane, { salvage: true })));
        database.complete();
      } finally {
        await database.close();
      }
      await this.retire();
      await rm(old, { recursive: true, force: true });
      await rename(this.folder, old).catch(ignoreMissing);
      await rename(fresh, this.folder);
      await rm(old, { recursive: true, force: true });
    } catch (error) {
      throw fromSystemError(error, forgeFolder, 'making the database of');
    }
    await this.load();
    if (!this.database) {
      throw new ForgeError('IO', `${this.folder} cannot be used`, 'Check the disk and the permissions.', {
        path: this.folder,
      });
    }
    return this.database;
  }

  private refuseReadOnly(): void {
    const { readOnly, forgeFolder } = this.options;
    if (!readOnly) return;
    throw new ForgeError('READ_ONLY', `${forgeFolder} was opened for reading`, 'Work on a writable copy.');
  }

  async close(): Promise<void> {
    if (this.database) this.retired.push(this.database);
    this.database = undefined;
    this.index = new MemoryChunkIndex();
    await Promise.all(this.retired.splice(0).map((database) => database.close()));
  }

  private async load(): Promise<void> {
    await this.retire();
    const state = databaseState(this.folder);
    if (state === 'damaged') this.report(`The database ${this.folder} is damaged`);
    this.fileId = await this.currentFileId();
    const database = state === 'sound' ? await this.openDatabase() : undefined;
    this.database = database;
    this.index = database ?? (await this.scanAll());
  }

  private async openDatabase(): Promise<LmdbChunkIndex | undefined> {
    try {
      const database = await LmdbChunkIndex.open(this.folder, {
        readOnly: !(await this.isWritable()),
        release: (path) => this.options.plane.releaseMapped(path),
      });
      database?.segments();
      return database;
    } catch (error) {
      if (!(error instanceof ForgeError) || error.code === 'FORMAT_TOO_NEW') throw error;
      this.report(error.message);
      return undefined;
    }
  }

  /** LMDB enters its readers in the lock file, so whoever may write there should. */
  private async isWritable(): Promise<boolean> {
    try {
      for (const name of ['', 'data.mdb', 'lock.mdb']) await access(join(this.folder, name), constants.W_OK);
      return true;
    } catch {
      return false;
    }
  }

  private async scanAll(): Promise<MemoryChunkIndex> {
    const { files } = this.options;
    const index = new MemoryChunkIndex();
    let number = 1;
    for (const name of await files.names()) {
      const uuid = await files.uuid(name);
      if (uuid === undefined) continue;
      const { length, state, entries, problem } = await files.scan(name, uuid, { salvage: true });
      if (problem) this.found.push(problem);
      index.add({ number: number++, name, uuid, length, state }, entries);
    }
    return index;
  }

  /** Others in this process may be reading from the old database. Only where open files cannot be renamed is it closed. */
  private async retire(): Promise<void> {
    const database = this.database;
    this.database = undefined;
    if (process.platform === 'win32') await database?.close();
    else if (database) this.retired.push(database);
  }

  private async currentFileId(): Promise<string | undefined> {
    try {
      const { dev, ino } = await stat(join(this.folder, 'data.mdb'), { bigint: true });
      return `${dev}:${ino}`;
    } catch {
      return undefined;
    }
  }

  private report(message: string): void {
    this.found.push({ kind: 'index', message });
  }
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw fromSystemError(error, path, 'creating');
  }
}

function ignoreMissing(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}
