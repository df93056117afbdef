// Owns where a clone is built: a folder beside its target that is no repository until all of it is there, and takes the target's name then.
import { appendFile, lstat, mkdir, readdir, readFile, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ForgeError, fromSystemError } from '../errors.ts';
import { isMissing, syncFolder } from '../git/files.ts';
import type { RepositoryFolders } from '../repo/context.ts';
import { writeDurably } from '../repo/durableFile.ts';
import { WriterLock } from '../repo/writerLock.ts';

/** Ends the name of the folder in which a clone is built; within a target that is there already it is the whole name. */
const SUFFIX = '.forge-clone';
/** Says that everything in the folder was made by a clone, so that the next one may remove it. */
const MARKER = 'clone.json';
const SEALED_NAME = /^[0-9a-f]{64}\.seg$/;

export interface CloneOwner {
  hostName: string;
  processId: number;
}

/**
 * `<target>.forge-clone`, or `<target>/.forge-clone` when the target is an empty folder. In it `tree` becomes the working tree and
 * `forge` its `.forge`; `kept` has sealed segments of a clone that was killed.
 */
export class CloneFolder {
  /** Absolute. */
  readonly target: string;
  /** Sealed segments that a killed clone left here, by name. */
  readonly kept = new Map<string, string>();
  private readonly path: string;
  /** The target was there, and empty. */
  private readonly isInside: boolean;
  private readonly lock: WriterLock;

  private constructor(target: string, path: string, lock: WriterLock) {
    this.target = target;
    this.path = path;
    this.isInside = dirname(path) === target;
    this.lock = lock;
  }

  /**
   * Takes the place for a clone, and what is left there of one that was killed.
   * @param target absolute
   * @throws ForgeError ALREADY_EXISTS when the target holds anything, LOCKED while another clone is made there, READ_ONLY, UNREADABLE, …
   */
  static async create(target: string, owner: CloneOwner): Promise<CloneFolder> {
    const isThere = await refuseUsed(target);
    const path = isThere ? join(target, SUFFIX) : target + SUFFIX;
    try {
      await mkdir(dirname(path), { recursive: true });
      await mkdir(path).catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        return refuseForeign(path);
      });
    } catch (error) {
      throw cannotCreate(error, path, target);
    }
    const folder = new CloneFolder(target, path, await acquire(path, target, owner));
    try {
      await writeDurably(join(path, MARKER), JSON.stringify({ version: 1, target }));
      await folder.clear();
      await mkdir(folder.folders.root);
      await mkdir(join(folder.folders.forge, 'store'), { recursive: true });
    } catch (error) {
      await folder.remove();
      throw fromSystemError(error, path, 'preparing');
    }
    return folder;
  }

  /** What the parts of a repository are while it is built. */
  get folders(): RepositoryFolders {
    const forge = join(this.path, 'forge');
    return { root: join(this.path, 'tree'), forge, gitDir: join(forge, 'git') };
  }

  /**
   * Gives the finished repository its place. Until the last step the target is missing, or holds no repository.
   * @throws ForgeError ALREADY_EXISTS when something came to be at the target meanwhile
   */
  async finish(): Promise<void> {
    const { root, forge } = this.folders;
    const { target, isInside } = this;
    try {
      if (isInside) {
        // A kill after the last step leaves an almost empty folder in the working tree, which is nobody's business.
        await rm(join(this.path, 'kept'), { recursive: true, force: true });
        await appendFile(join(forge, 'git', 'info', 'exclude'), `/${SUFFIX}/\n`, { flush: true });
        // With `.forge`, which comes last, it is a repository.
        for (const name of await readdir(root)) await place(join(root, name), join(target, name));
        await syncFolder(target);
        await place(forge, join(target, '.forge'));
        await syncFolder(target);
      } else {
        await rename(forge, join(root, '.forge'));
        await syncFolder(root);
        await place(root, target);
        await syncFolder(dirname(target));
      }
    } catch (error) {
      throw fromSystemError(error, target, 'giving the clone its place at');
    }
    await this.remove();
  }

  /** Removes what was built. */
  async remove(): Promise<void> {
    await this.lock.release();
    try {
      await rm(this.path, { recursive: true, force: true, maxRetries: 3 });
    } catch (error) {
      throw fromSystemError(error, this.path, 'removing');
    }
  }

  /** Leaves what was built for the next try. */
  async leave(): Promise<void> {
    await this.lock.release();
  }

  /** Keeps sealed segments of an earlier try, whose names say what must be in them, and removes all else. */
  private async clear(): Promise<void> {
    const { root, forge } = this.folders;
    const aside = join(this.path, 'kept');
    await mkdir(aside, { recursive: true });
    for (const store of [join(forge, 'store'), join(root, '.forge', 'store')])
      for (const name of await namesIn(store))
        if (SEALED_NAME.test(name)) await rename(join(store, name), join(aside, name));
    for (const name of await namesIn(aside)) this.kept.set(name, join(aside, name));
    for (const part of [root, forge]) await rm(part, { recursive: true, force: true });
  }
}

