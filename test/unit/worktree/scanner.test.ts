// Owns the tests of the scan: changes by stat, untracked files, what is not entered.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { EntryType } from '../../../core/dataplane/dataPlane.ts';
import { IgnoreRules } from '../../../core/worktree/ignore.ts';
import { scanWorkTree, type WorkTreeScan } from '../../../core/worktree/scanner.ts';
import { asUnprivilegedUser } from '../../support/privileges.ts';
import { sharedPlane } from '../../support/planes.ts';
import { git, gitIsHere } from '../../support/stockGit.ts';
import { tempFolder } from '../../support/tempFolder.ts';
import { statOf, writeFiles, writeIndex } from '../../support/workTree.ts';

async function scan(root: string, indexPath = join(root, '.git', 'index')): Promise<WorkTreeScan> {
  const ignore = await IgnoreRules.load({ root, gitDir: join(root, '.git') });
  return scanWorkTree({ root, indexPath, plane: sharedPlane(), ignore, skip: ['.git', '.forge'] });
}

function paths(list: Iterable<{ path: string }>): string[] {
  return [...list].map(({ path }) => path);
}

async function emptyRoot(): Promise<string> {
  const root = await tempFolder();
  mkdirSync(join(root, '.git'));
  return root;
}

describe('scanWorkTree', () => {
  it('lists every untracked file of a tree without an index', async () => {
    const root = await emptyRoot();
    writeFiles(root, { b: '', 'a/c/d': '', 'a/b': '', 'a.x': '', 'z/link': { link: '../b' }, '.hidden': '' });
    mkdirSync(join(root, 'empty/deep'), { recursive: true });
    const result = await scan(root);
    assert.deepEqual(paths(result.untracked), ['.hidden', 'a.x', 'a/b', 'a/c/d', 'b', 'z/link']);
    assert.deepEqual(
      [...result.untracked].map(({ type }) => type),
      [...Array<number>(5).fill(EntryType.file), EntryType.symlink],
    );
    assert.equal([...result.untracked][3].size, statOf(root, 'a/c/d')[9]);
    assert.deepEqual([result.entries, result.changed, result.problems], [0, [], []]);
  });

  it('finds what changed and leaves the rest out', async () => {
    const root = await emptyRoot();
    writeFiles(root, { same: '1', edited: '2', gone: '3', 'dir/kept': '4', becameFolder: '5' });
    for (const path of ['same', 'edited', 'gone', 'dir/kept', 'becameFolder'])
      utimesSync(join(root, path), 1_000, 1_000);
    await writeIndex(root, join(root, '.git/index'), ['same', 'edited', 'gone', 'dir/kept', 'becameFolder']);
    writeFileSync(join(root, 'edited'), 'two');
    rmSync(join(root, 'gone'));
    rmSync(join(root, 'becameFolder'));
    writeFiles(root, { 'becameFolder/new': '', 'dir/new': '' });
    const { changed, untracked, entries } = await scan(root);
    assert.equal(entries, 5);
    assert.deepEqual(
      changed.map(({ path, state }) => [path, state]),
      [
        ['becameFolder', 'type'],
        ['edited', 'stat'],
        ['gone', 'missing'],
      ],
    );
    assert.deepEqual(paths(untracked), ['becameFolder/new', 'dir/new']);
  });

  it('keeps tracked files tracked, though rules ignore them', async () => {
    const root = await emptyRoot();
    writeFiles(root, { '.gitignore': '*.log\nout/\n', 'kept.log': '1', 'out/kept': '2' });
    await writeIndex(root, join(root, '.git/index'), ['kept.log', 'out/kept']);
    writeFiles(root, { 'kept.log': 'changed', 'out/kept': 'changed', 'new.log': '', 'out/new': '' });
    const { changed, untracked } = await scan(root);
    assert.deepEqual(paths(changed), ['kept.log', 'out/kept']);
    assert.deepEqual(paths(untracked), ['.gitignore']);
  });

  it('reads rule files of untracked folders, and never lists an ignored folder', async () => {
    const root = await emptyRoot();
    writeFiles(root, {
      '.forgeignore': 'cache/\n',
      'new/.gitignore': '*.tmp\n!keep.tmp\n',
      'new/a.tmp': '',
      'new/keep.tmp': '',
      'new/sub/b.tmp': '',
      'new/sub/.forgeignore': '!b.tmp\n',
      'cache/x': '',
      'new/cache/y': '',
    });
    const listed: string[] = [];
    const plane = sharedPlane();
    const watching = Object.assign(Object.create(plane) as typeof plane, {
      list: (request: Parameters<typeof plane.list>[0]) => {
        listed.push(...request.folders);
        return plane.list(request);
      },
    });
    const ignore = await IgnoreRules.load({ root, gitDir: join(root, '.git') });
    const result = await scanWorkTree({
      root,
      indexPath: join(root, 'none'),
      plane: watching,
      ignore,
      skip: ['.git'],
    });
    assert.deepEqual(paths(result.untracked), [
      '.forgeignore',
      'new/.gitignore',
      'new/keep.tmp',
      'new/sub/.forgeignore',
      'new/sub/b.tmp',
    ]);
    assert.deepEqual(listed.sort(), ['new', 'new/sub']);
  });

  it('reports repositories inside the tree once and does not enter them', async () => {
    const root = await emptyRoot();
    writeFiles(root, {
      'sub/.git/HEAD': '',
      'sub/file': '',
      'sub/deep/file': '',
      'linked/.git': 'gitdir: elsewhere\n',
      'linked/file': '',
      'deep/forge/.forge/config.json': '{}',
      'deep/forge/asset': '',
      'deep/own': '',
      '.gitignore': 'ignored/\n',
      'ignored/repo/.git/HEAD': '',
    });
    const { untracked, problems } = await scan(root);
    assert.deepEqual(paths(untracked), ['.gitignore', 'deep/own']);
    assert.deepEqual(problems.map(({ path, code }) => [path, code]).sort(), [
      ['deep/forge', 'NESTED_REPOSITORY'],
      ['linked', 'NESTED_REPOSITORY'],
      ['sub', 'NESTED_REPOSITORY'],
    ]);
    for (const { message } of problems) assert.match(message, /repository of its own/);
  });

  it('does not see Forge’s own files, pipes and sockets', async function () {
    if (process.platform === 'win32') this.skip();
    const root = await emptyRoot();
    writeFiles(root, {
      '.forge/config.json': '{}',
      '.forge-temporary-77': '',
      'd/.forge-temporary-1': '',
      'd/a': '',
    });
    execFileSync('mkfifo', [join(root, 'pipe'), join(root, 'd/pipe')]);
    assert.deepEqual(paths((await scan(root)).untracked), ['d/a']);
  });

  it('keeps names in any Unicode form, in Git’s order', async () => {
    const root = await emptyRoot();
    const names = ['e\u0301', '\u00e9', 'z', '\uffee', '\u{1f3a8}', 'new\nline'];
    writeFiles(root, Object.fromEntries(names.map((name) => [`d/${name}`, ''])));
    const byBytes = names
      .map((name) => `d/${name}`)
      .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    assert.deepEqual(paths((await scan(root)).untracked), byBytes);
  });

  it('names a folder that cannot be read and goes on', async function () {
    const root = await emptyRoot();
    writeFiles(root, { 'locked/a': '', 'open/b': '' });
    chmodSync(join(root, 'locked'), 0);
    const result = await asUnprivilegedUser(this, [root], () => scan(root));
    assert.deepEqual(paths(result.untracked), ['open/b']);
    assert.deepEqual(result.problems, [
      { path: 'locked', code: 'EACCES', message: 'no permission to read it' },
    ]);
  });

  it('stops when told to', async () => {
    const root = await emptyRoot();
    const ignore = await IgnoreRules.load({ root, gitDir: join(root, '.git') });
    const request = { root, indexPath: join(root, 'none'), plane: sharedPlane(), ignore, skip: [] };
    await assert.rejects(scanWorkTree({ ...request, signal: AbortSignal.abort() }), { code: 'ABORTED' });
  });

  it('agrees with git on untracked files and on stat changes', async function () {
    if (!gitIsHere) return this.skip();
    const name = fc.constantFrom('a', 'b', 'c.tmp', 'd');
    const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
    const tree = fc.uniqueArray(path, { minLength: 1, maxLength: 10 });
    const rules = fc.array(fc.constantFrom('*.tmp', 'a/', '/b', '!c.tmp', 'd'), { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(tree, tree, rules, async (tracked, later, lines) => {
        const root = await tempFolder();
        git(root, ['init', '-q']);
        const write = (list: string[], content: string): void => {
          for (const one of list) {
            const inTheWay = list.some((other) => other !== one && other.startsWith(`${one}/`));
            if (!inTheWay && !list.some((other) => one.startsWith(`${other}/`)))
              writeFiles(root, { [one]: content });
          }
        };
        write(tracked, 'old');
        git(root, ['add', '-A']);
        const isFree = (one: string): boolean =>
          !tracked.some((other) => other.startsWith(`${one}/`) || one.startsWith(`${other}/`));
        write(later.filter(isFree), 'newer');
        writeFiles(root, { '.gitignore': `${lines.join('\n')}\n` });
        const { changed, untracked } = await scan(root);
        const expected = git(root, ['ls-files', '-z', '-o', '--exclude-standard'])
          .split('\0')
          .filter(Boolean);
        assert.deepEqual(paths(untracked), expected);
        const modified = git(root, ['diff-files', '-z', '--name-only']).split('\0').filter(Boolean);
        assert.deepEqual(paths(changed.filter(({ state }) => state === 'stat')), modified);
      }),
      { numRuns: 40 },
    );
  });
});
