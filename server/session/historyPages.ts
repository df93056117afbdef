// Owns the pages of a file's history: a walk that ended a page goes on for the next one, instead of from the start again.
import { ForgeError } from '../../core/errors.ts';
import { throwIfAborted } from '../../core/progress.ts';
import type { FileHistoryEntry } from '../../core/repo/types.ts';

/** What is needed of a repository. */
export interface HistorySource {
  /** Undefined before the first commit. */
  headCommit(): Promise<string | undefined>;
  fileHistory(path: string): AsyncGenerator<FileHistoryEntry>;
}

export interface HistoryPage {
  entries: FileHistoryEntry[];
  more: boolean;
}

/** Histories that are kept, those asked for last; and entries that one may have. */
const MOST_WALKS = 4;
const MOST_ENTRIES = 5_000;

/** The history of one path from one HEAD on, as far as somebody asked for it. */
class Walk {
  readonly path: string;
  readonly head: string | undefined;
  readonly entries: FileHistoryEntry[] = [];
  private readonly rest: AsyncGenerator<FileHistoryEntry>;
  private last: Promise<unknown> = Promise.resolve();
  private isDone = false;

  constructor(path: string, head: string | undefined, rest: AsyncGenerator<FileHistoryEntry>) {
    this.path = path;
    this.head = head;
    this.rest = rest;
  }

  /** Number of the first entry behind a commit's; undefined when the commit is none of those that are known. */
  behind(commit: string): number | undefined {
    const at = this.entries.findLastIndex((entry) => entry.commit === commit);
    return at < 0 ? undefined : at + 1;
  }

  /** Goes on until `until` says so or nothing is left; one call after another. */
  goOn(until: () => boolean, signal: AbortSignal): Promise<void> {
    const going = this.last.then(async () => {
      while (!this.isDone && !until()) {
        throwIfAborted(signal);
        const next = await this.rest.next();
        if (next.done) this.isDone = true;
        else this.entries.push(next.value);
      }
    });
    this.last = going.catch(() => undefined);
    return going;
  }
}

export class HistoryPages {
  readonly #source: HistorySource;
  /** The one asked for last comes last. */
  #walks: Walk[] = [];

  constructor(source: HistorySource) {
    this.#source = source;
  }

  /**
   * The versions of a file, newest first: the first `limit`, or those behind the commit `after`, which an earlier page had. The entries of one
   * commit are never apart, so a page may be a little longer.
   * @throws ForgeError UNKNOWN_REVISION when `after` is no commit of this history, ABORTED
   */
  async page(
    path: string,
    limit: number,
    after: string | undefined,
    signal: AbortSignal,
  ): Promise<HistoryPage> {
    const head = await this.#source.headCommit();
    const known = this.#walks.find(
      (walk) =>
        walk.path === path && (after === undefined ? walk.head === head : walk.behind(after) !== undefined),
    );
    const walk = known ?? new Walk(path, head, this.#source.fileHistory(path));
    this.#walks = this.#walks.filter((one) => one !== walk);
    // A walk that fails is not kept.
    const page = await pageOf(walk, limit, after, signal);
    if (walk.entries.length <= MOST_ENTRIES)
      this.#walks = [...this.#walks.filter((one) => one !== walk), walk].slice(-MOST_WALKS);
    return page;
  }
}

async function pageOf(
  walk: Walk,
  limit: number,
  after: string | undefined,
  signal: AbortSignal,
): Promise<HistoryPage> {
  const { entries } = walk;
  if (after !== undefined) {
    await walk.goOn(() => walk.behind(after) !== undefined, signal);
    if (walk.behind(after) === undefined) throw unknownCommit(walk.path, after);
  }
  const from = after === undefined ? 0 : (walk.behind(after) as number);
  const isFull = (to: number): boolean =>
    entries.length > to && entries[to].commit !== entries[to - 1]?.commit;
  let to = from + limit;
  await walk.goOn(() => {
    while (entries.length > to && !isFull(to)) to++;
    return isFull(to);
  }, signal);
  return { entries: entries.slice(from, to), more: entries.length > to };
}

function unknownCommit(path: string, commit: string): ForgeError {
  return new ForgeError(
    'UNKNOWN_REVISION',
    `${commit} is no commit of the history of ${path}`,
    'Show the history anew: it may have been changed.',
    { path },
  );
}