/** Whether the target is an empty folder; false: it is missing. @throws ForgeError ALREADY_EXISTS */
async function refuseUsed(target: string): Promise<boolean> {
  let names: string[];
  try {
    names = await readdir(target);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw fromSystemError(error, target, 'looking at');
    // A symbolic link that leads nowhere is there, too.
    const isThere = await lstat(target).then(
      () => true,
      () => false,
    );
    if (!isThere) return false;
    names = [target];
  }
  const others = names.filter((name) => name !== SUFFIX);
  if (others.length === 0) return true;
  const isHalf = others.length < names.length && !others.includes('.forge');
  throw new ForgeError(
    'ALREADY_EXISTS',
    isHalf
      ? `${target} holds parts of a clone that was killed at its very end`
      : `${target} is there already and is not an empty folder`,
    isHalf ? 'Remove what is in it, then clone again.' : 'Name another folder, or empty this one.',
    { path: target },
  );
}

/** Why no clone can be built at `path`, beside or in the target that was named. */
function cannotCreate(error: unknown, path: string, target: string): ForgeError {
  if (error instanceof ForgeError) return error;
  const parent = dirname(path);
  const remedy = 'Name a target where you may write';
  const options = { path: target, cause: error };
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EROFS':
      return new ForgeError('READ_ONLY', `${parent} is on a read-only file system`, `${remedy}.`, options);
    case 'EACCES':
    case 'EPERM':
      return new ForgeError(
        'UNREADABLE',
        `No permission to make ${target}: nothing may be created in ${parent}`,
        `${remedy}, or change the permissions of that folder.`,
        options,
      );
    case 'ENOTDIR':
    case 'EEXIST':
      return new ForgeError(
        'ALREADY_EXISTS',
        `${target} cannot be made: on the way to it something that is not a folder is there already`,
        'Name another folder.',
        options,
      );
    default:
      return fromSystemError(error, path, 'creating');
  }
}

/** @throws ForgeError ALREADY_EXISTS when a folder of this name was not made by a clone */
async function refuseForeign(path: string): Promise<void> {
  try {
    const { version } = JSON.parse(await readFile(join(path, MARKER), 'utf8')) as { version?: number };
    if (version === 1) return;
  } catch (error) {
    // Killed before it wrote the marker, it has made nothing but its lock.
    const isBare = (await readdir(path)).every((name) => /^lock\b|^clone\.json\./.test(name));
    if (isMissing(error) && isBare) return;
  }
  throw new ForgeError(
    'ALREADY_EXISTS',
    `${path}, where the clone would be built, is there already and was made by something else`,
    'Move it away, or name another target.',
    { path },
  );
}

async function acquire(path: string, target: string, owner: CloneOwner): Promise<WriterLock> {
  try {
    return await WriterLock.acquire(path, { ...owner, command: 'clone', wait: false });
  } catch (error) {
    if (!(error instanceof ForgeError) || error.code !== 'LOCKED') throw error;
    throw new ForgeError(
      'LOCKED',
      `Another process is cloning to ${target} already`,
      'Wait until it is done, or name another target.',
      { path: target, cause: error },
    );
  }
}

/** Renames to a name that nothing has, or an empty folder. @throws ForgeError ALREADY_EXISTS */
async function place(from: string, to: string): Promise<void> {
  try {
    const there = await lstat(to).catch((error: unknown) => {
      if (!isMissing(error)) throw error;
      return undefined;
    });
    // Not every system lets a folder take the place of an empty one.
    if (there?.isDirectory()) await rmdir(to);
    else if (there) throw Object.assign(new Error(to), { code: 'EEXIST' });
    await rename(from, to);
  } catch (error) {
    if (!['EEXIST', 'ENOTEMPTY'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    throw new ForgeError(
      'ALREADY_EXISTS',
      `${to} came to be while the clone was made`,
      'Name another target, or remove it and clone again.',
      { path: to, cause: error },
    );
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
