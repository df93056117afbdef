import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Repository } from '../../../core/repo/repository.ts';
import { Repository as RepositoryClass } from '../../../core/repo/repository.ts';
import { sameBytes } from '../../support/sameBytes.ts';
import { makeRepository, testDeps } from '../../support/repositories.ts';

const asset = (size: number): Buffer => Buffer.concat([Buffer.from([0]), randomBytes(size - 1)]);

async function write(repository: Repository, path: string, data: string | Buffer): Promise<void> {
  await mkdir(join(repository.root, path, '..'), { recursive: true });
  await writeFile(join(repository.root, path), data);
}

const read = (repository: Repository, path: string): Promise<Buffer> => readFile(join(repository.root, path));

async function commit(repository: Repository, message = 'a commit'): Promise<string> {
  return (await repository.commit({ message, paths: [] })).commit;
}

async function states(repository: Repository): Promise<string[]> {
  const { changes } = await repository.status({});
  return changes.map(
    ({ path, state, kind, staged, from }) =>
      `${staged ? '+' : ' '}${state} ${kind} ${from ? `${from} → ` : ''}${path}`,
  );
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe('repository', () => {
  let repository: Repository;
  beforeEach(async () => {
    repository = await makeRepository();
  });
  afterEach(() => repository.close());

  describe('commit', () => {
    it('tells what was stored', async () => {
      await write(repository, 'Content/hero.uasset', asset(300_000));
      await write(repository, 'notes.txt', 'hello\r\n');
      const result = await repository.commit({ message: 'first', paths: [] });
      assert.equal(result.files, 2);
      assert.equal(result.assets, 1);
      assert.equal(result.logicalBytes, 300_007);
      assert.equal(result.newBytes, 300_007);
      assert.ok(result.storedBytes > 300_000 && result.storedBytes < 310_000, String(result.storedBytes));
      assert.equal(result.branch, 'main');
      assert.equal(result.plane, 'portable');
      assert.deepEqual(await states(repository), []);
    });

    it('stores the same content once', async () => {
      const bytes = asset(200_000);
      await write(repository, 'a.bin', bytes);
      await commit(repository);
      await write(repository, 'copy of a.bin', bytes);
      const { newBytes, logicalBytes } = await repository.commit({ message: 'copy', paths: [] });
      assert.equal(newBytes, 0);
      assert.equal(logicalBytes, 200_000);
    });

    it('takes only what is named, or only what is staged', async () => {
      for (const name of ['a.bin', 'b.bin', 'c.bin']) await write(repository, name, asset(1_000));
      assert.equal((await repository.commit({ message: 'a', paths: ['a.bin'] })).files, 1);
      await repository.add(['b.bin'], {});
      assert.equal((await repository.commit({ message: 'b', paths: [] })).files, 1);
      assert.deepEqual(await states(repository), [' untracked asset c.bin']);
    });

    it('refuses to commit nothing, and a message that says nothing', async () => {
      await assert.rejects(commit(repository), { code: 'NOTHING_TO_COMMIT' });
      await write(repository, 'a.bin', asset(10));
      await assert.rejects(commit(repository, ' \n'), { code: 'USAGE' });
      await commit(repository);
      await assert.rejects(commit(repository), { code: 'NOTHING_TO_COMMIT' });
    });

    it('names the command that sets a missing author, before any work', async () => {
      const deps = testDeps();
      deps.environment.author = deps.environment.committer = undefined;
      const anonymous = await RepositoryClass.open(repository.root, deps);
      await write(repository, 'a.bin', asset(10));
      await assert.rejects(
        anonymous.commit({ message: 'x', paths: [] }),
        (error: Error & { code: string; remedy: string }) => {
          assert.equal(error.code, 'NO_AUTHOR');
          assert.match(error.remedy, /forge config user\.name/);
          return true;
        },
      );
      await anonymous.setConfig('user.name', 'B');
      await anonymous.setConfig('user.email', 'b@example.org');
      await anonymous.commit({ message: 'x', paths: [] });
      const [entry] = await collect(anonymous.log({}));
      assert.deepEqual(entry.author, { name: 'B', email: 'b@example.org' });
      await anonymous.close();
    });

    it('refuses names that only differ by case or Unicode form, unless told otherwise', async () => {
      await write(repository, 'Hero.png', asset(10));
      await commit(repository);
      await write(repository, 'hero.png', asset(10));
      await assert.rejects(commit(repository), { code: 'NAME_COLLISION' });
      await repository.setConfig('names.allowCollisions', 'true');
      await commit(repository);
      await write(repository, 'caf\u00e9.txt', 'composed');
      await write(repository, 'cafe\u0301.txt', 'decomposed');
      await repository.setConfig('names.allowCollisions', 'false');
      await assert.rejects(commit(repository), { code: 'NAME_COLLISION' });
    });

    it('keeps a file that reads like a pointer exactly', async () => {
      const text = `forge-pointer 1\nkind asset\nblake3 ${'0'.repeat(64)}\nsize 5\n`;
      await write(repository, 'decoy.txt', text);
      await commit(repository);
      await rm(join(repository.root, 'decoy.txt'));
      await repository.restore({ paths: ['decoy.txt'] });
      assert.equal((await read(repository, 'decoy.txt')).toString(), text);
    });
  });

  describe('status', () => {
    it('tells every kind of change', async () => {
      await write(repository, 'kept.bin', asset(10));
      await write(repository, 'changed.bin', asset(10));
      await write(repository, 'gone.txt', 'text');
      await write(repository, 'old name.bin', asset(5_000));
      await commit(repository);
      await write(repository, 'changed.bin', asset(11));
      await rm(join(repository.root, 'gone.txt'));
      await rename(join(repository.root, 'old name.bin'), join(repository.root, 'new name.bin'));
      await write(repository, 'staged/neu ü.bin', asset(12));
      await repository.add(['staged'], {});
      await write(repository, 'untracked.txt', 'text');
      assert.deepEqual(await states(repository), [
        ' modified asset changed.bin',
        ' deleted text gone.txt',
        ' renamed asset old name.bin → new name.bin',
        '+added asset staged/neu ü.bin',
        ' untracked text untracked.txt',
      ]);
    });

    it('is not fooled by a touched file, nor by an edit that keeps size and time', async () => {
      await write(repository, 'a.bin', Buffer.from([0, 1, 2, 3]));
      await commit(repository);
      await write(repository, 'a.bin', Buffer.from([0, 1, 2, 3]));
      assert.deepEqual(await states(repository), []);
      await write(repository, 'a.bin', Buffer.from([0, 1, 2, 4]));
      assert.deepEqual(await states(repository), [' modified asset a.bin']);
    });
  });

  describe('restore', () => {
    it('brings every version back exactly, and undo takes each back', async () => {
      const versions = [asset(150_000), asset(150_000), asset(20)];
      const commits: string[] = [];
      for (const bytes of versions) {
        await write(repository, 'level.umap', bytes);
        commits.push(await commit(repository));
      }
      for (const [i, id] of commits.entries()) {
        await repository.restore({ from: id, paths: ['level.umap'] });
        sameBytes(await read(repository, 'level.umap'), versions[i]);
      }
      await repository.restore({ from: commits[0], paths: ['level.umap'] });
      await repository.undo({});
      sameBytes(await read(repository, 'level.umap'), versions[2]);
    });

    it('keeps unsaved work in the operation log', async () => {
      await write(repository, 'a.bin', asset(100));
      await write(repository, 'a.txt', 'saved');
      await commit(repository);
      const unsaved = asset(120);
      await write(repository, 'a.bin', unsaved);
      await write(repository, 'a.txt', 'unsaved');
      const { snapshotted } = await repository.restore({ paths: ['.'] });
      assert.deepEqual(snapshotted.sort(), ['a.bin', 'a.txt']);
      assert.equal((await read(repository, 'a.txt')).toString(), 'saved');
      await repository.undo({});
      sameBytes(await read(repository, 'a.bin'), unsaved);
      assert.equal((await read(repository, 'a.txt')).toString(), 'unsaved');
    });

    it('calls work unsaved when it was done after what undo takes back, and keeps it', async () => {
      await write(repository, 'a.bin', asset(100));
      await commit(repository);
      const committed = asset(120);
      await write(repository, 'a.bin', committed);
      await commit(repository);
      await repository.restore({ from: 'HEAD~1', paths: ['a.bin'] });
      assert.deepEqual((await repository.undo({})).snapshotted, []);
      await repository.restore({ from: 'HEAD~1', paths: ['a.bin'] });
      const later = asset(130);
      await write(repository, 'a.bin', later);
      const { snapshotted, operation } = await repository.undo({});
      assert.deepEqual(snapshotted, ['a.bin']);
      sameBytes(await read(repository, 'a.bin'), committed);
      const kept = await collect(repository.readFile(operation, 'before/a.bin'));
      sameBytes(Buffer.concat(kept), later);
    });

    it('keeps an untracked or ignored file that is in the way', async () => {
      await write(repository, 'a.log', 'committed');
      const first = await commit(repository);
      await rm(join(repository.root, 'a.log'));
      await write(repository, '.gitignore', '*.log\n');
      await commit(repository);
      await write(repository, 'a.log', 'mine');
      await repository.restore({ from: first, paths: ['a.log'] });
      assert.equal((await read(repository, 'a.log')).toString(), 'committed');
      await repository.undo({});
      assert.equal((await read(repository, 'a.log')).toString(), 'mine');
    });

    it('keeps links, executable bits, empty files, CRLF and Unicode names', async () => {
      await write(repository, 'bin/run.sh', '#!/bin/sh\n');
      await chmod(join(repository.root, 'bin/run.sh'), 0o755);
      await write(repository, 'empty', '');
      await write(repository, 'Ünïcødé/дом 🏠.txt', 'a\r\nb\n');
      await symlink('bin/run.sh', join(repository.root, 'link'));
      await commit(repository);
      for (const name of ['bin', 'empty', 'Ünïcødé', 'link'])
        await rm(join(repository.root, name), { recursive: true });
      await repository.restore({ paths: [''] });
      assert.equal((await lstat(join(repository.root, 'bin/run.sh'))).mode & 0o777, 0o755);
      assert.equal(await readlink(join(repository.root, 'link')), 'bin/run.sh');
      assert.equal((await read(repository, 'empty')).length, 0);
      assert.equal((await read(repository, 'Ünïcødé/дом 🏠.txt')).toString(), 'a\r\nb\n');
      assert.deepEqual(await states(repository), []);
    });

    it('says which path is unknown', async () => {
      await write(repository, 'a.bin', asset(10));
      await commit(repository);
      await assert.rejects(repository.restore({ paths: ['b.bin'] }), { code: 'NOT_FOUND' });
    });
  });

  describe('switch', () => {
    it('moves between branches and back', async () => {
      await write(repository, 'shared.bin', asset(100));
      await write(repository, 'dir/only main.txt', 'main');
      await commit(repository);
      await repository.switch({ target: 'try', create: true });
      const tried = asset(300_000);
      await write(repository, 'shared.bin', tried);
      await rm(join(repository.root, 'dir'), { recursive: true });
      await write(repository, 'dir', 'a file where a folder was');
      await commit(repository);
      await repository.switch({ target: 'main' });
      assert.equal((await read(repository, 'dir/only main.txt')).toString(), 'main');
      assert.deepEqual(await states(repository), []);
      await repository.switch({ target: 'try' });
      sameBytes(await read(repository, 'shared.bin'), tried);
      assert.equal((await read(repository, 'dir')).toString(), 'a file where a folder was');
      assert.deepEqual(await states(repository), []);
    });

    it('carries unrelated changes along and refuses to overwrite others', async () => {
      await write(repository, 'a.bin', asset(10));
      await write(repository, 'b.bin', asset(10));
      const first = await commit(repository);
      await write(repository, 'a.bin', asset(10));
      await commit(repository);
      await write(repository, 'b.bin', asset(20));
      await repository.switch({ target: first });
      assert.deepEqual(await states(repository), [' modified asset b.bin']);
      await repository.switch({ target: 'main' });
      const mine = asset(30);
      await write(repository, 'a.bin', mine);
      await assert.rejects(repository.switch({ target: first }), { code: 'UNSAVED_WORK', path: 'a.bin' });
      sameBytes(await read(repository, 'a.bin'), mine);
      assert.equal((await repository.status({})).branch, 'main');
    });

    it('leaves an untracked file in the way alone', async () => {
      await write(repository, 'a.bin', asset(10));
      await commit(repository);
      await repository.switch({ target: 'other', create: true });
      await write(repository, 'new.bin', asset(10));
      await commit(repository);
      await repository.switch({ target: 'main' });
      await write(repository, 'new.bin', 'mine');
      await assert.rejects(repository.switch({ target: 'other' }), { code: 'UNSAVED_WORK' });
      assert.equal((await read(repository, 'new.bin')).toString(), 'mine');
    });
  });

  describe('undo', () => {
    it('takes back commits one by one, down to the unborn branch', async () => {
      await write(repository, 'a.bin', asset(10));
      const first = await commit(repository, 'first');
      await write(repository, 'a.bin', asset(20));
      await commit(repository, 'second');
      await repository.undo({});
      assert.equal((await repository.status({})).commit, first);
      assert.deepEqual(await states(repository), [' modified asset a.bin']);
      await repository.undo({});
      assert.equal((await repository.status({})).commit, undefined);
      assert.deepEqual(await states(repository), [' untracked asset a.bin']);
      await assert.rejects(repository.undo({}), { code: 'NOTHING_TO_UNDO' });
    });

    it('takes back a switch, branches and tags', async () => {
      await write(repository, 'a.txt', 'one');
      const first = await commit(repository);
      await write(repository, 'a.txt', 'two');
      await commit(repository);
      await repository.switch({ target: first });
      await repository.undo({});
      assert.equal((await repository.status({})).branch, 'main');
      assert.equal((await read(repository, 'a.txt')).toString(), 'two');
      await repository.createBranch('side', first);
      await repository.deleteBranch('side');
      await repository.undo({});
      assert.deepEqual(
        (await repository.branches()).map(({ name }) => name),
        ['main', 'side'],
      );
      await repository.undo({});
      await repository.createTag('v1', undefined, 'annotated');
      await repository.undo({});
      assert.deepEqual(await repository.tags(), []);
      assert.deepEqual(
        (await repository.branches()).map(({ name }) => name),
        ['main'],
      );
    });

    it('takes back add', async () => {
      await write(repository, 'a.bin', asset(10));
      await repository.add(['.'], {});
      assert.deepEqual(await states(repository), ['+added asset a.bin']);
      await repository.undo({});
      assert.deepEqual(await states(repository), [' untracked asset a.bin']);
    });

    it('goes back to any operation', async () => {
      await write(repository, 'a.txt', 'one');
      const first = await commit(repository, 'first');
      const [{ id }] = await collect(repository.operations());
      await write(repository, 'a.txt', 'two');
      await commit(repository, 'second');
      await repository.switch({ target: 'other', create: true });
      await repository.restoreOperation(id, {});
      const { branch, commit: now } = await repository.status({});
      assert.deepEqual([branch, now], ['main', first]);
      assert.equal((await read(repository, 'a.txt')).toString(), 'one');
      assert.deepEqual(
        (await repository.branches()).map(({ name }) => name),
        ['main'],
      );
      await repository.undo({});
      assert.equal((await repository.status({})).branch, 'other');
      assert.equal((await read(repository, 'a.txt')).toString(), 'two');
    });
  });

  describe('log and diff', () => {
    it('follows a renamed file', async () => {
      await write(repository, 'old.bin', asset(5_000));
      await commit(repository, 'made');
      await write(repository, 'other.bin', asset(10));
      await commit(repository, 'unrelated');
      await rename(join(repository.root, 'old.bin'), join(repository.root, 'new.bin'));
      await commit(repository, 'renamed');
      await write(repository, 'new.bin', asset(5_000));
      await commit(repository, 'changed');
      const entries = await collect(repository.log({ path: 'new.bin' }));
      assert.deepEqual(
        entries.map(({ message, path }) => [message, path]),
        [
          ['changed', 'new.bin'],
          ['renamed', 'new.bin'],
          ['made', 'old.bin'],
        ],
      );
    });

    it('shows texts as patches and assets as the ranges that changed', async () => {
      const bytes = asset(1_000_000);
      await write(repository, 'a.txt', 'one\ntwo\n');
      await write(repository, 'a.bin', bytes);
      await commit(repository);
      bytes[500_000] ^= 1;
      await write(repository, 'a.txt', 'one\n2\n');
      await write(repository, 'a.bin', bytes);
      const second = await commit(repository);
      const { files } = await repository.show(second);
      const [binary, text] = files;
      assert.match(
        text.patch ?? '',
        /^--- a\/a\.txt.*\n\+\+\+ b\/a\.txt.*\n@@ -1,2 \+1,2 @@\n one\n-two\n\+2\n$/,
      );
      assert.equal(binary.changedBytes, 1);
      assert.deepEqual(binary.changedRanges, [{ offset: 500_000, length: 1 }]);
    });

    it('says of an asset that is not committed what it will say of the commit', async () => {
      const bytes = asset(1_000_000);
      await write(repository, 'a.bin', bytes);
      await commit(repository);
      bytes[500_000] ^= 1;
      await write(repository, 'a.bin', bytes);
      const [working] = await repository.diff({ staged: false });
      const second = await commit(repository);
      const { files } = await repository.show(second);
      assert.equal(working.changedBytes, 1);
      assert.equal(working.changedBytes, files[0].changedBytes);
      assert.deepEqual(working.changedRanges, files[0].changedRanges);
    });

    it('says of an asset that compresses inside where its content changed', async () => {
      const bytes = Buffer.from(asset(3_000_000).map((byte) => byte & 15));
      await write(repository, 'a.gz', gzipSync(bytes));
      await commit(repository);
      for (let i = 2_000_000; i < 2_004_096; i++) bytes[i] ^= 255;
      await write(repository, 'a.gz', gzipSync(bytes));
      const [working] = await repository.diff({ staged: false });
      const [committed] = (await repository.show(await commit(repository))).files;
      for (const { changedBytes = 0, changedRanges = [], contentSize = 0 } of [working, committed]) {
        assert.ok(contentSize > 3_000_000, `${contentSize} bytes of content`);
        assert.ok(changedRanges.some(({ length }) => length === 4_096));
        // The checksum at the end changes too.
        assert.ok(changedBytes > 4_096 && changedBytes <= 4_104, `${changedBytes} bytes changed`);
      }
    });

    it('reads a file out of any revision', async () => {
      const bytes = asset(400_000);
      await write(repository, 'a.bin', bytes);
      const first = await commit(repository);
      await write(repository, 'a.bin', asset(10));
      await commit(repository);
      sameBytes(Buffer.concat(await collect(repository.readFile(first, 'a.bin'))), bytes);
    });
  });
});

describe('verify', () => {
  let repository: Repository;
  beforeEach(async () => {
    repository = await makeRepository();
  });
  afterEach(() => repository.close());

  /** Flips a byte in the middle of the only segment. */
  async function damageStore(): Promise<void> {
    const folder = join(repository.root, '.forge/store');
    const [name] = await readdir(folder);
    const bytes = await readFile(join(folder, name));
    bytes[bytes.length >> 1] ^= 1;
    await writeFile(join(folder, name), bytes);
  }

  it('names every version that damage touches, and stores it again from the working tree', async () => {
    await write(repository, 'kept.bin', asset(60_000));
    await commit(repository);
    await rename(join(repository.root, 'kept.bin'), join(repository.root, 'moved.bin'));
    await commit(repository);
    await damageStore();
    const quick = await repository.verify({ full: false });
    assert.equal(quick.ok, true);
    const full = await repository.verify({ full: true });
    assert.equal(full.ok, false);
    const [problem] = full.problems;
    assert.deepEqual(problem.files.map(({ path }) => path).sort(), ['kept.bin', 'moved.bin']);
    assert.equal(problem.repaired, true);
    assert.deepEqual((await repository.verify({ full: true })).problems, []);
  });

  it('restores nothing wrong when there is no other copy', async () => {
    await write(repository, 'a.bin', asset(60_000));
    await commit(repository);
    await rm(join(repository.root, 'a.bin'));
    await damageStore();
    await assert.rejects(repository.restore({ paths: ['a.bin'] }), { code: 'CORRUPT' });
    assert.deepEqual((await readdir(repository.root)).sort(), ['.forge']);
    const { ok, problems } = await repository.verify({ full: true });
    assert.equal(ok, false);
    assert.deepEqual(
      problems.map(({ files, repaired }) => [files[0].path, repaired]),
      [['a.bin', false]],
    );
  });

  it('finds damaged Git objects', async () => {
    await write(repository, 'a.txt', 'some text');
    await commit(repository);
    const objects = join(repository.root, '.forge/git/objects');
    const { files } = await repository.show('HEAD');
    const oid = files[0].after?.oid ?? '';
    const path = join(objects, oid.slice(0, 2), oid.slice(2));
    await chmod(path, 0o644);
    await writeFile(path, 'not an object');
    const { ok, problems } = await repository.verify({ full: true });
    assert.equal(ok, false);
    assert.equal(problems[0].files[0].path, 'a.txt');
  });

  it('covers unsaved work that an operation keeps', async () => {
    await write(repository, 'a.bin', asset(1_000));
    await commit(repository);
    await write(repository, 'a.bin', asset(2_000));
    await repository.restore({ paths: ['a.bin'] });
    const { files, bytes } = await repository.verify({ full: true });
    assert.equal(files, 2);
    assert.equal(bytes, 3_000);
  });

  it('works without the database', async () => {
    const bytes = asset(300_000);
    await write(repository, 'a.bin', bytes);
    await commit(repository);
    await repository.close();
    await rm(join(repository.root, '.forge/db'), { recursive: true });
    repository = await RepositoryClass.open(repository.root, testDeps());
    const { ok, problems } = await repository.verify({ full: true });
    assert.equal(ok, true);
    assert.deepEqual(
      problems.map(({ kind, repaired }) => [kind, repaired]),
      [['index', true]],
    );
    await rm(join(repository.root, 'a.bin'));
    await repository.restore({ paths: ['a.bin'] });
    sameBytes(await read(repository, 'a.bin'), bytes);
  });
});
