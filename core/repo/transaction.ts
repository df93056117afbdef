// Owns the commit point of a mutation: a journal that, once on disk, is always carried out to the end.
import { readFile, rename, stat, open, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ForgeError, fromSystemError } from '../errors.ts';
import type { GitRefs } from '../git/refs.ts';
import { removeIfThere, syncFolder, writeDurably, writeSynced } from './durableFile.ts';

/** A ref to move. `symbolic`: `after` is another ref's name (HEAD on a branch). `before` undefined: it must not exist. */
export interface RefUpdate {
  ref: string;
  before: string | undefined;
  after: string | undefined;
  symbolic?: boolean;
}

interface JournalDocument {
  version: 1;
  refs: { ref: string; before: string | null; after: string | null; symbolic: boolean }[];
  /** A new index waits in `index.forge`. */
  index: boolean;
  reason: string;
}

/**
 * Moves refs and index as one. Everything they name is durable before `commit` is called; the journal file is the commit
 * point: before it is on disk nothing has happened, afterwards `recover` finishes what a crash left.
 */
export class Transaction {
  private readonly journalPath: string;
  private readonly indexPath: string;
  private readonly waitingIndexPath: string;
  private readonly refs: GitRefs;

  constructor(forgeFolder: string, gitDir: string, refs: GitRefs) {
    this.journalPath = join(forgeFolder, 'transaction.json');
    this.indexPath = join(gitDir, 'index');
    this.waitingIndexPath = join(gitDir, 'index.forge');
    this.refs = refs;
  }

  /**
   * @throws ForgeError LOCKED when a ref is not what `before` says (another program moved it) or the index is held by another
   * program; nothing has changed then.
   */
  async commit(updates: RefUpdate[], index: Buffer | undefined, reason: string): Promise<void> {
    if (index) {
      try {
        await writeSynced(this.waitingIndexPath, index);
      } catch (error) {
        throw fromSystemError(error, this.waitingIndexPath, 'writing the index');
      }
    }
    const document: JournalDocument = {
      version: 1,
      refs: updates.map((u) => ({
        ref: u.ref,
        before: u.before ?? null,
        after: u.after ?? null,
        symbolic: u.symbolic ?? false,
      })),
      index: index !== undefined,
      reason,
    };
    const releaseIndex = index ? await this.lockIndex() : undefined;
    try {
      await writeDurably(this.journalPath, JSON.stringify(document));
      try {
        await this.refs.apply(updates, reason);
      } catch (error) {
        // Refs move all or none, so the journal can be taken back.
        await removeIfThere(this.journalPath);
        await removeIfThere(this.waitingIndexPath);
        throw error;
      }
      if (index) await this.placeIndex();
    } finally {
      await releaseIndex?.();
    }
    await removeIfThere(this.journalPath);
  }

  /** Replaces the index alone, outside any operation (refreshed stats). */
  async replaceIndex(index: Buffer): Promise<void> {
    await writeSynced(this.waitingIndexPath, index);
    const release = await this.lockIndex();
    try {
      await rename(this.waitingIndexPath, this.indexPath);
    } finally {
      await release();
    }
  }

  async pending(): Promise<boolean> {
    return (await this.read()) !== undefined;
  }

  /** Finishes what a crash left. Call with the writer lock held. A ref that another program moved since stays as it is. */
  async recover(): Promise<void> {
    const document = await this.read();
    if (!document) {
      await removeIfThere(this.waitingIndexPath);
      return;
    }
    let moved = false;
    const todo: RefUpdate[] = [];
    for (const { ref, before, after, symbolic } of document.refs) {
      const current = (await this.refs.readRaw(ref)) ?? null;
      if (current === (symbolic && after !== null ? `ref: ${after}` : after)) continue;
      if (current === before)
        todo.push({ ref, before: before ?? undefined, after: after ?? undefined, symbolic });
      else moved = true;
    }
    if (!moved) {
      await this.refs.apply(todo, document.reason);
      await this.removeOwnIndexLock();
      if (document.index) await this.placeIndex();
    } else {
      await removeIfThere(this.waitingIndexPath);
    }
    await removeIfThere(this.journalPath);
  }

  private async read(): Promise<JournalDocument | undefined> {
    try {
      const document = JSON.parse(await readFile(this.journalPath, 'utf8')) as JournalDocument;
      if (document.version !== 1) {
        throw new ForgeError(
          'FORMAT_TOO_NEW',
          `${this.journalPath} was written by a newer Forge`,
          'Finish with that Forge first.',
          {
            path: this.journalPath,
          },
        );
      }
      return document;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      if (error instanceof SyntaxError) {
        throw new ForgeError(
          'CORRUPT',
          `${this.journalPath} is not readable`,
          'Remove this file; the last operation did not take place.',
          {
            path: this.journalPath,
            cause: error,
          },
        );
      }
      throw error;
    }
  }

  private async placeIndex(): Promise<void> {
    try {
      await rename(this.waitingIndexPath, this.indexPath);
    } catch (error) {
      // Already in place: the crash came after the rename.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        throw fromSystemError(error, this.indexPath, 'replacing the index');
    }
    await syncFolder(dirname(this.indexPath));
  }

  /** `index.lock` is how stock Git keeps two programs from replacing the index at once. */
  private async lockIndex(): Promise<() => Promise<void>> {
    const lock = `${this.indexPath}.lock`;
    try {
      await (await open(lock, 'wx')).close();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
        throw fromSystemError(error, lock, 'locking the index');
      throw new ForgeError(
        'LOCKED',
        `Another program is changing the index (${lock} exists)`,
        'Wait for it to finish; if none runs, remove this file.',
        {
          path: lock,
        },
      );
    }
    return () => unlink(lock);
  }

  /** Ours is empty; one that stock Git holds is being filled. */
  private async removeOwnIndexLock(): Promise<void> {
    const lock = `${this.indexPath}.lock`;
    const size = await stat(lock).then(
      (s) => s.size,
      () => undefined,
    );
    if (size === 0) await removeIfThere(lock);
  }
}
