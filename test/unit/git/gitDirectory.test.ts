// Owns the tests of Git directories and configuration files.
import assert from 'node:assert/strict';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { encodeCommit } from '../../../core/git/commits.ts';
import { GitConfig, parseGitConfig, readGitConfig } from '../../../core/git/gitConfig.ts';
import { initGitDirectory, openGitDirectory } from '../../../core/git/gitDirectory.ts';
import { GitObjects } from '../../../core/git/gitObjects.ts';
import { ObjectBatch } from '../../../core/git/objectBatch.ts';
import { GitRefs } from '../../../core/git/refs.ts';
import { writeTree } from '../../../core/git/writeTree.ts';
import { GitIndex } from '../../../core/model/gitIndex.ts';
import { indexEntry } from '../../../core/model/gitIndexEntry.ts';
import { git } from '../../support/stockGit.ts';
import { tempFolder } from '../../support/tempFolder.ts';
import { describeWithGit, forgeError, PERSON, stockRepository } from './support.ts';

function parse(text: string): GitConfig {
  const config = new GitConfig();
  parseGitConfig(text, 'a file', config);
  return config;
}

describe('Git configuration', () => {
  it('is read as Git reads it', () => {
    const config = parse(`
# comment
[User] name = Ada Lovelace  ; comment
\temail = "ada@example.com" # comment
[core]
  bare
  path = "a \\"quoted\\" \\\\ path"
  spaced =   in   the middle
  empty =
  long = one \\
two
  hash = "# kept"
  Two-Words=1
[remote "Origin \\"x\\""]
  url = a
  url = b
[branch "main"] merge = refs/heads/main
`);
    assert.equal(config.get('user.name'), 'Ada Lovelace');
    assert.equal(config.get('USER.Email'), 'ada@example.com');
    assert.equal(config.get('core.bare'), 'true');
    assert.equal(config.get('core.path'), 'a "quoted" \\ path');
    assert.equal(config.get('core.spaced'), 'in   the middle');
    assert.equal(config.get('core.empty'), '');
    assert.equal(config.get('core.long'), 'one two');
    assert.equal(config.get('core.hash'), '# kept');
    assert.equal(config.get('core.two-words'), '1');
    assert.deepEqual(config.getAll('remote.Origin "x".URL'), ['a', 'b']);
    assert.equal(config.get('remote.origin "x".url'), undefined);
    assert.equal(config.get('branch.main.merge'), 'refs/heads/main');
    assert.equal(config.get('nothing.here'), undefined);
  });

  it('takes later files over earlier ones and skips missing ones', async () => {
    const folder = await tempFolder();
    await writeFile(join(folder, 'a'), '[user]\nname = A\nemail = a@a\n');
    await writeFile(join(folder, 'b'), '\ufeff[user]\r\nname = B\r\n');
    const config = await readGitConfig([join(folder, 'a'), join(folder, 'none'), join(folder, 'b')]);
    assert.equal(config.get('user.name'), 'B');
    assert.equal(config.get('user.email'), 'a@a');
    assert.deepEqual(config.names(), ['user.name', 'user.email']);
  });

  it('names the line that cannot be understood', () => {
    for (const [text, line] of [
      ['name = x', 1],
      ['[a]\n= x', 2],
      ['[a]\nb = "open', 2],
      ['[a]\n\nb = \\q', 3],
      ['[a]\nb c', 2],
      ['[a', 1],
    ] as const)
      assert.throws(() => parse(text), forgeError('CORRUPT', new RegExp(`Line ${line} of a file`)), text);
  });
});

