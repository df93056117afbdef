// Owns what the editor knows of a repository's state, and the update that tells it what became different.
import { differingRuns } from '../../core/repo/changeLists.ts';
import type { Change } from '../../core/repo/types.ts';
import { type RepositoryUpdate, STATUS_LIMIT } from '../../core/protocol/repositories.ts';

/** What there is to tell of a repository; `changes` in the order of a status, all of them. */
export interface RepositoryState extends Pick<RepositoryUpdate, 'head' | 'problems' | 'failure'> {
  changes: Change[];
}

/**
 * `never`: where nothing became different, nothing is sent. `always`: something is sent even then. `reset`: all of it is sent, for
 * somebody who lost track.
 */
export type Telling = 'never' | 'always' | 'reset';

export class SentState {
  readonly #root: string;
  #sequence = 0;
  #changes: Change[] | undefined;
  /** Everything but the changes, to tell when it is the same. */
  #rest = '';

  constructor(root: string) {
    this.#root = root;
  }

  /** The update that makes the editor know `state`; undefined when there is no need for one. It has to be sent. */
  next(state: RepositoryState, telling: Telling): RepositoryUpdate | undefined {
    const { changes, ...other } = state;
    const total = changes.length;
    const rest = JSON.stringify({ ...other, total });
    const shown = changes.slice(0, STATUS_LIMIT);
    const before = telling === 'reset' ? undefined : this.#changes;
    const runs = before ? [...differingRuns(before, shown)] : [];
    if (before && telling === 'never' && runs.length === 0 && rest === this.#rest) return undefined;
    this.#changes = shown;
    this.#rest = rest;
    const common = { ...other, root: this.#root, sequence: ++this.#sequence, total };
    // Where most became different, to say all of it anew is shorter.
    if (!before || 2 * runs.length > shown.length + 1)
      return { ...common, reset: true, touched: [], changes: shown };
    return {
      ...common,
      reset: false,
      touched: runs.map(({ path }) => path),
      changes: runs.flatMap((run) => run.changes),
    };
  }
}
