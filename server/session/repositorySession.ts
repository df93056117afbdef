// Owns one open repository of the server: its queue of operations and the state that the editor knows of it.
import { relative, sep } from 'node:path';
import { ForgeError } from '../../core/errors.ts';
import type { Repository } from '../../core/repo/repository.ts';
import { watchWorkTree } from '../../core/worktree/watch.ts';
import type { Change } from '../../core/repo/types.ts';
import { type RepositoryUpdate, STATUS_LIMIT } from '../../core/protocol/repositories.ts';
import { errorData } from '../errors.ts';
import { Refresher } from './refresher.ts';
import { OperationQueue, type QueueState } from './operationQueue.ts';

/** What a session tells the editor. */
export interface SessionEvents {
  updated(update: RepositoryUpdate): void;
  activity(root: string, state: QueueState): void;
  /** For the log. */
  warn(message: string): void;
}

/** How often a folder is looked at that cannot be watched, in milliseconds. */
const POLL_MS = 5_000;

export class RepositorySession {
  readonly repository: Repository;
  readonly queue: OperationQueue;
  private readonly events: SessionEvents;
  private readonly refresher = new Refresher(() => this.look());
  private sequence = 0;
  private lastSent = '';
  private stopWatching: (() => Promise<void>) | undefined;
  private polling: NodeJS.Timeout | undefined;

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
      throw new ForgeError('PATH_ESCAPE', `${file} is not inside ${this.root}`, 'Open the folder it is in.', {
        path: file,
      });
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

  /** What a commit would take of files above `size` bytes, as far as the state tells. */
  async largeFiles(staged: boolean, size: number): Promise<{ path: string; size: number }[]> {
    const { changes } = await this.repository.status({});
    return changes
      .filter((change) => change.size > size && change.state !== 'deleted' && (!staged || change.staged))
      .map((change) => ({ path: change.path, size: change.size }));
  }

  /** Tells of changes from now on, whoever makes them. Where the system cannot watch the folder, looks now and then. */
  async watch(): Promise<void> {
    const { root, gitDir } = this.repository;
    const poll = (error: unknown): void => {
      this.events.warn(
        `${root} cannot be watched, so it is looked at every ${POLL_MS / 1000} seconds: ${String(error)}`,
      );
      this.polling ??= setInterval(() => this.refresher.soon(), POLL_MS);
    };
    try {
      this.stopWatching = await watchWorkTree({
        root,
        gitDir,
        // An operation tells its own changes when it ends.
        onChange: () => this.queue.isRunning || this.refresher.soon(),
        onFailure: poll,
      });
    } catch (error) {
      poll(error);
    }
  }

  /** Looks at the whole working tree and sends everything, even what the editor knows already. */
  refresh(): Promise<void> {
    this.lastSent = '';
    return this.refresher.now();
  }

  private async look(): Promise<void> {
    try {
      const { branch, commit, changes, problems } = await this.repository.status({});
      this.send({ changes, head: { branch, commit }, problems });
    } catch (error) {
      this.send({
        changes: [],
        head: { branch: undefined, commit: undefined },
        problems: [],
        failure: error,
      });
    }
  }

  async close(): Promise<void> {
    clearInterval(this.polling);
    await this.stopWatching?.();
    await this.queue.idle();
    await this.refresher.close();
    await this.repository.close();
  }

  private send(state: {
    changes: Change[];
    head: RepositoryUpdate['head'];
    problems: RepositoryUpdate['problems'];
    failure?: unknown;
  }): void {
    const { changes, failure, ...rest } = state;
    const content = JSON.stringify({ ...state, failure: failure && errorData(failure) });
    if (content === this.lastSent) return;
    this.lastSent = content;
    this.events.updated({
      ...rest,
      root: this.root,
      sequence: ++this.sequence,
      reset: true,
      touched: [],
      changes: changes.slice(0, STATUS_LIMIT),
      total: changes.length,
      ...(failure !== undefined && { failure: errorData(failure) }),
    });
  }
}
