// Tests the way from what a user types to paths in the repository.
import assert from 'node:assert/strict';
import { mkdir, symlink } from 'node:fs/promises';
import path from 'node:path';
import { fromRepositoryPath, toRepositoryPath } from '../../../cli/paths.ts';
import { tempFolder } from '../../support/tempFolder.ts';

describe('cli/paths', () => {
  let root: string;
  let outside: string;
  before(async () => {
    const base = await tempFolder();
    root = path.join(base, 'project');
    outside = path.join(base, 'outside');
    await mkdir(path.join(root, 'a/b'), { recursive: true });
    await mkdir(outside);
    await symlink('a', path.join(root, 'link'));
    await symlink(root, path.join(outside, 'back'));
    await symlink(outside, path.join(root, 'out'));
  });

  const inside = (given: string, folder = '.') => toRepositoryPath(root, path.join(root, folder), given);
  const refused = (given: string, folder = '.') =>
    assert.throws(() => inside(given, folder), { code: 'PATH_ESCAPE', path: given });

  it('takes paths relative to the current folder', () => {
    assert.equal(inside('a/x.uasset'), 'a/x.uasset');
    assert.equal(inside('x', 'a/b'), 'a/b/x');
    assert.equal(inside('../x', 'a/b'), 'a/x');
    assert.equal(inside('./a//b/'), 'a/b');
  });

  it('names the root with the empty path', () => {
    assert.equal(inside('.'), '');
    assert.equal(inside('../..', 'a/b'), '');
    assert.equal(inside(root), '');
  });

  it('takes absolute paths, also through a symlink from outside', () => {
    assert.equal(inside(path.join(root, 'a/x')), 'a/x');
    assert.equal(toRepositoryPath(root, outside, 'back/a/x'), 'a/x');
    assert.equal(toRepositoryPath(root, outside, 'back'), '');
  });

  it('keeps the last name when it is a symlink, which can be tracked, and follows those on the way', () => {
    assert.equal(inside('link'), 'link');
    assert.equal(inside('out'), 'out');
    assert.equal(inside('link/x'), 'a/x');
  });

  it('takes names that begin with two dots', () => {
    assert.equal(inside('..hidden'), '..hidden');
  });

  it('refuses what lies outside', () => {
    refused('..');
    refused('../project2/x');
    refused('/');
    refused(outside);
    refused('out/x');
    refused('../../../x', 'a/b');
  });

  it('prints paths as the user would type them', () => {
    assert.equal(fromRepositoryPath(root, path.join(root, 'a'), 'a/b/x'), path.join('b', 'x'));
    assert.equal(fromRepositoryPath(root, path.join(root, 'a'), 'x'), path.join('..', 'x'));
    assert.equal(fromRepositoryPath(root, root, ''), '.');
  });
});
