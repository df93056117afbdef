// Owns the tests of refs: reading, moving them all or none, and sharing them with stock Git.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, unlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { initGitDirectory } from '../../../core/git/gitDirectory.ts';
import { acquireLock } from '../../../core/git/lockFile.ts';
import { isRefName } from '../../../core/git/refName.ts';
import type { RefChange } from '../../../core/git/refs.ts';
import { GitRefs } from '../../../core/git/refs.ts';
import { git, gitIsHere } from '../../support/stockGit.ts';
import { tempFolder } from '../../support/tempFolder.ts';
import { describeWithGit, forgeError, PERSON, stockRepository } from './support.ts';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);
const MAIN = 'refs/heads/main';

async function emptyRefs(): Promise<GitRefs> {
  const gitDir = await tempFolder();
  await initGitDirectory(gitDir, { branch: 'main', worktree: '..' });
  return new GitRefs(gitDir);
}

/** Puts refs where they belong, and checks that no lock or temporary file is left. */
async function apply(refs: GitRefs, ...changes: RefChange[]): Promise<void> {
  await refs.apply(changes, 'a test', PERSON);
  await expectClean(refs);
}

async function expectClean(refs: GitRefs): Promise<void> {
  const left = (await readdir(refs.gitDir, { recursive: true })).filter((file) => file.endsWith('.lock'));
  assert.deepEqual(left, []);
}

async function pack(refs: GitRefs, content: Record<string, string>): Promise<void> {
  const lines = Object.entries(content).map(([ref, oid]) => `${oid} ${ref}\n`);
  await writeFile(refs.packedPath, `# pack-refs with: peeled fully-peeled sorted \n${lines.join('')}`);
}

describe('names of refs', () => {
  it('follow the rules of git check-ref-format', function () {
    if (!gitIsHere) this.skip();
    const names = [
      'refs/heads/a',
      'refs/heads/a/b',
      'refs/heads/é',
      'refs/heads/.a',
      'refs/heads/a.',
      'refs/heads/a.lock',
    ]
      .concat([
        'refs/heads/a..b',
        'refs/heads/a b',
        'refs/heads/a~',
        'refs/heads/a^',
        'refs/heads/a:',
        'refs/heads/a?',
      ])
      .concat([
        'refs/heads/a*',
        'refs/heads/a[',
        'refs/heads/a\\b',
        'refs/heads/@{',
        'refs/heads/a@',
        'refs/heads/a//b',
      ])
      .concat([
        'refs/heads/',
        'refs/heads/a/',
        'refs/heads/a.lock/b',
        'refs/heads/\x7f',
        'refs/heads/a\tb',
        'refs/heads/-a',
      ]);
    for (const name of names) {
      const { status } = spawnSync('git', ['check-ref-format', name]);
      assert.equal(isRefName(name), status === 0, name);
    }
  });

  it('are refused where a command line would misread them', () => {
    for (const name of [
      'refs/heads/-a',
      'refs/heads/HEAD',
      'refs/heads/a b',
      'main',
      '../x',
      'refs/heads/../../x',
      '',
    ])
      assert.throws(() => GitRefs.validateName(name), forgeError('INVALID_NAME'), name);
    for (const name of ['HEAD', 'ORIG_HEAD', MAIN, 'refs/tags/v1.0', 'refs/forge/operations'])
      GitRefs.validateName(name);
  });
});

