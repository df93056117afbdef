// Owns the tests of ignore rules: Git's own answers are the reference.
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { IgnoreRules } from '../../../core/worktree/ignore.ts';
import { git, gitIsHere } from '../../support/stockGit.ts';
import { tempFolder } from '../../support/tempFolder.ts';

async function rulesFor(
  files: Record<string, string>,
  extra: { globalExcludesFile?: string } = {},
): Promise<IgnoreRules> {
  const root = await tempFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return IgnoreRules.load({ root, gitDir: join(root, '.git'), ...extra });
}

function check(rules: IgnoreRules, expected: Record<string, boolean>): void {
  for (const [path, ignored] of Object.entries(expected)) {
    const isFolder = path.endsWith('/');
    assert.equal(rules.ignored(isFolder ? path.slice(0, -1) : path, isFolder), ignored, path);
  }
}

describe('IgnoreRules', () => {
  it('knows files, folders, anchors and negation', async () => {
    const rules = await rulesFor({
      '.gitignore': '# comment\n*.log\n!keep.log\n/only-root\nbuild/\ndoc/*.txt\n**/tmp\nlogs/**\n',
    });
    check(rules, {
      'a.log': true,
      'x/y/a.log': true,
      'keep.log': false,
      'only-root': true,
      'x/only-root': false,
      'build/': true,
      'build/a': true,
      'x/build/deep/a': true,
      build: false,
      'doc/a.txt': true,
      'doc/x/a.txt': false,
      'x/doc/a.txt': false,
      'x/tmp': true,
      'x/tmp/y': true,
      'logs/': false,
      'logs/a/b': true,
      readme: false,
    });
  });

  it('lets the deeper file win, and .forgeignore over .gitignore', async () => {
    const rules = await rulesFor({
      '.gitignore': '*.bin\nfoo\n',
      '.forgeignore': '!root.bin\n*.cache\n',
      'sub/.gitignore': '!*.bin\n!foo\n',
      'sub/.forgeignore': 'secret.bin\n',
    });
    check(rules, {
      'a.bin': true,
      'root.bin': false,
      'a.cache': true,
      'sub/a.bin': false,
      'sub/secret.bin': true,
      foo: true,
      'foo/x': true,
      'sub/foo/': false,
      // The outer rule names foo, not what is in it.
      'sub/foo/x': false,
      'sub/foo/a.cache': true,
      'sub/foo/deep/x': false,
    });
  });

  it('cannot re-include below an excluded folder', async () => {
    const rules = await rulesFor({ '.gitignore': 'out/\n!out/keep\n', 'out/.gitignore': '!*\n' });
    check(rules, { 'out/keep': true, 'out/x': true, 'out/': true });
  });

  it('reads info/exclude and the global file, weakest last', async () => {
    const globalExcludesFile = join(await tempFolder(), 'global');
    writeFileSync(globalExcludesFile, '*.a\n*.b\n*.c\n');
    const rules = await rulesFor(
      { '.git/info/exclude': '!*.b\n*.d\n', '.gitignore': '!*.c\n!*.d\n' },
      { globalExcludesFile },
    );
    check(rules, { 'x.a': true, 'x.b': false, 'x.c': false, 'x.d': false });
  });

  it('always ignores repositories and Forge’s own temporary files', async () => {
    const rules = await rulesFor({ '.gitignore': '!.git\n!.forge\n!*\n' });
    check(rules, {
      '.git/': true,
      '.git': true,
      '.forge/config.json': true,
      'a/.git/HEAD': true,
      '.forge-temporary-12': true,
      '.gitignore': false,
      '.forgeignore': false,
      '.github/': false,
    });
  });

  it('keeps names with characters that mean something in patterns apart', async () => {
    const rules = await rulesFor({
      '.gitignore': '*.x\nodd*\n',
      'sub/.gitignore': '!odd*\n',
    });
    for (const name of ['odd[a]', 'odd!', 'odd#', 'odd *', 'odd\\', 'odd?', 'odd ', 'odd\n']) {
      check(rules, { [`sub/${name}/file`]: false, [`sub/${name}/a.x`]: true });
    }
    check(rules, { 'sub/odda/a': false, 'odd[a]/a': true });
  });

  it('takes a rule file behind a link, or a folder of that name, for none', async () => {
    const root = await tempFolder();
    writeFileSync(join(root, 'rules'), '*\n');
    symlinkSync('rules', join(root, '.gitignore'));
    mkdirSync(join(root, '.forgeignore'));
    const rules = await IgnoreRules.load({ root, gitDir: join(root, '.git') });
    assert.equal(rules.ignored('anything', false), false);
    assert.deepEqual(rules.problems, []);
  });

  it('does not read the rule files a listing has not shown', async () => {
    const rules = await rulesFor({ 'a/.gitignore': '*\n', 'b/.gitignore': '*\n' });
    rules.enterFolder('a', { gitIgnore: false, forgeIgnore: false });
    rules.enterFolder('b', { gitIgnore: true, forgeIgnore: false });
    check(rules, { 'a/x': false, 'b/x': true });
  });

  it('folds case only when told to', async () => {
    const root = await tempFolder();
    writeFileSync(join(root, '.gitignore'), '*.LOG\n');
    const sources = { root, gitDir: join(root, '.git') };
    assert.equal((await IgnoreRules.load(sources)).ignored('a.log', false), false);
    assert.equal((await IgnoreRules.load({ ...sources, ignoreCase: true })).ignored('a.log', false), true);
  });

  it('answers alike after very many questions', async () => {
    const rules = await rulesFor({ '.gitignore': '*.tmp\n/a/b\n' });
    for (let i = 0; i < 40_000; i++) {
      assert.equal(rules.ignored(`dir/${i}.tmp`, false), true);
      assert.equal(rules.ignored(`a/${i}.txt`, false), false);
    }
    check(rules, { 'a/b/c': true });
  });
});