describeWithGit('Git configuration and stock Git', () => {
  it('reads any value that git config writes', async () => {
    const folder = await tempFolder();
    const path = join(folder, 'config');
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: fc.constantFrom(...'ab \t\n"\\#;=[]é'), maxLength: 12 }),
        fc.string({ unit: fc.constantFrom(...'ab ."\\]é'), minLength: 1, maxLength: 6 }),
        async (value, subsection) => {
          await rm(path, { force: true });
          git(folder, ['config', '--file', 'config', `sec.${subsection}.key`, value]);
          assert.equal((await readGitConfig([path])).get(`sec.${subsection}.key`), value);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('Git directory', () => {
  it('of its own making opens, with an unborn branch', async () => {
    const gitDir = join(await tempFolder(), '.forge', 'git');
    await initGitDirectory(gitDir, { branch: 'trunk', worktree: '../..' });
    const opened = await openGitDirectory(gitDir);
    assert.deepEqual([opened.gitDir, opened.commonDir], [gitDir, gitDir]);
    assert.equal(opened.config.get('core.worktree'), '../..');
    assert.deepEqual(await new GitRefs(gitDir).head(), { symbolic: 'refs/heads/trunk', commit: undefined });
    await assert.rejects(
      initGitDirectory(gitDir, { branch: 'a b', worktree: '..' }),
      forgeError('INVALID_NAME'),
    );
  });

  it('is refused when Forge would misread it', async () => {
    const gitDir = await tempFolder();
    await initGitDirectory(gitDir, { branch: 'main', worktree: '..' });
    const config = await readFile(join(gitDir, 'config'), 'utf8');
    const v1 = '[core]\nrepositoryformatversion = 1\n[extensions]\n';
    const refused: [string, RegExp][] = [
      [`${v1}objectFormat = sha256\n`, /sha256/],
      [`${v1}refStorage = reftable\n`, /reftable/],
      [`${v1}fancyThing = true\n`, /fancything/],
      ['[core]\nrepositoryformatversion = 2\n', /version is 2/],
    ];
    for (const [text, message] of refused) {
      await writeFile(join(gitDir, 'config'), config + text);
      await assert.rejects(openGitDirectory(gitDir), forgeError('UNSUPPORTED', message));
    }
    for (const text of [
      `${v1}objectFormat = sha1\nworktreeConfig = true\npartialClone = origin\n`,
      '[extensions]\nfancyThing = 1\n',
    ]) {
      await writeFile(join(gitDir, 'config'), config + text);
      await openGitDirectory(gitDir);
    }
  });

  it('is not found where there is none', async () => {
    const folder = await tempFolder();
    await assert.rejects(openGitDirectory(join(folder, '.git')), forgeError('NO_REPOSITORY', /missing/));
    await mkdir(join(folder, '.git'));
    await assert.rejects(
      openGitDirectory(join(folder, '.git')),
      forgeError('NO_REPOSITORY', /HEAD is missing/),
    );
    await writeFile(join(folder, 'file'), 'nonsense');
    await assert.rejects(
      openGitDirectory(join(folder, 'file')),
      forgeError('NO_REPOSITORY', /does not name/),
    );
  });
});

describeWithGit('Git directory and stock Git', () => {
  it('of Forge’s making serves fsck, log, ls-tree, status and clone', async () => {
    const root = await tempFolder();
    const gitDir = join(root, '.forge', 'git');
    await initGitDirectory(gitDir, { branch: 'main', worktree: '../..' });
    const stock = (...args: string[]) => git(root, ['--git-dir=.forge/git', ...args]);
    assert.equal(stock('status', '--porcelain'), '');
    await writeFile(join(root, 'f'), 'text');
    const objects = new GitObjects(gitDir);
    const batch = new ObjectBatch(objects);
    const index = new GitIndex();
    index.set(indexEntry('f', batch.add('blob', Buffer.from('text')), 0o100644));
    const tree = await writeTree(index, batch);
    const commit = batch.add(
      'commit',
      encodeCommit({ tree, parents: [], author: PERSON, committer: PERSON, message: 'first' }),
    );
    await batch.flush();
    await new GitRefs(gitDir).apply(
      [{ ref: 'refs/heads/main', before: undefined, after: commit }],
      'commit',
      PERSON,
    );
    await writeFile(join(gitDir, 'index'), index.encode());
    assert.equal(stock('fsck', '--strict'), '');
    assert.equal(stock('log', '--format=%s'), 'first\n');
    assert.equal(stock('ls-tree', '--name-only', 'HEAD'), 'f\n');
    assert.equal(stock('status', '--porcelain'), '');
    assert.match(stock('reflog'), /commit/);
    git(root, ['clone', '-q', '.forge/git', 'clone']);
    assert.equal(await readFile(join(root, 'clone', 'f'), 'utf8'), 'text');
  });

  it('of stock Git opens through .git files of working trees and submodules', async () => {
    const root = await stockRepository();
    git(root, ['commit', '-q', '--allow-empty', '-m', 'one']);
    const linked = join(await tempFolder(), 'linked');
    git(root, ['worktree', 'add', '-q', linked]);
    const opened = await openGitDirectory(join(linked, '.git'));
    assert.equal(opened.commonDir, join(root, '.git'));
    assert.equal(opened.gitDir, join(root, '.git/worktrees/linked'));
    const commit = git(root, ['rev-parse', 'HEAD']).trim();
    assert.equal((await new GitObjects(opened.gitDir).read(commit)).type, 'commit');
    const apart = join(await tempFolder(), 'apart');
    await mkdir(apart);
    await rename(join(root, '.git'), join(apart, 'git'));
    await writeFile(join(root, '.git'), `gitdir: ${join(apart, 'git')}\n`);
    assert.equal((await openGitDirectory(join(root, '.git'))).gitDir, join(apart, 'git'));
  });

  it('of stock Git with sha256 is refused', async () => {
    const root = await stockRepository('--object-format=sha256');
    await assert.rejects(openGitDirectory(join(root, '.git')), forgeError('UNSUPPORTED', /sha256/));
  });
});
