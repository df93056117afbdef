// Owns a worker's side of a running job: the shared queue of items, stopping, progress, and questions to the main thread.
import type { Blake3 } from './blake3.ts';
import type { Answer, FromWorker, JobProgress, Question } from './workerMessages.ts';

/** Milliseconds between two messages about progress. */
const PROGRESS_INTERVAL = 50;
/** Milliseconds that a worker waits for its turn before it looks whether it is to stop. */
const PATIENCE = 20;

/** Where in `control` it says that a worker has its turn. */
const TURN = 2;

/** Thrown where a job notices that it is to stop. */
export class Stopped extends Error {}

/** Hashers that a worker keeps from job to job: two, since a file and its chunks are hashed side by side. */
export interface Hashers {
  chunk: Blake3;
  file: Blake3;
}

export class JobContext {
  readonly hashers: Hashers;
  private readonly items: number;
  private readonly control: Int32Array;
  private readonly post: (message: FromWorker) => void;
  private pending: JobProgress = { files: 0, bytes: 0, newBytes: 0, storedBytes: 0 };
  private lastProgress = 0;
  private answered: ((answer: Answer) => void) | undefined;

  constructor(items: number, control: Int32Array, hashers: Hashers, post: (message: FromWorker) => void) {
    this.items = items;
    this.control = control;
    this.hashers = hashers;
    this.post = post;
  }

  /** The next item that no worker has taken yet; undefined when there is none. */
  next(): number | undefined {
    this.checkStop();
    const item = Atomics.add(this.control, 0, 1);
    return item < this.items ? item : undefined;
  }

  /** @throws Stopped when the call was aborted or another worker failed. */
  checkStop(): void {
    if (Atomics.load(this.control, 1) !== 0) throw new Stopped();
  }

  /**
   * Waits until no other worker works on a container, which takes much memory. Returns how to end the turn.
   * @throws Stopped
   */
  takeTurn(): () => void {
    while (Atomics.compareExchange(this.control, TURN, 0, 1) !== 0) {
      Atomics.wait(this.control, TURN, 1, PATIENCE);
      this.checkStop();
    }
    return () => {
      Atomics.store(this.control, TURN, 0);
      Atomics.notify(this.control, TURN, 1);
    };
  }

  progress(done: Partial<JobProgress>): void {
    this.pending.files += done.files ?? 0;
    this.pending.bytes += done.bytes ?? 0;
    this.pending.newBytes += done.newBytes ?? 0;
    this.pending.storedBytes += done.storedBytes ?? 0;
    if (performance.now() - this.lastProgress >= PROGRESS_INTERVAL) this.flushProgress();
  }

  flushProgress(): void {
    this.post({ kind: 'progress', progress: this.pending });
    this.pending = { files: 0, bytes: 0, newBytes: 0, storedBytes: 0 };
    this.lastProgress = performance.now();
  }

  announceSegment(path: string): void {
    this.post({ kind: 'created', path });
  }

  ask(question: Question): Promise<Answer> {
    this.post({ kind: 'ask', question });
    return new Promise((resolve) => (this.answered = resolve));
  }

  answer(answer: Answer): void {
    this.answered?.(answer);
    this.answered = undefined;
  }
}
