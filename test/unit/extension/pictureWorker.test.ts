// Tests how the page of pictures works with its worker: answers, limits of time, and jobs that are asked for while one runs.
import assert from 'node:assert/strict';
import { Latest } from '../../../extension/webview/picture/latest.ts';
import type { PictureProblem } from '../../../extension/webview/picture/pictureProblem.ts';
import {
  type NumberedJob,
  WorkerClient,
  type WorkerLike,
} from '../../../extension/webview/picture/workerClient.ts';

const READ = { type: 'read' } as const;

class FakeWorker implements WorkerLike {
  onmessage: WorkerLike['onmessage'] = null;
  onerror: WorkerLike['onerror'] = null;
  readonly jobs: NumberedJob[] = [];
  terminated = 0;

  postMessage(job: NumberedJob): void {
    this.jobs.push(job);
  }

  terminate(): void {
    this.terminated++;
  }
}

describe('WorkerClient', () => {
  it('gives each job its answer, in whatever order they come', async () => {
    const worker = new FakeWorker();
    const client = new WorkerClient<typeof READ, { read: number[][] }>(worker);
    const [one, two] = [client.run(READ), client.run(READ)];
    worker.onmessage?.({ data: { id: worker.jobs[1].id, result: [[2]] } });
    worker.onmessage?.({ data: { id: worker.jobs[0].id, result: [[1]] } });
    assert.deepEqual([await one, await two], [[[1]], [[2]]]);
    client.end();
  });

  it('rejects with what the worker says', async () => {
    const worker = new FakeWorker();
    const client = new WorkerClient<typeof READ, { read: number[][] }>(worker);
    const job = client.run(READ);
    worker.onmessage?.({ data: { id: 0, problem: 'It has {0}', values: [3] } });
    await assert.rejects(job, (error: PictureProblem) => {
      assert.deepEqual([error.message, error.values], ['It has {0}', [3]]);
      return true;
    });
    client.end();
  });

  it('ends a worker that takes too long, and everything that waits for it', async () => {
    const worker = new FakeWorker();
    const client = new WorkerClient<typeof READ, { read: number[][] }>(worker, 0.02);
    const jobs = await Promise.allSettled([client.run(READ), client.run(READ)]);
    const reasons = jobs.map((job) => job.status === 'rejected' && (job.reason as Error).message);
    assert.deepEqual(reasons, ['It took more than {0} s', 'It took more than {0} s']);
    assert.equal(worker.terminated, 1);
    await assert.rejects(client.run(READ), { message: 'It took more than {0} s' });
  });

  it('tells of a script that cannot run', async () => {
    const worker = new FakeWorker();
    const client = new WorkerClient<typeof READ, { read: number[][] }>(worker);
    const job = client.run(READ);
    worker.onerror?.({ message: 'out of memory' });
    await assert.rejects(job, (error: PictureProblem) => error.values[0] === 'out of memory');
  });
});

describe('Latest', () => {
  const fail = (error: unknown): void => assert.fail(String(error));

  it('runs once more for all that asked in the meantime', async () => {
    let go: () => void = () => undefined;
    let runs = 0;
    const latest = new Latest(() => {
      runs++;
      return new Promise((resolve) => (go = resolve));
    }, fail);
    latest.ask();
    latest.ask();
    latest.ask();
    assert.equal(runs, 1);
    go();
    await new Promise(setImmediate);
    assert.equal(runs, 2);
    go();
    await new Promise(setImmediate);
    assert.equal(runs, 2);
    latest.ask();
    assert.equal(runs, 3);
    go();
  });

  it('tells of a failure and runs again when it is asked', async () => {
    const failures: unknown[] = [];
    const latest = new Latest(
      () => Promise.reject(new Error('no')),
      (error) => failures.push(error),
    );
    latest.ask();
    await new Promise(setImmediate);
    latest.ask();
    await new Promise(setImmediate);
    assert.equal(failures.length, 2);
  });
});