/** Patterns from the pieces Git gives meaning to. A run of stars that does not fill a name is left out: see the README of `ignore`. */
const piece = fc.constantFrom(
  'a',
  'b',
  'ab',
  'a*',
  '*b',
  '*',
  '?',
  '[ab]',
  '[!a]',
  'a.b',
  '*.b',
  '\\a',
  '[[:alpha:]]',
  'a?',
  ' a',
);
const pattern = fc
  .record({
    negated: fc.boolean(),
    anchored: fc.boolean(),
    names: fc.array(fc.oneof({ weight: 5, arbitrary: piece }, { weight: 1, arbitrary: fc.constant('**') }), {
      minLength: 1,
      maxLength: 3,
      size: 'xsmall',
    }),
    folder: fc.nat(3).map((n) => n === 0),
    ending: fc.constantFrom('', '', '', ' ', '\\ ', '\r'),
  })
  .map(({ negated, anchored, names, folder, ending }) =>
    [negated ? '!' : '', anchored ? '/' : '', names.join('/'), folder ? '/' : '', ending].join(''),
  );
const FOLDERS = ['', 'a', 'b', 'ab', 'a/a', 'a/b', 'b/ab', 'a/b/a'];
const NAMES = ['a', 'b', 'ab', 'a.b', 'c', ' a'];
const ruleFiles = fc.array(
  fc.record({
    folder: fc.constantFrom(...FOLDERS),
    lines: fc.array(pattern, { minLength: 1, maxLength: 5 }),
  }),
  { minLength: 1, maxLength: 4 },
);

describe('IgnoreRules against git', () => {
  it('agrees with git on what is untracked', async function () {
    if (!gitIsHere) return this.skip();
    this.timeout(120_000);
    const root = await tempFolder();
    git(root, ['init', '-q']);
    const paths: string[] = [];
    for (const folder of FOLDERS) {
      mkdirSync(join(root, folder), { recursive: true });
      for (const name of NAMES) {
        const path = folder === '' ? name : `${folder}/${name}`;
        if (FOLDERS.includes(path)) continue;
        writeFileSync(join(root, path), '');
        paths.push(path);
      }
    }
    await fc.assert(
      fc.asyncProperty(ruleFiles, async (files) => {
        for (const folder of FOLDERS) rmSync(join(root, folder, '.gitignore'), { force: true });
        for (const { folder, lines } of files)
          writeFileSync(join(root, folder, '.gitignore'), lines.join('\n'));
        const listed = git(root, ['ls-files', '-z', '--others', '--exclude-standard']);
        const expected = new Set(listed.split('\0'));
        const rules = await IgnoreRules.load({ root, gitDir: join(root, '.git') });
        for (const path of paths) {
          assert.equal(
            rules.ignored(path, false),
            !expected.has(path),
            `${path} with ${JSON.stringify(files)}`,
          );
        }
      }),
      { numRuns: 150 },
    );
  });
});
