// Owns loose objects: one zlib file for each object, named by its id.
import { closeSync, fstatSync, openSync, readdirSync, readFileSync, readSync, utimesSync } from 'node:fs';
import { mkdir, open, rename, unlink } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { ForgeError, fromSystemError } from '../errors.ts';
import { isMissing, syncFolder } from './files.ts';
import type { GitObject, ObjectType } from './objectId.ts';
import { isObjectType, objectId } from './objectId.ts';
import { checkReadable } from './objectErrors.ts';
import { inflate, inflateStart, START_INPUT } from './zlibStream.ts';

/** The longest header: `commit <size>\0`. */
const HEADER_LIMIT = 32;
const HEADER_PATTERN = /^(blob|tree|commit|tag) (0|[1-9][0-9]{0,15})\0/;
const FOLDER_PATTERN = /^[0-9a-f]{2}$/;
const FILE_PATTERN = /^[0-9a-f]{38}$/;

export function loosePath(folder: string, oid: string): string {
  return join(folder, oid.slice(0, 2), oid.slice(2));
}

/** Undefined when there is no such file. @throws ForgeError CORRUPT when it is not the object it is named after */
export function readLoose(folder: string, oid: string): GitObject | undefined {
  const path = loosePath(folder, oid);
  return withFile(path, (fd) => {
    const bytes = readFileSync(fd);
    const { type, size, start } = readHeader(bytes);
    checkReadable(oid, size);
    const data = inflate(bytes, start + size)?.subarray(start);
    if (!data) throw new ForgeError('CORRUPT', `${path} ends too soon`, 'Restore it from a clone.');
    if (objectId(type, data) !== oid)
      throw new ForgeError(
        'CORRUPT',
        `${path} holds another object than its name says`,
        'Restore it from a clone.',
      );
    return { type, data };
  });
}

/** Type and size from the header alone; undefined when there is no such file. @throws ForgeError CORRUPT */
export function looseInfo(folder: string, oid: string): { type: ObjectType; size: number } | undefined {
  return withFile(loosePath(folder, oid), (fd) => {
    const start = Buffer.alloc(Math.min(START_INPUT, fstatSync(fd).size));
    readSync(fd, start, 0, start.length, 0);
    const { type, size } = readHeader(start);
    return { type, size };
  });
}

function withFile<T>(path: string, use: (fd: number) => T): T | undefined {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw fromSystemError(error, path, 'opening');
  }
  try {
    return use(fd);
  } catch (error) {
    throw fromSystemError(error, path, 'reading');
  } finally {
    closeSync(fd);
  }
}

function readHeader(bytes: Buffer): { type: ObjectType; size: number; start: number } {
  const head = inflateStart(bytes, HEADER_LIMIT).toString('latin1');
  const match = HEADER_PATTERN.exec(head);
  if (!match || !isObjectType(match[1]))
    throw new ForgeError('CORRUPT', 'not a Git object', 'Run `git fsck`.');
  return { type: match[1], size: Number(match[2]), start: match[0].length };
}

/** Names of the loose objects whose id starts with `prefix`, at least two hex digits. */
export function findLoosePrefix(folder: string, prefix: string): string[] {
  const first = prefix.slice(0, 2);
  return listFiles(join(folder, first))
    .filter((name) => FILE_PATTERN.test(name) && name.startsWith(prefix.slice(2)))
    .map((name) => first + name);
}

function listFiles(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw fromSystemError(error, folder, 'listing');
  }
}

/**
 * Which loose objects a folder holds, listed once per first byte: asking the file system for each of 100,000 new objects would
 * take longer than writing them.
 */
export class LooseNames {
  readonly #folder: string;
  #folders: Set<string> | undefined;
  readonly #names = new Map<string, Set<string>>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Whether the object is there, its file's time renewed so that a `git gc` under way keeps it. What others wrote since the listing
   * may be missed.
   */
  keep(oid: string): boolean {
    const first = oid.slice(0, 2);
    this.#folders ??= new Set(listFiles(this.#folder).filter((name) => FOLDER_PATTERN.test(name)));
    if (!this.#folders.has(first)) return false;
    let names = this.#names.get(first);
    if (!names) {
      names = new Set(listFiles(join(this.#folder, first)));
      this.#names.set(first, names);
    }
    return names.has(oid.slice(2)) && renewTime(loosePath(this.#folder, oid));
  }
}

/** False when the file is gone. A file that may not be touched is as good: others cannot remove what they do not own. */
export function renewTime(path: string): boolean {
  const now = new Date();
  try {
    utimesSync(path, now, now);
    return true;
  } catch (error) {
    return !isMissing(error);
  }
}

export interface LooseFile {
  oid: string;
  /** zlib stream of header and content. */
  bytes: Buffer;
}

/**
 * Writes loose objects in parallel. When it resolves they are on disk. Returns the bytes written.
 * @throws ForgeError DISK_FULL, …; temporary files are removed, objects already in place stay and do no harm
 */
export async function writeLoose(folder: string, files: LooseFile[]): Promise<number> {
  const folders = new Set(files.map(({ oid }) => oid.slice(0, 2)));
  const results = await Promise.allSettled(files.map((file) => writeOne(folder, file)));
  let created = false;
  for (const result of results) {
    if (result.status === 'rejected') throw result.reason;
    created ||= result.value;
  }
  await Promise.all([...folders].map((name) => syncFolder(join(folder, name))));
  if (created) await syncFolder(folder);
  return files.reduce((sum, { bytes }) => sum + bytes.length, 0);
}

/** Returns whether its folder had to be made. */
async function writeOne(folder: string, { oid, bytes }: LooseFile): Promise<boolean> {
  const path = loosePath(folder, oid);
  // Git removes stale files of this name from here.
  const temporary = join(folder, oid.slice(0, 2), `tmp_obj_${randomBytes(6).toString('hex')}`);
  try {
    const created = await mkdir(join(folder, oid.slice(0, 2)), { recursive: true });
    const file = await open(temporary, 'wx', 0o444);
    try {
      await file.writeFile(bytes);
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    return created !== undefined;
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw fromSystemError(error, path, 'writing');
  }
}
