// Owns the tests that every plane sees a working tree alike: compared with a Git index, listed, and hashed.
import assert from 'node:assert/strict';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { blake3 } from 'hash-wasm';
import {
  type CompareResult,
  EntryType,
  type Listing,
  STAT_FIELDS,
  type StatTuple,
} from '../../core/dataplane/dataPlane.ts';
import { statTuple } from '../../core/dataplane/portable/fileStat.ts';
import { xorshift32 } from '../support/naiveCut.ts';
import { onEachPlane } from '../support/planes.ts';
import { withoutRights } from '../support/rights.ts';
import { git, gitIsHere } from '../support/stockGit.ts';
import { tempFolder } from '../support/tempFolder.ts';

const SKIP = ['.git', '.forge'];
const LONG_AGO = new Date('2020-01-01T00:00:00.123Z');
const EMPTY_BLOB = 'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391';

function stat(path: string): StatTuple {
  return statTuple(lstatSync(path, { bigint: true }));
}

/** Listed paths with their types, sorted; every stat is checked against the system's. */
function listed(root: string, { paths, types, stats }: Listing): [path: string, type: number][] {
  assert.equal(types.length, paths.length);
  assert.equal(stats.length, STAT_FIELDS * paths.length);
  paths.forEach((path, i) => {
    const found = Array.from(stats.subarray(STAT_FIELDS * i, STAT_FIELDS * (i + 1)));
    assert.deepEqual(found, stat(join(root, path)), path);
  });
  return paths.map((path, i): [string, number] => [path, types[i]]).sort(([a], [b]) => (a < b ? -1 : 1));
}

