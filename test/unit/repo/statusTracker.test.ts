// Tests that the state kept up to date by touched paths is what a look at everything finds, whatever happened.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, lstat, mkdir, readFile, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import type { DataPlane } from '../../../core/dataplane/dataPlane.ts';
import { statTuple } from '../../../core/dataplane/portable/fileStat.ts';
import { GitIndex } from '../../../core/model/gitIndex.ts';
import { indexEntry } from '../../../core/model/gitIndexEntry.ts';
import { initRepository } from '../../../core/repo/initialize.ts';
import { Repository } from '../../../core/repo/repository.ts';
import type { StatusTracker } from '../../../core/repo/statusTracker.ts';
import { onEachPlane } from '../../support/planes.ts';
import { makeRepository, testDeps } from '../../support/repositories.ts';
import { anyRepositoryStep, takeRepositoryStep } from '../../support/repositorySteps.ts';
import { tempFolder } from '../../support/tempFolder.ts';
import { anyStep, takeStep } from '../../support/treeSteps.ts';

const anyTreeStep = anyStep.map((tree) => ({ tree }));

onEachPlane('the state kept by touched paths', (plane: () => DataPlane) => {
  it('is that of a look at everything after any steps', async function () {
    this.timeout(300_000);
    const anySteps = fc.array(
      fc.oneof({ weight: 3, arbitrary: anyTreeStep }, { weight: 2, arbitrary: anyRepositoryStep }),
      { minLength: 10, maxLength: 30 },
    );
    let small = 0;
    const runs = fc.asyncProperty(anySteps, async (steps) => {
      const root = await tempFolder();
      await initRepository(root, { unreal: false, launcher: '/forge' });
      const repository = await Repository.open(root, testDeps(plane));
      try {
        const tracker = repository.trackStatus();
        await tracker.look();
        for (const step of steps) {
          const touched =
            'tree' in step ? takeStep(root, step.tree) : await takeRepositoryStep(repository, step);
          const before = tracker.wholeLooks;
          const kept = await tracker.lookAt(touched);
          if (tracker.wholeLooks === before) small++;
          assert.deepEqual(kept, await repository.status({}), `after ${JSON.stringify(step)}`);
        }
      } finally {
        await repository.close();
        await rm(root, { recursive: true });
      }
    });
    await fc.assert(runs, { numRuns: Number(process.env.FORGE_TEST_STEPS ?? 15) });
    assert.ok(small > 100, `${small} small looks`);
  });
});

/** Runs Git itself on the repository. Its last argument goes to `update-index --index-info` as input. */
function stockGit(repository: Repository, ...args: string[]): string {
  const input = args[1] === '--index-info' ? args.pop() : undefined;
  const folders = ['--git-dir', repository.gitDir, '--work-tree', repository.root];
  return execFileSync('git', [...folders, ...args], { cwd: repository.root, input, encoding: 'utf8' });
}

