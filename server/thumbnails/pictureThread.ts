// Owns one thread that makes thumbnails, one after the other; a job that takes too long ends with its thread.
import { Worker } from 'node:worker_threads';
import * as l10n from '@vscode/l10n';
import type { ThumbnailAnswer, ThumbnailJob } from './thumbnailJob.ts';

export interface ThreadPlaces {
  /** thumbnailWorker.ts, or what it is bundled to. */
  workerScript: URL;
  /** picture.wasm. */
  wasm: URL;
}

export class PictureThread {
  private readonly places: ThreadPlaces;
  private readonly limitMs: number;
  private worker: Worker | undefined;
  private last: Promise<unknown> = Promise.resolve();

  constructor(places: ThreadPlaces, limitMs: number) {
    this.places = places;
    this.limitMs = limitMs;
  }

  run(job: ThumbnailJob): Promise<ThumbnailAnswer> {
    const result = this.last.then(() => this.runNow(job));
    this.last = result;
    return result;
  }

  async close(): Promise<void> {
    await this.stop();
  }

  /** Never rejects: whatever happens to the thread is a reason. */
  private runNow(job: ThumbnailJob): Promise<ThumbnailAnswer> {
    const worker = (this.worker ??= this.start());
    return new Promise((resolve) => {
      const finish = (answer: ThumbnailAnswer, keep: boolean): void => {
        clearTimeout(timer);
        // By name: a Worker listens to itself too.
        worker.off('message', onMessage).off('error', onError).off('exit', onExit);
        worker.unref();
        if (!keep) void this.stop();
        resolve(answer);
      };
      const timer = setTimeout(
        () =>
          finish(
            { reason: l10n.t('the picture takes more than {0} s to decode', this.limitMs / 1000) },
            false,
          ),
        this.limitMs,
      );
      const onMessage = (answer: ThumbnailAnswer): void => finish(answer, true);
      const onError = (error: Error): void =>
        finish({ reason: l10n.t('decoding failed: {0}', error.message) }, false);
      const onExit = (): void => finish({ reason: l10n.t('decoding was ended') }, false);
      worker.ref();
      worker.on('message', onMessage).on('error', onError).on('exit', onExit);
      worker.postMessage(job);
    });
  }

  private start(): Worker {
    const { workerScript, wasm } = this.places;
    return new Worker(workerScript, {
      workerData: { wasm: wasm.href },
      resourceLimits: { maxOldGenerationSizeMb: 64 },
    });
  }

  private async stop(): Promise<void> {
    const { worker } = this;
    this.worker = undefined;
    // A thread that fails while it ends has nobody to tell.
    worker?.on('error', () => undefined);
    await worker?.terminate();
  }
}