onEachPlane('working tree', (plane) => {
  let root: string;

  beforeEach(async () => {
    root = await tempFolder();
  });

  const write = (path: string, content: string | Buffer = path): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
    utimesSync(join(root, path), LONG_AGO, LONG_AGO);
  };

  describe('compare', () => {
    before(function () {
      if (!gitIsHere) this.skip();
    });

    beforeEach(() => {
      git(root, ['init', '-q']);
    });

    /** Adds everything with stock Git. */
    const add = (...paths: string[]): void => {
      git(root, ['add', ...(paths.length ? paths : ['.'])]);
    };
    const compare = (): Promise<CompareResult> =>
      plane().compare({ root, indexPath: join(root, '.git/index'), skip: SKIP });
    const states = async (): Promise<Record<string, string>> => {
      const { changed } = await compare();
      return Object.fromEntries(changed.map(({ path, state }) => [path, state]));
    };

    it('finds nothing in a tree that Git has just added', async () => {
      for (const path of ['a', 'folder/b', 'folder/deep/er/c', 'ünï/日本', 'new\nline']) write(path);
      symlinkSync('a', join(root, 'link'));
      chmodSync(join(root, 'a'), 0o755);
      add();
      utimesSync(join(root, '.git/index'), new Date(), new Date());
      const { entries, rootTree, changed, untracked, problems } = await compare();
      assert.deepEqual({ entries, changed, problems }, { entries: 6, changed: [], problems: [] });
      assert.equal(rootTree, undefined);
      assert.deepEqual(untracked.paths, []);
    });

    it('knows the root tree once Git has written it', async () => {
      write('folder/a');
      add();
      const tree = git(root, ['write-tree']).trim();
      assert.equal((await compare()).rootTree, tree);
    });

    it('takes no index for an empty one', async () => {
      write('a');
      write('folder/b');
      const { entries, rootTree, changed, untracked } = await compare();
      assert.deepEqual({ entries, rootTree, changed }, { entries: 0, rootTree: undefined, changed: [] });
      assert.deepEqual(listed(root, untracked), [
        ['a', EntryType.file],
        ['folder', EntryType.directory],
      ]);
    });

    it('sees what was modified, with what the index says of it', async () => {
      for (const path of ['same', 'grown', 'touched', 'executable', 'replaced']) write(path);
      add();
      writeFileSync(join(root, 'grown'), 'longer than before');
      utimesSync(join(root, 'touched'), LONG_AGO, new Date('2021-01-01'));
      chmodSync(join(root, 'executable'), 0o755);
      write('new');
      renameSync(join(root, 'new'), join(root, 'replaced'));
      const { changed } = await compare();
      assert.deepEqual(
        changed.map(({ path, state, stage }) => [path, state, stage]),
        ['executable', 'grown', 'replaced', 'touched'].map((path) => [path, 'stat', 0]),
      );
      const oid = git(root, ['rev-parse', ':grown']).trim();
      const grown = changed.find(({ path }) => path === 'grown');
      assert.deepEqual(grown, { ...grown, oid, mode: 0o100644, stat: stat(join(root, 'grown')) });
    });

    it('sees what is missing, also when a folder is no folder any more', async () => {
      for (const path of ['a', 'gone/b', 'file/c', 'link/d']) write(path);
      add();
      rmSync(join(root, 'a'));
      rmSync(join(root, 'gone'), { recursive: true });
      rmSync(join(root, 'file'), { recursive: true });
      write('file');
      renameSync(join(root, 'link'), join(root, '.git/elsewhere'));
      symlinkSync('.git/elsewhere', join(root, 'link'));
      const { changed, untracked } = await compare();
      assert.deepEqual(
        changed.map(({ path, state, stat: seen }) => [path, state, seen]),
        ['a', 'file/c', 'gone/b', 'link/d'].map((path) => [path, 'missing', undefined]),
      );
      assert.deepEqual(listed(root, untracked), [
        ['file', EntryType.file],
        ['link', EntryType.symlink],
      ]);
    });

    it('sees what has become something else', async () => {
      for (const path of ['toLink', 'toFolder', 'fromLink']) write(path);
      rmSync(join(root, 'fromLink'));
      symlinkSync('anywhere', join(root, 'fromLink'));
      add();
      for (const path of ['toLink', 'toFolder', 'fromLink']) rmSync(join(root, path));
      symlinkSync('anywhere', join(root, 'toLink'));
      write('toFolder/inside');
      write('fromLink');
      const { changed, untracked } = await compare();
      assert.deepEqual(
        changed.map(({ path, state, mode, stat: seen }) => [path, state, mode, seen]),
        [
          ['fromLink', 'type', 0o120000, stat(join(root, 'fromLink'))],
          ['toFolder', 'type', 0o100644, stat(join(root, 'toFolder'))],
          ['toLink', 'type', 0o100644, stat(join(root, 'toLink'))],
        ],
      );
      assert.deepEqual(listed(root, untracked), [['toFolder', EntryType.directory]]);
    });

    it('sees a link that points elsewhere', async () => {
      symlinkSync('one', join(root, 'link'));
      add();
      rmSync(join(root, 'link'));
      symlinkSync('two', join(root, 'link'));
      assert.deepEqual(await states(), { link: 'stat' });
    });

    it('does not trust the stat of what is as new as the index', async () => {
      write('old');
      write('new');
      const now = new Date();
      utimesSync(join(root, 'new'), now, now);
      add();
      const index = join(root, '.git/index');
      utimesSync(index, now, now);
      assert.deepEqual(await states(), { new: 'racy' });
      const later = new Date(now.getTime() + 1);
      utimesSync(index, later, later);
      assert.deepEqual(await states(), {});
    });

    it('passes on what the index is unsure of itself', async () => {
      for (const path of ['intended', 'both', 'base', 'gone']) write(path);
      add('base');
      git(root, ['add', '--intent-to-add', 'intended', 'gone']);
      rmSync(join(root, 'gone'));
      const entries = [1, 2, 3].map((stage) => `100644 ${EMPTY_BLOB} ${stage}\tboth\n`).join('');
      git(root, ['update-index', '--index-info'], { input: entries });
      const { changed, entries: count } = await compare();
      assert.equal(count, 6);
      assert.deepEqual(
        changed.map(({ path, state, stage, stat: seen }) => [path, state, stage, seen !== undefined]),
        [
          ['both', 'conflict', 1, true],
          ['both', 'conflict', 2, true],
          ['both', 'conflict', 3, true],
          ['gone', 'intentToAdd', 0, false],
          ['intended', 'intentToAdd', 0, true],
        ],
      );
    });

    it('does not look where Git was promised that nothing changes', async () => {
      for (const path of ['assumed', 'skipped', 'away']) write(path);
      add();
      git(root, ['update-index', '--assume-unchanged', 'assumed']);
      git(root, ['update-index', '--skip-worktree', 'skipped', 'away']);
      writeFileSync(join(root, 'assumed'), 'something else');
      writeFileSync(join(root, 'skipped'), 'something else');
      rmSync(join(root, 'away'));
      assert.deepEqual(await states(), {});
    });

    it('lists what is not tracked, folders as one', async () => {
      write('folder/tracked');
      add();
      write('folder/new');
      write('folder/sub/deep/new');
      write('.hidden/x');
      symlinkSync('folder', join(root, 'link'));
      mkdirSync(join(root, 'empty'));
      const { untracked, changed } = await compare();
      assert.deepEqual(changed, []);
      assert.deepEqual(listed(root, untracked), [
        ['.hidden', EntryType.directory],
        ['empty', EntryType.directory],
        ['folder/new', EntryType.file],
        ['folder/sub', EntryType.directory],
        ['link', EntryType.symlink],
      ]);
    });

    it('never enters or lists what is to be skipped', async () => {
      write('folder/tracked');
      add();
      for (const path of ['.forge/x', 'folder/.git', 'folder/.forge/y', 'other/.git/z']) write(path);
      assert.deepEqual((await compare()).untracked.paths, ['other']);
    });

    it('leaves repositories inside to themselves', async () => {
      mkdirSync(join(root, 'module'));
      git(join(root, 'module'), ['init', '-q']);
      write('module/file');
      git(join(root, 'module'), ['add', '.']);
      git(join(root, 'module'), ['commit', '-q', '-m', 'first']);
      git(root, ['-c', 'advice.addEmbeddedRepo=false', 'add', 'module']);
      write('module/more');
      assert.deepEqual(await states(), {});
      assert.deepEqual((await compare()).untracked.paths, []);
      rmSync(join(root, 'module'), { recursive: true });
      write('module');
      assert.deepEqual(await states(), { module: 'type' });
    });

    it('reads indexes of versions 3 and 4', async () => {
      for (const path of ['folder/a', 'folder/b', 'folder/bb/c', 'z'.repeat(5_000 / 40)]) write(path);
      add();
      for (const version of ['4', '3', '2']) {
        git(root, ['update-index', '--index-version', version]);
        utimesSync(join(root, '.git/index'), new Date(), new Date());
        const { entries, changed } = await compare();
        assert.deepEqual({ entries, changed }, { entries: 4, changed: [] }, `version ${version}`);
      }
    });

    it('refuses a damaged index', async () => {
      write('a');
      add();
      const index = join(root, '.git/index');
      const bytes = readFileSync(index);
      for (const at of [0, 7, 11, 30, 75, bytes.length - 1]) {
        const damaged = Buffer.from(bytes);
        damaged[at] ^= 0x10;
        writeFileSync(index, damaged);
        await assert.rejects(compare(), { name: 'ForgeError' }, `byte ${at}`);
      }
      writeFileSync(index, bytes.subarray(0, 40));
      await assert.rejects(compare(), { name: 'ForgeError', code: 'CORRUPT' });
    });

    it('reports folders that cannot be read instead of calling their files missing', async function () {
      write('open/a');
      write('closed/b');
      add();
      chmodSync(root, 0o755);
      chmodSync(join(root, 'closed'), 0);
      const { changed, problems } = await withoutRights(this, compare);
      chmodSync(join(root, 'closed'), 0o755);
      assert.deepEqual(changed, []);
      assert.deepEqual(problems, [{ path: 'closed', code: 'EACCES' }]);
    });

    it('reports names that are not UTF-8', async () => {
      write('a');
      add();
      writeFileSync(Buffer.concat([Buffer.from(`${root}/bad`), Buffer.from([0xff])]), '');
      write('replacement \ufffd character');
      const { untracked, problems } = await compare();
      assert.deepEqual(problems, [{ path: 'bad\ufffd', code: 'INVALID_NAME' }]);
      assert.deepEqual(untracked.paths, ['replacement \ufffd character']);
    });

    it('fails when the root is not there', async () => {
      const call = plane().compare({ root: join(root, 'none'), indexPath: join(root, 'index'), skip: SKIP });
      await assert.rejects(call, { name: 'ForgeError', code: 'NOT_FOUND' });
    });
  });

  describe('list', () => {
    it('gives each folder one level deep', async () => {
      for (const path of ['a', 'folder/b', 'folder/sub/c', 'other/d', '.git/e', 'folder/.forge/f'])
        write(path);
      symlinkSync('nowhere', join(root, 'folder/link'));
      const { listing, problems } = await plane().list({
        root,
        folders: ['', 'folder', 'other'],
        skip: SKIP,
      });
      assert.deepEqual(listed(root, listing), [
        ['a', EntryType.file],
        ['folder', EntryType.directory],
        ['folder/b', EntryType.file],
        ['folder/link', EntryType.symlink],
        ['folder/sub', EntryType.directory],
        ['other', EntryType.directory],
        ['other/d', EntryType.file],
      ]);
      assert.deepEqual(problems, []);
    });

    it('says which folders cannot be listed, and does not follow links', async function () {
      write('target/inside');
      write('file');
      symlinkSync('target', join(root, 'link'));
      mkdirSync(join(root, 'closed'));
      chmodSync(root, 0o755);
      chmodSync(join(root, 'closed'), 0);
      const folders = ['target', 'link', 'file', 'none', 'closed'];
      const { listing, problems } = await withoutRights(this, () =>
        plane().list({ root, folders, skip: [] }),
      );
      chmodSync(join(root, 'closed'), 0o755);
      assert.deepEqual(listing.paths, ['target/inside']);
      assert.deepEqual(
        problems.map(({ path, code }) => [path, code]),
        [
          ['link', 'ENOTDIR'],
          ['file', 'ENOTDIR'],
          ['none', 'ENOENT'],
          ['closed', 'EACCES'],
        ],
      );
    });
  });

  describe('hashFiles', () => {
    it('gives what b3sum prints, in order, with the stat', async () => {
      const lengths = [0, 1, 1_024, 65_536, 1_000_003];
      lengths.forEach((length, i) => write(`f${i}`, xorshift32(i + 1, length)));
      const paths = lengths.map((_, i) => join(root, `f${i}`));
      const seen: { files: number; bytes: number }[] = [];
      const results = await plane().hashFiles([...paths, join(root, 'none'), root], {
        onProgress: ({ files, bytes }) => seen.push({ files, bytes }),
      });
      for (const [i, length] of lengths.entries()) {
        const expected = await blake3(readFileSync(paths[i]));
        assert.deepEqual(results[i], {
          state: 'done',
          blake3: expected,
          size: length,
          stat: stat(paths[i]),
        });
      }
      const codes = results.slice(-2).map((result) => (result.state === 'failed' ? result.code : ''));
      assert.deepEqual(codes, ['ENOENT', 'EISDIR']);
      assert.deepEqual(seen.at(-1), { files: 7, bytes: lengths.reduce((sum, length) => sum + length) });
      assert.deepEqual(await plane().hashFiles([]), []);
    });

    it('ends with ABORTED when the signal says so', async () => {
      write('big');
      truncateSync(join(root, 'big'), 500_000_000);
      const call = plane().hashFiles([join(root, 'big')], { signal: AbortSignal.timeout(5) });
      await assert.rejects(call, { name: 'ForgeError', code: 'ABORTED' });
    });
  });
});
