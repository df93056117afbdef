import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type LockOptions, WriterLock } from '../../../core/repo/writerLock.ts';
import { tempFolder } from '../../support/tempFolder.ts';

const options: LockOptions = { hostName: 'here', processId: process.pid, command: 'commit', wait: false };

/** A process that has ended, by id: nobody alive has it now. */
async function deadProcess(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '0']);
  await once(child, 'exit');
  return child.pid as number;
}

async function leaveLock(folder: string, holder: object): Promise<void> {
  await writeFile(join(folder, 'lock'), JSON.stringify(holder));
}

describe('writer lock', () => {
  it('leaves nothing behind when it is given back', async () => {
    const folder = await tempFolder();
    const lock = await WriterLock.acquire(folder, options);
    assert.ok(existsSync(join(folder, 'lock')));
    await lock.release();
    assert.deepEqual(await readdir(folder), []);
  });

  it('names the holder to whoever does not wait', async () => {
    const folder = await tempFolder();
    const lock = await WriterLock.acquire(folder, options);
    await assert.rejects(WriterLock.acquire(folder, options), (error: Error & { code: string }) => {
      assert.equal(error.code, 'LOCKED');
      assert.match(error.message, new RegExp(`forge commit \\(process ${process.pid} on here`));
      return true;
    });
    await lock.release();
  });

  it('hands over to one that waits, and tells it for whom', async () => {
    const folder = await tempFolder();
    const first = await WriterLock.acquire(folder, options);
    const told: string[] = [];
    let got = false;
    const second = WriterLock.acquire(folder, {
      ...options,
      command: 'undo',
      wait: true,
      onWait: (holder) => told.push(holder),
    });
    void second.then(() => (got = true));
    await new Promise((resolve) => setTimeout(resolve, 120));
    assert.equal(got, false);
    await first.release();
    await (await second).release();
    assert.equal(told.length, 1);
  });

  it('lets only one of many in at a time', async () => {
    const folder = await tempFolder();
    let inside = 0;
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        const lock = await WriterLock.acquire(folder, { ...options, wait: true });
        assert.equal(++inside, 1);
        await new Promise((resolve) => setTimeout(resolve, 5));
        inside--;
        await lock.release();
      }),
    );
  });

  it('takes over from a process that died', async () => {
    const folder = await tempFolder();
    await leaveLock(folder, {
      id: 'old',
      pid: await deadProcess(),
      host: 'here',
      command: 'commit',
      since: '',
    });
    await (await WriterLock.acquire(folder, options)).release();
  });

  it('takes over when the pid belongs to another process by now', async () => {
    const folder = await tempFolder();
    await leaveLock(folder, {
      id: 'old',
      pid: process.pid,
      host: 'here',
      command: 'commit',
      since: '',
      startTicks: '1',
    });
    await (await WriterLock.acquire(folder, options)).release();
  });

  it('respects a fresh heartbeat from another machine', async () => {
    const folder = await tempFolder();
    await leaveLock(folder, { id: 'far', pid: 1, host: 'elsewhere', command: 'commit', since: '' });
    await assert.rejects(WriterLock.acquire(folder, options), { code: 'LOCKED' });
  });

  it('takes over a lock that a power cut left empty', async () => {
    const folder = await tempFolder();
    await writeFile(join(folder, 'lock'), '');
    await (await WriterLock.acquire(folder, options)).release();
  });

  it('stops waiting when told to', async () => {
    const folder = await tempFolder();
    const lock = await WriterLock.acquire(folder, options);
    const signal = AbortSignal.timeout(60);
    await assert.rejects(WriterLock.acquire(folder, { ...options, wait: true, signal }), { code: 'ABORTED' });
    await lock.release();
  });
});
