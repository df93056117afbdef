// Tests the whole job with the built command, as a user and as the programs that rely on it would.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { Sandbox } from '../support/forgeCommand.ts';
import type {
  BranchInfo,
  CommitResult,
  FileDiff,
  LogEntry,
  OperationInfo,
  ShowResult,
  StatsResult,
  StatusResult,
  TagInfo,
  UndoResult,
  VerifyResult,
} from '../../core/repo/types.ts';

describe('forge: a day with an asset folder', () => {
  let box: Sandbox;
  const hero = randomBytes(3_000_000);
  const edited = Buffer.from(hero);
  randomBytes(5_000).copy(edited, 1_500_000);
  const commits: string[] = [];

  before(async () => {
    box = await Sandbox.withRepository();
    await mkdir(box.path('Content'));
    await writeFile(box.path('Content/Hero.uasset'), hero);
    await writeFile(box.path('readme.txt'), 'one\ntwo\n');
  });

  const changes = (...args: string[]) =>
    box.json<StatusResult>('status', ...args).changes.map(({ path, state, kind, size, staged }) => ({
      path,
      state,
      kind,
      size,
      staged,
    }));

  it('shows what is new', () => {
    assert.deepEqual(changes(), [
      { path: 'Content/Hero.uasset', state: 'untracked', kind: 'asset', size: 3_000_000, staged: false },
      { path: 'readme.txt', state: 'untracked', kind: 'text', size: 8, staged: false },
    ]);
    assert.match(
      box.forge('status'),
      /^On main, no commits yet\n\nUntracked \(2; .*\)\n {2}\? {2}Content\/Hero.uasset {2}3 MB\n/,
    );
  });

  it('commits everything when nothing is staged, and says what it cost', () => {
    const result = box.json<CommitResult>('commit', '-m', 'First version');
    assert.deepEqual(Object.keys(result).sort(), [
      'assets',
      'branch',
      'commit',
      'files',
      'logicalBytes',
      'newBytes',
      'plane',
      'seconds',
      'storedBytes',
    ]);
    assert.deepEqual([result.files, result.assets, result.branch], [2, 1, 'main']);
    assert.equal(result.logicalBytes, 3_000_008);
    assert.ok(result.storedBytes > 3_000_000 && result.storedBytes < 3_010_000, String(result.storedBytes));
    commits.unshift(result.commit);
    assert.deepEqual(box.json<StatusResult>('status'), {
      branch: 'main',
      commit: result.commit,
      changes: [],
      problems: [],
    });
  });

  it('stores an edit for little', async () => {
    await writeFile(box.path('Content/Hero.uasset'), edited);
    assert.deepEqual(changes(), [
      { path: 'Content/Hero.uasset', state: 'modified', kind: 'asset', size: 3_000_000, staged: false },
    ]);
    assert.match(box.forge('diff'), /^modified Content\/Hero.uasset {2}asset, 3 MB\n/);
    const result = box.json<CommitResult>('commit', '-m', 'Brighter\n\nMuch.');
    assert.ok(result.storedBytes < 30_000, `${result.storedBytes} bytes stored`);
    commits.unshift(result.commit);
    const [diff] = box.json<FileDiff[]>('diff', 'HEAD~1', 'HEAD');
    assert.equal(diff.path, 'Content/Hero.uasset');
    assert.ok(diff.changedBytes !== undefined && diff.changedBytes > 4_900 && diff.changedBytes <= 5_000);
    assert.match(
      box.forge('diff', 'HEAD~1', 'HEAD'),
      / {2}[\d.]+ KB new \([\d.]+ % of the file\) in 1 place\n/,
    );
  });

  it('stages some, and commits what is staged', async () => {
    await appendFile(box.path('readme.txt'), 'three\n');
    await writeFile(box.path('Content/New.uasset'), 'x\0y');
    box.forge('add', 'readme.txt');
    assert.deepEqual(
      changes().map(({ path, state, staged }) => [path, state, staged]),
      [
        ['Content/New.uasset', 'untracked', false],
        ['readme.txt', 'modified', true],
      ],
    );
    assert.match(box.forge('diff', '--staged'), /^modified readme.txt .*\n[^]*\n two\n\+three\n$/);
    assert.equal(box.forge('diff'), '');
    commits.unshift(box.json<CommitResult>('commit', '-m', 'More to read').commit);
    assert.deepEqual(
      changes().map(({ path }) => path),
      ['Content/New.uasset'],
    );
  });

  it('commits the paths named', async () => {
    await appendFile(box.path('readme.txt'), 'four\n');
    commits.unshift(box.json<CommitResult>('commit', '-m', 'New', 'Content').commit);
    assert.deepEqual(
      changes().map(({ path }) => path),
      ['readme.txt'],
    );
    box.forge('restore', 'readme.txt');
    assert.deepEqual(changes(), []);
    assert.equal(await readFile(box.path('readme.txt'), 'utf8'), 'one\ntwo\nthree\n');
  });

  it('tells the history, also of one path and across a rename', async () => {
    await rename(box.path('Content/Hero.uasset'), box.path('Content/Heroine.uasset'));
    commits.unshift(box.json<CommitResult>('commit', '-m', 'Rename').commit);
    const all = box.json<LogEntry[]>('log');
    assert.deepEqual(
      all.map(({ commit }) => commit),
      commits,
    );
    assert.deepEqual(Object.keys(all[0]).slice(0, 5), ['commit', 'parents', 'author', 'time', 'message']);
    assert.deepEqual(all[0].parents, [commits[1]]);
    assert.deepEqual(all[0].author, { name: 'Mira', email: 'mira@example.com' });
    assert.ok(Math.abs(Date.parse(all[0].time) - Date.now()) < 120_000);
    const one = box.json<LogEntry[]>('log', 'Content/Heroine.uasset');
    assert.deepEqual(
      one.map(({ message }) => message.split('\n')[0]),
      ['Rename', 'Brighter', 'First version'],
    );
    assert.equal(box.forge('log', '--oneline', '-n', '2').split('\n').length, 3);
    assert.equal(box.json<LogEntry[]>('log', '--from', 'HEAD~1')[0].commit, commits[1]);
    const shown = box.json<ShowResult>('show', 'HEAD');
    assert.deepEqual(
      shown.files.map(({ path, state, from }) => [path, state, from]),
      [['Content/Heroine.uasset', 'renamed', 'Content/Hero.uasset']],
    );
  });

  it('brings any version back byte for byte', async () => {
    const file = box.path('Content/Hero.uasset');
    box.forge('restore', '--from', commits.at(-1)!, 'Content/Hero.uasset');
    assert.ok((await readFile(file)).equals(hero));
    box.forge('restore', '--from', commits.at(-2)!, 'Content/Hero.uasset');
    assert.ok((await readFile(file)).equals(edited));
    box.forge('undo');
    assert.ok((await readFile(file)).equals(hero));
    box.forge('undo');
    assert.deepEqual(changes(), []);
    const printed = box.run(['show', `${commits.at(-1)}:readme.txt`]);
    assert.equal(printed.stdout, 'one\ntwo\n');
  });

  it('keeps unsaved work that it overwrites', async () => {
    const file = box.path('Content/Heroine.uasset');
    await appendFile(file, 'unsaved');
    const before = await readFile(file);
    assert.match(box.forge('restore', 'Content/Heroine.uasset'), /Unsaved work in 1 file was kept/);
    assert.ok((await readFile(file)).equals(edited));
    const undone = box.json<UndoResult>('undo');
    assert.equal(undone.undone.command, 'restore');
    assert.ok((await readFile(file)).equals(before));
    box.forge('restore', '.');
  });

  it('takes back a commit and leaves its changes in the folder', async () => {
    await writeFile(box.path('readme.txt'), 'rewritten\n');
    box.forge('commit', '-q', '-m', 'Oops');
    box.forge('undo', '-q');
    assert.equal(box.json<StatusResult>('status').commit, commits[0]);
    assert.equal(await readFile(box.path('readme.txt'), 'utf8'), 'rewritten\n');
    assert.deepEqual(
      changes().map(({ path, state }) => [path, state]),
      [['readme.txt', 'modified']],
    );
    box.forge('restore', '-q', '.');
  });

  it('works on branches and with tags', async () => {
    box.forge('switch', '-q', '-c', 'night', 'HEAD~1');
    assert.ok((await readFile(box.path('Content/Hero.uasset'))).equals(edited));
    await writeFile(box.path('night.txt'), 'dark\n');
    box.forge('commit', '-q', '-m', 'Night');
    box.forge('switch', 'main');
    await assert.rejects(readFile(box.path('night.txt')), { code: 'ENOENT' });
    const branches = box.json<BranchInfo[]>('branch');
    assert.deepEqual(
      branches.map(({ name, current }) => [name, current]),
      [
        ['main', true],
        ['night', false],
      ],
    );
    box.forge('branch', '-m', 'night', 'dusk');
    assert.match(box.forge('branch'), /^\* main +[0-9a-f]{10} +Rename\n {2}dusk|^ {2}dusk[^]*\n\* main/);
    box.forge('tag', 'v1', 'HEAD~1', '-m', 'First');
    assert.equal(box.json<TagInfo[]>('tag')[0].commit, commits[1]);
    box.forge('switch', 'v1');
    assert.deepEqual(
      [box.json<StatusResult>('status').branch, box.json<StatusResult>('status').commit],
      [null, commits[1]],
    );
    box.forge('undo');
    assert.equal(box.json<StatusResult>('status').branch, 'main');
    box.forge('tag', '-d', 'v1');
    box.forge('undo');
    assert.equal(box.json<TagInfo[]>('tag').length, 1);
  });

  it('keeps a log of operations, and goes back to any point of it', async () => {
    const operations = box.json<OperationInfo[]>('op', 'log');
    assert.ok(operations.length > 15);
    const commit = operations.find(
      ({ command, summary }) => command === 'commit' && summary.includes('Rename'),
    );
    assert.ok(commit);
    assert.deepEqual(box.json<OperationInfo>('op', 'show', commit.id.slice(0, 12)), commit);
    await appendFile(box.path('readme.txt'), 'unsaved\n');
    box.forge('op', 'restore', commit.id);
    assert.deepEqual(
      box.json<BranchInfo[]>('branch').map(({ name }) => name),
      ['main'],
    );
    assert.deepEqual(box.json<TagInfo[]>('tag'), []);
    assert.equal(await readFile(box.path('readme.txt'), 'utf8'), 'one\ntwo\nthree\nunsaved\n');
    box.forge('undo');
    assert.equal(box.json<BranchInfo[]>('branch').length, 2);
  });

  it('verifies, counts, and is a repository for stock git', () => {
    const verified = box.json<VerifyResult>('verify', '--full');
    assert.deepEqual([verified.ok, verified.problems], [true, []]);
    assert.ok(verified.files >= 4 && verified.bytes > 6_000_000);
    const stats = box.json<StatsResult>('stats');
    assert.deepEqual(Object.keys(stats), [
      'plane',
      'commits',
      'assets',
      'versions',
      'logicalBytes',
      'storedBytes',
      'ratio',
      'segments',
      'chunks',
    ]);
    assert.ok(stats.ratio > 1.9, String(stats.ratio));
    box.git('fsck', '--strict', '--no-dangling');
    assert.equal(box.git('log', '--format=%s', 'main').split('\n')[0], 'Rename');
  });
});
