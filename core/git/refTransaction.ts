// Owns moving several refs at once: lock, compare, write, rename.
import { open, readdir, rename, rmdir, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ForgeError, fromSystemError } from '../errors.ts';
import type { Signature } from './commits.ts';
import { isMissing, syncFolder } from './files.ts';
import { acquireLock } from './lockFile.ts';
import { isOid } from './objectId.ts';
import { withoutRefs } from './packedRefs.ts';
import { validateRefName } from './refName.ts';
import type { LogEntry } from './reflog.ts';
import { appendReflog, isLogged, removeReflog } from './reflog.ts';
import type { GitRefs, RefChange } from './refs.ts';

/** Where people make names by hand, and where two that differ only by case cannot both be checked out everywhere. */
const CASE_SENSITIVE_TROUBLE = /^refs\/(heads|tags)\//;

export class RefTransaction {
  readonly #refs: GitRefs;
  readonly #changes: readonly RefChange[];
  readonly #locks: (() => Promise<void>)[] = [];
  /** Files with new content, by the path they are renamed to. */
  readonly #waiting = new Map<string, string>();

  constructor(refs: GitRefs, changes: readonly RefChange[]) {
    this.#refs = refs;
    // Every program locks in the same order, so none waits for another in a circle.
    this.#changes = [...changes].sort((a, b) => (a.ref < b.ref ? -1 : 1));
  }

