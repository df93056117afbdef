// Tests that a repository's paths and states follow the updates that it sends, and that versions are read once and not waited for.
import assert from 'node:assert/strict';
import type { Change, RepositoryUpdate } from '../../../../core/protocol/repositories.ts';
import type { FileHistoryEntry } from '../../../../core/repo/types.ts';
import { RepositoryAssets } from '../../../../server/language/repositoryAssets.ts';
import { Versions } from '../../../../server/language/versions.ts';

const change = (path: string, state: Change['state'], from?: string): Change => ({
  path,
  state,
  kind: 'asset',
  size: 1,
  staged: false,
  ...(from !== undefined && { from }),
});
const update = (changes: Change[], rest: Partial<RepositoryUpdate> = {}): RepositoryUpdate => ({
  root: '/w',
  sequence: 1,
  reset: true,
  touched: [],
  changes,
  total: changes.length,
  head: { branch: 'main', commit: 'c1' },
  problems: [],
  ...rest,
});

describe('assets of a repository', () => {
  let reads: number;
  let assets: RepositoryAssets;
  const paths = async (): Promise<string[]> => [...(await assets.assets()).catalogue.paths()];

  beforeEach(() => {
    reads = 0;
    const trackedPaths = (): Promise<Set<string>> => {
      reads++;
      return Promise.resolve(new Set(['a.png', 'b.png', 'A.uproject']));
    };
    assets = new RepositoryAssets({ trackedPaths });
  });

  it('are what is tracked, with what came and without what went', async () => {
    assets.update(
      update([change('a.png', 'deleted'), change('c.png', 'untracked'), change('d.png', 'renamed', 'b.png')]),
    );
    assert.deepEqual(await paths(), ['A.uproject', 'c.png', 'd.png']);
    assert.equal(assets.movedTo('b.png'), 'd.png');
    assert.equal(assets.changeOf('c.png')?.state, 'untracked');
    assert.equal((await assets.assets()).mounts[0].folder, 'Content');
  });

  it('are read again only when a path came or went, or HEAD moved', async () => {
    assert.ok(assets.update(update([])));
    await paths();
    assert.ok(!assets.update(update([change('a.png', 'modified')])));
    await paths();
    assert.equal(reads, 1);
    assert.ok(assets.update(update([change('c.png', 'untracked')], { reset: false, touched: ['c.png'] })));
    assert.deepEqual(await paths(), ['a.png', 'A.uproject', 'b.png', 'c.png']);
    assert.equal(assets.changeOf('a.png')?.state, 'modified', 'an update without reset keeps the others');
    assert.ok(assets.update(update([], { reset: false, touched: ['c.png'] })));
    assert.deepEqual(await paths(), ['a.png', 'A.uproject', 'b.png']);
    assert.ok(assets.update(update([], { head: { branch: 'main', commit: 'c2' } })));
    assert.equal(assets.commit, 'c2');
  });

  it('are asked for again after a failure', async () => {
    let fails = true;
    assets = new RepositoryAssets({
      trackedPaths: () => (fails ? Promise.reject(new Error('locked')) : Promise.resolve(new Set(['a']))),
    });
    await assert.rejects(paths(), /locked/);
    fails = false;
    assert.deepEqual(await paths(), ['a']);
  });
});

describe('versions of a hover', () => {
  const entry = (commit: string, size?: number): FileHistoryEntry => ({
    commit,
    parents: [],
    author: { name: 'Mira', email: 'm@example.com' },
    time: '2026-01-01T00:00:00Z',
    message: commit,
    path: 'a.png',
    version: size === undefined ? undefined : { oid: commit, mode: 0o100644, kind: 'asset', size },
  });

  it('are the last ones that hold the file, read once for each HEAD', async () => {
    let reads = 0;
    const repository = {
      root: '/w',
      async *fileHistory() {
        reads++;
        yield await Promise.resolve(entry('c4', 4));
        yield entry('c3');
        yield entry('c2', 2);
        yield entry('c1', 1);
      },
    };
    const versions = new Versions();
    const commits = async (head: string): Promise<string[] | undefined> =>
      (await versions.of(repository, head, 'a.png', 2, 60_000))?.map(({ commit }) => commit);
    assert.deepEqual(await commits('h1'), ['c4', 'c2']);
    assert.deepEqual(await commits('h1'), ['c4', 'c2']);
    assert.equal(reads, 1);
    await commits('h2');
    assert.equal(reads, 2);
  });

  it('are not waited for, and there when they are asked for again', async () => {
    let go = (): void => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    const repository = {
      root: '/w',
      async *fileHistory() {
        await gate;
        yield entry('c1', 1);
      },
    };
    const versions = new Versions();
    assert.equal(await versions.of(repository, 'h', 'a.png', 3, 1), undefined);
    go();
    assert.equal((await versions.of(repository, 'h', 'a.png', 3, 60_000))?.length, 1);
  });
});
