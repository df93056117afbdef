// Owns watching a repository on disk: tells that something changed which its state may hang on, in bursts, never what it became.
import { lstat, stat } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import type { AsyncSubscription, Event } from '@parcel/watcher';
import { commonDirOf } from '../git/files.ts';

/** Changes this close to each other, in milliseconds, are told as one. */
const QUIET_MS = 50;
/** A stream of changes that does not pause is told at least this often, in milliseconds. */
const LONGEST_WAIT_MS = 500;
/** A folder that was made within so many milliseconds is new, not moved. */
const NEW_FOLDER_MS = 2_000;

export interface WatchedFolders {
  /** The working tree. */
  root: string;
  /** Git's folder, inside the working tree or elsewhere. */
  gitDir: string;
}

export interface WatchEvents {
  changed(): void;
  /** The file system cannot be watched (any more); nothing is told from now on. */
  failed(error: unknown): void;
}

/** Of what lies in Git's folder: HEAD, the index, the rules, the configuration and the refs but for Forge's own. */
const GIT_STATE = /^(HEAD|index|packed-refs|config|info\/(exclude|attributes)|refs\/(?!forge\/).*)$/;
/** Folders that grow with every operation and say nothing of the state: they are not watched at all. */
const FORGE_BULK = ['store', 'db', 'tmp', 'cache'];
const GIT_BULK = ['objects', 'logs', 'lfs'];

/** Whether an event at this absolute path can change what the status says. `gitDirs`: Git's folder, and one that it shares refs of. */
export function concernsState(root: string, gitDirs: readonly string[], path: string): boolean {
  for (const gitDir of gitDirs) {
    const inGit = within(gitDir, path);
    if (inGit !== undefined) return GIT_STATE.test(inGit) && !inGit.endsWith('.lock');
  }
  const inTree = within(root, path);
  if (inTree === undefined) return false;
  const [first] = inTree.split('/');
  return first !== '.git' && (first !== '.forge' || inTree === '.forge' || inTree === '.forge/config.json');
}

/** Path below `folder` with slashes, '' for itself; undefined: it lies elsewhere. */
function within(folder: string, path: string): string | undefined {
  if (path !== folder && !path.startsWith(folder + sep)) return undefined;
  return relative(folder, path).split(sep).join('/');
}

export class WorkTreeWatcher {
  private readonly folders: WatchedFolders;
  private readonly events: WatchEvents;
  private subscriptions: AsyncSubscription[] = [];
  private gitDirs: string[] = [];
  private identity: string | undefined;
  private quiet: NodeJS.Timeout | undefined;
  private firstOfBurst = 0;
  private burst: Event[] = [];
  private gone = false;
  private closed = false;

  constructor(folders: WatchedFolders, events: WatchEvents) {
    this.folders = folders;
    this.events = events;
  }

  /** Starts to watch. What cannot be watched is told through `failed`. */
  async start(): Promise<void> {
    const { root, gitDir } = this.folders;
    try {
      this.identity = await identityOf(root);
      // A linked work tree of Git shares refs with others.
      this.gitDirs = [...new Set([gitDir, commonDirOf(gitDir)])];
      await this.subscribe();
      if (this.closed) await this.stop();
    } catch (error) {
      await this.stop();
      if (!this.closed) this.events.failed(error);
    }
  }

  /**
   * Whether the root was removed, or moved, or another folder took its place, even if it is back: nothing can be relied on then, and
   * only a new watcher helps.
   */
  async lost(): Promise<boolean> {
    this.gone ||= (await identityOf(this.folders.root).catch(() => undefined)) !== this.identity;
    return this.gone;
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.quiet);
    await this.stop();
  }

  private async subscribe(): Promise<void> {
    const { root } = this.folders;
    // Loaded late: where its native file is missing, the rest of the server still works.
    const { subscribe } = await import('@parcel/watcher');
    const ignore = FORGE_BULK.map((name) => `${root}${sep}.forge${sep}${name}`);
    for (const dir of this.gitDirs) ignore.push(...GIT_BULK.map((name) => `${dir}${sep}${name}`));
    const listen = (error: Error | null, events: Event[]): void => this.take(error, events);
    const watched = [root, ...this.gitDirs.filter((dir) => within(root, dir) === undefined)];
    for (const folder of watched) this.subscriptions.push(await subscribe(folder, listen, { ignore }));
  }

  private async stop(): Promise<void> {
    const ending = this.subscriptions;
    this.subscriptions = [];
    // A folder that vanished took its subscription along.
    await Promise.allSettled(ending.map((one) => one.unsubscribe()));
  }

  private take(error: Error | null, events: Event[]): void {
    if (this.closed) return;
    if (error) {
      void this.stop().then(() => this.events.failed(error));
      return;
    }
    const { root } = this.folders;
    const relevant = events.filter(({ path }) => concernsState(root, this.gitDirs, path));
    if (relevant.length === 0) return;
    if (relevant.some(({ path }) => path === root)) this.gone = true;
    this.burst.push(...relevant.filter(({ type }) => type !== 'update'));
    const now = performance.now();
    if (this.quiet === undefined) this.firstOfBurst = now;
    clearTimeout(this.quiet);
    const wait = Math.max(0, Math.min(QUIET_MS, this.firstOfBurst + LONGEST_WAIT_MS - now));
    this.quiet = setTimeout(() => {
      this.quiet = undefined;
      const burst = this.burst;
      this.burst = [];
      void this.tell(burst);
    }, wait);
  }

  private async tell(burst: Event[]): Promise<void> {
    if (!this.gone && (await hasMovedFolder(burst))) {
      try {
        await this.stop();
        if (!this.closed) await this.subscribe();
      } catch (error) {
        await this.stop();
        if (!this.closed) this.events.failed(error);
      }
      if (this.closed) await this.stop();
    }
    if (!this.closed) this.events.changed();
  }
}

/** The library hears nothing more of what is in a folder that was moved: one that appears and is older than that, or as another went. */
async function hasMovedFolder(burst: Event[]): Promise<boolean> {
  const isAnyGone = burst.some(({ type }) => type === 'delete');
  for (const { type, path } of burst) {
    if (type !== 'create') continue;
    // Gone again, or not to be looked at: then nothing inside it is told anyway.
    const found = await lstat(path).catch(() => undefined);
    if (found?.isDirectory() && (isAnyGone || Date.now() - found.birthtimeMs > NEW_FOLDER_MS)) return true;
  }
  return false;
}

async function identityOf(folder: string): Promise<string> {
  const { dev, ino } = await stat(folder, { bigint: true });
  return `${dev}:${ino}`;
}
