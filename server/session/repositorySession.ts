// Owns one open repository of the server: its queue of operations and the state that the editor knows of it.
import { stat } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import * as l10n from '@vscode/l10n';
import { ForgeError } from '../../core/errors.ts';
import type { Repository } from '../../core/repo/repository.ts';
import type { Change } from '../../core/repo/types.ts';
import { type RepositoryUpdate, STATUS_LIMIT } from '../../core/protocol/repositories.ts';
import { WorkTreeWatcher } from '../../core/worktree/watch.ts';
import { errorData } from '../errors.ts';
import { OperationQueue, type QueueState } from './operationQueue.ts';

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

interface State {
  changes: Change[];
  head: RepositoryUpdate['head'];
  problems: RepositoryUpdate['problems'];
  failure?: unknown;
}

export class RepositorySession {
  readonly repository: Repository;
  readonly queue: OperationQueue;
  private readonly events: SessionEvents;
  private sequence = 0;
  /** What was sent last, to tell when a look found nothing new. */
  private sent = '';
  private look: Promise<void> | undefined;
  private nextLook: Promise<void> | undefined;
  private nextAlways = false;
  private warned = false;
  private watcher: WorkTreeWatcher | undefined;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(repository: Repository, events: SessionEvents) {
    this.repository = repository;
    this.events = events;
    this.queue = new OperationQueue((state) => events.activity(repository.root, state));
  }

  get root(): string {
    return this.repository.root;
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

  /** Changes the repository, then tells what that made different. */
  async change<T>(
    name: string,
    signal: AbortSignal,
    work: (repository: Repository) => Promise<T>,
  ): Promise<T> {
    try {
      return await this.queue.write(name, signal, () => work(this.repository));
    } finally {
      await this.refresh();
    }
  }

  /** What a commit would take of files above `size` bytes. */
  async largeFiles(staged: boolean, size: number): Promise<{ path: string; size: number }[]> {
    const { changes } = await this.repository.status({});
    return changes
      .filter((change) => change.size > size && change.state !== 'deleted' && (!staged || change.staged))
      .map((change) => ({ path: change.path, size: change.size }));
  }

  /** Watches from now on, and sends what changed without being asked; first of all the whole state. */
  async watch(): Promise<void> {
    const first = this.refresh();
    await this.startWatcher();
    await first;
    // What changed before the watcher was at work.
    await this.lookSoon(false);
  }

  /**
   * Looks at the whole working tree and sends everything. Never two looks at once: who asks while one runs gets the one after it, since
   * that which runs may have passed by what they changed.
   */
  refresh(): Promise<void> {
    return this.lookSoon(true);
  }

  private lookSoon(always: boolean): Promise<void> {
    if (this.look === undefined) {
      this.look = this.lookNow(always).finally(() => (this.look = undefined));
      return this.look;
    }
    this.nextAlways ||= always;
    this.nextLook ??= this.look.then(() => {
      const asked = this.nextAlways;
      this.nextLook = undefined;
      this.nextAlways = false;
      return this.lookSoon(asked);
    });
    return this.nextLook;
  }

  private async lookNow(always: boolean): Promise<void> {
    if (this.closed) return;
    try {
      const { branch, commit, changes, problems } = await this.repository.status({});
      this.send({ changes, head: { branch, commit }, problems }, always);
    } catch (error) {
      const head = { branch: undefined, commit: undefined };
      // What is missing in a folder that is away looks like damage.
      const failure = (await isThere(this.root)) ? error : vanished(this.root);
      this.send({ changes: [], head, problems: [], failure }, always);
      // Remembered by the watcher: the folder may be back before anybody looks again.
      await this.watcher?.lost();
      this.lookLater(RETRY_MS);
    }
  }

  /** Something moved on disk. An operation of ours tells of its own end. */
  private async changedOnDisk(): Promise<void> {
    await this.queue.idle();
    if (this.closed) return;
    if (await this.watcher?.lost()) this.lookLater(RETRY_MS);
    await this.lookSoon(false);
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
    await this.lookSoon(false);
  }

  private async startWatcher(): Promise<void> {
    const { root, gitDir } = this.repository;
    const watcher = new WorkTreeWatcher(
      { root, gitDir },
      {
        changed: () => {
          void this.changedOnDisk().catch((error: unknown) => this.events.warning(errorData(error).message));
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
    await this.watcher?.close();
    await this.queue.idle();
    await this.nextLook;
    await this.look;
    await this.repository.close();
  }

  /** Without `always`, a state that the editor knows already is not sent again. */
  private send(state: State, always: boolean): void {
    const { changes, failure, ...rest } = state;
    const update = {
      ...rest,
      root: this.root,
      reset: true,
      touched: [],
      changes: changes.slice(0, STATUS_LIMIT),
      total: changes.length,
      ...(failure !== undefined && { failure: errorData(failure) }),
    };
    const text = JSON.stringify(update);
    if (!always && text === this.sent) return;
    this.sent = text;
    this.events.updated({ ...update, sequence: ++this.sequence });
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

async function isThere(folder: string): Promise<boolean> {
  return stat(folder).then(
    () => true,
    () => false,
  );
}
