// Owns the tests of path safety: names that escape, folders behind links, names that collide.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { ForgeError } from '../../../core/errors.ts';
import {
  checkTreePath,
  ensureParentFolders,
  findCollisions,
  FolderCache,
  foldName,
  parentState,
} from '../../../core/worktree/safePath.ts';
import { tempFolder } from '../../support/tempFolder.ts';

describe('checkTreePath', () => {
  const unsafe = [
    '',
    '/',
    '/etc/passwd',
    '.',
    '..',
    'a/../b',
    'a/..',
    '../a',
    './a',
    'a//b',
    'a/',
    'a\\b',
    '..\\a',
    'a\0b',
    '.git',
    '.git/config',
    'a/.git/hooks/post-checkout',
    '.GIT/config',
    '.Git',
    '.git ',
    '.git.',
    '.git. . ',
    '.git::$INDEX_ALLOCATION',
    '.git:stream',
    'git~1',
    'GIT~1/config',
    'git~1.',
    '.g\u200cit',
    '.gi\u200dt/config',
    '\ufeff.git',
    '.git\u206f',
    '.forge',
    '.Forge/config.json',
    'a/.forge/store',
    '.forge ',
    'FORGE~1',
    '.for\u200cge',
    'n'.repeat(256),
    `a/${'é'.repeat(128)}`,
  ];
  for (const path of unsafe) {
    it(`refuses ${JSON.stringify(path.slice(0, 40))}`, () => {
      assert.throws(
        () => checkTreePath(path),
        (error) =>
          error instanceof ForgeError &&
          error.code === 'PATH_ESCAPE' &&
          error.path === path &&
          error.remedy !== '',
      );
    });
  }

  const safe = [
    'a',
    'a/b/c.uasset',
    '.gitignore',
    '.gitattributes',
    '.gitmodules',
    '.github/x',
    '.forgeignore',
    'git',
    'forge/readme',
    'git~2',
    '...',
    '..a',
    'a..',
    '.gitx',
    'a b/c\nd',
    'tab\there',
    'ß/é/日本語/🎨.psd',
    'e\u0301',
    'CON',
    'a:b',
    'a\u200cb',
    'n'.repeat(255),
    'é'.repeat(127),
  ];
  for (const path of safe) {
    it(`accepts ${JSON.stringify(path.slice(0, 40))}`, () => checkTreePath(path));
  }

  it('accepts only paths that stay inside and outside of repository folders', () => {
    const name = fc.oneof(
      fc.constantFrom('..', '.', '', '.git', '.forge', '.GIT', 'a', 'b.c', '.gitx'),
      fc.string({ unit: 'binary', maxLength: 6 }),
    );
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 4 }), (names) => {
        const path = names.join('/');
        try {
          checkTreePath(path);
        } catch {
          return;
        }
        assert.equal(join('/root/tree', path), `/root/tree/${path}`);
        for (const part of path.split('/')) assert.ok(!/^\.(git|forge)$/i.test(part));
      }),
    );
  });
});

describe('ensureParentFolders', () => {
  it('creates missing folders and reuses what it knows', async () => {
    const root = await tempFolder();
    const cache = new FolderCache();
    const device = ensureParentFolders(root, 'a/b/c.txt', cache);
    assert.ok(statSync(join(root, 'a/b')).isDirectory());
    assert.equal(device, statSync(root).dev);
    assert.equal(ensureParentFolders(root, 'a/b/d.txt', cache), device);
    assert.deepEqual(parentState(root, 'a/b/x', cache), { kind: 'present', device });
    assert.equal(ensureParentFolders(root, 'top.txt', cache), device);
  });

  it('never goes through a link, to a folder or to nowhere', async () => {
    const root = await tempFolder();
    const outside = await tempFolder();
    symlinkSync(outside, join(root, 'out'));
    mkdirSync(join(root, 'real'));
    symlinkSync('../real', join(root, 'real', 'loop'));
    symlinkSync('/nonexistent/x', join(root, 'dangling'));
    for (const [path, link] of [
      ['out/file', 'out'],
      ['out/deep/file', 'out'],
      ['real/loop/file', 'real/loop'],
      ['dangling/file', 'dangling'],
    ]) {
      assert.throws(
        () => ensureParentFolders(root, path, new FolderCache()),
        (error) =>
          error instanceof ForgeError &&
          error.code === 'PATH_ESCAPE' &&
          error.message.includes(` ${link}`) &&
          error.remedy.includes(link),
      );
      assert.deepEqual(parentState(root, path, new FolderCache()), { kind: 'link', at: link });
    }
    assert.deepEqual(readdirSync(outside), []);
  });

  it('works in a root that is reached through a link', async () => {
    const real = await tempFolder();
    const parent = await tempFolder();
    symlinkSync(real, join(parent, 'root'));
    ensureParentFolders(join(parent, 'root'), 'a/b', new FolderCache());
    assert.deepEqual(readdirSync(real), ['a']);
  });

  it('names a file that is where a folder is needed', async () => {
    const root = await tempFolder();
    writeFileSync(join(root, 'a'), 'mine');
    assert.throws(
      () => ensureParentFolders(root, 'a/b', new FolderCache()),
      (error) => error instanceof ForgeError && error.code === 'ALREADY_EXISTS',
    );
    assert.deepEqual(parentState(root, 'a/b', new FolderCache()), { kind: 'file', at: 'a' });
    assert.deepEqual(parentState(root, 'x/y/z', new FolderCache()), { kind: 'missing', at: 'x' });
  });
});

describe('findCollisions', () => {
  it('finds names that differ by case, by Unicode form, or both', () => {
    assert.deepEqual(findCollisions(['README', 'readme', 'a/b']), [['README', 'readme']]);
    assert.deepEqual(findCollisions(['d/\u00e9.png', 'd/e\u0301.png']), [['d/\u00e9.png', 'd/e\u0301.png']]);
    assert.deepEqual(findCollisions(['\u00c9', 'e\u0301']), [['\u00c9', 'e\u0301']]);
    assert.deepEqual(findCollisions(['ΟΔΟΣ', 'οδος', 'οδοσ']).length, 2);
  });

  it('names folders once, not each file in them', () => {
    assert.deepEqual(findCollisions(['Maps/a', 'Maps/b', 'maps/a', 'maps/c']), [['Maps', 'maps']]);
    assert.deepEqual(findCollisions(['a/Maps', 'a/maps/x']), [['a/Maps', 'a/maps']]);
  });

  it('leaves names alone that no file system confuses', () => {
    assert.deepEqual(findCollisions(['straße', 'strasse', 'a', 'b/a', 'a.b']), []);
    assert.deepEqual(findCollisions(['same', 'same']), []);
  });

  it('agrees with comparing every pair', () => {
    const name = fc.string({
      unit: fc.constantFrom('a', 'A', 'b', '\u00e9', 'e\u0301', '\u00c9', 'E'),
      minLength: 1,
      maxLength: 2,
    });
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 12 }), (names) => {
        const expected = names.some((one, i) =>
          names.slice(i + 1).some((other) => foldName(one) === foldName(other)),
        );
        assert.equal(findCollisions(names).length > 0, expected);
      }),
    );
  });

  it('takes 100,000 paths in its stride', () => {
    const paths = Array.from(
      { length: 100_000 },
      (_, i) => `Content/Dir${i % 100}/é${i % 7}/Asset_${i}.uasset`,
    );
    const start = performance.now();
    assert.deepEqual(findCollisions([...paths, 'content']), [['Content', 'content']]);
    // Quadratic work would take minutes.
    assert.ok(performance.now() - start < 10_000);
  });
});
