// Owns the tests of checkouts: what is written and removed, and what is never touched.
import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { blake3 } from 'hash-wasm';
import fc from 'fast-check';
import { ForgeError } from '../../../core/errors.ts';
import type { Progress } from '../../../core/progress.ts';
import {
  applyCheckout,
  type CheckoutChange,
  type CheckoutResult,
  type TreeVersion,
} from '../../../core/worktree/checkout.ts';
import { refuseCollisions } from '../../../core/worktree/checkoutPlan.ts';
import { probeNameRules } from '../../../core/worktree/fileSystemProbe.ts';
import { MemoryAssets } from '../../support/memoryAssets.ts';
import { asUnprivilegedUser } from '../../support/privileges.ts';
import { tempFolder } from '../../support/tempFolder.ts';
import { type FileSpec, MemoryBlobs, readTree, statOf, writeFiles } from '../../support/workTree.ts';

class Fixture {
  readonly root: string;
  readonly blobs = new MemoryBlobs();
  readonly assets = new MemoryAssets();
  temporaryFolder: string;
  signal: AbortSignal | undefined;
  readonly progress: Progress[] = [];

  constructor(base: string) {
    this.root = join(base, 'tree');
    this.temporaryFolder = join(base, 'tmp');
    mkdirSync(this.root);
  }

  text(content: string | Buffer, mode = 0o100644): TreeVersion {
    return { oid: this.blobs.add(content), mode };
  }

  link(target: string): TreeVersion {
    return { oid: this.blobs.add(target), mode: 0o120000 };
  }

  async asset(content: string, mode = 0o100644): Promise<TreeVersion> {
    this.assets.contents.set(await blake3(content), Buffer.from(content));
    return { oid: await this.blobs.addPointer(content), mode };
  }

  version(spec: FileSpec): TreeVersion {
    if (typeof spec === 'string' || Buffer.isBuffer(spec)) return this.text(spec);
    return 'link' in spec ? this.link(spec.link) : this.text(spec.run, 0o100755);
  }

  apply(changes: CheckoutChange[]): Promise<CheckoutResult> {
    return applyCheckout({
      root: this.root,
      temporaryFolder: this.temporaryFolder,
      objects: this.blobs,
      store: () => Promise.resolve(this.assets),
      changes,
      signal: this.signal,
      onProgress: (progress) => this.progress.push(progress),
    });
  }

  /** Applies changes that must all succeed. */
  async succeed(changes: CheckoutChange[]): Promise<CheckoutResult> {
    const result = await this.apply(changes);
    assert.deepEqual([result.conflicts, result.failures], [[], []]);
    return result;
  }

  tree(): Record<string, unknown> {
    return readTree(this.root);
  }

  stat(path: string) {
    return statOf(this.root, path);
  }
}

async function fixture(files: Record<string, FileSpec> = {}): Promise<Fixture> {
  const made = new Fixture(await tempFolder());
  writeFiles(made.root, files);
  return made;
}

function codes({ failures }: CheckoutResult): [string, string][] {
  return failures.map(({ path, error }) => [path, error.code]);
}

