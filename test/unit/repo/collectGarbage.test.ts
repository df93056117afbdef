// The tests of `gc`: what it marks, what it drops and keeps, and that it can be run again at any time.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodePointer } from '../../../core/model/pointer.ts';
import { Repository } from '../../../core/repo/repository.ts';
import type { CollectGarbageResult } from '../../../core/repo/types.ts';
import { initRepository } from '../../../core/repo/initialize.ts';
import { makeRepository, testDeps } from '../../support/repositories.ts';
import { asUnprivilegedUser } from '../../support/privileges.ts';
import { sameBytes } from '../../support/sameBytes.ts';
import { git } from '../../support/stockGit.ts';
import { tempFolder } from '../../support/tempFolder.ts';
import { noise } from '../store/support.ts';

const SIZE = 150_000;
const GIT_DIR = ['--git-dir=.forge/git'];

describe('collecting garbage', function () {
  this.timeout(120_000);
  let repository: Repository;
  let root: string;

  beforeEach(async () => {
    repository = await makeRepository();
    root = repository.root;
  });
  afterEach(() => repository.close());

  const put = async (name: string, bytes: Buffer): Promise<void> => writeFile(join(root, name), bytes);

  async function commit(name: string, bytes: Buffer): Promise<string> {
    await put(name, bytes);
    return (await repository.commit({ message: name, paths: [] })).commit;
  }

  /** Lets go of everything but the newest operation. */
  const collect = (options = {}): Promise<CollectGarbageResult> =>
    repository.collectGarbage({ retention: 0, ...options });

  async function assertHas(revision: string, name: string, bytes: Buffer): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of repository.readFile(revision, name)) parts.push(part);
    sameBytes(Buffer.concat(parts), bytes);
  }

  async function assertWhole(): Promise<void> {
    assert.deepEqual((await repository.verify({ full: true })).problems, []);
  }

  /** An operation that keeps nothing, to be the newest. */
  async function moveOn(): Promise<void> {
    await commit('notes.txt', Buffer.from(`${Math.random()}\n`));
    await commit('notes.txt', Buffer.from(`${Math.random()}\n`));
  }

  it('keeps what branches, tags, annotated tags and a detached HEAD need', async () => {
    const contents = Array.from({ length: 5 }, () => noise(SIZE));
    const main = await commit('a.bin', contents[0]);
    await repository.createBranch('side');
    await repository.switch({ target: 'side' });
    await commit('a.bin', contents[1]);
    await repository.switch({ target: main });
    const tagged = await commit('a.bin', contents[2]);
    await repository.createTag('light', tagged);
    await repository.switch({ target: main });
    const annotated = await commit('a.bin', contents[3]);
    await repository.createTag('heavy', annotated, 'a release');
    await repository.switch({ target: main });
    const detached = await commit('a.bin', contents[4]);
    await moveOn();
    const result = await collect();
    assert.equal(result.lacking, 0);
    await assertHas('side', 'a.bin', contents[1]);
    await assertHas('light', 'a.bin', contents[2]);
    await assertHas('heavy', 'a.bin', contents[3]);
    await assertHas(detached, 'a.bin', contents[4]);
    await assertWhole();
  });

  it('keeps what the index names and nothing else does', async () => {
    const bytes = noise(SIZE);
    await commit('a.bin', noise(SIZE));
    await repository.createBranch('side');
    await repository.switch({ target: 'side' });
    const lost = await commit('b.bin', bytes);
    await repository.switch({ target: 'main' });
    await repository.deleteBranch('side', true);
    await moveOn();
    const blob = git(root, [...GIT_DIR, 'rev-parse', `${lost}:b.bin`]).trim();
    git(root, [...GIT_DIR, 'update-index', '--add', '--cacheinfo', `100644,${blob},b.bin`]);
    await collect();
    await repository.restore({ paths: ['b.bin'] });
    sameBytes(await readFile(join(root, 'b.bin')), bytes);
    await assertWhole();
    git(root, [...GIT_DIR, 'update-index', '--force-remove', 'b.bin']);
    await rm(join(root, 'b.bin'));
    await moveOn();
    assert.ok((await collect({ dryRun: true })).droppedBytes > SIZE);
  });

  it('drops what nothing reaches, for real, and keeps the rest byte for byte', async () => {
    const [kept, lost] = [noise(SIZE), noise(SIZE)];
    await commit('a.bin', kept);
    await repository.createBranch('side');
    await repository.switch({ target: 'side' });
    await commit('b.bin', lost);
    await repository.switch({ target: 'main' });
    await repository.deleteBranch('side', true);
    await moveOn();
    const dry = await collect({ dryRun: true });
    assert.ok(dry.droppedChunks > 0 && dry.droppedBytes > SIZE, JSON.stringify(dry));
    assert.equal((await repository.stats()).storedBytes, dry.before, 'a dry run writes nothing');
    const result = await collect();
    assert.equal(result.droppedChunks, dry.droppedChunks);
    assert.ok(result.after < result.before - SIZE, JSON.stringify(result));
    assert.equal((await repository.stats()).storedBytes, result.after);
    assert.equal((await repository.stats()).chunks, result.liveChunks);
    await assertHas('HEAD', 'a.bin', kept);
    await assertWhole();
    const files = await readAllSegments(root);
    assert.ok(files.includes(kept.subarray(0, 1000)) && !files.includes(lost.subarray(0, 1000)));
  });

  it('keeps what young operations need, and says of older ones that they cannot be undone', async () => {
    const [first, unsaved] = [noise(SIZE), noise(SIZE)];
    const base = await commit('a.bin', first);
    await put('a.bin', unsaved);
    await repository.restore({ from: base, paths: ['a.bin'] });
    assert.equal((await repository.collectGarbage({ retention: 100 })).droppedChunks, 0);
    await repository.undo({});
    sameBytes(await readFile(join(root, 'a.bin')), unsaved);
    await repository.restore({ from: base, paths: ['a.bin'] });
    const operations = [];
    for await (const { id, command } of repository.operations()) operations.push({ id, command });
    await moveOn();
    const result = await collect();
    assert.ok(result.expired > 0 && result.droppedChunks > 0, JSON.stringify(result));
    await assertWhole();
    const restored = operations.find(({ command }) => command === 'restore')!;
    await assert.rejects(repository.restoreOperation(restored.id, {}), { code: 'EXPIRED' });
    await repository.undo({});
    await assert.rejects(repository.undo({}), { code: 'EXPIRED' });
    await assertWhole();
  });

  it('costs next to nothing the second time, and packs what came since', async () => {
    let bytes = noise(SIZE);
    const versions: [string, Buffer][] = [];
    for (let round = 0; round < 5; round++) {
      bytes = Buffer.concat([bytes.subarray(0, 70_000), noise(500), bytes.subarray(70_200)]);
      versions.push([await commit('a.bin', bytes), bytes]);
    }
    const first = await collect();
    assert.ok(first.repackedBytes > 0);
    const second = await collect();
    assert.deepEqual([second.repackedBytes, second.after], [0, first.after]);
    bytes = Buffer.concat([noise(300), bytes]);
    versions.push([await commit('a.bin', bytes), bytes]);
    const third = await collect();
    assert.ok(third.repackedBytes > 0 && third.repackedBytes < 20_000, JSON.stringify(third));
    for (const [revision, content] of versions) await assertHas(revision, 'a.bin', content);
    await assertWhole();
  });

  it('leaves a store whose database can be made anew', async () => {
    const versions: [string, Buffer][] = [];
    for (let round = 0; round < 3; round++) {
      const bytes = noise(SIZE);
      versions.push([await commit('a.bin', bytes), bytes]);
    }
    await collect();
    await repository.close();
    await rm(join(root, '.forge/db'), { recursive: true });
    repository = await Repository.open(root, testDeps());
    for (const [revision, content] of versions) await assertHas(revision, 'a.bin', content);
    await commit('b.bin', noise(SIZE));
    assert.equal((await collect({ dryRun: true })).droppedChunks, 0);
    await assertWhole();
  });

  it('packs many versions of several paths, each exact', async () => {
    const versions: [string, string, Buffer][] = [];
    const contents = new Map<string, Buffer>();
    for (let round = 0; round < 12; round++) {
      for (const name of ['a.bin', 'b.bin']) {
        const before = contents.get(name) ?? noise(SIZE);
        const at = (round * 9973) % 100_000;
        const bytes = Buffer.concat([before.subarray(0, at), noise(2000), before.subarray(at + 100)]);
        contents.set(name, bytes);
        versions.push([await commit(name, bytes), name, bytes]);
      }
    }
    const { before, after } = await collect();
    assert.ok(after <= before, `${after} of ${before}`);
    for (const [revision, name, content] of versions) await assertHas(revision, name, content);
    await assertWhole();
  });

  it('stops when asked to and goes on the next time', async () => {
    for (let round = 0; round < 3; round++) await commit('a.bin', noise(SIZE));
    const stopping = new AbortController();
    const onProgress = ({ phase }: { phase: string }): void => {
      if (phase === 'mark') stopping.abort();
    };
    await assert.rejects(collect({ signal: stopping.signal, onProgress }), { code: 'ABORTED' });
    await assertWhole();
    await collect();
    await assertWhole();
  });

  it('takes assets that the store never had for what they are', async () => {
    await commit('a.bin', noise(SIZE));
    await put('foreign.bin', encodePointer({ blake3: 'ab'.repeat(32), size: 5 }));
    const blob = git(root, [...GIT_DIR, 'hash-object', '-w', '--no-filters', 'foreign.bin']).trim();
    git(root, [...GIT_DIR, 'update-index', '--add', '--cacheinfo', `100644,${blob},foreign.bin`]);
    const result = await collect();
    assert.equal(result.lacking, 1);
  });

  it('keeps every stash, and what a reflog that is young enough names', async () => {
    const bytes = noise(SIZE);
    const head = await commit('a.bin', noise(SIZE));
    const lost = await commit('a.bin', bytes);
    await repository.switch({ target: head });
    git(root, [...GIT_DIR, 'update-ref', 'refs/stash', lost]);
    git(root, [...GIT_DIR, 'update-ref', 'refs/heads/main', head]);
    await moveOn();
    await collect();
    await assertHas(lost, 'a.bin', bytes);
  });

  it('leaves the store as it was when the disk is full, and works once there is room', async function () {
    const disk = await tempFolder();
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'forge-test', disk]).status !== 0)
      return this.skip();
    try {
      const { root: place } = await initRepository(join(disk, 'work'), { unreal: false, launcher: '/forge' });
      const small = await Repository.open(place, testDeps());
      const bytes = noise(2_500_000);
      await writeFile(join(place, 'a.bin'), bytes);
      const { commit: revision } = await small.commit({ message: 'a', paths: [] });
      await rm(join(place, 'a.bin'));
      await writeFile(join(disk, 'ballast'), noise(1_500_000));
      const before = await small.stats();
      await assert.rejects(small.collectGarbage({ retention: 0 }), { code: 'DISK_FULL' });
      assert.deepEqual(await small.stats(), before);
      assert.deepEqual((await small.verify({ full: true })).problems, []);
      await rm(join(disk, 'ballast'));
      assert.ok((await small.collectGarbage({ retention: 0 })).repackedBytes > 0);
      const parts: Buffer[] = [];
      for await (const part of small.readFile(revision, 'a.bin')) parts.push(part);
      sameBytes(Buffer.concat(parts), bytes);
      await small.close();
    } finally {
      spawnSync('umount', ['-l', disk]);
    }
  });

  it('refuses a folder that may not be written to, but looks at it', async function () {
    await commit('a.bin', noise(SIZE));
    await asUnprivilegedUser(this, [root], async () => {
      await assert.rejects(collect(), { code: 'READ_ONLY' });
    });
    const other = await Repository.open(root, testDeps());
    await asUnprivilegedUser(this, [root], async () => {
      assert.equal((await other.collectGarbage({ dryRun: true })).droppedChunks, 0);
    });
    await other.close();
  });
});

async function readAllSegments(root: string): Promise<Buffer> {
  const folder = join(root, '.forge/store');
  return Buffer.concat(
    await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name)))),
  );
}
