// Owns watching a repository on disk: tells which paths were touched that its state may hang on, in bursts, never what became of them.
import { lstat, readdir, stat } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import type { AsyncSubscription, Event } from '@parcel/watcher';
import { commonDirOf } from '../git/files.ts';

/** Changes this close to each other, in milliseconds, are told as one. */
const QUIET_MS = 50;
/** A stream of changes that does not pause is told at least this often, in milliseconds. */
const LONGEST_WAIT_MS = 500;
/** A folder that was made within so many milliseconds is new, not moved. */
const NEW_FOLDER_MS = 2_000;
/** A burst of more paths than this tells of the whole working tree. */
const MOST_PATHS = 1_000;
/** The library is silent about events that the system dropped, which happens when there are very many at a time. */
const MANY_EVENTS = 5_000;

export interface WatchedFolders {
  /** The working tree. */
  root: string;
  /** Git's folder, inside the working tree or elsewhere. */
  gitDir: string;
}

export interface WatchEvents {
  /**
   * `touched`: files and folders of the working tree, with slashes; of a folder nothing that is inside need be told. None: what
   * changed is in Git's folder, HEAD, refs or the index. Undefined: anything may have changed.
   */
  changed(touched: ReadonlySet<string> | undefined): void;
  /** The file system cannot be watched (any more); nothing is told from now on. */
  failed(error: unknown): void;
}

/** Of what lies in Git's folder: HEAD, the index, the rules, the configuration and the refs but for Forge's own. */
const GIT_STATE = /^(HEAD|index|packed-refs|config|info\/(exclude|attributes)|refs\/(?!forge\/).*)$/;
/** What of it decides about files of the working tree. */
const GIT_RULES = /^(config|info\/.*)$/;
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

/** What an event that concerns the state touches: a path of the working tree; '' for everything; undefined for refs or the index alone. */
export function touchedBy(root: string, gitDirs: readonly string[], path: string): string | undefined {
  for (const gitDir of gitDirs) {
    const inGit = within(gitDir, path);
    if (inGit !== undefined) return GIT_RULES.test(inGit) ? '' : undefined;
  }
  const inTree = within(root, path) ?? '';
  return inTree === '.forge' || inTree.startsWith('.forge/') ? '' : inTree;
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
  private burst = new Burst();
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
    this.burst.add(relevant, (path) => touchedBy(root, this.gitDirs, path));
    const now = performance.now();
    if (this.quiet === undefined) this.firstOfBurst = now;
    clearTimeout(this.quiet);
    const wait = Math.max(0, Math.min(QUIET_MS, this.firstOfBurst + LONGEST_WAIT_MS - now));
    this.quiet = setTimeout(() => {
      this.quiet = undefined;
      const burst = this.burst;
      this.burst = new Burst();
      void this.tell(burst);
    }, wait);
  }

  private async tell(burst: Burst): Promise<void> {
    let { touched } = burst;
    if (!this.gone && (await burst.isPartlyUnwatched())) {
      touched = undefined;
      try {
        await this.stop();
        if (!this.closed) await this.subscribe();
      } catch (error) {
        await this.stop();
        if (!this.closed) this.events.failed(error);
      }
      if (this.closed) await this.stop();
    }
    if (!this.closed) this.events.changed(this.gone ? undefined : touched);
  }
}

/** Events that are told as one. */
class Burst {
  /** Undefined: too many to tell, or one that stands for everything. */
  touched: Set<string> | undefined = new Set();
  private readonly created = new Set<string>();
  private isAnyGone = false;
  private events = 0;

  add(events: Event[], touchedBy: (path: string) => string | undefined): void {
    this.events += events.length;
    for (const { type, path } of events) {
      if (type === 'create') this.created.add(path);
      if (type === 'delete') this.isAnyGone = true;
      const touched = touchedBy(path);
      if (touched === '') this.touched = undefined;
      else if (touched !== undefined) this.touched?.add(touched);
    }
    if (this.touched && this.touched.size > MOST_PATHS) this.touched = undefined;
  }

  /**
   * Whether something may happen now that nobody hears of. The library does not notice what is in a folder that was moved: one that
   * appears and is older than that, or as another went. Nor does it look into folders that were made in a new one before it came to
   * that: those of which no event told.
   */
  async isPartlyUnwatched(): Promise<boolean> {
    if (this.events > MANY_EVENTS) return true;
    for (const path of this.created) {
      // Gone again, or not to be looked at: then nothing inside it is told anyway.
      const found = await lstat(path).catch(() => undefined);
      if (!found?.isDirectory()) continue;
      if (this.isAnyGone || Date.now() - found.birthtimeMs > NEW_FOLDER_MS) return true;
      const inside = await readdir(path, { withFileTypes: true }).catch(() => []);
      if (inside.some((one) => one.isDirectory() && !this.created.has(`${path}${sep}${one.name}`)))
        return true;
    }
    return false;
  }
}

async function identityOf(folder: string): Promise<string> {
  const { dev, ino } = await stat(folder, { bigint: true });
  return `${dev}:${ino}`;
}