describe('applyCheckout', () => {
  it('writes texts, assets, links and executables exactly', async () => {
    const tree = await fixture();
    const changes: CheckoutChange[] = [
      { path: 'a/b/text', after: tree.text('one\r\ntwo\n'), expect: 'absent' },
      { path: 'empty', after: tree.text(''), expect: 'absent' },
      { path: 'run', after: tree.text('#!/bin/sh\n', 0o100755), expect: 'absent' },
      { path: 'a/asset', after: await tree.asset('pixels'), expect: 'absent' },
      { path: 'tool', after: await tree.asset('machine code', 0o100755), expect: 'absent' },
      { path: 'a/link', after: tree.link('../empty'), expect: 'absent' },
      { path: 'dangling', after: tree.link('/no/where'), expect: 'absent' },
    ];
    const result = await tree.succeed(changes);
    assert.deepEqual(tree.tree(), {
      'a/asset': 'pixels',
      'a/b/text': 'one\r\ntwo\n',
      'a/link': { link: '../empty' },
      dangling: { link: '/no/where' },
      empty: '',
      run: { run: '#!/bin/sh\n' },
      tool: { run: 'machine code' },
    });
    assert.deepEqual(result.written.map(({ path }) => path).sort(), changes.map(({ path }) => path).sort());
    for (const { path, stat } of result.written) assert.deepEqual(stat, tree.stat(path), path);
    assert.equal(result.bytes, 9 + 0 + 10 + 6 + 12);
    assert.deepEqual(readdirSync(tree.temporaryFolder), []);
  });

  it('gives files the permissions the umask leaves, assets and texts alike', async () => {
    const tree = await fixture();
    const umask = process.umask(0o027);
    try {
      await tree.succeed([
        { path: 'text', after: tree.text('a'), expect: 'absent' },
        { path: 'asset', after: await tree.asset('b'), expect: 'absent' },
        { path: 'tool', after: await tree.asset('c', 0o100755), expect: 'absent' },
      ]);
    } finally {
      process.umask(umask);
    }
    const permissions = (path: string) => statSync(join(tree.root, path)).mode & 0o777;
    assert.deepEqual([permissions('text'), permissions('asset'), permissions('tool')], [0o640, 0o640, 0o750]);
  });

  it('replaces what it expects, and nothing else', async () => {
    const tree = await fixture({
      same: 'old',
      edited: 'old',
      asset: 'old',
      link: { link: 'old' },
      any: 'old',
      new: 'mine',
      gone: 'x',
    });
    const stats = Object.fromEntries(
      ['same', 'edited', 'asset', 'link', 'gone'].map((path) => [path, tree.stat(path)]),
    );
    writeFileSync(join(tree.root, 'edited'), 'work in progress');
    writeFileSync(join(tree.root, 'asset'), 'painted');
    rmSync(join(tree.root, 'gone'));
    const result = await tree.apply([
      { path: 'same', after: tree.text('new'), expect: stats.same },
      { path: 'edited', after: tree.text('new'), expect: stats.edited },
      { path: 'asset', after: await tree.asset('new'), expect: stats.asset },
      { path: 'link', after: tree.link('new'), expect: stats.link },
      { path: 'any', after: tree.text('new'), expect: 'any' },
      { path: 'new', after: await tree.asset('theirs'), expect: 'absent' },
      { path: 'gone', after: tree.text('new'), expect: stats.gone },
    ]);
    assert.deepEqual(result.conflicts.sort(), ['asset', 'edited', 'gone', 'new']);
    assert.deepEqual(result.failures, []);
    assert.deepEqual(tree.tree(), {
      any: 'new',
      asset: 'painted',
      edited: 'work in progress',
      link: { link: 'new' },
      new: 'mine',
      same: 'new',
    });
    assert.deepEqual(readdirSync(tree.temporaryFolder), []);
  });

  it('removes what it expects and the folders that leaves empty', async () => {
    const tree = await fixture({
      'a/b/c/one': '1',
      'a/b/two': '2',
      'a/kept': '3',
      'x/changed': '4',
      'y/z/last': '5',
      top: '6',
    });
    const change = (path: string): CheckoutChange => ({
      path,
      before: tree.text('?'),
      expect: tree.stat(path),
    });
    const changes = ['a/b/c/one', 'a/b/two', 'x/changed', 'y/z/last', 'top'].map(change);
    writeFileSync(join(tree.root, 'x/changed'), 'unsaved');
    const result = await tree.apply([
      ...changes,
      { path: 'never/was', before: tree.text('?'), expect: 'any' },
    ]);
    assert.deepEqual(result.conflicts, ['x/changed']);
    assert.deepEqual(result.removed.sort(), ['a/b/c/one', 'a/b/two', 'never/was', 'top', 'y/z/last']);
    assert.deepEqual(tree.tree(), { 'a/kept': '3', 'x/changed': 'unsaved' });
  });

  it('leaves the root when it removes the last file', async () => {
    const tree = await fixture({ only: '1' });
    await tree.succeed([{ path: 'only', expect: 'any' }]);
    assert.deepEqual(tree.tree(), {});
    assert.ok(existsSync(tree.root));
  });

  it('keeps a folder that is needed again at once', async () => {
    const tree = await fixture({ 'a/old': '1' });
    const { ino } = statSync(join(tree.root, 'a'));
    await tree.succeed([
      { path: 'a/old', expect: 'any' },
      { path: 'a/new', after: tree.text('2'), expect: 'absent' },
    ]);
    assert.deepEqual(tree.tree(), { 'a/new': '2' });
    assert.equal(statSync(join(tree.root, 'a')).ino, ino);
  });

  it('turns files into folders and folders into files', async () => {
    const tree = await fixture({
      swap: 'file',
      'dir/a': '1',
      'dir/b/c': '2',
      'toLink/x': '3',
      link: { link: 'dir' },
    });
    await tree.succeed([
      { path: 'swap', expect: tree.stat('swap') },
      { path: 'swap/inside/x', after: tree.text('deep'), expect: 'absent' },
      { path: 'dir/a', expect: 'any' },
      { path: 'dir/b/c', expect: 'any' },
      { path: 'dir', after: await tree.asset('was a folder'), expect: 'absent' },
      { path: 'toLink/x', expect: 'any' },
      { path: 'toLink', after: tree.link('swap'), expect: tree.stat('toLink') },
      { path: 'link', expect: tree.stat('link') },
      { path: 'link/y', after: tree.text('now a folder'), expect: 'absent' },
    ]);
    assert.deepEqual(tree.tree(), {
      dir: 'was a folder',
      'link/y': 'now a folder',
      'swap/inside/x': 'deep',
      toLink: { link: 'swap' },
    });
  });

  it('turns files into links and links into files without following them', async () => {
    const tree = await fixture({ target: 'precious', file: 'f', link: { link: 'target' } });
    await tree.succeed([
      { path: 'file', after: tree.link('target'), expect: tree.stat('file') },
      { path: 'link', after: tree.text('text'), expect: tree.stat('link') },
    ]);
    assert.deepEqual(tree.tree(), { file: { link: 'target' }, link: 'text', target: 'precious' });
  });

  it('leaves folders with other files in them alone', async () => {
    const tree = await fixture({ 'dir/tracked': '1', 'dir/untracked': 'mine', 'empty/x': '' });
    rmSync(join(tree.root, 'empty/x'));
    const result = await tree.apply([
      { path: 'dir/tracked', expect: 'any' },
      { path: 'dir', after: tree.text('file'), expect: 'any' },
      { path: 'empty', after: tree.text('file'), expect: 'absent' },
    ]);
    assert.deepEqual(result.conflicts, ['dir']);
    assert.deepEqual(tree.tree(), { 'dir/untracked': 'mine', empty: 'file' });
  });

  it('leaves a file in a folder’s place alone', async () => {
    const tree = await fixture({ a: 'mine' });
    const result = await tree.apply([
      { path: 'a/b', after: tree.text('1'), expect: 'absent' },
      { path: 'a/c', after: await tree.asset('2'), expect: 'any' },
      { path: 'a/d', expect: 'any' },
    ]);
    assert.deepEqual(
      [result.conflicts.sort(), result.removed, result.written],
      [['a/b', 'a/c'], ['a/d'], []],
    );
    assert.deepEqual(tree.tree(), { a: 'mine' });
  });

  it('changes only the permissions when only they differ', async () => {
    const tree = await fixture({ tool: 'code', back: { run: 'code' }, edited: 'code' });
    linkSync(join(tree.root, 'tool'), join(tree.root, 'same'));
    const asset = await tree.asset('code');
    const runs = { ...asset, mode: 0o100755 };
    const edited = tree.stat('edited');
    writeFileSync(join(tree.root, 'edited'), 'other');
    const result = await tree.apply([
      { path: 'tool', before: asset, after: runs, expect: tree.stat('tool') },
      { path: 'back', before: runs, after: asset, expect: tree.stat('back') },
      { path: 'edited', before: asset, after: runs, expect: edited },
    ]);
    assert.deepEqual(result.conflicts, ['edited']);
    assert.deepEqual(tree.tree(), {
      back: 'code',
      edited: 'other',
      same: { run: 'code' },
      tool: { run: 'code' },
    });
    assert.deepEqual(
      result.written.map(({ path, mode, stat }) => [path, mode, stat]),
      [
        ['tool', 0o100755, tree.stat('tool')],
        ['back', 0o100644, tree.stat('back')],
      ],
    );
    assert.deepEqual(tree.assets.asked, []);
  });

  it('makes and removes the folders of other repositories, never what is in them', async () => {
    const tree = await fixture({ 'full/file': 'theirs', 'old/x': '', file: 'f' });
    rmSync(join(tree.root, 'old/x'));
    const module = { oid: 'a'.repeat(40), mode: 0o160000 };
    const result = await tree.succeed([
      { path: 'libs/module', after: module, expect: 'absent' },
      { path: 'full', before: module, expect: 'any' },
      { path: 'old', before: module, expect: 'any' },
      { path: 'file', after: module, expect: tree.stat('file') },
    ]);
    assert.deepEqual(tree.tree(), { 'file/': 'folder', 'full/file': 'theirs', 'libs/module/': 'folder' });
    assert.deepEqual(
      result.written.map(({ path }) => path),
      ['libs/module', 'file'],
    );
  });

  it('takes an index’s sizes modulo 2^32', async () => {
    const tree = await fixture({ a: 'old', b: 'old' });
    const wrapped = (path: string) => tree.stat(path).with(9, 3 + 2 ** 32) as ReturnType<typeof tree.stat>;
    await tree.succeed([
      { path: 'a', after: tree.text('new'), expect: wrapped('a') },
      { path: 'b', after: await tree.asset('new'), expect: wrapped('b') },
    ]);
    assert.deepEqual(tree.tree(), { a: 'new', b: 'new' });
  });

  it('sees an edit that kept size and time by the inode, and one that kept inode and size by the time', async () => {
    const tree = await fixture({ swapped: 'old', touched: 'old' });
    for (const path of ['swapped', 'touched']) utimesSync(join(tree.root, path), 5, 5);
    const [swapped, touched] = [tree.stat('swapped'), tree.stat('touched')];
    writeFiles(tree.root, { spare: 'neu' });
    rmSync(join(tree.root, 'swapped'));
    writeFiles(tree.root, { swapped: 'neu' });
    utimesSync(join(tree.root, 'swapped'), 5, 5);
    writeFileSync(join(tree.root, 'touched'), 'neu');
    const isOtherFile = tree.stat('swapped')[5] !== swapped[5];
    const result = await tree.apply([
      { path: 'swapped', after: tree.text('x'), expect: swapped },
      { path: 'touched', after: tree.text('x'), expect: touched },
    ]);
    assert.deepEqual(result.conflicts, isOtherFile ? ['swapped', 'touched'] : ['touched']);
  });

  it('keeps both Unicode forms of a name apart where the file system does', async () => {
    const tree = await fixture();
    const names = ['d/\u00e9', 'd/e\u0301', '\u65e5\u672c/\u{1f3a8}.psd', 'new\nline'];
    writeFileSync(join(tree.root, '\u00e9'), '');
    if (existsSync(join(tree.root, 'e\u0301'))) return;
    rmSync(join(tree.root, '\u00e9'));
    await tree.succeed(names.map((path) => ({ path, after: tree.text(path), expect: 'absent' })));
    assert.deepEqual(tree.tree(), Object.fromEntries(names.map((name) => [name, name])));
  });

  it('tells how far it is', async () => {
    const tree = await fixture({ old: '1' });
    await tree.succeed([
      { path: 'old', expect: 'any' },
      { path: 'a', after: await tree.asset('12345'), expect: 'absent' },
      { path: 'b', after: await tree.asset('678'), expect: 'absent' },
      { path: 'c', after: tree.text('90'), expect: 'absent' },
      { path: 'd', after: tree.link('c'), expect: 'absent' },
    ]);
    const { progress } = tree;
    assert.deepEqual(progress.at(-1), {
      phase: 'restore',
      files: 5,
      totalFiles: 5,
      bytes: 10,
      totalBytes: 10,
      newBytes: 0,
      storedBytes: 0,
    });
    progress.slice(1).forEach((step, i) => {
      assert.ok(step.files >= progress[i].files && step.bytes >= progress[i].bytes, JSON.stringify(progress));
    });
  });
});

