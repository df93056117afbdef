// Owns carrying out a planned checkout, path by path, and noting what came of each.
import {
  chmodSync,
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  symlinkSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { StatTuple } from '../dataplane/dataPlane.ts';
import { statTuple } from '../dataplane/portable/fileStat.ts';
import { ForgeError, fromSystemError } from '../errors.ts';
import { objectId } from '../git/objectId.ts';
import type { Progress } from '../progress.ts';
import type { CheckoutChange, CheckoutRequest, CheckoutResult, TreeVersion } from './checkout.ts';
import type { AssetWrite, CheckoutPlan, TextWrite, Write } from './checkoutPlan.ts';
import { entryKind, isExecutable } from './entryMode.ts';
import {
  type Expectation,
  isExpected,
  isFolder,
  lookAt,
  place,
  removeEmptyFolder,
  type TemporaryNames,
} from './placement.ts';
import { ensureParentFolders, FolderCache, parentState } from './safePath.ts';

/** After so many files the event loop gets its turn. */
const FILES_PER_TURN = 64;
/** What makes it pointless to go on. */
const FATAL = new Set(['DISK_FULL', 'READ_ONLY', 'ABORTED']);

/** Ends a checkout whose reason is noted already. */
class StoppedEarly extends Error {}

/** Where a file is written, where it will be renamed to, and what is there now. */
interface Spot {
  absolute: string;
  temporary: string;
  expect: Expectation;
}

export class CheckoutRun {
  readonly #request: CheckoutRequest;
  readonly #plan: CheckoutPlan;
  readonly #names: TemporaryNames;
  readonly #folders = new FolderCache();
  readonly #result: CheckoutResult;
  readonly #progress: Progress;
  #isFatal = false;

  constructor(request: CheckoutRequest, plan: CheckoutPlan, names: TemporaryNames) {
    this.#request = request;
    this.#plan = plan;
    this.#names = names;
    this.#result = { written: [], removed: [], bytes: 0, conflicts: [], failures: [...plan.failures] };
    this.#progress = {
      phase: 'restore',
      files: plan.failures.length,
      totalFiles: request.changes.length,
      bytes: 0,
      totalBytes: plan.bytes,
      newBytes: 0,
      storedBytes: 0,
    };
  }

  async run(): Promise<CheckoutResult> {
    const { removals, modes, folders, assets, texts, links } = this.#plan;
    try {
      await this.#each(removals, (change) => this.#remove(change));
      this.#pruneFolders();
      await this.#each(modes, (write) => this.#changeMode(write));
      await this.#each(folders, (write) => this.#makeFolder(write));
      await this.#writeAssets(assets);
      await this.#each(texts, (write) => this.#writeText(write));
      // Links last: no file of this checkout can be written through one of them.
      await this.#each(links, (write) => this.#writeLink(write));
    } catch (error) {
      if (!(error instanceof StoppedEarly)) throw error;
    }
    // Folders made for files that did not come.
    for (const folder of this.#folders.created.toReversed()) removeEmptyFolder(this.#absolute(folder));
    return this.#result;
  }

  async #each<T extends { path: string }>(
    items: T[],
    work: (item: T) => Promise<void> | void,
  ): Promise<void> {
    for (const [i, item] of items.entries()) {
      if (i % FILES_PER_TURN === 0) await new Promise(setImmediate);
      this.#stopIfAborted(item.path);
      try {
        await work(item);
      } catch (error) {
        this.#note(item.path, error);
        this.#stopIfFatal();
      }
      this.#report(this.#progress.files + 1, this.#progress.bytes);
    }
  }

  #remove({ path, before, expect }: CheckoutChange): void {
    const { removed, conflicts } = this.#result;
    const absolute = this.#absolute(path);
    const now = this.#isReachable(path) ? lookAt(absolute) : undefined;
    if (!now) {
      removed.push(path);
    } else if (isFolder(now)) {
      // A file that became a folder is gone. The folder of another repository goes when nothing is in it.
      if (before && entryKind(before.mode) === 'gitlink') removeEmptyFolder(absolute);
      removed.push(path);
    } else if (isExpected(now, expect)) {
      unlinkSync(absolute);
      removed.push(path);
    } else {
      conflicts.push(path);
    }
  }

  /** Removes folders that the removals have emptied, but for those that will be needed at once. */
  #pruneFolders(): void {
    const needed = new Set<string>();
    for (const { path, after } of this.#request.changes) {
      if (!after) continue;
      for (let folder = parentOf(path); folder !== '' && !needed.has(folder); folder = parentOf(folder))
        needed.add(folder);
    }
    const emptied = new Set(this.#result.removed.map(parentOf));
    for (const start of [...emptied].sort((a, b) => b.length - a.length)) {
      for (let folder = start; folder !== '' && !needed.has(folder); folder = parentOf(folder)) {
        if (!this.#isReachable(folder)) continue;
        if (!removeEmptyFolder(this.#absolute(folder))) break;
        this.#folders.forget(folder);
      }
    }
  }

  #changeMode(write: Write): void {
    const { path, after, expect } = write;
    const absolute = this.#absolute(path);
    if (!this.#isReachable(path) || !isExpected(lookAt(absolute), expect)) {
      this.#result.conflicts.push(path);
      return;
    }
    chmodSync(absolute, this.#permissions(after));
    this.#wrote(write, lookAt(absolute) as StatTuple, 0);
  }

  #makeFolder(write: Write): void {
    const absolute = this.#absolute(write.path);
    const now = lookAt(absolute);
    if (!now || !isFolder(now)) {
      if (!this.#spotFor(write)) return;
      if (now) unlinkSync(absolute);
      mkdirSync(absolute);
    }
    this.#wrote(write, lookAt(absolute) as StatTuple, 0);
  }

  async #writeAssets(assets: AssetWrite[]): Promise<void> {
    const ready: { asset: AssetWrite; spot: Spot }[] = [];
    const total = this.#progress.files + assets.length;
    for (const asset of assets) {
      this.#stopIfAborted(asset.path);
      try {
        const spot = this.#spotFor(asset);
        if (spot) ready.push({ asset, spot });
      } catch (error) {
        this.#note(asset.path, error);
        this.#stopIfFatal();
      }
    }
    if (ready.length > 0) await this.#restore(ready, total - ready.length);
    this.#report(total, this.#progress.bytes);
  }

  async #restore(ready: { asset: AssetWrite; spot: Spot }[], filesBefore: number): Promise<void> {
    const bytesBefore = this.#progress.bytes;
    const jobs = ready.map(({ asset, spot }) => ({
      path: spot.absolute,
      temporary: spot.temporary,
      expect: spot.expect,
      pointer: asset.pointer,
      mode: this.#permissions(asset.after),
    }));
    const waiting = new Set(ready.keys());
    try {
      const store = await this.#request.store();
      const batches = store.restore(jobs, {
        signal: this.#request.signal,
        onProgress: ({ files, bytes }) => this.#report(filesBefore + files, bytesBefore + bytes),
      });
      for await (const batch of batches) {
        for (const { index, result } of batch) {
          waiting.delete(index);
          const { asset } = ready[index];
          if (result.state === 'done') this.#wrote(asset, result.stat, asset.pointer.size);
          else if (result.state === 'conflict') this.#result.conflicts.push(asset.path);
          else this.#note(asset.path, restoreError(asset.path, result));
        }
        this.#stopIfFatal();
      }
    } catch (error) {
      // The store cannot go on; the texts could, but half of a version helps nobody.
      const [first = 0] = waiting;
      if (!(error instanceof StoppedEarly)) this.#note(ready[first].asset.path, error);
      throw new StoppedEarly();
    }
  }

  async #writeText(write: TextWrite): Promise<void> {
    const spot = this.#spotFor(write);
    if (!spot) return;
    const { path, after } = write;
    const bytes = write.bytes ?? (await this.#request.objects.read(after.oid)).data;
    verify(path, after.oid, bytes);
    const fd = openSync(spot.temporary, 'wx', this.#permissions(after));
    try {
      for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done);
      if (place(spot.temporary, spot.absolute, spot.expect)) {
        // Of the open file: what is at the path by now may already be somebody else's.
        this.#wrote(write, statTuple(fstatSync(fd, { bigint: true })), bytes.length);
      } else {
        this.#result.conflicts.push(path);
      }
    } finally {
      closeSync(fd);
    }
    this.#report(this.#progress.files, this.#progress.bytes + bytes.length);
  }

  async #writeLink(write: Write): Promise<void> {
    const spot = this.#spotFor(write);
    if (!spot) return;
    const { path, after } = write;
    const target = (await this.#request.objects.read(after.oid)).data;
    verify(path, after.oid, target);
    symlinkSync(target, spot.temporary);
    if (place(spot.temporary, spot.absolute, spot.expect))
      this.#wrote(write, lookAt(spot.absolute) as StatTuple, 0);
    else this.#result.conflicts.push(path);
  }

  /**
   * Makes the way to a path free: the folders above it, no empty folder in its place, nothing unexpected there. Undefined when
   * it is a conflict, which then is noted. @throws ForgeError PATH_ESCAPE for a link in a folder's place, or a system error
   */
  #spotFor({ path, expect }: Write): Spot | undefined {
    const { root } = this.#request;
    const absolute = this.#absolute(path);
    let device: number;
    try {
      device = ensureParentFolders(root, path, this.#folders);
    } catch (error) {
      if (!(error instanceof ForgeError && error.code === 'ALREADY_EXISTS')) throw error;
      this.#result.conflicts.push(path);
      return undefined;
    }
    let now = lookAt(absolute);
    // Folders are not versioned: an empty one is as good as nothing.
    if (now && isFolder(now) && removeEmptyFolder(absolute)) {
      this.#folders.forget(path);
      now = undefined;
    }
    const wasFolder = typeof expect !== 'string' && isFolder(expect);
    if (!isExpected(now, wasFolder ? 'absent' : expect)) {
      this.#result.conflicts.push(path);
      return undefined;
    }
    // An index knows sizes modulo 2^32 only; from here on the whole stat counts.
    const exact = typeof expect === 'string' ? expect : (now ?? 'absent');
    return { absolute, temporary: this.#names.next(absolute, device), expect: exact };
  }

  /** Whether only real folders lead to a path. */
  #isReachable(path: string): boolean {
    return parentState(this.#request.root, path, this.#folders).kind === 'present';
  }

  #wrote({ path, after }: Write, stat: StatTuple, bytes: number): void {
    this.#result.written.push({ path, oid: after.oid, mode: after.mode, stat });
    this.#result.bytes += bytes;
  }

  #note(path: string, cause: unknown): void {
    this.#stopIfAborted(path);
    const error = fromSystemError(cause, path, 'writing');
    this.#result.failures.push({ path, error });
    this.#isFatal ||= FATAL.has(error.code);
  }

  #stopIfFatal(): void {
    if (this.#isFatal) throw new StoppedEarly();
  }

  #stopIfAborted(path: string): void {
    if (!this.#request.signal?.aborted) return;
    const error = new ForgeError(
      'ABORTED',
      'Stopped on request; the files that were not done yet are as they were',
      'Run the command again to finish.',
    );
    this.#result.failures.push({ path, error });
    throw new StoppedEarly();
  }

  #permissions({ mode }: TreeVersion): number {
    return (isExecutable(mode) ? 0o777 : 0o666) & this.#names.permissions;
  }

  #absolute(path: string): string {
    return join(this.#request.root, path);
  }

  #report(files: number, bytes: number): void {
    this.#progress.files = files;
    this.#progress.bytes = bytes;
    this.#request.onProgress?.({ ...this.#progress });
  }
}

function verify(path: string, oid: string, bytes: Buffer): void {
  if (objectId('blob', bytes) === oid) return;
  throw new ForgeError('CORRUPT', `The content of ${path} is not what ${oid} names`, 'Run `forge verify`.', {
    path,
  });
}

/** What a failed restore of the file at `path` is for people. */
export function restoreError(path: string, failed: { code: string; message: string }): ForgeError {
  const { code, message } = failed;
  const known = fromSystemError(Object.assign(new Error(message), { code }), path, 'writing');
  if (FATAL.has(known.code) || known.code === 'UNREADABLE') return known;
  const text = message.includes(path) ? message : `${path} cannot be restored: ${message}`;
  return new ForgeError(code === 'CORRUPT' ? 'CORRUPT' : 'IO', text, 'Run `forge verify`.', { path });
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
