// Owns the order of operations on one repository: one writer at a time, in the order asked; readers go beside it.
import { throwIfAborted } from '../../core/progress.ts';

/** What the queue is doing: the operation that runs, and how many wait behind it. */
export interface QueueState {
  running: string | undefined;
  waiting: number;
}

export class OperationQueue {
  private readonly onChange: (state: QueueState) => void;
  private tail: Promise<unknown> = Promise.resolve();
  private running: string | undefined;
  private waiting = 0;

  constructor(onChange: (state: QueueState) => void) {
    this.onChange = onChange;
  }

  /** Runs `work` after all that was asked before it. One that is cancelled while it waits never starts. @throws ForgeError ABORTED */
  write<T>(name: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    this.waiting++;
    this.tell();
    const result = this.tail.then(async () => {
      this.waiting--;
      this.running = signal.aborted ? undefined : name;
      this.tell();
      try {
        throwIfAborted(signal);
        return await work();
      } finally {
        this.running = undefined;
        this.tell();
      }
    });
    this.tail = result.catch(() => undefined);
    return result;
  }

  /** Resolves when everything asked so far has ended. */
  async idle(): Promise<void> {
    await this.tail;
  }

  private tell(): void {
    this.onChange({ running: this.running, waiting: this.waiting });
  }
}