  /** See GitRefs.apply. */
  async run(message: string, who: Signature): Promise<void> {
    if (this.#changes.length === 0) return;
    this.#checkNames();
    try {
      for (const { ref } of this.#changes) await this.#lock(ref);
      const deleted = this.#changes.filter(({ after }) => after === undefined).map(({ ref }) => ref);
      const packed = await this.#refs.packed();
      const isPacked = deleted.some((ref) => packed.has(ref));
      if (isPacked) this.#locks.push(await acquireLock(this.#refs.packedPath, this.#refs.lockOwner));
      const entries = await this.#compare();
      await this.#refuseCollisions();
      for (const { ref, after, symbolic } of this.#changes)
        if (after !== undefined)
          await this.#prepare(this.#refs.path(ref), `${symbolic ? 'ref: ' : ''}${after}\n`);
      if (isPacked)
        await this.#prepare(
          this.#refs.packedPath,
          await withoutRefs(this.#refs.packedPath, new Set(deleted)),
        );
      for (const entry of entries) await appendReflog(entry, who, message);
      await this.#place(deleted);
    } catch (error) {
      for (const temporary of this.#waiting.values()) await unlink(temporary).catch(() => undefined);
      throw error;
    } finally {
      for (const release of this.#locks) await release();
    }
    await this.#removeEmptyFolders();
  }

  #checkNames(): void {
    const names = new Set<string>();
    for (const { ref, after, symbolic } of this.#changes) {
      // A name that is already there may be deleted whatever it is.
      if (after !== undefined) validateRefName(ref);
      if (symbolic && after !== undefined) validateRefName(after);
      if (!symbolic && after !== undefined && !isOid(after))
        throw new ForgeError(
          'INVALID_NAME',
          `${ref} cannot be set to ${JSON.stringify(after)}`,
          'Give an object id.',
        );
      if (names.has(ref)) throw new ForgeError('USAGE', `${ref} is named twice`, 'Name each ref once.');
      names.add(ref);
    }
  }

  async #lock(ref: string): Promise<void> {
    const path = this.#refs.path(ref);
    try {
      await removeEmptyFolder(path);
      this.#locks.push(await acquireLock(path, this.#refs.lockOwner));
    } catch (error) {
      // One of the folders it needs is a file: a ref whose name is the start of this one's.
      const { code } = ((error as ForgeError).cause ?? error) as NodeJS.ErrnoException;
      if (code === 'ENOTDIR' || code === 'EEXIST') throw blocked(ref, await this.#fileAbove(ref));
      throw error;
    }
  }

  async #fileAbove(ref: string): Promise<string> {
    for (let name = parentOf(ref); name !== ''; name = parentOf(name))
      if ((await this.#refs.readRaw(name)) !== undefined) return name;
    return parentOf(ref);
  }

  /** Checks what the locked refs are, and returns what their logs will say. @throws ForgeError LOCKED */
  async #compare(): Promise<LogEntry[]> {
    const entries: LogEntry[] = [];
    const targets = new Map(this.#changes.map((change) => [change.ref, change]));
    const resolved = async (ref: string): Promise<string | undefined> => {
      const change = targets.get(ref);
      return change && !change.symbolic ? change.after : this.#refs.read(ref);
    };
    for (const { ref, before, after, symbolic } of this.#changes) {
      const current = await this.#refs.readRaw(ref);
      if (before !== 'any' && current !== before) throw moved(ref, before, current);
      if (!isLogged(ref) || after === undefined) continue;
      const entry = {
        folder: this.#refs.folderOf(ref),
        ref,
        before: await this.#refs.read(ref),
        after: symbolic ? await resolved(after) : after,
      };
      if (entry.before !== undefined || entry.after !== undefined) entries.push(entry);
    }
    const { symbolic: branch } = await this.#refs.head();
    const moves = entries.find(({ ref }) => ref === branch);
    // A branch that is checked out moves HEAD with it.
    if (moves && !targets.has('HEAD')) entries.push({ ...moves, folder: this.#refs.gitDir, ref: 'HEAD' });
    return entries;
  }

  /** @throws ForgeError NAME_COLLISION */
  async #refuseCollisions(): Promise<void> {
    const created = this.#changes.filter(({ before, after }) => before !== after && after !== undefined);
    const gone = new Set(this.#changes.filter(({ after }) => after === undefined).map(({ ref }) => ref));
    for (const { ref } of created) {
      if (!ref.startsWith('refs/') || (await this.#refs.readRaw(ref)) !== undefined) continue;
      const area = ref.split('/', 2).join('/') + '/';
      const others = [...(await this.#refs.list(area)).keys()];
      for (const other of others) {
        if (other.startsWith(`${ref}/`) || ref.startsWith(`${other}/`)) throw blocked(ref, other);
        if (gone.has(other) || !CASE_SENSITIVE_TROUBLE.test(ref)) continue;
        if (other !== ref && other.toLowerCase() === ref.toLowerCase()) throw sameBarCase(ref, other);
      }
    }
  }

  async #prepare(path: string, content: string): Promise<void> {
    // Git takes no file that ends in .lock for a ref; the lock keeps this one ours.
    const temporary = join(dirname(path), `.${basename(path)}.forge.lock`);
    try {
      this.#waiting.set(path, temporary);
      const file = await open(temporary, 'w');
      try {
        await file.writeFile(content);
        await file.datasync();
      } finally {
        await file.close();
      }
    } catch (error) {
      throw fromSystemError(error, path, 'writing');
    }
  }

  async #place(deleted: string[]): Promise<void> {
    const folders = new Set(this.#changes.flatMap(({ ref }) => foldersAbove(this.#refs.folderOf(ref), ref)));
    const packedPath = this.#refs.packedPath;
    // While a ref is deleted, its old packed value must not show through.
    const paths = [...this.#waiting.keys()].sort(
      (a, b) => Number(b === packedPath) - Number(a === packedPath),
    );
    for (const path of paths) {
      await rename(this.#waiting.get(path) ?? '', path).catch((error: unknown) => {
        throw fromSystemError(error, path, 'replacing');
      });
      this.#waiting.delete(path);
    }
    for (const ref of deleted) {
      const path = this.#refs.path(ref);
      await unlink(path).catch((error: unknown) => {
        if (!isMissing(error)) throw fromSystemError(error, path, 'removing');
      });
      await removeReflog(this.#refs.folderOf(ref), ref);
    }
    if (paths.includes(packedPath)) folders.add(dirname(packedPath));
    await Promise.all([...folders].map(syncFolder));
  }

  /** Folders of deleted refs, and of their logs, would block a ref of that name. */
  async #removeEmptyFolders(): Promise<void> {
    for (const { ref, after } of this.#changes) {
      if (after !== undefined) continue;
      const folder = this.#refs.folderOf(ref);
      // `refs/heads` and its like stay.
      for (let name = parentOf(ref); name.split('/').length > 2; name = parentOf(name)) {
        await rmdir(join(folder, name)).catch(() => undefined);
        await rmdir(join(folder, 'logs', name)).catch(() => undefined);
      }
    }
  }
}

function parentOf(ref: string): string {
  return ref.slice(0, Math.max(0, ref.lastIndexOf('/')));
}

/** The folders between a Git directory and the file of a ref: some may be new. */
function foldersAbove(folder: string, ref: string): string[] {
  const folders: string[] = [];
  for (let name = parentOf(ref); name !== ''; name = parentOf(name)) folders.push(join(folder, name));
  return folders.length === 0 ? [folder] : folders;
}

/** Removes a folder in the place of a ref when nothing but folders is in it. */
async function removeEmptyFolder(path: string): Promise<void> {
  try {
    for (const entry of await readdir(path, { withFileTypes: true }))
      if (entry.isDirectory()) await removeEmptyFolder(join(path, entry.name));
    await rmdir(path);
  } catch {
    // Not a folder, or not empty: the collision is reported by its ref.
  }
}

function moved(ref: string, before: string | undefined, current: string | undefined): ForgeError {
  const show = (value: string | undefined): string => value ?? 'missing';
  return new ForgeError(
    'LOCKED',
    `Another program moved ${ref}: it is ${show(current)}, not ${show(before)}`,
    'Look at it with `forge status`, then run the command again.',
  );
}

function blocked(ref: string, other: string): ForgeError {
  return new ForgeError(
    'NAME_COLLISION',
    `There cannot be both ${ref} and ${other}: one would be a file and a folder`,
    'Choose another name, or delete the old one first.',
  );
}

function sameBarCase(ref: string, other: string): ForgeError {
  return new ForgeError(
    'NAME_COLLISION',
    `${ref} differs from ${other} only by case, which many systems cannot tell apart`,
    'Choose another name.',
  );
}