describe('applyCheckout with trees made by others', () => {
  const escapes = [
    '../out',
    '/etc/x',
    '.git/hooks/post-checkout',
    'a/../../out',
    '.GIT/config',
    'a/.forge/config.json',
    'git~1/x',
    'a\\..\\b',
    '',
  ];
  for (const path of escapes) {
    it(`touches nothing when one path is ${JSON.stringify(path)}`, async () => {
      const tree = await fixture({ old: '1' });
      await assert.rejects(
        tree.apply([
          { path: 'old', expect: 'any' },
          { path: 'fine', after: tree.text('1'), expect: 'absent' },
          { path, after: tree.text('evil'), expect: 'any' },
        ]),
        (error) => error instanceof ForgeError && error.code === 'PATH_ESCAPE' && error.path === path,
      );
      assert.deepEqual(tree.tree(), { old: '1' });
      assert.deepEqual(readdirSync(join(tree.root, '..')), ['tree']);
    });
  }

  it('refuses a version in which a link is also a folder', async () => {
    const tree = await fixture();
    const outside = await tempFolder();
    await assert.rejects(
      tree.apply([
        { path: 'a', after: tree.link(outside), expect: 'absent' },
        { path: 'a/b/c', after: tree.text('evil'), expect: 'absent' },
      ]),
      { code: 'PATH_ESCAPE' },
    );
    assert.deepEqual([tree.tree(), readdirSync(outside)], [{}, []]);
  });

  it('never writes, changes or removes through a link', async () => {
    const tree = await fixture();
    const outside = await tempFolder();
    writeFiles(outside, { victim: 'precious', tool: 'precious' });
    symlinkSync(outside, join(tree.root, 'link'));
    const tool = tree.text('precious');
    const result = await tree.apply([
      { path: 'link/text', after: tree.text('evil'), expect: 'absent' },
      { path: 'link/deep/asset', after: await tree.asset('evil'), expect: 'any' },
      { path: 'link/l', after: tree.link('evil'), expect: 'any' },
      {
        path: 'link/tool',
        before: tool,
        after: { ...tool, mode: 0o100755 },
        expect: statOf(outside, 'tool'),
      },
      { path: 'link/victim', before: tree.text('precious'), expect: 'any' },
      { path: 'fine', after: tree.text('ok'), expect: 'absent' },
    ]);
    assert.deepEqual(codes(result).sort(), [
      ['link/deep/asset', 'PATH_ESCAPE'],
      ['link/l', 'PATH_ESCAPE'],
      ['link/text', 'PATH_ESCAPE'],
    ]);
    assert.match(result.failures[0].error.message, /symbolic link link/);
    assert.match(result.failures[0].error.remedy, /link/);
    assert.deepEqual(result.conflicts, ['link/tool']);
    assert.deepEqual(readTree(outside), { tool: 'precious', victim: 'precious' });
    assert.deepEqual(tree.tree(), { fine: 'ok', link: { link: outside } });
  });

  it('refuses a mode that no file can have', async () => {
    const tree = await fixture();
    const result = await tree.apply([
      { path: 'pipe', after: { ...tree.text('x'), mode: 0o010644 }, expect: 'any' },
    ]);
    assert.deepEqual(codes(result), [['pipe', 'CORRUPT']]);
    assert.deepEqual(tree.tree(), {});
  });
});

