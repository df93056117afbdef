// A process is killed before changes it makes to the file system, one run a change (every change with FORGE_TEST_EVERY_STEP, else a
// sample of them); whatever moment that is, the repository opens without repair, keeps every commit it had, verifies, and stock Git accepts it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Repository } from '../../core/repo/repository.ts';
import { makeRepository, testDeps } from '../support/repositories.ts';
import { tempFolder } from '../support/tempFolder.ts';

const HERE = import.meta.dirname;
/** A command that changes the file system more often than this has gone wrong. */
const MOST_STEPS = 400;
const STRIDE = process.env.FORGE_TEST_EVERY_STEP ? 1 : 7;

/** Deterministic bytes that do not compress and hold a NUL. */
function bytes(seed: number, size: number): Buffer {
  const out = Buffer.alloc(size);
  let state = seed * 2_654_435_761 + 1;
  for (let i = 1; i < size; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    out[i] = state >>> 24;
  }
  return out;
}

interface Prepared {
  root: string;
  first: string;
  second: string;
}

/** Two commits, and unsaved changes for a third. */
async function prepare(): Promise<Prepared> {
  const repository = await makeRepository();
  const { root } = repository;
  await writeFile(join(root, 'a.bin'), bytes(1, 200_000));
  await writeFile(join(root, 'notes.txt'), 'one\n');
  const { commit: first } = await repository.commit({ message: 'first', paths: [] });
  await writeFile(join(root, 'a.bin'), bytes(2, 200_000));
  await writeFile(join(root, 'b.bin'), bytes(3, 50_000));
  await rm(join(root, 'notes.txt'));
  const { commit: second } = await repository.commit({ message: 'second', paths: [] });
  await repository.close();
  return { root, first, second };
}

/** Runs a command in a copy of the repository, killed at step `at`. Returns the copy, and whether the command got through. */
async function runKilled(
  prepared: string,
  at: string,
  command: string[],
): Promise<{ root: string; finished: boolean; said: string }> {
  const root = await tempFolder();
  cpSync(prepared, root, { recursive: true, preserveTimestamps: true });
  const hook = pathToFileURL(join(HERE, 'killHook.ts')).href;
  const args = ['--import', hook, join(HERE, 'child.ts'), root, ...command];
  const done = await run(process.execPath, args, { ...process.env, FORGE_TEST_KILL_AT: at });
  if (done.signal !== 'SIGKILL') assert.equal(done.code, 0, done.stderr);
  return { root, finished: done.signal === null, said: done.stdout };
}

interface Ran {
  code: number | string;
  signal: string | null;
  stdout: string;
  stderr: string;
}

function run(program: string, args: string[], env = process.env): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(program, args, { env }, (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, signal: error?.signal ?? null, stdout, stderr });
    });
  });
}

async function checkWhole(root: string, commits: string[], at: string): Promise<Repository> {
  const repository = await Repository.open(root, testDeps());
  const verified = await repository.verify({ full: true });
  assert.deepEqual(verified.problems, [], `killed at step ${at}`);
  const ids = [];
  for await (const { commit } of repository.log({})) ids.push(commit);
  for (const commit of commits)
    assert.ok(ids.includes(commit), `${commit} is gone after a kill at step ${at}`);
  const fsck = await run('git', ['--git-dir', join(root, '.forge/git'), 'fsck', '--strict', '--no-dangling']);
  if (fsck.code !== 'ENOENT') assert.equal(fsck.code, 0, fsck.stdout + fsck.stderr);
  return repository;
}

interface Killed {
  root: string;
  said: string;
  /** The step, for messages. */
  at: string;
}

/** Runs a command killed at every step of the main thread and then of the workers, two at a time, and checks what each left. */
async function atEveryStep(
  prepared: string,
  command: string[],
  check: (killed: Killed) => Promise<void>,
): Promise<void> {
  for (const prefix of ['', 'worker:']) {
    for (let finished = false, step = 1; !finished; step += 2 * STRIDE) {
      assert.ok(step < MOST_STEPS);
      const one = async (at: string): Promise<boolean> => {
        const killed = await runKilled(prepared, at, command);
        await check({ ...killed, at });
        await rm(killed.root, { recursive: true });
        return killed.finished;
      };
      finished = (await Promise.all([one(`${prefix}${step}`), one(`${prefix}${step + STRIDE}`)])).includes(
        true,
      );
    }
  }
}

