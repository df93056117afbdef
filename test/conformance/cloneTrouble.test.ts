// The tests of a clone in trouble: a full or read-only disk, a source that goes away, targets that cannot be made. Each ends in an error that
// says what to do, with nothing that looks like a repository.
import assert from 'node:assert/strict';
import { chmodSync, closeSync, existsSync, openSync, renameSync, writeSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ForgeError } from '../../core/errors.ts';
import { Repository } from '../../core/repo/repository.ts';
import { CloneSource } from '../../core/sync/cloneSource.ts';
import { assertWhole, clone, fingerprint, freshTarget, makeSource, type Source } from '../support/clones.ts';
import { MountedFolder } from '../support/mountedFolder.ts';
import { onEachPlane } from '../support/planes.ts';
import { asUnprivilegedUser } from '../support/privileges.ts';
import { testDeps } from '../support/repositories.ts';
import { SmallDisk } from '../support/smallDisk.ts';
import { git, gitIsHere } from '../support/stockGit.ts';
import { tempFolder } from '../support/tempFolder.ts';

onEachPlane('cloning in trouble', (plane) => {
  let source: Source;
  let untouched: Map<string, string>;

  before(async function () {
    this.timeout(120_000);
    source = await makeSource(plane);
    await source.repository.collectGarbage({ retention: 0 });
    await source.repository.close();
    // A sealed segment, which another try can take over, and an open one.
    const store = join(source.root, '.forge/store');
    for (const name of await readdir(store)) await plane().sealSegment(join(store, name));
    const repository = await Repository.open(source.root, testDeps(plane));
    await source.author.work(repository);
    await repository.close();
    untouched = await fingerprint(source.root);
  });
  afterEach(async () => {
    assert.deepEqual(await fingerprint(source.root), untouched, 'the source is as it was');
  });

  async function failure(from: string, to: string, options = {}): Promise<ForgeError> {
    try {
      await clone(from, to, plane, options);
    } catch (error) {
      assert.ok(error instanceof ForgeError, (error as Error).stack);
      assert.notEqual(error.remedy, '');
      return error;
    }
    return assert.fail('it was cloned');
  }

  describe('to a disk that is full', () => {
    let disk: SmallDisk;
    beforeEach(async function () {
      this.timeout(60_000);
      disk = await SmallDisk.mount(this, 40);
    });
    afterEach(() => disk.unmount());

    /** Leaves no byte free. */
    function fill(): void {
      const file = openSync(join(disk.folder, 'filler'), 'w');
      let size = 1 << 20;
      while (size > 0) {
        try {
          writeSync(file, Buffer.alloc(size));
        } catch (error) {
          assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
          size >>= 1;
        }
      }
      closeSync(file);
    }

    it('before it starts: says how much is needed where', async () => {
      await writeFile(join(disk.folder, 'filler'), Buffer.alloc(30 << 20));
      const target = join(disk.folder, 'clone');
      const { code, message, path } = await failure(source.root, target);
      assert.deepEqual([code, path], ['DISK_FULL', target]);
      assert.match(message, /needs \d+ bytes at .*clone, and \d+ are free/);
      assert.deepEqual(await readdir(disk.folder), ['filler']);
    });

    for (const phase of ['copy', 'verify', 'restore'])
      it(`since it began to ${phase}: leaves nothing, and works once there is space`, async () => {
        const target = join(disk.folder, 'clone');
        let isFull = false;
        const { code, message } = await failure(source.root, target, {
          onProgress: (progress: { phase: string }) => {
            if (progress.phase !== phase || isFull) return;
            isFull = true;
            fill();
          },
        });
        assert.equal(code, 'DISK_FULL', message);
        assert.ok(message.includes(disk.folder), message);
        assert.deepEqual(await readdir(disk.folder), ['filler']);
        await rm(join(disk.folder, 'filler'));
        await clone(source.root, target, plane);
        await assertWhole(target, source.author, plane);
      });
  });

  describe('from a source that goes away', () => {
    /** Of the first try; what the next one used of it is returned. */
    async function resumed(from: string, target: string, takeAway: () => void, bringBack: () => void) {
      let isGone = false;
      const error = await failure(from, target, {
        onProgress: ({ phase, bytes }: { phase: string; bytes: number }) => {
          if (isGone || phase !== 'copy' || bytes === 0) return;
          isGone = true;
          takeAway();
        },
      });
      assert.deepEqual([error.code, error.message], ['IO', `${from} went away while it was cloned`]);
      assert.match(error.remedy, /run the same command/);
      assert.ok(!existsSync(target));
      bringBack();
      const { resumedBytes } = await clone(from, target, plane);
      await assertWhole(target, source.author, plane);
      assert.deepEqual((await readdir(dirname(target))).length, 1);
      return resumedBytes;
    }

    it('as a folder that is moved: told as that, and the next try goes on', async () => {
      const from = join(await tempFolder(), 'from');
      await cp(source.root, from, { recursive: true, verbatimSymlinks: true });
      const target = await freshTarget();
      const bytes = await resumed(
        from,
        target,
        () => renameSync(from, `${from}-moved`),
        () => renameSync(`${from}-moved`, from),
      );
      assert.ok(bytes > 0);
    });

    it('as a drive that is pulled out: told as that, and the next try goes on', async function () {
      const drive = await MountedFolder.mount(this);
      try {
        const from = join(drive.folder, 'from');
        await cp(source.root, from, { recursive: true, verbatimSymlinks: true });
        const bytes = await resumed(
          from,
          await freshTarget(),
          () => drive.takeAway(),
          () => drive.bringBack(),
        );
        assert.ok(bytes > 0);
      } finally {
        drive.takeAway();
      }
    });

    it('while its branches are read: never an empty clone', async () => {
      const from = join(await tempFolder(), 'from');
      await cp(source.root, from, { recursive: true, verbatimSymlinks: true });
      // What a listing of refs finds of a drive that is gone by then.
      await rm(join(from, '.forge/git/refs'), { recursive: true });
      await rm(join(from, '.forge/git/packed-refs'), { force: true });
      await rm(join(from, '.forge/config.json'));
      const opened = await CloneSource.open(source.root);
      Object.assign(opened, { root: from });
      await assert.rejects(opened.snapshot(), { code: 'IO', path: from });
      opened.close();
    });
  });

  describe('to a target that cannot be made', () => {
    it('on a disk that is read-only: names the folder, and says to take another', async function () {
      const disk = await SmallDisk.mount(this, 20);
      try {
        disk.makeReadOnly();
        const error = await failure(source.root, join(disk.folder, 'clone'));
        assert.deepEqual(
          [error.code, error.message],
          ['READ_ONLY', `${disk.folder} is on a read-only file system`],
        );
        assert.match(error.remedy, /a target where you may write/);
      } finally {
        disk.unmount();
      }
    });

    it('in a folder without permission: names the folder', async function () {
      const parent = join(await tempFolder(), 'closed');
      await mkdir(parent);
      const copy = join(await tempFolder(), 'from');
      await cp(source.root, copy, { recursive: true, verbatimSymlinks: true });
      const folders = [dirname(copy), dirname(parent), parent];
      const error = await asUnprivilegedUser(this, folders, () => {
        chmodSync(parent, 0o555);
        return failure(copy, join(parent, 'clone'));
      });
      assert.equal(error.code, 'UNREADABLE');
      assert.ok(error.message.endsWith(`nothing may be created in ${parent}`), error.message);
      assert.deepEqual(await readdir(parent), []);
    });

    it('below a file, or where a symbolic link leads nowhere: refused before anything is copied', async () => {
      const parent = await tempFolder();
      await writeFile(join(parent, 'file'), 'mine');
      await symlink('nowhere', join(parent, 'link'));
      const below = await failure(source.root, join(parent, 'file/clone'));
      assert.deepEqual([below.code, below.path], ['ALREADY_EXISTS', join(parent, 'file/clone')]);
      assert.match(below.message, /something that is not a folder/);
      const onProgress = (): void => assert.fail('it was begun');
      assert.equal((await failure(source.root, join(parent, 'link'), { onProgress })).code, 'ALREADY_EXISTS');
      assert.deepEqual((await readdir(parent)).sort(), ['file', 'link']);
      assert.equal(await readFile(join(parent, 'file'), 'utf8'), 'mine');
    });
  });

  it('with names that need quoting: spaces, quotes, signs, a line break', async () => {
    const parent = await tempFolder();
    const name = process.platform === 'win32' ? 'a b #1 ü' : ' a "b" #1;\\ ü\n木 ';
    const from = join(parent, name);
    await cp(source.root, from, { recursive: true, verbatimSymlinks: true });
    const target = join(parent, `${name}2`);
    await clone(from, target, plane);
    await assertWhole(target, source.author, plane);
    if (!gitIsHere) return;
    const url = git(target, ['--git-dir=.forge/git', 'config', '-z', 'remote.origin.url']);
    assert.equal(url, `${join(from, '.forge/git')}\0`);
  });
});