describe('applyCheckout when things go wrong', () => {
  it('writes nothing whose content does not verify', async () => {
    const tree = await fixture({ text: 'old', link: { link: 'old' } });
    const wrong = tree.text('right');
    tree.blobs.blobs.set(wrong.oid, Buffer.from('wrong'));
    const result = await tree.apply([
      { path: 'text', after: wrong, expect: 'any' },
      { path: 'link', after: { ...wrong, mode: 0o120000 }, expect: 'any' },
      { path: 'lost', after: { oid: 'b'.repeat(40), mode: 0o100644 }, expect: 'any' },
      {
        path: 'asset',
        after: { oid: await tree.blobs.addPointer('not stored'), mode: 0o100644 },
        expect: 'any',
      },
      { path: 'fine', after: tree.text('ok'), expect: 'any' },
    ]);
    assert.deepEqual(codes(result).sort(), [
      ['asset', 'CORRUPT'],
      ['link', 'CORRUPT'],
      ['lost', 'NOT_FOUND'],
      ['text', 'CORRUPT'],
    ]);
    assert.deepEqual(tree.tree(), { fine: 'ok', link: { link: 'old' }, text: 'old' });
    assert.deepEqual(readdirSync(tree.temporaryFolder), []);
    assert.equal(tree.progress.at(-1)?.files, 5);
  });

  it('stops at a full disk: what is done stays, the rest is as it was', async () => {
    for (const kind of ['result', 'error']) {
      const tree = await fixture({ two: 'old', three: 'old', text: 'old' });
      tree.assets.before = (path) => {
        if (!path.endsWith('two')) return undefined;
        if (kind === 'result') return { state: 'failed', code: 'ENOSPC', message: 'no space' };
        throw new ForgeError('DISK_FULL', 'No space left', 'Free some space.');
      };
      const asset = await tree.asset('new');
      const result = await tree.apply([
        { path: 'made/for/one', after: asset, expect: 'absent' },
        { path: 'two', after: asset, expect: 'any' },
        { path: 'three', after: asset, expect: 'any' },
        { path: 'never/four', after: asset, expect: 'any' },
        { path: 'text', after: tree.text('new'), expect: 'any' },
      ]);
      assert.deepEqual(codes(result), [['two', 'DISK_FULL']]);
      assert.deepEqual(
        result.written.map(({ path }) => path),
        ['made/for/one'],
      );
      assert.deepEqual(tree.tree(), { 'made/for/one': 'new', text: 'old', three: 'old', two: 'old' });
      assert.deepEqual(readdirSync(tree.temporaryFolder), []);
    }
  });

  it('stops when told to, between two files', async () => {
    const tree = await fixture({ b: 'old', text: 'old' });
    const controller = new AbortController();
    tree.signal = controller.signal;
    tree.assets.before = (path) => {
      if (path.endsWith('/b')) controller.abort();
      return undefined;
    };
    const asset = await tree.asset('new');
    const result = await tree.apply([
      { path: 'a', after: asset, expect: 'absent' },
      { path: 'b', after: asset, expect: 'any' },
      { path: 'c', after: asset, expect: 'absent' },
      { path: 'text', after: tree.text('new'), expect: 'any' },
    ]);
    assert.deepEqual(codes(result), [['c', 'ABORTED']]);
    assert.deepEqual(tree.tree(), { a: 'new', b: 'new', text: 'old' });
    const none = await tree.apply([{ path: 'text', expect: 'any' }]);
    assert.deepEqual(codes(none), [['text', 'ABORTED']]);
    assert.deepEqual(tree.tree(), { a: 'new', b: 'new', text: 'old' });
  });

  it('names a folder it may not write to and goes on elsewhere', async function () {
    const tree = await fixture({ 'locked/old': '1', 'open/old': '2' });
    chmodSync(join(tree.root, 'locked'), 0o555);
    mkdirSync(tree.temporaryFolder);
    const asset = await tree.asset('asset');
    tree.assets.before = (path) =>
      path.includes('locked') ? { state: 'failed', code: 'EACCES', message: 'permission denied' } : undefined;
    const owned = [
      tree.root,
      tree.temporaryFolder,
      ...['locked', 'open', 'locked/old', 'open/old'].map((path) => join(tree.root, path)),
    ];
    const parent = join(tree.root, '..');
    const result = await asUnprivilegedUser(this, [parent, ...owned], () =>
      tree.apply([
        { path: 'locked/old', expect: 'any' },
        { path: 'locked/asset', after: asset, expect: 'absent' },
        { path: 'locked/text', after: tree.text('t'), expect: 'absent' },
        { path: 'locked/sub/text', after: tree.text('t'), expect: 'absent' },
        { path: 'locked/link', after: tree.link('t'), expect: 'absent' },
        { path: 'open/old', after: tree.text('new'), expect: 'any' },
      ]),
    );
    assert.deepEqual(codes(result), [
      ['locked/old', 'UNREADABLE'],
      ['locked/asset', 'UNREADABLE'],
      ['locked/text', 'UNREADABLE'],
      ['locked/sub/text', 'UNREADABLE'],
      ['locked/link', 'UNREADABLE'],
    ]);
    for (const { path, error } of result.failures)
      assert.ok(error.message.includes('locked/') && error.remedy !== '', path);
    assert.deepEqual(tree.tree(), { 'locked/old': '1', 'open/old': 'new' });
    assert.deepEqual(readdirSync(tree.temporaryFolder), []);
  });

  it('writes beside the file when the temporary folder is on another device', async function () {
    const tree = await fixture({ 'sub/old': 'old' });
    if (!existsSync('/dev/shm') || statSync('/dev/shm').dev === statSync(tree.root).dev) return this.skip();
    tree.temporaryFolder = mkdtempSync('/dev/shm/forge-test-');
    try {
      const lost = { oid: await tree.blobs.addPointer('not stored'), mode: 0o100644 };
      const result = await tree.apply([
        { path: 'sub/old', after: tree.text('new'), expect: tree.stat('sub/old') },
        { path: 'sub/asset', after: await tree.asset('a'), expect: 'absent' },
        { path: 'link', after: tree.link('sub'), expect: 'absent' },
        { path: 'lost', after: lost, expect: 'absent' },
      ]);
      assert.deepEqual(codes(result), [['lost', 'CORRUPT']]);
      assert.deepEqual(tree.tree(), { link: { link: 'sub' }, 'sub/asset': 'a', 'sub/old': 'new' });
      assert.deepEqual(readdirSync(tree.temporaryFolder), []);
    } finally {
      rmSync(tree.temporaryFolder, { recursive: true });
    }
  });

  it('leaves no half of a text on a disk that is really full', async function () {
    const disk = await tempFolder();
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'forge-test', disk]);
    if (mounted.status !== 0) return this.skip();
    try {
      const tree = new Fixture(disk);
      writeFiles(tree.root, { two: 'old', three: 'old' });
      const result = await tree.apply([
        { path: 'one', after: tree.text('fits'), expect: 'absent' },
        { path: 'two', after: tree.text(Buffer.alloc(100_000, 'x')), expect: 'any' },
        { path: 'three', after: tree.text('new'), expect: 'any' },
      ]);
      assert.deepEqual(codes(result), [['two', 'DISK_FULL']]);
      assert.deepEqual(tree.tree(), { one: 'fits', three: 'old', two: 'old' });
      assert.deepEqual(readdirSync(tree.temporaryFolder), []);
    } finally {
      spawnSync('umount', [disk]);
    }
  });

  it('refuses names that the file system cannot tell apart', async () => {
    const { temporaryFolder, root } = await fixture();
    mkdirSync(temporaryFolder);
    const rules = probeNameRules(temporaryFolder);
    writeFiles(root, { Case: '', 'form\u00e9': '' });
    assert.deepEqual(rules, {
      ignoresCase: existsSync(join(root, 'cASE')),
      ignoresUnicodeForm: existsSync(join(root, 'forme\u0301')),
    });
    assert.deepEqual(readdirSync(temporaryFolder), []);
    const after = { oid: '0'.repeat(40), mode: 0o100644 };
    const change = (path: string): CheckoutChange => ({ path, after, expect: 'any' });
    assert.throws(() => refuseCollisions([change('a/X'), change('a/x')]), { code: 'NAME_COLLISION' });
    refuseCollisions([change('a/X'), { path: 'a/x', expect: 'any' }]);
  });

  it('does not take a file back that vanished under it, nor fail for it', async () => {
    const tree = await fixture({ a: '1' });
    const expect = tree.stat('a');
    rmSync(join(tree.root, 'a'));
    const result = await tree.succeed([{ path: 'a', before: tree.text('1'), expect }]);
    assert.deepEqual(result.removed, ['a']);
    rmSync(tree.root, { recursive: true });
    const gone = await tree.apply([{ path: 'x', after: tree.text('1'), expect: 'absent' }]);
    assert.deepEqual(codes(gone), [['x', 'NOT_FOUND']]);
    assert.ok(!existsSync(tree.root));
  });
});

