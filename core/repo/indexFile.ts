// Owns the index as it lies on disk: which file it is, when it was written, and what it holds.
import type { BigIntStats } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { IndexTime } from '../dataplane/portable/compare.ts';
import { statTuple } from '../dataplane/portable/fileStat.ts';
import { fromSystemError } from '../errors.ts';
import { GitIndex } from '../model/gitIndex.ts';

export interface IndexFile {
  /** Tells this file from any other that was or will be in its place; '' where there is none. */
  identity: string;
  index: GitIndex;
  written: IndexTime;
}

/** The index as it was written; an empty one where there is none. @throws ForgeError CORRUPT, UNSUPPORTED and those of the system */
export async function readIndexFile(path: string): Promise<IndexFile> {
  try {
    const file = await open(path, 'r');
    try {
      const stats = await file.stat({ bigint: true });
      const [, , seconds, nanoseconds] = statTuple(stats);
      const index = GitIndex.decode(await file.readFile());
      return { identity: identityOf(stats), index, written: { seconds, nanoseconds } };
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      throw fromSystemError(error, path, 'reading the index');
    return { identity: '', index: new GitIndex(), written: { seconds: 0, nanoseconds: 0 } };
  }
}

/** Reads the index file of a repository, and keeps what it read where somebody asks again and again. */
export class IndexReader {
  readonly #path: string;
  #keeps = false;
  #kept: IndexFile | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** From now on the index that was read last is kept, and given again while it is the one on disk. */
  keep(): void {
    this.#keeps = true;
  }

  /** As `readIndexFile`; the index is not to be changed. */
  async read(): Promise<IndexFile> {
    const kept = this.#kept;
    if (kept && (await indexIdentity(this.#path)) === kept.identity) return kept;
    this.#kept = undefined;
    const file = await readIndexFile(this.#path);
    if (this.#keeps) this.#kept = file;
    return file;
  }

  /** As `read`, with an index that may be changed. */
  async readToChange(): Promise<IndexFile> {
    const file = await this.read();
    return this.#keeps ? { ...file, index: file.index.fork() } : file;
  }
}

/** `identity` of the file that is there now. */
export async function indexIdentity(path: string): Promise<string> {
  try {
    return identityOf(await stat(path, { bigint: true }));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw fromSystemError(error, path, 'reading the index');
  }
}

function identityOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${dev} ${ino} ${size} ${mtimeNs} ${ctimeNs}`;
}
