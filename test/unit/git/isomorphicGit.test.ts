// Owns the tests that another implementation of Git, isomorphic-git, agrees with ours in both directions.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import git from 'isomorphic-git';
import { encodeCommit, encodeTag, readCommit } from '../../../core/git/commits.ts';
import { initGitDirectory } from '../../../core/git/gitDirectory.ts';
import { GitObjects } from '../../../core/git/gitObjects.ts';
import { mergeBases } from '../../../core/git/mergeBase.ts';
import { ObjectBatch } from '../../../core/git/objectBatch.ts';
import { GitRefs } from '../../../core/git/refs.ts';
import { resolveRevision } from '../../../core/git/revisions.ts';
import { flattenTree } from '../../../core/git/trees.ts';
import { writeTree } from '../../../core/git/writeTree.ts';
import { GitIndex } from '../../../core/model/gitIndex.ts';
import { indexEntry } from '../../../core/model/gitIndexEntry.ts';
import { tempFolder } from '../../support/tempFolder.ts';
import { PERSON } from './support.ts';

describe('isomorphic-git', () => {
  for (const count of [5, 300]) {
    it(`reads a history of ${count} files that Forge wrote`, async () => {
      const dir = await tempFolder();
      const gitdir = join(dir, '.forge', 'git');
      await initGitDirectory(gitdir, { branch: 'main', worktree: '../..' });
      const [objects, refs] = [new GitObjects(gitdir), new GitRefs(gitdir)];
      const batch = new ObjectBatch(objects);
      const index = new GitIndex();
      const paths = Array.from({ length: count }, (_, i) => `folder${i % 3}/file ${i} é`);
      for (const path of paths)
        index.set(indexEntry(path, batch.add('blob', Buffer.from(path.repeat(9))), 0o100644));
      const tree = await writeTree(index, batch);
      const commit = batch.add(
        'commit',
        encodeCommit({ tree, parents: [], author: PERSON, committer: PERSON, message: 'all' }),
      );
      const tag = batch.add(
        'tag',
        encodeTag({ object: commit, type: 'commit', name: 'v1', tagger: PERSON, message: 'one' }),
      );
      await batch.flush();
      await refs.apply([
        { ref: 'refs/heads/main', before: undefined, after: commit },
        { ref: 'refs/heads/side', before: undefined, after: commit },
        { ref: 'refs/tags/v1', before: undefined, after: tag },
      ]);
      await writeFile(join(gitdir, 'index'), index.encode());
      const [entry] = await git.log({ fs, gitdir });
      assert.equal(entry.oid, commit);
      assert.equal(entry.commit.message, 'all\n');
      assert.equal(entry.commit.author.timezoneOffset, -PERSON.offset);
      assert.deepEqual(await git.listBranches({ fs, gitdir }), ['main', 'side']);
      assert.deepEqual(await git.listTags({ fs, gitdir }), ['v1']);
      assert.deepEqual((await git.listFiles({ fs, gitdir })).sort(), [...paths].sort());
      const { blob } = await git.readBlob({ fs, gitdir, oid: tag, filepath: paths[2] });
      assert.equal(Buffer.from(blob).toString(), paths[2].repeat(9));
    });
  }

  it('writes a history that Forge reads', async () => {
    const dir = await tempFolder();
    const gitdir = join(dir, '.git');
    await git.init({ fs, dir, defaultBranch: 'main' });
    const author = { name: 'Ada', email: 'ada@example.com', timestamp: 1_700_000_000, timezoneOffset: -90 };
    await mkdir(join(dir, 'folder'));
    await writeFile(join(dir, 'folder', 'f'), 'one');
    await git.add({ fs, dir, filepath: 'folder/f' });
    const first = await git.commit({ fs, dir, message: 'first', author });
    await git.branch({ fs, dir, ref: 'side', checkout: true });
    const second = await git.commit({ fs, dir, message: 'second', author });
    await git.annotatedTag({ fs, dir, ref: 'v1', message: 'tagged', tagger: author });
    const [objects, refs] = [new GitObjects(gitdir), new GitRefs(gitdir)];
    assert.deepEqual(await refs.head(), { symbolic: 'refs/heads/side', commit: second });
    assert.equal(await resolveRevision(refs, objects, 'v1~1'), first);
    const commit = await readCommit(objects, second);
    assert.deepEqual(commit.author, PERSON);
    assert.deepEqual(commit.parents, [first]);
    const files: string[] = [];
    for await (const { path } of flattenTree(objects, commit.tree)) files.push(path);
    assert.deepEqual(files, ['folder/f']);
    const index = GitIndex.decode(await readFile(join(gitdir, 'index')));
    assert.deepEqual(
      [...index.entries()].map(({ path }) => path),
      ['folder/f'],
    );
    assert.deepEqual(
      await mergeBases(objects, first, second),
      await git.findMergeBase({ fs, dir, oids: [first, second] }),
    );
  });
});