describe('refs', () => {
  it('know HEAD on an unborn branch, on a branch, and detached', async () => {
    const refs = await emptyRefs();
    assert.deepEqual(await refs.head(), { symbolic: MAIN, commit: undefined });
    await apply(refs, { ref: MAIN, before: undefined, after: A });
    assert.deepEqual(await refs.head(), { symbolic: MAIN, commit: A });
    await apply(refs, { ref: 'HEAD', before: `ref: ${MAIN}`, after: B });
    assert.deepEqual(await refs.head(), { symbolic: undefined, commit: B });
    await apply(refs, { ref: 'HEAD', before: B, after: 'refs/heads/new', symbolic: true });
    assert.deepEqual(await refs.head(), { symbolic: 'refs/heads/new', commit: undefined });
    assert.equal(await refs.readRaw('HEAD'), 'ref: refs/heads/new');
  });

  it('read packed refs under loose ones', async () => {
    const refs = await emptyRefs();
    await pack(refs, { [MAIN]: A, 'refs/heads/old': A, 'refs/tags/v1': A });
    await apply(refs, { ref: MAIN, before: A, after: B });
    assert.equal(await refs.read(MAIN), B);
    assert.deepEqual(
      [...(await refs.list('refs/heads/'))],
      [
        [MAIN, B],
        ['refs/heads/old', A],
      ],
    );
    assert.deepEqual([...(await refs.list('refs/')).keys()], [MAIN, 'refs/heads/old', 'refs/tags/v1']);
    assert.deepEqual([...(await refs.list('refs/heads/o')).keys()], ['refs/heads/old']);
    assert.equal(await refs.read('refs/heads/none'), undefined);
    assert.equal(await refs.read('../../etc/passwd'), undefined);
  });

  it('delete loose, packed and both, with their folders and logs', async () => {
    const refs = await emptyRefs();
    const [deep, both] = ['refs/heads/x/y/z', 'refs/heads/both'];
    await pack(refs, { 'refs/heads/packed': A, [both]: A, 'refs/tags/t': A });
    await apply(refs, { ref: deep, before: undefined, after: A }, { ref: both, before: A, after: B });
    const gone = [deep, both, 'refs/heads/packed'];
    await apply(refs, ...gone.map((ref) => ({ ref, before: 'any', after: undefined })));
    assert.deepEqual([...(await refs.list('refs/'))], [['refs/tags/t', A]]);
    assert.equal(existsSync(join(refs.gitDir, 'refs/heads/x')), false);
    assert.equal(existsSync(join(refs.gitDir, 'logs/refs/heads/x')), false);
    assert.ok(existsSync(join(refs.gitDir, 'refs/heads')));
    await apply(refs, { ref: 'refs/heads/x', before: undefined, after: A });
  });

  it('drop the peeled value of a deleted tag from packed-refs', async () => {
    const refs = await emptyRefs();
    await writeFile(
      refs.packedPath,
      `# pack-refs with: peeled\n${A} refs/tags/a\n^${B}\n${A} refs/tags/b\n^${B}\n`,
    );
    await apply(refs, { ref: 'refs/tags/a', before: A, after: undefined });
    assert.equal(
      await readFile(refs.packedPath, 'utf8'),
      `# pack-refs with: peeled\n${A} refs/tags/b\n^${B}\n`,
    );
  });

  it('move all or none', async () => {
    const refs = await emptyRefs();
    await apply(
      refs,
      { ref: MAIN, before: undefined, after: A },
      { ref: 'refs/tags/t', before: undefined, after: A },
    );
    const bad: [RefChange, Parameters<typeof forgeError>][] = [
      [{ ref: 'refs/tags/t', before: B, after: B }, ['LOCKED', /moved refs\/tags\/t/]],
      [{ ref: 'refs/tags/t', before: undefined, after: B }, ['LOCKED']],
      [{ ref: 'refs/tags/none', before: A, after: B }, ['LOCKED', /missing/]],
      [
        { ref: 'refs/tags/t/x', before: undefined, after: B },
        ['NAME_COLLISION', /refs\/tags\/t\/x and refs\/tags\/t:/],
      ],
      [{ ref: 'refs/tags', before: undefined, after: B }, ['NAME_COLLISION']],
      [{ ref: 'refs/tags/T', before: undefined, after: B }, ['NAME_COLLISION', /case/]],
      [{ ref: 'refs/tags/a b', before: undefined, after: B }, ['INVALID_NAME']],
      [{ ref: 'refs/tags/u', before: undefined, after: 'xyz' }, ['INVALID_NAME']],
      [{ ref: MAIN, before: A, after: A }, ['USAGE', /twice/]],
    ];
    for (const [change, expected] of bad) {
      await assert.rejects(refs.apply([{ ref: MAIN, before: A, after: B }, change]), forgeError(...expected));
      await expectClean(refs);
      assert.deepEqual(
        [...(await refs.list('refs/'))],
        [
          [MAIN, A],
          ['refs/tags/t', A],
        ],
      );
    }
  });

  it('may take the place of a name that goes in the same move, differing by case', async () => {
    const refs = await emptyRefs();
    await apply(refs, { ref: MAIN, before: undefined, after: A });
    await apply(
      refs,
      { ref: MAIN, before: A, after: undefined },
      { ref: 'refs/heads/Main', before: undefined, after: A },
      { ref: 'HEAD', before: `ref: ${MAIN}`, after: 'refs/heads/Main', symbolic: true },
    );
    assert.deepEqual(await refs.head(), { symbolic: 'refs/heads/Main', commit: A });
  });

  it('see a collision with a packed ref', async () => {
    const refs = await emptyRefs();
    await pack(refs, { 'refs/heads/a/b': A });
    for (const ref of ['refs/heads/a', 'refs/heads/a/b/c'])
      await assert.rejects(refs.apply([{ ref, before: undefined, after: A }]), forgeError('NAME_COLLISION'));
  });

  it('wait for another program’s lock, then give up with its name', async () => {
    const refs = await emptyRefs();
    const lock = `${refs.path(MAIN)}.lock`;
    await writeFile(lock, '');
    const applied = apply(refs, { ref: MAIN, before: undefined, after: A });
    await delay(100);
    assert.equal(await refs.read(MAIN), undefined);
    await unlink(lock);
    await applied;
    await writeFile(lock, `${B}\n`);
    await assert.rejects(
      refs.apply([{ ref: MAIN, before: A, after: B }]),
      forgeError('LOCKED', /main\.lock/),
    );
    assert.equal(await readFile(lock, 'utf8'), `${B}\n`);
    assert.equal(await refs.read(MAIN), A);
  });

  it('take over the lock of a Forge that died, and of no other', async () => {
    const refs = await emptyRefs();
    const lock = `${refs.path(MAIN)}.lock`;
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    await writeFile(lock, `forge lock ${dead} \n`);
    await apply(refs, { ref: MAIN, before: undefined, after: A });
    await writeFile(lock, `forge lock ${process.pid} \n`);
    await assert.rejects(refs.apply([{ ref: MAIN, before: A, after: B }]), forgeError('LOCKED'));
    const longAgo = Date.now() / 1000 - 3600;
    await utimes(lock, longAgo, longAgo);
    await apply(refs, { ref: MAIN, before: A, after: B });
    assert.equal(await refs.read(MAIN), B);
  });

  it('let one of two programs win that move the same ref', async () => {
    const refs = await emptyRefs();
    await apply(refs, { ref: MAIN, before: undefined, after: A });
    const racers = [1, 2, 3, 4].map((n) =>
      new GitRefs(refs.gitDir).apply([{ ref: MAIN, before: A, after: `${n}`.repeat(40) }]),
    );
    const results = await Promise.allSettled(racers);
    const lost = results.filter((result) => result.status === 'rejected');
    assert.equal(lost.length, 3);
    for (const { reason } of lost) assert.ok(forgeError('LOCKED', /moved/)(reason));
    const winner = results.findIndex((result) => result.status === 'fulfilled') + 1;
    assert.equal(await refs.read(MAIN), `${winner}`.repeat(40));
  });

  it('name the file that is damaged', async () => {
    const refs = await emptyRefs();
    for (const [text, message] of [
      ['', /main/],
      ['abc\n', /main/],
      [`ref: ../x\n`, /main/],
    ] as const) {
      await writeFile(refs.path(MAIN), text);
      await assert.rejects(refs.read(MAIN), forgeError('CORRUPT', message));
    }
    await writeFile(refs.path(MAIN), `ref: ${MAIN}\n`);
    await assert.rejects(refs.read(MAIN), forgeError('CORRUPT', /circle/));
    await writeFile(refs.path(MAIN), `${A}\n`);
    await writeFile(refs.packedPath, `${A} refs/tags/a\nnonsense\n`);
    await assert.rejects(refs.read('refs/tags/a'), forgeError('CORRUPT', /Line 2 of .*packed-refs/));
  });

  it('ignore what a crash left', async () => {
    const refs = await emptyRefs();
    await apply(refs, { ref: MAIN, before: undefined, after: A });
    await writeFile(join(refs.gitDir, 'refs/heads/.main.forge.lock'), 'half');
    await mkdir(join(refs.gitDir, 'refs/heads/empty/folders'), { recursive: true });
    assert.deepEqual([...(await refs.list('refs/')).keys()], [MAIN]);
    await apply(
      refs,
      { ref: MAIN, before: A, after: B },
      { ref: 'refs/heads/empty', before: undefined, after: A },
    );
  });
});