describe('a process killed at every step', function () {
  this.timeout(300_000);
  let prepared: Prepared;
  before(async () => {
    prepared = await prepare();
  });

  it('of a commit', async () => {
    await writeFile(join(prepared.root, 'a.bin'), bytes(4, 180_000));
    await writeFile(join(prepared.root, 'new.txt'), 'new\n');
    await atEveryStep(prepared.root, ['commit', 'third'], async ({ root, said, at }) => {
      const repository = await checkWhole(root, [prepared.second, ...(said === '' ? [] : [said])], at);
      assert.deepEqual(await readFile(join(root, 'a.bin')), bytes(4, 180_000));
      const { changes, commit } = await repository.status({});
      assert.equal(changes.length, commit === prepared.second ? 2 : 0, `status after a kill at step ${at}`);
      await repository.close();
    });
  });

  it('of a restore over unsaved work, which undo brings back', async () => {
    await writeFile(join(prepared.root, 'a.bin'), bytes(5, 190_000));
    await atEveryStep(prepared.root, ['restore', prepared.first], async ({ root, at }) => {
      const repository = await checkWhole(root, [prepared.second], at);
      const now = await readFile(join(root, 'a.bin'));
      if (!now.equals(bytes(5, 190_000))) {
        assert.deepEqual(now, bytes(1, 200_000), `neither old nor new content after a kill at step ${at}`);
        await repository.undo({});
        assert.deepEqual(await readFile(join(root, 'a.bin')), bytes(5, 190_000));
      }
      await repository.close();
    });
  });

  it('of a switch, which can be repeated', async () => {
    await writeFile(join(prepared.root, 'a.bin'), bytes(2, 200_000));
    await rm(join(prepared.root, 'new.txt'), { force: true });
    await atEveryStep(prepared.root, ['switch', prepared.first], async ({ root, at }) => {
      const repository = await checkWhole(root, [prepared.first], at);
      await repository.switch({ target: prepared.first });
      assert.deepEqual(await readFile(join(root, 'a.bin')), bytes(1, 200_000));
      assert.deepEqual((await repository.status({})).changes, [], `status after a kill at step ${at}`);
      await repository.close();
    });
  });

  it('of an undo, which can be repeated', async () => {
    await atEveryStep(prepared.root, ['undo'], async ({ root, at }) => {
      const repository = await checkWhole(root, [prepared.first], at);
      const { commit } = await repository.status({});
      if (commit === prepared.second) await repository.undo({});
      assert.equal((await repository.status({})).commit, prepared.first);
      await repository.close();
    });
  });

  it('of a collection of garbage, which can be repeated', async () => {
    const root = await tempFolder();
    cpSync(prepared.root, root, { recursive: true, preserveTimestamps: true });
    const repository = await Repository.open(root, testDeps());
    await repository.createBranch('side');
    await repository.switch({ target: 'side' });
    await writeFile(join(root, 'lost.bin'), bytes(7, 150_000));
    await repository.commit({ message: 'to be lost', paths: [] });
    await repository.switch({ target: 'main' });
    await repository.deleteBranch('side', true);
    for (const text of ['one', 'two']) {
      await writeFile(join(root, 'notes.txt'), text);
      await repository.commit({ message: text, paths: [] });
    }
    const { commit: head } = await repository.status({});
    await repository.close();
    let seen = 0;
    await atEveryStep(root, ['gc'], async (killed) => {
      const again = await checkWhole(killed.root, [head!, prepared.second], killed.at);
      const result = await again.collectGarbage({ retention: 0 });
      seen += result.repackedBytes;
      const { problems } = await again.verify({ full: true });
      assert.deepEqual(problems, [], `after a kill at step ${killed.at}`);
      const last = await again.collectGarbage({ retention: 0 });
      assert.deepEqual([last.droppedChunks, last.repackedBytes], [0, 0], `after a kill at step ${killed.at}`);
      const names = await readdir(join(killed.root, '.forge/store'));
      assert.equal(names.length, last.segments, `segments after a kill at step ${killed.at}`);
      await again.close();
    });
    assert.ok(seen > 0);
  });
});
