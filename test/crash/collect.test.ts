// Processes read a store in a loop while another one collects garbage in it again and again; and a collection is killed at random moments
// (200 with FORGE_TEST_EVERY_STEP, else a few): nothing that is reached is ever lost, and the next one finishes the work.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pointer } from '../../core/model/pointer.ts';
import { Repository } from '../../core/repo/repository.ts';
import { planes } from '../support/planes.ts';
import { makeRepository, testDeps } from '../support/repositories.ts';
import { blake3Of, noise } from '../unit/store/support.ts';
import { tempFolder } from '../support/tempFolder.ts';

const HERE = import.meta.dirname;
const KILLS = process.env.FORGE_TEST_EVERY_STEP ? 200 : 8;
const COLLECTIONS = process.env.FORGE_TEST_EVERY_STEP ? 40 : 5;

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

/** Commits a version that differs a little from the one before, and one that a moved branch then leaves unreachable. */
class Author {
  readonly kept: { commit: string; bytes: Buffer }[] = [];
  private bytes = noise(180_000);
  private count = 0;
  private readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  async work(repository: Repository): Promise<void> {
    await this.commit(repository);
    await repository.createBranch(`side${this.count}`);
    await repository.switch({ target: `side${this.count}` });
    await writeFile(join(this.root, 'lost.bin'), noise(100_000));
    await repository.commit({ message: 'lost', paths: [] });
    await repository.switch({ target: 'main' });
    await repository.deleteBranch(`side${this.count}`, true);
    await this.commit(repository);
  }

  private async commit(repository: Repository): Promise<void> {
    const at = (this.count++ * 17_001) % 150_000;
    this.bytes = Buffer.concat([this.bytes.subarray(0, at), noise(700), this.bytes.subarray(at + 300)]);
    await writeFile(join(this.root, 'a.bin'), this.bytes);
    const { commit } = await repository.commit({ message: `version ${this.count}`, paths: [] });
    this.kept.push({ commit, bytes: this.bytes });
  }
}

async function assertAllKept(repository: Repository, { kept }: Author): Promise<void> {
  assert.deepEqual((await repository.verify({ full: true })).problems, []);
  for (const { commit, bytes } of kept) {
    const parts: Buffer[] = [];
    for await (const part of repository.readFile(commit, 'a.bin')) parts.push(part);
    assert.ok(Buffer.concat(parts).equals(bytes), `${commit} came back changed`);
  }
}

for (const { name: plane } of planes) {
  describe(`a collection of garbage, ${plane} plane`, function () {
    this.timeout(process.env.FORGE_TEST_EVERY_STEP ? 3_600_000 : 300_000);

    it('goes on beside processes that read', async () => {
      const repository = await makeRepository();
      const { root } = repository;
      const author = new Author(root);
      await author.work(repository);
      const folder = await tempFolder();
      const pointers: Pointer[] = [];
      for (const { bytes } of author.kept)
        pointers.push({ blake3: (await blake3Of(bytes)).toString('hex'), size: bytes.length });
      await writeFile(join(folder, 'pointers.json'), JSON.stringify(pointers));
      const readers = [start('reader.ts', [root, plane, folder]), start('reader.ts', [root, plane, folder])];
      await Promise.all(readers.map(({ ready }) => ready));
      let dropped = 0;
      for (let i = 0; i < COLLECTIONS; i++) {
        await author.work(repository);
        dropped += (await repository.collectGarbage({ retention: 0 })).droppedChunks;
      }
      for (const { child } of readers) child.stdin.end();
      for (const { code, stdout, stderr } of await Promise.all(readers.map(({ ended }) => ended))) {
        assert.equal(code, 0, stderr);
        assert.ok(Number(stdout.split('\n')[1]) > 0, `a reader went round ${stdout} times`);
      }
      assert.ok(dropped > 0);
      await assertAllKept(repository, author);
      await repository.close();
    });

    it('may be killed at any moment', async () => {
      let repository = await makeRepository();
      const { root } = repository;
      const author = new Author(root);
      let kills = 0;
      // Finds by itself how long a collection takes here: a kill that comes too late makes the next one come earlier.
      let latest = 900;
      for (let turn = 0; turn < KILLS; turn++) {
        if (turn % 4 === 0) await author.work(repository);
        await repository.close();
        const { child, ended } = start('child.ts', [root, 'gc'], { FORGE_TEST_PLANE: plane });
        const timer = setTimeout(() => child.kill('SIGKILL'), latest * (0.4 + 0.6 * Math.random()));
        const { signal, code, stderr } = await ended;
        clearTimeout(timer);
        if (signal === 'SIGKILL') kills++;
        else assert.equal(code, 0, stderr);
        latest *= signal === 'SIGKILL' ? 1.2 : 0.7;
        repository = await Repository.open(root, testDeps());
        await assertAllKept(repository, author);
      }
      assert.ok(kills > 0, 'no collection was killed before it was done');
      await repository.collectGarbage({ retention: 0 });
      const last = await repository.collectGarbage({ retention: 0 });
      assert.deepEqual([last.droppedChunks, last.repackedBytes], [0, 0]);
      await assertAllKept(repository, author);
      await repository.close();
      await rm(root, { recursive: true });
    });
  });
}