describe('a small look at the state', () => {
  let repository: Repository;
  let tracker: StatusTracker;
  const at = (path: string): string => join(repository.root, path);

  beforeEach(async () => {
    repository = await makeRepository();
    for (const folder of ['a/b', 'c']) await mkdir(at(folder), { recursive: true });
    for (const path of ['a/b/one.bin', 'a/two.bin', 'c/three.bin']) await writeFile(at(path), `\0${path}`);
    await writeFile(at('text.txt'), 'text\n');
    await repository.commit({ message: 'all', paths: [] });
    tracker = repository.trackStatus();
    await tracker.look();
  });
  afterEach(() => repository.close());

  /** The state after these paths were touched, as `state path`, which must come of a small look, and be true. */
  async function small(...touched: string[]): Promise<string[]> {
    const before = tracker.wholeLooks;
    const result = await tracker.lookAt(touched);
    assert.equal(tracker.wholeLooks, before, 'nothing but these paths was looked at');
    assert.deepEqual(result, await repository.status({}));
    return result.changes.map(({ state, path }) => `${state} ${path}`);
  }

  async function whole(...touched: string[]): Promise<void> {
    const before = tracker.wholeLooks;
    const result = await tracker.lookAt(touched);
    assert.equal(tracker.wholeLooks, before + 1, 'everything was looked at');
    assert.deepEqual(result, await repository.status({}));
  }

  it('sees a file saved, and saved back', async () => {
    await writeFile(at('a/two.bin'), '\0other');
    assert.deepEqual(await small('a/two.bin'), ['modified a/two.bin']);
    await writeFile(at('a/two.bin'), '\0a/two.bin');
    assert.deepEqual(await small('a/two.bin'), []);
  });

  it('keeps what it knew of the rest', async () => {
    await writeFile(at('c/new.bin'), '\0new');
    await writeFile(at('a/two.bin'), '\0other');
    assert.deepEqual(await small('c/new.bin', 'a/two.bin'), ['modified a/two.bin', 'untracked c/new.bin']);
    await rm(at('text.txt'));
    assert.deepEqual(await small('text.txt'), [
      'modified a/two.bin',
      'untracked c/new.bin',
      'deleted text.txt',
    ]);
  });

  it('finds a moved asset by what it holds, whichever end is told of first', async () => {
    await rename(at('a/two.bin'), at('c/moved.bin'));
    await small('a/two.bin', 'c/moved.bin');
    const { changes } = await repository.status({});
    assert.deepEqual(changes[0], {
      path: 'c/moved.bin',
      state: 'renamed',
      kind: 'asset',
      size: 10,
      staged: false,
      from: 'a/two.bin',
    });
    await rename(at('c/moved.bin'), at('c/again.bin'));
    assert.deepEqual(await small('c/moved.bin', 'c/again.bin'), ['renamed c/again.bin']);
    await writeFile(at('a/two.bin'), '\0a/two.bin');
    assert.deepEqual(await small('a/two.bin'), ['untracked c/again.bin']);
  });

  it('sees folders that are moved, filled and gone by their own names', async () => {
    await rename(at('a'), at('d'));
    assert.deepEqual(await small('a', 'd'), ['renamed d/b/one.bin', 'renamed d/two.bin']);
    await rm(at('d'), { recursive: true });
    assert.deepEqual(await small('d'), ['deleted a/b/one.bin', 'deleted a/two.bin']);
    await writeFile(at('a'), 'a file in its place');
    assert.deepEqual(await small('a'), ['untracked a', 'deleted a/b/one.bin', 'deleted a/two.bin']);
  });

  it('is not misled by paths in a folder that became a link', async () => {
    await rename(at('a'), at('elsewhere'));
    await symlink('elsewhere', at('a'));
    await small('a/two.bin', 'elsewhere');
  });

  it('sees the executable bit', async () => {
    await chmod(at('text.txt'), 0o755);
    assert.deepEqual(await small('text.txt'), ['modified text.txt']);
  });

  it('leaves a repository inside alone, and what rules ignore', async () => {
    await mkdir(at('other/.git'), { recursive: true });
    await writeFile(at('other/x.bin'), '\0x');
    assert.deepEqual(await small('other', 'other/.git'), []);
    await writeFile(at('other/y.bin'), '\0y');
    assert.deepEqual(await small('other/y.bin', 'other/.git/index'), []);
    await rm(at('other/.git'), { recursive: true });
    assert.deepEqual(await small('other/.git'), ['untracked other/x.bin', 'untracked other/y.bin']);
  });

  for (const name of ['.gitignore', '.forgeignore', '.gitattributes'])
    it(`looks at everything once ${name} was touched`, async () => {
      await writeFile(at(`c/${name}`), '*.bin forge\n');
      await whole(`c/${name}`);
      await small();
    });

  it('takes over what is staged, committed and switched to', async () => {
    await writeFile(at('text.txt'), 'other\n');
    await writeFile(at('c/new.bin'), '\0new');
    await small('text.txt', 'c/new.bin');
    await repository.add(['text.txt', 'c/new.bin'], {});
    assert.deepEqual(await small(), ['added c/new.bin', 'modified text.txt']);
    await repository.unstage(['c/new.bin'], {});
    assert.deepEqual(await small(), ['untracked c/new.bin', 'modified text.txt']);
    await repository.commit({ message: 'two', paths: [] });
    assert.deepEqual(await small(), ['untracked c/new.bin']);
    await repository.createBranch('other', 'HEAD~1');
    await small();
    await repository.switch({ target: 'other' });
    assert.deepEqual(await small('text.txt'), ['untracked c/new.bin']);
  });

  it('takes over that a folder is tracked, or no longer', async () => {
    await writeFile(at('.gitignore'), '/ignored/\n');
    await mkdir(at('ignored'));
    for (const path of ['ignored/a.bin', 'ignored/b.bin']) await writeFile(at(path), '\0');
    await tracker.lookAt(['.gitignore']);
    await small();
    stockGit(repository, 'add', '-f', 'ignored/a.bin');
    await small();
    stockGit(repository, 'rm', '-q', '--cached', 'ignored/a.bin');
    await small();
    await mkdir(at('other/.git'), { recursive: true });
    await writeFile(at('other/x.bin'), '\0x');
    await writeFile(at('other/y.bin'), '\0y');
    assert.deepEqual(await small('other'), ['untracked .gitignore']);
    const blob = stockGit(repository, 'hash-object', '-w', 'other/x.bin').trim();
    stockGit(repository, 'update-index', '--add', '--cacheinfo', `100644,${blob},other/x.bin`);
    assert.deepEqual(await small(), ['untracked .gitignore', 'added other/x.bin', 'untracked other/y.bin']);
  });

  it('takes over a conflict, and its end', async () => {
    await small();
    const blob = stockGit(repository, 'hash-object', '-w', 'text.txt').trim();
    const sides = [1, 2, 3].map((stage) => `100644 ${blob} ${stage}\ttext.txt\n`).join('');
    stockGit(repository, 'update-index', '--index-info', `0 ${'0'.repeat(40)}\ttext.txt\n${sides}`);
    assert.deepEqual(await small(), ['conflicted text.txt']);
    stockGit(repository, 'update-index', '--cacheinfo', `100644,${blob},text.txt`);
    await small();
  });

  it('tells that a file which is only meant to be added is not there', async () => {
    await small();
    await writeFile(at('c/meant.bin'), '\0meant');
    stockGit(repository, 'add', '-N', 'c/meant.bin');
    assert.deepEqual(await small('c/meant.bin'), ['modified c/meant.bin']);
    await rm(at('c/meant.bin'));
    assert.deepEqual(await small('c/meant.bin'), ['deleted c/meant.bin']);
    await repository.add(['c/meant.bin'], {});
    assert.deepEqual(await small(), []);
  });

  it('keeps that a file is another one whose stat proves nothing, until the index says so', async () => {
    await writeFile(at('text.txt'), 'same length');
    const blob = stockGit(repository, 'hash-object', '-w', 'c/three.bin').trim();
    const index = GitIndex.decode(await readFile(join(repository.gitDir, 'index')));
    const stat = statTuple(await lstat(at('text.txt'), { bigint: true }));
    index.set(indexEntry('text.txt', blob, 0o100644, stat));
    await writeFile(join(repository.gitDir, 'index'), index.encode());
    const [, , seconds, nanoseconds] = stat;
    // As if both were written within one tick of the clock.
    await utimes(join(repository.gitDir, 'index'), seconds, seconds + nanoseconds / 1e9 - 1e-3);
    await whole();
    assert.deepEqual(await small(), ['modified text.txt', 'modified text.txt']);
    await writeFile(at('c/new.bin'), '\0new');
    stockGit(repository, 'add', 'c/new.bin');
    assert.deepEqual(await small(), ['added c/new.bin', 'modified text.txt', 'modified text.txt']);
    await repository.unstage(['c/new.bin'], {});
    assert.deepEqual(await small(), ['untracked c/new.bin', 'modified text.txt', 'modified text.txt']);
  });

  it('looks at everything once an older index is in its place', async () => {
    await small();
    await utimes(join(repository.gitDir, 'index'), 1, 1);
    await whole();
    await small();
  });

  it('looks at everything once very much of the index is another', async () => {
    await small();
    const blob = stockGit(repository, 'hash-object', '-w', 'text.txt').trim();
    const lines = Array.from({ length: 1_001 }, (_, i) => `100644 ${blob}\tmany/${i}\n`);
    stockGit(repository, 'update-index', '--index-info', lines.join(''));
    await whole();
    await small();
  });

  it('looks at everything for the root, a name that cannot be told, and very many paths', async () => {
    await whole('');
    await whole('a/\ufffd.bin');
    await whole(...Array.from({ length: 1_001 }, (_, i) => `c/${i}`));
  });

  it('tells a failure, and the state once that is over', async () => {
    await rename(repository.gitDir, `${repository.gitDir}-away`);
    await assert.rejects(tracker.lookAt(['text.txt']));
    await rename(`${repository.gitDir}-away`, repository.gitDir);
    await whole('text.txt');
  });
});