const name = fc.constantFrom('a', 'b', 'c');
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
const spec: fc.Arbitrary<FileSpec> = fc.oneof(
  fc.constantFrom<FileSpec>('', 'one', 'two\r\n', { link: 'b/c' }, { link: '/nowhere' }, { run: 'one' }),
);
/** Files none of which is in the place of another's folder. */
const tree = fc.dictionary(path, spec, { maxKeys: 8 }).map((files) => {
  const kept: Record<string, FileSpec> = {};
  for (const [one, content] of Object.entries(files).sort()) {
    if (!Object.keys(kept).some((other) => one.startsWith(`${other}/`))) kept[one] = content;
  }
  return kept;
});

function changesBetween(
  fixture: Fixture,
  before: Record<string, FileSpec>,
  after: Record<string, FileSpec>,
): CheckoutChange[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].map((one) => ({
    path: one,
    before: one in before ? fixture.version(before[one]) : undefined,
    after: one in after ? fixture.version(after[one]) : undefined,
    expect: one in before ? fixture.stat(one) : 'absent',
  }));
}

function normal(files: Record<string, FileSpec>): Record<string, FileSpec> {
  return Object.fromEntries(Object.entries(files).sort());
}

describe('applyCheckout on any trees', () => {
  it('turns every tree into every other', async () => {
    await fc.assert(
      fc.asyncProperty(tree, tree, async (before, after) => {
        const made = await fixture(before);
        await made.succeed(changesBetween(made, before, after));
        assert.deepEqual(normal(made.tree() as Record<string, FileSpec>), normal(after));
      }),
      { numRuns: 150 },
    );
  });

  it('never loses what was written meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(tree, tree, tree, async (before, after, meanwhile) => {
        const made = await fixture(before);
        const changes = changesBetween(made, before, after);
        const kept: Record<string, FileSpec> = {};
        for (const one of Object.keys(meanwhile)) {
          const isFree = !Object.keys(before).some(
            (other) => other.startsWith(`${one}/`) || one.startsWith(`${other}/`),
          );
          if (!isFree) continue;
          rmSync(join(made.root, one), { force: true });
          writeFiles(made.root, { [one]: `precious ${one}` });
          kept[one] = `precious ${one}`;
        }
        await made.apply(changes);
        const found = made.tree();
        for (const [one, content] of Object.entries(kept)) assert.equal(found[one], content, one);
        assert.ok(lstatSync(made.root).isDirectory());
      }),
      { numRuns: 150 },
    );
  });
});
