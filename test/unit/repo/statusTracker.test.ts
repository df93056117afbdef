// Tests that the state kept up to date by touched paths is what a look at everything finds, whatever happened.
import assert from 'node:assert/strict';
import { chmod, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import type { DataPlane } from '../../../core/dataplane/dataPlane.ts';
import { initRepository } from '../../../core/repo/initialize.ts';
import { Repository } from '../../../core/repo/repository.ts';
import type { StatusTracker } from '../../../core/repo/statusTracker.ts';
import { onEachPlane } from '../../support/planes.ts';
import { makeRepository, testDeps } from '../../support/repositories.ts';
import { tempFolder } from '../../support/tempFolder.ts';
import { anyStep, takeStep, type TreeStep } from '../../support/treeSteps.ts';

/** What the repository itself does; nothing in the working tree changes. */
type OwnStep = { do: 'commit' } | { do: 'stage' | 'unstage'; path: string };

const anyOwnStep: fc.Arbitrary<OwnStep> = fc.oneof(
  fc.record({ do: fc.constant('commit' as const) }),
  fc.record({
    do: fc.constantFrom('stage' as const, 'unstage' as const),
    path: fc.constantFrom('', 'a', 'a/b', 'a-b', 'a/x.bin', 'x.bin'),
  }),
);

async function takeOwnStep(repository: Repository, step: OwnStep): Promise<void> {
  try {
    if (step.do === 'commit') await repository.commit({ message: 'step', paths: [''] });
    else if (step.do === 'stage') await repository.add([step.path], {});
    else await repository.unstage([step.path], {});
  } catch {
    // A repository inside, names that collide, nothing to commit: then nothing happened.
  }
}

const isOwn = (step: TreeStep | OwnStep): step is OwnStep =>
  step.do === 'commit' || step.do === 'stage' || step.do === 'unstage';

onEachPlane('the state kept by touched paths', (plane: () => DataPlane) => {
  it('is that of a look at everything after any steps', async function () {
    this.timeout(300_000);
    const anySteps = fc.array(
      fc.oneof({ weight: 5, arbitrary: anyStep }, { weight: 1, arbitrary: anyOwnStep }),
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
          const touched = isOwn(step) ? [] : takeStep(root, step);
          if (isOwn(step)) await takeOwnStep(repository, step);
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

  it('looks at everything once the index or HEAD is another', async () => {
    await writeFile(at('text.txt'), 'other\n');
    await repository.add(['text.txt'], {});
    await whole();
    await repository.createBranch('other');
    await small();
    await repository.switch({ target: 'other' });
    await whole();
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
