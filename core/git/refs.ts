// Owns reading and moving refs: branches, tags, HEAD and whatever else names an object.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ForgeError, fromSystemError } from '../errors.ts';
import { sortPaths } from '../model/pathOrder.ts';
import type { Signature } from './commits.ts';
import { commonDirOf, isMissing } from './files.ts';
import type { LockOwner } from './lockFile.ts';
import { isOid } from './objectId.ts';
import { readPackedRefs } from './packedRefs.ts';
import { isRefName, validateRefName } from './refName.ts';
import { RefTransaction } from './refTransaction.ts';

const SYMBOLIC = 'ref: ';
const MAX_SYMBOLIC_DEPTH = 5;
/** Refs that each linked working tree has for itself. */
const PER_WORKTREE = /^(?!refs\/)|^refs\/(bisect|worktree|rewritten)\//;

/** A ref to move. Nothing is followed: for `HEAD` itself this detaches it, or with `symbolic` puts it on a branch. */
export interface RefChange {
  ref: string;
  /** What it must be: an object id, `ref: <name>`, undefined for not there, or `any`. */
  before?: string | undefined;
  /** What it becomes: an object id, with `symbolic` another ref's name, or undefined to delete it. */
  after: string | undefined;
  symbolic?: boolean;
}

export class GitRefs {
  /** The Git directory, and the one it shares refs with: the same unless it is that of a linked working tree. */
  readonly gitDir: string;
  readonly commonDir: string;

  readonly lockOwner: LockOwner;

  /** @param lockOwner this process on this machine; without a host name, only processes of one machine use the repository */
  constructor(gitDir: string, lockOwner: LockOwner = { hostName: '', processId: process.pid }) {
    this.gitDir = gitDir;
    this.lockOwner = lockOwner;
    this.commonDir = commonDirOf(gitDir);
  }

  /** @param name full name, e.g. `refs/heads/main`. @throws ForgeError INVALID_NAME */
  static validateName(name: string): void {
    validateRefName(name);
  }

  /**
   * Where HEAD is: `symbolic` is a branch's full name, undefined when detached; `commit` is undefined when that branch has no
   * commit yet. @throws ForgeError CORRUPT
   */
  async head(): Promise<{ symbolic: string | undefined; commit: string | undefined }> {
    const raw = await this.readRaw('HEAD');
    if (raw === undefined) throw corrupt(join(this.gitDir, 'HEAD'), 'it is missing');
    const symbolic = raw.startsWith(SYMBOLIC) ? raw.slice(SYMBOLIC.length) : undefined;
    return { symbolic, commit: symbolic === undefined ? raw : await this.read(symbolic) };
  }

  /** The object a ref leads to, symbolic refs followed; undefined when there is none. @throws ForgeError CORRUPT */
  async read(ref: string): Promise<string | undefined> {
    let raw = await this.readRaw(ref);
    for (let depth = 0; raw?.startsWith(SYMBOLIC); depth++) {
      if (depth === MAX_SYMBOLIC_DEPTH) throw corrupt(this.path(ref), 'it leads in a circle');
      raw = await this.readRaw(raw.slice(SYMBOLIC.length));
    }
    return raw;
  }

  /** What a ref itself says: an object id, or `ref: <name>`. Undefined when it is not there. @throws ForgeError CORRUPT */
  async readRaw(ref: string): Promise<string | undefined> {
    return (await this.#readLoose(ref)) ?? (await this.packed()).get(ref);
  }

  /** Refs whose names start with `prefix` (`refs/heads/`), with the objects they lead to, sorted by name. */
  async list(prefix: string): Promise<Map<string, string>> {
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    const packed = await this.packed();
    const names = new Set([...packed.keys(), ...(await this.#looseNames(folder))]);
    const refs = new Map<string, string>();
    for (const name of sortPaths([...names].filter((one) => one.startsWith(prefix)))) {
      const oid = await this.read(name);
      if (oid !== undefined) refs.set(name, oid);
    }
    return refs;
  }

  /**
   * Moves refs, all or none, and writes their reflogs; on disk when it resolves. The locks are stock Git's, so both exclude each
   * other.
   * @param message of the reflog
   * @param who moves them
   * @throws ForgeError LOCKED when another program holds or moved a ref, NAME_COLLISION, INVALID_NAME, CORRUPT, DISK_FULL
   */
  async apply(changes: readonly RefChange[], message = '', who: Signature = unknownUser()): Promise<void> {
    await new RefTransaction(this, changes).run(message, who);
  }

  /** The loose file of a ref. */
  path(ref: string): string {
    return join(this.folderOf(ref), ref);
  }

  folderOf(ref: string): string {
    return PER_WORKTREE.test(ref) ? this.gitDir : this.commonDir;
  }

  get packedPath(): string {
    return join(this.commonDir, 'packed-refs');
  }

  packed(): Promise<Map<string, string>> {
    return readPackedRefs(this.packedPath);
  }

  async #readLoose(ref: string): Promise<string | undefined> {
    if (!isRefName(ref)) return undefined;
    const path = this.path(ref);
    let text: string;
    try {
      text = (await readFile(path, 'utf8')).trimEnd();
    } catch (error) {
      // A folder: other refs lie below this name.
      if (isMissing(error) || (error as NodeJS.ErrnoException).code === 'EISDIR') return undefined;
      throw fromSystemError(error, path, 'reading');
    }
    if (isOid(text)) return text;
    const target = /^ref:\s*(\S+)$/.exec(text)?.[1];
    if (target === undefined || !isRefName(target)) throw corrupt(path, 'it names no object');
    return SYMBOLIC + target;
  }

  /** @param folder of refs, with a trailing slash */
  async #looseNames(folder: string): Promise<string[]> {
    const path = this.path(folder);
    try {
      const names: string[] = [];
      for (const entry of await readdir(path, { withFileTypes: true })) {
        const name = folder + entry.name;
        if (entry.isDirectory()) names.push(...(await this.#looseNames(`${name}/`)));
        else if (isRefName(name)) names.push(name);
      }
      return names;
    } catch (error) {
      if (isMissing(error)) return [];
      throw fromSystemError(error, path, 'listing');
    }
  }
}

function unknownUser(): Signature {
  const now = new Date();
  return { name: 'Forge', email: 'forge@localhost', time: now.getTime(), offset: -now.getTimezoneOffset() };
}

function corrupt(path: string, what: string): ForgeError {
  return new ForgeError(
    'CORRUPT',
    `The ref ${path} is damaged: ${what}`,
    'Its last good values are in the reflog: `git reflog`, then `git update-ref`.',
    { path },
  );
}
