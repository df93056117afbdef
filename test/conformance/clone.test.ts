// The tests of cloning a repository from a folder, on every plane: what a clone has, what a source may be, what stops one.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, open, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type ForgeError } from '../../core/errors.ts';
import type { Progress } from '../../core/progress.ts';
import { initRepository } from '../../core/repo/initialize.ts';
import { Repository } from '../../core/repo/repository.ts';
import { cloneRepository } from '../../core/sync/clone.ts';
import { assertWhole, clone, fingerprint, freshTarget, makeSource, type Source } from '../support/clones.ts';
import { onEachPlane } from '../support/planes.ts';
import { asUnprivilegedUser } from '../support/privileges.ts';
import { testDeps } from '../support/repositories.ts';
import { sameBytes } from '../support/sameBytes.ts';
import { git, gitIsHere } from '../support/stockGit.ts';
import { tempFolder } from '../support/tempFolder.ts';
import { noise } from '../unit/store/support.ts';

onEachPlane('cloning a repository', (plane) => {
  let source: Source;
  let target: string;

  before(async function () {
    this.timeout(120_000);
    source = await makeSource(plane);
  });
  after(() => source.repository.close());
  beforeEach(async function () {
    this.timeout(60_000);
    target = await freshTarget();
  });

  const at = (root: string): Promise<Repository> => Repository.open(root, testDeps(plane));

  it('brings every version, branch and tag, and leaves the source as it was', async () => {
    const before = await fingerprint(source.root);
    const result = await clone(source.root, target, plane);
    assert.deepEqual(await fingerprint(source.root), before);
    await assertWhole(target, source.author, plane);
    assert.deepEqual(
      [result.root, result.source, result.branch, result.branches, result.tags, result.plane],
      [target, source.root, 'main', 2, 2, plane().name],
    );
    const repository = await at(target);
    assert.deepEqual(
      (await repository.branches()).map(({ name }) => name),
      ['main'],
    );
    assert.deepEqual(
      (await repository.tags()).map(({ name, message }) => [name, message?.trim()]),
      [
        ['first', undefined],
        ['v1', 'annotated'],
      ],
    );
    const entries = [];
    for await (const { commit } of repository.log({ from: 'origin/seite/ü' })) entries.push(commit);
    const expected = [];
    for await (const { commit } of source.repository.log({ from: 'seite/ü' })) expected.push(commit);
    assert.deepEqual(entries, expected);
    await assert.rejects(repository.undo({}), { code: 'NOTHING_TO_UNDO' });
    await repository.close();
    assert.deepEqual(await readdir(dirname(target)), [basename(target)]);
  });

  it('clones a clone, and both go their own ways', async () => {
    await clone(source.root, target, plane);
    const second = await freshTarget();
    await clone(target, second, plane);
    const names = async (root: string): Promise<string[]> =>
      (await readdir(join(root, '.forge/store'))).filter((name) => name.startsWith('open-'));
    const all = [...(await names(source.root)), ...(await names(target)), ...(await names(second))];
    assert.ok(all.length >= 3);
    assert.equal(
      new Set(all).size,
      all.length,
      'a segment that may be appended to belongs to one repository',
    );
    for (const root of [target, second]) {
      const repository = await at(root);
      await writeFile(join(root, 'own.bin'), noise(90_000));
      await repository.commit({ message: 'own', paths: [] });
      await repository.collectGarbage({ retention: 0 });
      await repository.close();
      await assertWhole(root, source.author, plane);
    }
  });

  it('takes sealed and packed segments as they are', async () => {
    const { root, repository, author } = await makeSource(plane);
    await repository.collectGarbage({ retention: 0 });
    const store = join(root, '.forge/store');
    await repository.close();
    const [packed] = await readdir(store);
    const { path } = await plane().sealSegment(join(store, packed));
    const again = await at(root);
    await writeFile(join(root, 'more.bin'), noise(90_000));
    await again.commit({ message: 'more', paths: [] });
    await again.close();
    await clone(root, target, plane);
    const there = await readdir(join(target, '.forge/store'));
    assert.ok(there.includes(basename(path)));
    sameBytes(await readFile(join(target, '.forge/store', basename(path))), await readFile(path));
    await assertWhole(target, author, plane);
  });

  it('lets stock Git see where it came from', async function () {
    if (!gitIsHere) this.skip();
    await clone(source.root, target, plane);
    const run = (...args: string[]): string => git(target, ['--git-dir=.forge/git', ...args]);
    assert.equal(run('config', 'remote.origin.url').trim(), join(source.root, '.forge/git'));
    assert.equal(run('-c', 'safe.directory=*', 'fetch', '--dry-run', 'origin').trim(), '');
    assert.match(run('branch', '-r'), /origin\/HEAD -> origin\/main\n.*origin\/main/);
    assert.equal(run('rev-parse', '--abbrev-ref', 'main@{upstream}').trim(), 'origin/main');
  });

  it('checks out another branch, a tag, a detached HEAD, or nothing', async () => {
    const { commit: tagged } = (await source.repository.tags()).find(({ name }) => name === 'first')!;
    const branch = await clone(source.root, target, plane, { branch: 'seite/ü' });
    assert.equal(branch.branch, 'seite/ü');
    const second = await freshTarget();
    const tag = await clone(source.root, second, plane, { branch: 'first' });
    assert.deepEqual([tag.branch, tag.commit], [undefined, tagged]);
    const detached = await freshTarget();
    assert.equal((await clone(second, detached, plane)).commit, tagged);
    const bare = await freshTarget();
    await clone(source.root, bare, plane, { noCheckout: true });
    assert.deepEqual(await readdir(bare), ['.forge']);
    const repository = await at(bare);
    await repository.switch({ target: 'v1' });
    await repository.close();
    await assert.rejects(clone(source.root, await freshTarget(), plane, { branch: 'nowhere' }), {
      code: 'UNKNOWN_REVISION',
    });
  });

  it('clones a repository without commits', async () => {
    const root = await tempFolder();
    await initRepository(root, { unreal: false, launcher: '/forge' });
    const result = await clone(root, target, plane);
    assert.deepEqual([result.branch, result.commit, result.segments], ['main', undefined, 0]);
    const repository = await at(target);
    await writeFile(join(target, 'a.bin'), noise(50_000));
    await repository.commit({ message: 'first', paths: [] });
    await repository.close();
  });

  it('clones a shared Git checkout, packs, linked working trees and all', async function () {
    if (!gitIsHere) this.skip();
    const root = await tempFolder();
    git(root, ['init', '-q', '-b', 'trunk']);
    await initRepository(root, { unreal: false, launcher: '/forge' });
    const repository = await at(root);
    for (const text of ['one', 'two', 'three']) {
      await writeFile(join(root, 'notes.txt'), text);
      await writeFile(join(root, 'a.bin'), noise(80_000));
      await repository.commit({ message: text, paths: [] });
    }
    await symlink('notes.txt', join(root, 'link'));
    const { commit } = await repository.commit({ message: 'link', paths: [] });
    await repository.close();
    git(root, ['gc', '-q']);
    const result = await clone(root, target, plane);
    assert.deepEqual([result.branch, result.commit, result.commits], ['trunk', commit, 4]);
    assert.equal(git(target, ['--git-dir=.forge/git', 'config', 'remote.origin.url']).trim(), root);
    git(target, ['--git-dir=.forge/git', 'fsck', '--strict']);
    assert.equal(await readFile(join(target, 'link'), 'utf8'), 'three');
    sameBytes(await readFile(join(target, 'a.bin')), await readFile(join(root, 'a.bin')));
  });

  it('clones to another file system, and from one that is read-only', async function () {
    const elsewhere = existsSync('/dev/shm') ? await mkdtemp('/dev/shm/forge-test-') : undefined;
    try {
      if (elsewhere === undefined) this.skip();
      await clone(source.root, join(elsewhere, 'clone'), plane);
      await assertWhole(join(elsewhere, 'clone'), source.author, plane);
      const before = await fingerprint(elsewhere);
      const all = await readdir(elsewhere, { recursive: true, withFileTypes: true });
      for (const entry of all)
        if (!entry.isSymbolicLink())
          await chmod(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o555 : 0o444);
      await chmod(elsewhere, 0o555);
      const parent = await tempFolder();
      await asUnprivilegedUser(this, [parent], async () => {
        await clone(join(elsewhere, 'clone'), join(parent, 'back'), plane);
        await assertWhole(join(parent, 'back'), source.author, plane);
      });
      assert.deepEqual(await fingerprint(elsewhere), before);
    } finally {
      if (elsewhere !== undefined) await rm(elsewhere, { recursive: true, force: true });
    }
  });

  it('goes on while the source is written to and collected', async function () {
    this.timeout(300_000);
    const { root, repository, author } = await makeSource(plane);
    let isDone = false;
    let rounds = 0;
    const writing = (async () => {
      while (!isDone) {
        await author.work(repository);
        await repository.collectGarbage({ retention: 0 });
        rounds++;
      }
    })();
    try {
      // Until the writer has got somewhere, however little of the machine it is given.
      for (let i = 0; i < 6 || rounds < 2; i++) {
        const one = await freshTarget();
        await clone(root, one, plane);
        const copy = await at(one);
        assert.deepEqual((await copy.verify({ full: true })).problems, []);
        await copy.close();
      }
    } finally {
      isDone = true;
      await writing;
    }
    await clone(root, target, plane);
    await assertWhole(target, author, plane);
    await repository.close();
  });

  describe('that is damaged', () => {
    let damaged: Source;
    let store: string;
    beforeEach(async function () {
      this.timeout(60_000);
      damaged = await makeSource(plane);
      store = join(damaged.root, '.forge/store');
    });
    afterEach(() => damaged.repository.close());

    async function flip(path: string, offset: number): Promise<void> {
      const file = await open(path, 'r+');
      const byte = Buffer.alloc(1);
      await file.read(byte, 0, 1, offset);
      byte[0] ^= 0xff;
      await file.write(byte, 0, 1, offset);
      await file.close();
    }

    async function assertRefused(names: string): Promise<void> {
      await assert.rejects(clone(damaged.root, target, plane), (error: ForgeError) => {
        assert.equal(error.code, 'CORRUPT');
        assert.ok(error.message.includes(names), error.message);
        return true;
      });
      assert.deepEqual(await readdir(dirname(target)), [], 'nothing is left');
    }

    it('names a segment that is not what it was, and follows its own advice', async () => {
      await damaged.repository.collectGarbage({ retention: 0 });
      const bytes = noise(400_000);
      await writeFile(join(damaged.root, 'big.bin'), bytes);
      await damaged.repository.commit({ message: 'big', paths: [] });
      await damaged.repository.close();
      const open = (await readdir(store)).filter((one) => one.startsWith('open-'));
      const sealed = [];
      for (const name of open) sealed.push(await plane().sealSegment(join(store, name)));
      const { path } = sealed.find(({ length }) => length > 300_000)!;
      damaged.repository = await at(damaged.root);
      // Which also learns of the new names.
      assert.ok((await damaged.repository.verify({ full: true })).ok);
      await flip(path, 200_000);
      await assertRefused(path);
      const { problems } = await damaged.repository.verify({ full: true });
      assert.ok(problems.some(({ repaired }) => repaired));
      await damaged.repository.collectGarbage({ retention: 0 });
      await clone(damaged.root, target, plane);
      sameBytes(await readFile(join(target, 'big.bin')), bytes);
      await assertWhole(target, damaged.author, plane);
    });

    it('names an open segment whose records are not all intact', async () => {
      const [name] = await readdir(store);
      await flip(join(store, name), 5000);
      await assertRefused(join(store, name));
    });

    it('names a packed segment with a damaged record', async () => {
      await damaged.repository.collectGarbage({ retention: 0 });
      const [name] = await readdir(store);
      assert.match(name, /^packed-/);
      await flip(join(store, name), 5000);
      await assertRefused(join(store, name));
    });

    it('names the versions that a lost segment had', async () => {
      const bytes = noise(400_000);
      await damaged.repository.collectGarbage({ retention: 0 });
      await writeFile(join(damaged.root, 'big.bin'), bytes);
      const { commit } = await damaged.repository.commit({ message: 'big', paths: [] });
      for (const name of await readdir(store)) if (name.startsWith('open-')) await rm(join(store, name));
      await assertRefused(`big.bin in ${commit.slice(0, 10)}`);
    });

    it('names a Git object that is missing', async () => {
      const { commit } = await damaged.repository.status({});
      await rm(join(damaged.root, '.forge/git/objects', commit!.slice(0, 2), commit!.slice(2)));
      await assert.rejects(clone(damaged.root, target, plane), (error: ForgeError) => {
        assert.deepEqual([error.code, error.message.includes(commit!)], ['NOT_FOUND', true]);
        return true;
      });
    });

    it('leaves out what a writer was killed over', async () => {
      const [name] = await readdir(store);
      const file = await open(join(store, name), 'a');
      await file.write(noise(1000));
      await file.close();
      await writeFile(join(store, `open-${'ab'.repeat(16)}.seg`), 'FORGE');
      await clone(damaged.root, target, plane);
      await assertWhole(target, damaged.author, plane);
    });
  });

  describe('to a target', () => {
    it('that is an empty folder', async () => {
      await mkdir(target);
      await clone(source.root, target, plane);
      await assertWhole(target, source.author, plane);
      assert.ok(!existsSync(join(target, '.forge-clone')));
    });

    it('that holds something, is a file, or lies in the source: refused, and left alone', async () => {
      await mkdir(target);
      await writeFile(join(target, 'mine.txt'), 'mine');
      await assert.rejects(clone(source.root, target, plane), { code: 'ALREADY_EXISTS' });
      assert.deepEqual(await readdir(target), ['mine.txt']);
      await assert.rejects(clone(source.root, join(target, 'mine.txt'), plane), { code: 'ALREADY_EXISTS' });
      await assert.rejects(clone(source.root, source.root, plane), { code: 'ALREADY_EXISTS' });
      await assert.rejects(clone(source.root, join(source.root, 'meshes/x'), plane), { code: 'UNSUPPORTED' });
    });

    it('whose place to build is taken by something else: refused', async () => {
      const other = `${target}.forge-clone`;
      await mkdir(other);
      await writeFile(join(other, 'mine.txt'), 'mine');
      await assert.rejects(clone(source.root, target, plane), { code: 'ALREADY_EXISTS' });
      assert.deepEqual(await readdir(other), ['mine.txt']);
    });

    it('that another process is cloning to: refused', async () => {
      const one = clone(source.root, target, plane);
      const two = clone(source.root, target, plane);
      const ends = await Promise.allSettled([one, two]);
      const failed = ends.filter((end) => end.status === 'rejected');
      assert.equal(failed.length, 1);
      assert.equal((failed[0].reason as ForgeError).code, 'LOCKED');
      await assertWhole(target, source.author, plane);
    });
  });

  it('refuses what is no repository, and addresses', async () => {
    const folder = await tempFolder();
    await assert.rejects(clone(folder, target, plane), { code: 'NO_REPOSITORY' });
    await assert.rejects(clone(join(folder, 'missing'), target, plane), { code: 'NOT_FOUND' });
    await assert.rejects(clone(join(source.root, 'meshes'), target, plane), { code: 'NO_REPOSITORY' });
    await assert.rejects(clone('https://example.org/game', target, plane), { code: 'UNSUPPORTED' });
    await mkdir(join(folder, '.forge'));
    await writeFile(join(folder, '.forge/config.json'), '{"format":99,"git":"git","settings":{}}');
    await assert.rejects(clone(folder, target, plane), { code: 'FORMAT_TOO_NEW' });
  });

  it('tells how far it is, stops when asked to, and leaves nothing then', async () => {
    const phases = new Map<string, Progress>();
    await clone(source.root, await freshTarget(), plane, {
      onProgress: (progress) => phases.set(progress.phase, { ...progress }),
    });
    const copied = phases.get('copy')!;
    assert.ok(copied.bytes > 0);
    assert.equal(copied.bytes, copied.totalBytes);
    const restored = phases.get('restore')!;
    assert.deepEqual([restored.files, restored.bytes], [restored.totalFiles, restored.totalBytes]);
    for (const phase of phases.keys()) {
      const controller = new AbortController();
      const stopped = cloneRepository(source.root, target, testDeps(plane), {
        signal: controller.signal,
        onProgress: (progress) => progress.phase === phase && controller.abort(),
      });
      if (phase === 'restore' || phase === 'verify') await stopped.catch(() => undefined);
      else await assert.rejects(stopped, { code: 'ABORTED' }, phase);
      if (!existsSync(target)) assert.deepEqual(await readdir(dirname(target)), [], phase);
      else await assertWhole(target, source.author, plane);
      await rm(target, { recursive: true, force: true });
    }
  });
});
