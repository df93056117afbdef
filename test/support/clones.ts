// Owns what tests of cloning share: a source with branches, tags and every kind of record, and what a whole clone of it looks like.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataPlane } from '../../core/dataplane/dataPlane.ts';
import { Repository } from '../../core/repo/repository.ts';
import { type CloneOptions, cloneRepository, type CloneResult } from '../../core/sync/clone.ts';
import { initRepository } from '../../core/repo/initialize.ts';
import { Author, assertKept } from '../crash/author.ts';
import { testDeps } from './repositories.ts';
import { git, gitIsHere } from './stockGit.ts';
import { tempFolder } from './tempFolder.ts';

export interface Source {
  root: string;
  repository: Repository;
  author: Author;
}

/** A repository with some history, a branch `side`, a tag and an annotated tag, all with another name than ASCII has. */
export async function makeSource(plane: () => DataPlane): Promise<Source> {
  const root = join(await tempFolder(), 'Größe 木');
  await initRepository(root, { unreal: false, launcher: '/forge' });
  const repository = await Repository.open(root, testDeps(plane));
  const author = new Author(root);
  await author.work(repository);
  await repository.createTag('first');
  await repository.createBranch('seite/ü');
  await author.work(repository);
  await repository.createTag('v1', 'HEAD', 'annotated');
  return { root, repository, author };
}

/** A path at which nothing is yet. */
export async function freshTarget(): Promise<string> {
  return join(await tempFolder(), 'klön');
}

export function clone(
  from: string,
  to: string,
  plane: () => DataPlane,
  options: CloneOptions = {},
): Promise<CloneResult> {
  return cloneRepository(from, to, testDeps(plane), options);
}

/** Every version of `author` comes back, everything verifies, stock Git accepts it, and the working tree is clean. */
export async function assertWhole(root: string, author: Author, plane: () => DataPlane): Promise<void> {
  const repository = await Repository.open(root, testDeps(plane));
  try {
    await assertKept(repository, author);
    assert.deepEqual((await repository.status({})).changes, []);
  } finally {
    await repository.close();
  }
  if (gitIsHere) git(root, ['--git-dir=.forge/git', 'fsck', '--strict', '--no-dangling']);
}

/** Names and contents of everything below a folder, LMDB's own lock file apart. */
export async function fingerprint(root: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const entry of await readdir(root, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isSymbolicLink()) found.set(path, await readlink(path));
    else if (entry.isFile() && entry.name !== 'lock.mdb')
      found.set(
        path,
        createHash('sha256')
          .update(await readFile(path))
          .digest('hex'),
      );
    else found.set(path, '');
  }
  return found;
}