describeWithGit('refs and stock Git', () => {
  async function withCommits(): Promise<{ root: string; refs: GitRefs; first: string; second: string }> {
    const root = await stockRepository();
    git(root, ['commit', '-q', '--allow-empty', '-m', 'one']);
    git(root, ['commit', '-q', '--allow-empty', '-m', 'two']);
    const [second, first] = git(root, ['log', '--format=%H']).trim().split('\n');
    return { root, refs: new GitRefs(join(root, '.git')), first, second };
  }

  it('write reflogs that git reflog shows', async () => {
    const { root, refs, first, second } = await withCommits();
    await apply(refs, { ref: MAIN, before: second, after: first });
    await apply(refs, { ref: 'refs/heads/side', before: undefined, after: second });
    await apply(refs, { ref: 'HEAD', before: `ref: ${MAIN}`, after: 'refs/heads/side', symbolic: true });
    await apply(refs, { ref: 'HEAD', before: 'ref: refs/heads/side', after: first });
    const log = (ref: string) => git(root, ['log', '-g', '--format=%H %gs %gn', ref]).trim().split('\n');
    assert.deepEqual(
      log('HEAD').slice(0, 3),
      [first, second, first].map((oid) => `${oid} a test Ada`),
    );
    assert.equal(log('main')[0], `${first} a test Ada`);
    assert.deepEqual(log('side'), [`${second} a test Ada`]);
    assert.equal(git(root, ['rev-parse', 'main@{1}']).trim(), second);
    assert.equal(git(root, ['fsck', '--strict']), '');
  });

  it('list what git for-each-ref lists, packed or not', async () => {
    const { root, refs, first } = await withCommits();
    git(root, ['tag', '-am', 'annotated', 'v1']);
    git(root, ['branch', 'a/b/c', first]);
    git(root, ['update-ref', 'refs/remotes/origin/main', first]);
    git(root, ['symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/main']);
    const expected = git(root, ['for-each-ref', '--format=%(refname) %(objectname)']);
    for (let round = 0; round < 2; round++) {
      const listed = [...(await refs.list('refs/'))].map(([ref, oid]) => `${ref} ${oid}\n`).join('');
      assert.equal(listed, expected);
      git(root, ['pack-refs', '--all']);
    }
  });

  it('are deleted so that stock Git sees it, and its packed-refs stay well-formed', async () => {
    const { root, refs, first } = await withCommits();
    for (const name of ['a', 'b', 'c']) git(root, ['branch', name, first]);
    git(root, ['tag', '-am', 'annotated', 'v1']);
    git(root, ['pack-refs', '--all']);
    await apply(refs, { ref: 'refs/heads/b', before: first, after: undefined });
    assert.equal(git(root, ['for-each-ref', '--format=%(refname:short)']), 'a\nc\nmain\nv1\n');
    assert.equal(git(root, ['fsck', '--strict']), '');
  });

  it('keep stock Git out while they are locked', async () => {
    const { root, refs, first } = await withCommits();
    await mkdir(dirname(refs.path(MAIN)), { recursive: true });
    const release = await acquireLock(refs.path(MAIN), refs.lockOwner);
    assert.throws(() => git(root, ['update-ref', MAIN, first]), /main\.lock/);
    await release();
    git(root, ['update-ref', MAIN, first]);
  });

  it('share branches, but not HEAD, between linked working trees', async () => {
    const { root, first, second } = await withCommits();
    const linked = join(await tempFolder(), 'linked');
    git(root, ['worktree', 'add', '-q', '-b', 'side', linked, first]);
    const refs = new GitRefs(join(root, '.git/worktrees/linked'));
    assert.deepEqual(await refs.head(), { symbolic: 'refs/heads/side', commit: first });
    await apply(refs, { ref: 'refs/heads/side', before: first, after: second });
    assert.equal(git(linked, ['rev-parse', 'HEAD']).trim(), second);
    assert.equal(git(linked, ['log', '-g', '-1', '--format=%gs', 'HEAD']).trim(), 'a test');
    assert.equal(git(root, ['rev-parse', '--abbrev-ref', 'HEAD']).trim(), 'main');
  });
});
