// Owns the portable plane's worker threads: started when needed, lent to calls, fed, watched and stopped.
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { ForgeError } from '../../errors.ts';
import {
  type Answer,
  errorFromParts,
  errorParts,
  type FromWorker,
  type Job,
  type JobProgress,
  type JobResults,
  type Question,
  type ToWorker,
} from './workerMessages.ts';

export interface RunHooks {
  /** Called on the main thread; what it throws fails the run. */
  onAsk?: (question: Question) => Answer;
  onProgress?: ((progress: JobProgress) => void) | undefined;
  onCreated?: (path: string) => void;
  signal?: AbortSignal | undefined;
}

type Outcome<R> = { kind: 'done'; results: R } | { kind: 'stopped' } | { kind: 'failed'; error: unknown };

const STOP = 1;

export class WorkerPool {
  private readonly script: string | URL;
  private readonly idle: Worker[] = [];
  private readonly all = new Set<Worker>();
  private readonly waiting: (() => void)[] = [];
  private capacity = availableParallelism();

  constructor(script: string | URL) {
    this.script = script;
  }

  /**
   * Runs one job for each element of `jobs`, or for the first few when fewer workers are free: all of them take from the
   * same `items`, so nothing is left out. Returns when none is at work any more.
   * @throws ForgeError: the first worker's failure, or ABORTED.
   */
  async run<J extends Job>(jobs: J[], items: number, hooks: RunHooks = {}): Promise<JobResults[J['name']][]> {
    const control = new Int32Array(new SharedArrayBuffer(12));
    const stop = (): void => void Atomics.store(control, STOP, 1);
    const { signal } = hooks;
    if (signal?.aborted) throw aborted();
    const workers = await this.lease(jobs.length);
    signal?.addEventListener('abort', stop);
    if (signal?.aborted) stop();
    const outcomes = await Promise.all(
      workers.map(async (worker, i) => {
        const message = { kind: 'run', job: jobs[i], items, control } as const;
        const outcome = await this.runOn<J>(worker, message, hooks);
        if (outcome.kind !== 'done') stop();
        return outcome;
      }),
    );
    signal?.removeEventListener('abort', stop);
    for (const outcome of outcomes) if (outcome.kind === 'failed') throw outcome.error;
    const results = outcomes.flatMap((outcome) => (outcome.kind === 'done' ? [outcome.results] : []));
    if (results.length < outcomes.length) throw aborted();
    return results;
  }

  /** Ends all threads, at work or not. */
  async close(): Promise<void> {
    await Promise.all([...this.all].map((worker) => worker.terminate()));
  }

  /** Between one worker and `count`, as many as are free. */
  private async lease(count: number): Promise<Worker[]> {
    this.capacity = Math.max(this.capacity, count);
    while (this.idle.length === 0 && this.all.size >= this.capacity) {
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
    const workers = this.idle.splice(0, count);
    while (workers.length < count && this.all.size < this.capacity) workers.push(this.start());
    for (const worker of workers) worker.ref();
    return workers;
  }

  private start(): Worker {
    const worker = new Worker(this.script);
    this.all.add(worker);
    // A call in progress hears of both on its own; an idle thread that ends is only forgotten.
    worker.on('error', () => undefined);
    worker.on('exit', () => this.forget(worker));
    return worker;
  }

  private release(worker: Worker): void {
    worker.unref();
    this.idle.push(worker);
    this.waiting.shift()?.();
  }

  private forget(worker: Worker): void {
    this.all.delete(worker);
    const at = this.idle.indexOf(worker);
    if (at >= 0) this.idle.splice(at, 1);
    this.waiting.shift()?.();
  }

  private runOn<J extends Job>(
    worker: Worker,
    message: Extract<ToWorker, { kind: 'run' }>,
    hooks: RunHooks,
  ): Promise<Outcome<JobResults[J['name']]>> {
    return new Promise((resolve) => {
      let failure: { error: unknown } | undefined;
      const fail = (error: unknown): void => {
        failure ??= { error };
        Atomics.store(message.control, STOP, 1);
      };
      const settle = (outcome: Outcome<JobResults[J['name']]>): void => {
        worker.off('message', onMessage).off('error', onError).off('exit', onExit);
        resolve(failure ? { kind: 'failed', error: failure.error } : outcome);
      };
      const onError = (error: unknown): void => fail(errorFromParts(errorParts(error)));
      const onExit = (): void => {
        onError('its thread ended');
        settle({ kind: 'stopped' });
      };
      const onMessage = (said: FromWorker): void => {
        switch (said.kind) {
          case 'ask':
            // A worker always gets its answer; after a failure it finds out that it is to stop.
            post(worker, { kind: 'answer', answer: guard(fail, hooks.onAsk, said.question) ?? NOTHING_NEW });
            return;
          case 'progress':
            guard(fail, hooks.onProgress, said.progress);
            return;
          case 'created':
            hooks.onCreated?.(said.path);
            return;
          case 'done':
            settle({ kind: 'done', results: said.results as JobResults[J['name']] });
            break;
          case 'failed':
            settle({ kind: 'failed', error: errorFromParts(said.error) });
            break;
          case 'stopped':
            settle(said);
        }
        this.release(worker);
      };
      worker.on('message', onMessage).on('error', onError).on('exit', onExit);
      post(worker, message);
    });
  }
}

const NOTHING_NEW: Answer = { chunks: new Uint8Array(0), manifests: new Uint8Array(0) };

function post(worker: Worker, message: ToWorker): void {
  worker.postMessage(message);
}

/** Calls a hook of the caller's; what it throws goes to `fail`. */
function guard<A, R>(
  fail: (error: unknown) => void,
  hook: ((argument: A) => R) | undefined,
  argument: A,
): R | undefined {
  try {
    return hook?.(argument);
  } catch (error) {
    fail(error);
    return undefined;
  }
}

function aborted(): ForgeError {
  return new ForgeError('ABORTED', 'Stopped on request', 'Run the command again to finish it.');
}
