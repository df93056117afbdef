// Owns the commit point of a mutation: a journal that, once on disk, is always carried out to the end.
import { readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ForgeError, fromSystemError } from '../errors.ts';
import type { Signature } from '../git/commits.ts';
import { acquireLock } from '../git/lockFile.ts';
import type { GitRefs, RefChange } from '../git/refs.ts';
import { removeIfThere, syncFolder, writeDurably, writeSynced } from './durableFile.ts';

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
   * `index`: the file's bytes in pieces.
   * @throws ForgeError LOCKED when a ref is not what `before` says (another program moved it) or the index is held by another
   * program; nothing has changed then.
   */
  async commit(
    updates: RefChange[],
    index: readonly Buffer[] | undefined,
    reason: string,
    who: Signature,
  ): Promise<void> {
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
    const releaseIndex = index ? await acquireLock(this.indexPath, this.refs.lockOwner) : undefined;
    try {
      await writeDurably(this.journalPath, JSON.stringify(document));
      try {
        await this.refs.apply(updates, reason, who);
      } catch (error) {
        // Nothing moved: the journal can be taken back. Otherwise it stays, and the next command finishes the move.
        if (await this.areAllAtBefore(updates)) {
          await removeIfThere(this.journalPath);
          await removeIfThere(this.waitingIndexPath);
        }
        throw error;
      }
      if (index) await this.placeIndex();
    } finally {
      await releaseIndex?.();
    }
    await removeIfThere(this.journalPath);
  }

  /** Replaces the index alone, outside any operation (refreshed stats). */
  async replaceIndex(index: readonly Buffer[]): Promise<void> {
    await writeSynced(this.waitingIndexPath, index);
    const release = await acquireLock(this.indexPath, this.refs.lockOwner);
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
    const todo = await this.unmoved(document);
    if (todo === 'movedByOthers') {
      await removeIfThere(this.waitingIndexPath);
    } else {
      await this.refs.apply(todo, document.reason);
      if (document.index) await this.placeIndex();
    }
    await removeIfThere(this.journalPath);
  }

  /** The updates of a journal that are still to do. */
  private async unmoved(document: JournalDocument): Promise<RefChange[] | 'movedByOthers'> {
    const todo: RefChange[] = [];
    for (const { ref, before, after, symbolic } of document.refs) {
      const current = (await this.refs.readRaw(ref)) ?? null;
      if (current === (symbolic && after !== null ? `ref: ${after}` : after)) continue;
      if (current !== before) return 'movedByOthers';
      todo.push({ ref, before: before ?? undefined, after: after ?? undefined, symbolic });
    }
    return todo;
  }

  private async areAllAtBefore(updates: RefChange[]): Promise<boolean> {
    for (const { ref, before } of updates) if ((await this.refs.readRaw(ref)) !== before) return false;
    return true;
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
}
