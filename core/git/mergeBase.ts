// Owns where two histories meet.
import { readCommit } from './commits.ts';
import type { GitObjects } from './gitObjects.ts';

/** Sides from which a commit was reached, and whether it lies behind a commit that both reach. */
const LEFT = 1;
const RIGHT = 2;
const BOTH = LEFT | RIGHT;
const STALE = 4;

interface Visited {
  oid: string;
  parents: string[];
  /** Milliseconds since 1970, by the committer's clock. */
  time: number;
  flags: number;
}

/**
 * The best common ancestors of two commits, as `git merge-base --all`: those that are not themselves ancestors of another. Several
 * after criss-cross merges, none for unrelated histories. Reads only what lies after them, as far as clocks were right.
 */
export async function mergeBases(objects: GitObjects, left: string, right: string): Promise<string[]> {
  const common = await commonAncestors(objects, left, right);
  const best: string[] = [];
  for (const oid of common) {
    // Where a clock was wrong, an ancestor of a better one may have been met first.
    const others = common.filter((other) => other !== oid);
    let isBest = true;
    for (const other of others) isBest &&= !(await isAncestor(objects, oid, other));
    if (isBest) best.push(oid);
  }
  return best;
}

/** Whether `descendant` is `ancestor` or has it in its history. */
export async function isAncestor(
  objects: GitObjects,
  ancestor: string,
  descendant: string,
): Promise<boolean> {
  return (await commonAncestors(objects, ancestor, descendant)).includes(ancestor);
}

/** Walks both histories, newest commits first, until all that is left lies behind commits that both reach. */
async function commonAncestors(objects: GitObjects, left: string, right: string): Promise<string[]> {
  if (left === right) return [left];
  const visited = new Map<string, Visited>();
  const queue = new NewestFirst();
  const reach = async (oid: string, flags: number): Promise<void> => {
    let commit = visited.get(oid);
    if (commit && (commit.flags & flags) === flags) return;
    if (!commit) {
      const { parents, committer } = await readCommit(objects, oid);
      commit = { oid, parents, time: committer.time, flags: 0 };
      visited.set(oid, commit);
    }
    commit.flags |= flags;
    queue.add(commit);
  };
  const common = new Set<string>();
  await reach(left, LEFT);
  await reach(right, RIGHT);
  for (let commit = queue.take(); commit; commit = queue.take()) {
    let { flags } = commit;
    if ((flags & BOTH) === BOTH) {
      common.add(commit.oid);
      flags |= STALE;
    }
    for (const parent of commit.parents) await reach(parent, flags);
  }
  return [...common].filter((oid) => ((visited.get(oid)?.flags ?? 0) & STALE) === 0);
}

/** A heap of commits, the newest on top; empty once it holds nothing but stale ones. */
class NewestFirst {
  readonly #heap: { commit: Visited; time: number }[] = [];

  add(commit: Visited): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push({ commit, time: commit.time });
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent].time >= heap[at].time) break;
      [heap[parent], heap[at]] = [heap[at], heap[parent]];
      at = parent;
    }
  }

  take(): Visited | undefined {
    const heap = this.#heap;
    if (heap.every(({ commit }) => commit.flags & STALE)) return undefined;
    const top = heap[0].commit;
    const last = heap.pop();
    if (last && heap.length > 0) {
      heap[0] = last;
      this.#sink();
    }
    return top;
  }

  #sink(): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let largest = at;
      for (const child of [2 * at + 1, 2 * at + 2])
        if (child < heap.length && heap[child].time > heap[largest].time) largest = child;
      if (largest === at) return;
      [heap[largest], heap[at]] = [heap[at], heap[largest]];
      at = largest;
    }
  }
}
