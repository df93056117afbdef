// Owns reading a repository's Git objects, wherever they are: packs, loose files, and the repositories it borrows from.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ForgeError, fromSystemError } from '../errors.ts';
import { decodeTag } from './commits.ts';
import { commonDirOf, isMissing } from './files.ts';
import { missingObject } from './objectErrors.ts';
import { ObjectFolder } from './objectFolder.ts';
import type { GitObject, ObjectType } from './objectId.ts';
import { EMPTY_TREE, isOid } from './objectId.ts';
import { PackCache } from './packFile.ts';

export type { GitObject, ObjectType };

const MAX_ALTERNATES_DEPTH = 5;
/** Prefixes shorter than this are never looked up, as in Git. */
const MIN_PREFIX = 4;
/** Enough to say that a prefix is ambiguous and to list candidates. */
const MAX_CANDIDATES = 100;
const EMPTY: GitObject = { type: 'tree', data: Buffer.alloc(0) };

export class GitObjects {
  /** Where new objects go. */
  readonly folder: string;
  readonly #folders: ObjectFolder[];
  #shallow: Set<string> | undefined;
  readonly #commonDir: string;

  /** @param gitDir a Git directory; that of a linked working tree leads to the one it shares */
  constructor(gitDir: string) {
    this.#commonDir = commonDirOf(gitDir);
    this.folder = join(this.#commonDir, 'objects');
    const cache = new PackCache();
    this.#folders = withAlternates(this.folder).map((folder) => new ObjectFolder(folder, cache));
  }

  /** Absolute paths of every folder of objects: its own first, then those it borrows from. */
  get folders(): string[] {
    return this.#folders.map(({ path }) => path);
  }

  /**
   * The object, checked against its name. Its bytes may be shared and must not be changed.
   * @throws ForgeError NOT_FOUND, CORRUPT naming the object, UNSUPPORTED above 256 MiB
   */
  async read(oid: string): Promise<GitObject> {
    const object = await this.readMaybe(oid);
    if (!object) throw missingObject(oid, this.folder);
    return object;
  }

  /** As `read`; undefined when there is no such object. */
  readMaybe(oid: string): Promise<GitObject | undefined> {
    return promised(() => {
      if (!isOid(oid)) return undefined;
      return this.#lookUp((folder) => folder.read(oid)) ?? (oid === EMPTY_TREE ? EMPTY : undefined);
    });
  }

  /** The content of an object of the given type. @throws as `read`, and CORRUPT when it is of another type */
  async readAs(type: ObjectType, oid: string): Promise<Buffer> {
    const object = await this.read(oid);
    if (object.type !== type)
      throw new ForgeError(
        'CORRUPT',
        `Git object ${oid} is a ${object.type}, not a ${type}`,
        'Run `git fsck`.',
      );
    return object.data;
  }

  /** The object that a chain of annotated tags leads to; any other object itself. @throws as `read` */
  async peel(oid: string): Promise<string> {
    let current = oid;
    while ((await this.info(current)).type === 'tag')
      current = decodeTag((await this.read(current)).data).object;
    return current;
  }

  has(oid: string): boolean {
    if (!isOid(oid)) return false;
    return this.#lookUp((folder) => folder.has(oid) || undefined) ?? oid === EMPTY_TREE;
  }

  /** Type and size in bytes without reading the content. @throws as `read` */
  info(oid: string): Promise<{ type: ObjectType; size: number }> {
    return promised(() => {
      const info = isOid(oid) ? this.#lookUp((folder) => folder.info(oid)) : undefined;
      if (info) return info;
      if (oid === EMPTY_TREE) return { type: 'tree', size: 0 };
      throw missingObject(oid, this.folder);
    });
  }

  /** Size in bytes without reading the content. @throws as `read` */
  async size(oid: string): Promise<number> {
    return (await this.info(oid)).size;
  }

  /** Ids that start with the given hex digits (at least 4), sorted, at most 100. */
  resolvePrefix(prefix: string): Promise<string[]> {
    const wanted = prefix.toLowerCase();
    if (wanted.length < MIN_PREFIX || wanted.length > 40 || !/^[0-9a-f]+$/.test(wanted))
      return Promise.resolve([]);
    return promised(() => {
      const find = (): string[] =>
        this.#folders.flatMap((folder) => folder.findPrefix(wanted, MAX_CANDIDATES));
      let found = find();
      if (found.length === 0 && this.refresh()) found = find();
      return [...new Set(found)].sort().slice(0, MAX_CANDIDATES);
    });
  }

  /**
   * For writers: a test whether an object (20 bytes, 40 digits) need not be written. It renews the time of the file that holds
   * the object, so that a `git gc` under way will not take it for garbage. Made for many calls within one command: what other
   * programs add meanwhile may be missed.
   */
  keeper(): (oid: Buffer, hex: string) => boolean {
    const keepers = this.#folders.map((folder) => folder.keeper());
    return (oid, hex) => keepers.some((keep) => keep(oid, hex));
  }

  /** Commits whose parents a shallow clone left out. */
  shallowCommits(): ReadonlySet<string> {
    this.#shallow ??= new Set(readLines(join(this.#commonDir, 'shallow')).filter(isOid));
    return this.#shallow;
  }

  /** Looks again at which packs there are. Returns false when nothing changed. Misses do this by themselves. */
  refresh(): boolean {
    this.#shallow = undefined;
    return this.#folders.map((folder) => folder.refresh()).includes(true);
  }

  /** Gives back open files. Later reads open them again. */
  close(): void {
    for (const folder of this.#folders) folder.close();
  }

  #lookUp<T>(find: (folder: ObjectFolder) => T | undefined): T | undefined {
    const once = (): T | undefined => {
      for (const folder of this.#folders) {
        const found = find(folder);
        if (found !== undefined) return found;
      }
      return undefined;
    };
    return once() ?? (this.refresh() ? once() : undefined);
  }
}

/**
 * Does the work at once; what it throws rejects. Reads are synchronous because a trip through the thread pool takes ten times as long
 * as reading a small object; the promises leave callers out of that choice.
 */
function promised<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(work());
  });
}

/** The folder and those it borrows objects from, through `info/alternates`. */
function withAlternates(folder: string, depth = 0): string[] {
  if (depth > MAX_ALTERNATES_DEPTH) return [];
  const alternates = readLines(join(folder, 'info', 'alternates')).filter((line) => !line.startsWith('#'));
  const all = alternates.flatMap((line) => withAlternates(resolve(folder, line), depth + 1));
  return [...new Set([folder, ...all])];
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  } catch (error) {
    if (isMissing(error)) return [];
    throw fromSystemError(error, path, 'reading');
  }
}
