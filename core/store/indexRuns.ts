// Owns the runs of one chunk index: what they say together, the newer before the older, and when some become one.
import { readdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { syncFolder } from '../dataplane/portable/systemCalls.ts';
import { IndexRun, type RunEntry, writeRun } from './indexRun.ts';

/** So many runs of about one size become one. */
const FACTOR = 4;
/** Tiers of sizes, each `FACTOR` times the one before; what is in the last one stays as it is. */
const TIERS = 4;
const RUN_NAME = /^run-(\d+)\.idx$/;

export interface RunSettings {
  /** Entries of the smallest runs, about. */
  smallest: number;
}

export class IndexRuns {
  readonly #folder: string;
  readonly #settings: RunSettings;
  /** From the oldest to the newest, by name. */
  #runs = new Map<string, IndexRun>();

  constructor(folder: string, settings: RunSettings) {
    this.#folder = folder;
    this.#settings = settings;
  }

  get names(): string[] {
    return [...this.#runs.keys()];
  }

  get isEmpty(): boolean {
    return this.#runs.size === 0;
  }

  /** Opens the runs of these names, from the oldest to the newest, and closes all others. @throws ForgeError CORRUPT; ENOENT, … */
  use(names: readonly string[]): void {
    const runs = new Map<string, IndexRun>();
    try {
      for (const name of names)
        runs.set(name, this.#runs.get(name) ?? IndexRun.open(join(this.#folder, name)));
    } catch (error) {
      for (const [name, run] of runs) if (!this.#runs.has(name)) run.close();
      throw error;
    }
    const before = this.#runs;
    this.#runs = runs;
    for (const [name, run] of before) if (!runs.has(name)) run.close();
  }

  /** Places of an id, empty when it is known no more; undefined when no run says anything of it. @throws ForgeError CORRUPT */
  get(id: Uint8Array): Buffer | undefined {
    for (const run of [...this.#runs.values()].reverse()) {
      const places = run.get(id);
      if (places) return places;
    }
    return undefined;
  }

  /** What the runs say of each id, sorted by id. @throws ForgeError CORRUPT */
  entries(): Generator<RunEntry> {
    return mergeEntries([...this.#runs.values()].map((run) => run.entries()));
  }

  /**
   * Writes `entries`, at most `most` and sorted by id, as the newest run, together with those runs that have grown too many. Returns the
   * names of all runs from now on, which are on disk; `use` turns to them.
   */
  write(entries: Iterable<RunEntry>, most: number): string[] {
    const kept = [...this.#runs.values()];
    const merged: IndexRun[] = [];
    let count = most;
    for (;;) {
      const tier = this.#tierOf(count);
      const same = kept.slice(-(FACTOR - 1));
      const isFull = same.length === FACTOR - 1 && same.every((run) => this.#tierOf(run.entryCount) <= tier);
      if (tier >= TIERS - 1 || !isFull) break;
      kept.splice(-same.length);
      merged.unshift(...same);
      count += same.reduce((sum, run) => sum + run.entryCount, 0);
    }
    const sources = [...merged.map((run) => run.entries()), entries];
    // What is known no more must be remembered as long as an older run still knows it.
    const isOldest = kept.length === 0;
    const name = this.#nextName();
    writeRun(join(this.#folder, name), withoutForgotten(mergeEntries(sources), isOldest), count);
    syncFolder(this.#folder);
    return [...this.names.slice(0, kept.length), name];
  }

  /** Removes the files of runs that are not in use. Where others have them open and that forbids it, the next call does. */
  removeUnused(): void {
    for (const name of readdirSync(this.#folder)) {
      if (!RUN_NAME.test(name) || this.#runs.has(name)) continue;
      try {
        unlinkSync(join(this.#folder, name));
      } catch {
        // Somebody else has it open.
      }
    }
  }

  close(): void {
    this.use([]);
  }

  #tierOf(count: number): number {
    return Math.max(0, Math.round(Math.log(count / this.#settings.smallest) / Math.log(FACTOR)));
  }

  /** One that no file has: an old one may be open elsewhere. */
  #nextName(): string {
    const numbers = readdirSync(this.#folder).map((name) => Number(RUN_NAME.exec(name)?.[1] ?? 0));
    return `run-${Math.max(0, ...numbers) + 1}.idx`;
  }
}

/** Merges lists that are each sorted by id. Of what several say of an id, the last list's word counts. */
export function* mergeEntries(lists: Iterable<RunEntry>[]): Generator<RunEntry> {
  const sources = lists.map((list) => list[Symbol.iterator]());
  const heads = sources.map((source) => source.next());
  for (;;) {
    let least: RunEntry | undefined;
    for (const head of heads)
      if (!head.done && (least === undefined || head.value.id.compare(least.id) <= 0)) least = head.value;
    if (least === undefined) return;
    yield least;
    for (const [i, head] of heads.entries())
      if (!head.done && head.value.id.equals(least.id)) heads[i] = sources[i].next();
  }
}

function* withoutForgotten(entries: Iterable<RunEntry>, dropForgotten: boolean): Generator<RunEntry> {
  for (const entry of entries) if (!dropForgotten || entry.places.length > 0) yield entry;
}
