// Owns one open repository of the server: its queue of operations and the state that the editor knows of it.
import { stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import * as l10n from '@vscode/l10n';
import { ForgeError } from '../../core/errors.ts';
import type { Repository } from '../../core/repo/repository.ts';
import type { StatusTracker } from '../../core/repo/statusTracker.ts';
import type { StatusResult } from '../../core/repo/types.ts';
import { type RepositoryUpdate, STATUS_LIMIT } from '../../core/protocol/repositories.ts';
import { WorkTreeWatcher } from '../../core/worktree/watch.ts';
import { errorData } from '../errors.ts';
import { HistoryPages } from './historyPages.ts';
import { MissedPaths } from './missedPaths.ts';
import { OperationQueue, type QueueState } from './operationQueue.ts';
import { type RepositoryState, SentState, type Telling } from './sentState.ts';

/** What a session tells the editor. */
export interface SessionEvents {
  /** For the log: what works on, but not as it should. */
  warning(message: string): void;
  updated(update: RepositoryUpdate): void;
  activity(root: string, state: QueueState): void;
}

/** A repository that could not be looked at is tried again after this long. */
const RETRY_MS = 2_000;
/** One that cannot be watched is looked at this often. */
const UNWATCHED_MS = 10_000;

/** When small looks are checked by a look at everything, in milliseconds. */
export interface CheckTimes {
  /** So long after the watcher is at work everything is looked at again, for what changed before that. */
  again: number;
  /** So long after the first small look. */
  after: number;
  /** When the editor asks for it, unless the last look at everything is younger than this. */
  askedAfter: number;
}

const CHECK_TIMES: CheckTimes = { again: 500, after: 3 * 60_000, askedAfter: 20_000 };
/** More touched paths than this are not kept apart. */
const MOST_TOUCHED = 1_000;

/** What the next look is to look at: these paths, or everything; `check` to see whether the looks before missed something. */
type Due = 'touched' | 'check' | 'everything';

export class RepositorySession {
  readonly repository: Repository;
  readonly queue: OperationQueue;
  readonly history: HistoryPages;
  private readonly events: SessionEvents;
  private readonly times: CheckTimes;
  private readonly tracker: StatusTracker;
  private readonly sent: SentState;
  private readonly missed: MissedPaths;
  /** What the last look found; undefined when it failed, or found very much. */
  private found: StatusResult | undefined;
  private touched = new Set<string>();
  private due: Due = 'everything';
  private look: Promise<void> | undefined;
  private nextLook: Promise<void> | undefined;
  private nextTelling: Telling = 'never';
  /** When everything was looked at last, of `performance.now()`. */
  private lookedAtAll = 0;
  private checkTimer: NodeJS.Timeout | undefined;
  private warned = false;
  private watcher: WorkTreeWatcher | undefined;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(repository: Repository, events: SessionEvents, times = CHECK_TIMES) {
    this.times = times;
    this.repository = repository;
    this.events = events;
    this.history = new HistoryPages(repository);
    this.tracker = repository.trackStatus();
    this.sent = new SentState(repository.root);
    this.missed = new MissedPaths((paths) => {
      const some = paths.slice(0, 10).join(', ');
      events.warning(
        `${repository.root}: ${paths.length} paths changed and the watcher did not tell: ${some}. Their state is told now.`,
      );
    });
    this.queue = new OperationQueue((state) => events.activity(repository.root, state));
  }

  get root(): string {
    return this.repository.root;
  }

  /** How often everything was looked at so far. */
  get wholeLooks(): number {
    return this.tracker.wholeLooks;
  }

  /** A path of the working tree as the repository says it. @throws ForgeError PATH_ESCAPE when it lies elsewhere */
  pathOf(file: string): string {
    const path = relative(this.root, file);
    if (path === '' || path.startsWith('..')) {
      throw new ForgeError(
        'PATH_ESCAPE',
        l10n.t('{0} is not inside {1}', file, this.root),
        l10n.t('Open the folder it is in.'),
        { path: file },
      );
    }
    return sep === '/' ? path : path.split(sep).join('/');
  }

  /**
   * Changes the repository, then tells what that made different. `touched`: the paths of the working tree that the work wrote or removed,
   * when it can tell; whatever differs in index and HEAD is found without it. Otherwise everything is looked at.
   */
  async change<T>(
    name: string,
    signal: AbortSignal,
    work: (repository: Repository) => Promise<T>,
    touched?: (result: T) => readonly string[],
  ): Promise<T> {
    let due: Due = 'everything';
    try {
      const result = await this.queue.write(name, signal, () => work(this.repository));
      const paths = touched?.(result);
      // What else happened in the working tree the watcher tells, if there is one.
      if (paths && paths.length <= MOST_TOUCHED && this.watcher) {
        for (const path of paths) this.touched.add(path);
        due = 'touched';
      }
      return result;
    } catch (error) {
      throw await this.reasonOf(error);
    } finally {
      await this.lookSoon('always', due);
    }
  }

  private async statusOfAll(): Promise<StatusResult> {
    try {
      return await this.repository.status({});
    } catch (error) {
      // The panel says it, too.
      await this.lookSoon('always', 'everything');
      throw await this.reasonOf(error);
    }
  }

  /** What a commit would take of files above `size` bytes. */
  async largeFiles(staged: boolean, size: number): Promise<{ path: string; size: number }[]> {
    await this.lookSoon('never', this.watcher ? 'touched' : 'everything');
    const { changes } = this.found ?? (await this.statusOfAll());
    return changes
      .filter((change) => change.size > size && change.state !== 'deleted' && (!staged || change.staged))
      .map((change) => ({ path: change.path, size: change.size }));
  }

  /** Watches from now on, and sends what changed without being asked; first of all the whole state. */
  async watch(): Promise<void> {
    // The state comes first: the watcher goes through all folders too, and both would wait for the disk and the processor.
    await this.refresh();
    if (this.closed) return;
    await this.startWatcher();
    // Nor is the editor made to wait that shows it.
    await pause(this.times.again, undefined, { ref: false });
    // What changed before the watcher was at work.
    await this.lookSoon('never', 'everything');
    // Has the index at hand for the first save.
    await this.lookSoon('never', 'touched');
  }

  /**
   * Looks at the whole working tree and sends everything. Never two looks at once: who asks while one runs gets the one after it, since
   * that which runs may have passed by what they changed.
   */
  refresh(): Promise<void> {
    return this.lookSoon('reset', 'everything');
  }

  /** Makes sure that nothing was missed, where only what the watcher told of was looked at for a while. */
  async check(): Promise<void> {
    if (this.checkTimer === undefined || performance.now() - this.lookedAtAll < this.times.askedAfter) return;
    await this.queue.idle();
    await this.lookSoon('never', 'check');
  }

  private lookSoon(telling: Telling, due: Due): Promise<void> {
    if (RANKS[due] > RANKS[this.due]) this.due = due;
    if (this.look === undefined) {
      this.look = this.lookNow(telling).finally(() => (this.look = undefined));
      return this.look;
    }
    if (RANKS[telling] > RANKS[this.nextTelling]) this.nextTelling = telling;
    this.nextLook ??= this.look.then(() => {
      const asked = this.nextTelling;
      this.nextLook = undefined;
      this.nextTelling = 'never';
      return this.lookSoon(asked, 'touched');
    });
    return this.nextLook;
  }

  private async lookNow(telling: Telling): Promise<void> {
    if (this.closed) return;
    const { touched, due } = this;
    this.touched = new Set();
    this.due = 'touched';
    try {
      const found = await this.lookAt(touched, due);
      const { branch, commit, changes, problems } = found;
      this.found = changes.length <= STATUS_LIMIT ? found : undefined;
      this.send({ changes, head: { branch, commit }, problems }, telling);
    } catch (error) {
      this.found = undefined;
      this.due = 'everything';
      const head = { branch: undefined, commit: undefined };
      const failure = errorData(await this.reasonOf(error));
      this.send({ changes: [], head, problems: [], failure }, telling);
      // Remembered by the watcher: the folder may be back before anybody looks again.
      await this.watcher?.lost();
      this.lookLater(RETRY_MS);
    }
  }

  /** What is missing in a folder that is away looks like damage. */
  private async reasonOf(error: unknown): Promise<unknown> {
    return (await isThere(this.root)) ? error : vanished(this.root);
  }

  private async lookAt(touched: ReadonlySet<string>, due: Due): Promise<StatusResult> {
    const { tracker } = this;
    const before = tracker.wholeLooks;
    let result: StatusResult;
    if (due === 'check') {
      const checked = await tracker.check();
      // What was touched before the check is no news to anybody.
      this.missed.suspect(checked.missed, touched);
      result = checked.result;
    } else result = due === 'everything' ? await tracker.look() : await tracker.lookAt(touched);
    if (tracker.wholeLooks > before) {
      this.lookedAtAll = performance.now();
      clearTimeout(this.checkTimer);
      this.checkTimer = undefined;
    } else this.checkTimer ??= this.checkLater();
    return result;
  }

  private checkLater(): NodeJS.Timeout {
    const timer = setTimeout(() => {
      void this.check().catch((error: unknown) => this.events.warning(errorData(error).message));
    }, this.times.after);
    return timer.unref();
  }

  /** Something moved on disk. An operation of ours tells of its own end. */
  private async changedOnDisk(touched: ReadonlySet<string> | undefined): Promise<void> {
    this.missed.touched(touched);
    if (touched) for (const path of touched) this.touched.add(path);
    if (!touched || this.touched.size > MOST_TOUCHED) this.due = 'everything';
    await this.queue.idle();
    if (this.closed) return;
    if (await this.watcher?.lost()) {
      this.due = 'everything';
      this.lookLater(RETRY_MS);
    }
    await this.lookSoon('never', 'touched');
  }

  /** Where nothing can be watched, or nothing is there: looks again after a while, and watches again once that is possible. */
  private lookLater(wait: number): void {
    if (this.closed) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      void this.watchAgain(wait).catch((error: unknown) => this.events.warning(errorData(error).message));
    }, wait);
    this.timer.unref();
  }

  private async watchAgain(wait: number): Promise<void> {
    const { watcher } = this;
    if (watcher === undefined || (await watcher.lost())) {
      await watcher?.close();
      this.watcher = undefined;
      if (await isThere(this.root)) await this.startWatcher();
      else this.lookLater(wait);
    }
    await this.queue.idle();
    await this.lookSoon('never', 'everything');
  }

  private async startWatcher(): Promise<void> {
    const { root, gitDir } = this.repository;
    const watcher = new WorkTreeWatcher(
      { root, gitDir },
      {
        changed: (touched) => {
          void this.changedOnDisk(touched).catch((error: unknown) =>
            this.events.warning(errorData(error).message),
          );
        },
        failed: (error) => {
          if (this.watcher === watcher) this.watcher = undefined;
          if (!this.warned) {
            const seconds = UNWATCHED_MS / 1000;
            const why = errorData(error).message;
            this.events.warning(
              `${root} cannot be watched (${why}); it is looked at every ${seconds} seconds.`,
            );
          }
          this.warned = true;
          this.lookLater(UNWATCHED_MS);
        },
      },
    );
    this.watcher = watcher;
    await watcher.start();
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    clearTimeout(this.checkTimer);
    this.missed.close();
    await this.watcher?.close();
    await this.queue.idle();
    await this.nextLook;
    await this.look;
    await this.repository.close();
  }

  private send(state: RepositoryState, telling: Telling): void {
    const update = this.sent.next(state, telling);
    if (update) this.events.updated(update);
  }
}

function vanished(root: string): ForgeError {
  return new ForgeError(
    'NOT_FOUND',
    `The repository ${root} is not there any more`,
    'If it was moved, or its drive is not connected, bring it back and try again.',
    { path: root },
  );
}

/** Of two wishes the stronger one is met. */
const RANKS: Record<Due | Telling, number> = {
  touched: 0,
  check: 1,
  everything: 2,
  never: 0,
  always: 1,
  reset: 2,
};

/** Whether a repository is there: of a drive that was taken away an empty folder may be left. */
async function isThere(root: string): Promise<boolean> {
  return stat(join(root, '.forge')).then(
    () => true,
    () => false,
  );
}
