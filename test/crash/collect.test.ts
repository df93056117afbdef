// Processes read a store in a loop while another one collects garbage in it again and again; and a collection is killed at random moments
// (200 with FORGE_TEST_EVERY_STEP, else a few): nothing that is reached is ever lost, and the next one finishes the work.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataPlane } from '../../core/dataplane/dataPlane.ts';
import type { Pointer } from '../../core/model/pointer.ts';
import { initRepository } from '../../core/repo/initialize.ts';
import { Repository } from '../../core/repo/repository.ts';
import { planes } from '../support/planes.ts';
import { testDeps } from '../support/repositories.ts';
import { tempFolder } from '../support/tempFolder.ts';
import { blake3Of } from '../unit/store/support.ts';
import { assertKept, Author } from './author.ts';

const HERE = import.meta.dirname;
const KILLS = process.env.FORGE_TEST_EVERY_STEP ? 200 : 6;
const COLLECTIONS = process.env.FORGE_TEST_EVERY_STEP ? 40 : 4;
/** Turns between two that commit, and files that each turn reads back for certain. */
const TURNS_PER_WORK = 4;
const READ_EACH_TURN = 12;

interface Ended {
  code: number | null;
  signal: string | null;
  stderr: string;
  stdout: string;
}

function start(script: string, args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [join(HERE, script), ...args], { env: { ...process.env, ...env } });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  const ready = new Promise<void>((resolve) => {
    child.stdout.once('data', () => resolve());
    child.once('close', () => resolve());
  });
  return { child, ended, ready };
}

for (const { name: planeName, create } of planes) {
  describe(`a collection of garbage, ${planeName} plane`, function () {
    this.timeout(process.env.FORGE_TEST_EVERY_STEP ? 3_600_000 : 300_000);
    let plane: DataPlane;
    let root: string;
    before(() => {
      plane = create();
    });
    after(() => plane.close());
    beforeEach(async () => {
      root = await tempFolder();
      await initRepository(root, { unreal: false, launcher: '/forge' });
    });
    afterEach(() => rm(root, { recursive: true }));

    const open = (): Promise<Repository> =>
      Repository.open(
        root,
        testDeps(() => plane),
      );

    it('goes on beside processes that read', async () => {
      const repository = await open();
      const author = new Author(root);
      await author.work(repository);
      const folder = await tempFolder();
      const pointers: Pointer[] = [];
      for (const { bytes } of author.kept)
        pointers.push({ blake3: (await blake3Of(bytes)).toString('hex'), size: bytes.length });
      await writeFile(join(folder, 'pointers.json'), JSON.stringify(pointers));
      const args = [root, planeName, folder];
      const readers = [start('reader.ts', args), start('reader.ts', args)];
      await Promise.all(readers.map(({ ready }) => ready));
      let dropped = 0;
      for (let i = 0; i < COLLECTIONS; i++) {
        await author.work(repository);
        dropped += (await repository.collectGarbage({ retention: 0 })).droppedChunks;
      }
      for (const { child } of readers) child.stdin.end();
      const rounds: number[] = [];
      for (const { code, stdout, stderr } of await Promise.all(readers.map(({ ended }) => ended))) {
        assert.equal(code, 0, stderr);
        rounds.push(Number(stdout.split('\n')[1]));
      }
      assert.ok(
        rounds.every((count) => count > 0),
        `readers went round ${rounds.join(' and ')} times`,
      );
      if (KILLS > 100)
        console.log(`      ${COLLECTIONS} collections, rounds of the readers: ${rounds.join(', ')}`);
      assert.ok(dropped > 0);
      await assertKept(repository, author);
      await repository.close();
    });

    it('may be killed at any moment', async () => {
      let repository = await open();
      const author = new Author(root);
      const seen = { kills: 0, unfinished: 0, finished: 0 };
      // Finds by itself how long a collection takes here: a kill that comes too late makes the next one come earlier.
      let latest = 300;
      for (let turn = 0; seen.kills < KILLS; turn++) {
        assert.ok(turn < 4 * KILLS, `only ${seen.kills} collections were killed before they were done`);
        if (turn % TURNS_PER_WORK === 0) await author.work(repository);
        await repository.close();
        const { child, ended, ready } = start('child.ts', [root, 'gc'], { FORGE_TEST_PLANE: planeName });
        await ready;
        const timer = setTimeout(() => child.kill('SIGKILL'), latest * Math.random());
        const { signal, code, stderr } = await ended;
        clearTimeout(timer);
        if (signal === 'SIGKILL') {
          seen.kills++;
          if ((await readdir(join(root, '.forge/tmp')).catch(() => [])).length > 0) seen.unfinished++;
        } else {
          assert.equal(code, 0, stderr);
          seen.finished++;
        }
        latest *= signal === 'SIGKILL' ? 1.1 : 0.8;
        repository = await open();
        await assertKept(repository, author, turn % 20 === 19 ? Infinity : READ_EACH_TURN);
      }
      await repository.collectGarbage({ retention: 0 });
      const last = await repository.collectGarbage({ retention: 0 });
      assert.deepEqual([last.droppedChunks, last.repackedBytes], [0, 0]);
      await assertKept(repository, author);
      await repository.close();
      if (KILLS > 100) {
        const { kills, unfinished, finished } = seen;
        const text = `${kills} killed (${unfinished} with segments in the making), ${finished} done before the kill`;
        console.log(`      ${text}; ${author.kept.length} versions came back`);
      }
    });
  });
}
