// Tests the order of operations on a repository.
import assert from 'node:assert/strict';
import { OperationQueue, type QueueState } from '../../../server/session/operationQueue.ts';

describe('an operation queue', () => {
  const never = new AbortController().signal;

  it('runs one writer at a time, in the order asked, and tells what runs', async () => {
    const states: QueueState[] = [];
    const queue = new OperationQueue((state) => states.push(state));
    const order: string[] = [];
    let running = 0;
    const work = (name: string) => async (): Promise<string> => {
      assert.equal(++running, 1);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      order.push(name);
      return name;
    };
    const results = await Promise.all(['a', 'b', 'c'].map((name) => queue.write(name, never, work(name))));
    assert.deepEqual(results, ['a', 'b', 'c']);
    assert.deepEqual(order, ['a', 'b', 'c']);
    assert.deepEqual(states.at(-1), { running: undefined, waiting: 0 });
    assert.ok(states.some(({ running: name, waiting }) => name === 'a' && waiting === 2));
  });

  it('goes on after a failure', async () => {
    const queue = new OperationQueue(() => undefined);
    const failed = queue.write('a', never, () => Promise.reject(new Error('no')));
    const fine = queue.write('b', never, () => Promise.resolve(1));
    await assert.rejects(failed, { message: 'no' });
    assert.equal(await fine, 1);
  });

  it('never starts what was cancelled while it waited', async () => {
    const queue = new OperationQueue(() => undefined);
    const controller = new AbortController();
    let release = (): void => undefined;
    const first = queue.write('a', never, () => new Promise<void>((resolve) => (release = resolve)));
    const second = queue.write('b', controller.signal, () => assert.fail('it ran'));
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    release();
    await first;
    await assert.rejects(second, { code: 'ABORTED' });
    await queue.idle();
  });
});
