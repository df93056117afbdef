// Owns the tests of revisions and merge bases, by comparison with stock Git.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import fc from 'fast-check';
import { encodeCommit } from '../../../core/git/commits.ts';
import { GitObjects } from '../../../core/git/gitObjects.ts';
import { isAncestor, mergeBases } from '../../../core/git/mergeBase.ts';
import { ObjectBatch } from '../../../core/git/objectBatch.ts';
import { GitRefs } from '../../../core/git/refs.ts';
import { resolveRevision } from '../../../core/git/revisions.ts';
import { git } from '../../support/stockGit.ts';
import { describeWithGit, forgeError, PERSON, stockRepository } from './support.ts';

interface Opened {
  root: string;
  resolve: (revision: string) => Promise<string>;
}

async function open(): Promise<Opened> {
  const root = await stockRepository();
  const [refs, objects] = [new GitRefs(join(root, '.git')), new GitObjects(join(root, '.git'))];
  return { root, resolve: (revision) => resolveRevision(refs, objects, revision) };
}

function commit(root: string, message: string): void {
  git(root, ['commit', '-q', '--allow-empty', '-m', message]);
}

describeWithGit('revisions', () => {
  it('name the commits that git rev-parse names', async () => {
    const { root, resolve } = await open();
    for (const message of ['one', 'two', 'three']) commit(root, message);
    git(root, ['checkout', '-q', '-b', 'feature/x', 'HEAD~1']);
    commit(root, 'side');
    git(root, ['tag', '-am', 'annotated', 'v1']);
    git(root, ['tag', '-am', 'a tag of a tag', 'v2', 'v1']);
    git(root, ['tag', 'light', 'main~2']);
    git(root, ['checkout', '-q', 'main']);
    git(root, ['merge', '-q', '--no-ff', '-m', 'merge', 'feature/x']);
    git(root, ['update-ref', 'refs/remotes/origin/main', 'main~1']);
    git(root, ['symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/main']);
    // A branch and a tag of one name: the tag wins.
    git(root, ['branch', 'twice', 'main~1']);
    git(root, ['tag', 'twice', 'main~2']);
    const head = git(root, ['rev-parse', 'HEAD']).trim();
    const revisions = [
      'HEAD',
      '@',
      'main',
      'feature/x',
      'v1',
      'v2',
      'light',
      'twice',
      'heads/twice',
      'refs/heads/main',
    ];
    revisions.push(
      'origin',
      'origin/main',
      head,
      head.slice(0, 7),
      head.toUpperCase(),
      'HEAD~',
      'HEAD~2',
      'HEAD^',
      'HEAD^2',
    );
    revisions.push(
      'HEAD^0',
      'HEAD~0',
      'HEAD^^',
      'HEAD^2~1',
      'v1~1^',
      '@~1',
      'v2^{}',
      'v1^{commit}',
      `${head.slice(0, 10)}~1`,
    );
    for (const revision of revisions)
      assert.equal(
        await resolve(revision),
        git(root, ['rev-parse', `${revision}^{commit}`]).trim(),
        revision,
      );
  });

  it('say why they are unknown', async () => {
    const { root, resolve } = await open();
    await assert.rejects(resolve('HEAD'), forgeError('UNKNOWN_REVISION', /no commit yet/));
    commit(root, 'one');
    const tree = git(root, ['rev-parse', 'HEAD^{tree}']).trim();
    const cases: [string, RegExp][] = [
      ['', /no branch, tag or commit/],
      ['nothing', /no branch, tag or commit/],
      ['HEAD~', /no parent/],
      ['HEAD^2', /no parent number 2/],
      ['1'.repeat(40), /not in this repository/],
      ['1111111', /no branch/],
      [tree, /names a tree/],
      ['refs/../x', /no branch/],
      ['a b', /no branch/],
    ];
    for (const [revision, message] of cases)
      await assert.rejects(resolve(revision), forgeError('UNKNOWN_REVISION', message), revision);
    await assert.rejects(
      resolve('Main'),
      (error: { remedy: string }) => error.remedy === 'Did you mean main?',
    );
  });

  it('prefer the commit among objects of one beginning, and list several', async () => {
    const { root, resolve } = await open();
    commit(root, 'one');
    const tree = git(root, ['rev-parse', 'HEAD^{tree}']).trim();
    const objects = new GitObjects(join(root, '.git'));
    const byPrefix = new Map<string, string>();
    const batch = new ObjectBatch(objects);
    let pair: [string, string] | undefined;
    for (let i = 0; !pair; i++) {
      const author = { ...PERSON, time: PERSON.time + i * 1000 };
      const oid = batch.add(
        'commit',
        encodeCommit({ tree, parents: [], author, committer: author, message: '' }),
      );
      const other = byPrefix.get(oid.slice(0, 4));
      if (other !== undefined) pair = [other, oid];
      byPrefix.set(oid.slice(0, 4), oid);
    }
    const blobPrefixed = [...byPrefix.values()];
    let lonely: string | undefined;
    for (let i = 0; lonely === undefined; i++) {
      const blob = batch.add('blob', Buffer.from(`${i}`));
      lonely = blobPrefixed.find(
        (oid) => oid.startsWith(blob.slice(0, 4)) && !pair.some((one) => one.startsWith(blob.slice(0, 4))),
      );
    }
    await batch.flush();
    await assert.rejects(resolve(pair[0].slice(0, 4)), forgeError('UNKNOWN_REVISION', new RegExp(pair[1])));
    assert.equal(await resolve(pair[0].slice(0, 20)), pair[0]);
    assert.equal(await resolve(lonely.slice(0, 4)), lonely);
  });
});

describeWithGit('merge bases', () => {
  it('are those of git merge-base, in any history and with any clocks', async () => {
    const root = await stockRepository();
    const objects = new GitObjects(join(root, '.git'));
    const tree = git(root, ['write-tree']).trim();
    /** Each commit: how many commits back its parents lie, and what its clock said. */
    const history = fc.array(
      fc.record({
        parents: fc.uniqueArray(fc.integer({ min: 1, max: 5 }), { maxLength: 3 }),
        clock: fc.nat(20),
      }),
      { minLength: 2, maxLength: 14 },
    );
    await fc.assert(
      fc.asyncProperty(history, async (commits) => {
        const batch = new ObjectBatch(objects);
        const oids: string[] = [];
        for (const [i, { parents, clock }] of commits.entries()) {
          const who = { ...PERSON, time: PERSON.time + clock * 1000 };
          const back = parents.filter((distance) => distance <= i).map((distance) => oids[i - distance]);
          oids.push(
            batch.add(
              'commit',
              encodeCommit({ tree, parents: back, author: who, committer: who, message: `${i}` }),
            ),
          );
        }
        await batch.flush();
        const [left, right] = [oids[oids.length - 1], oids[oids.length - 2]];
        const expected = git(root, ['merge-base', '--all', left, right], { accept: [1] })
          .trim()
          .split('\n')
          .filter(Boolean);
        assert.deepEqual((await mergeBases(objects, left, right)).sort(), expected.sort());
        const history = git(root, ['rev-list', left]).trim().split('\n');
        for (const oid of oids) assert.equal(await isAncestor(objects, oid, left), history.includes(oid));
      }),
      { numRuns: 60 },
    );
  });

  it('of a commit and itself is that commit', async () => {
    const root = await stockRepository();
    commit(root, 'one');
    const objects = new GitObjects(join(root, '.git'));
    const head = git(root, ['rev-parse', 'HEAD']).trim();
    assert.deepEqual(await mergeBases(objects, head, head), [head]);
    assert.equal(await isAncestor(objects, head, head), true);
  });

  it('are found without walking the whole history', async () => {
    const root = await stockRepository();
    const stream: string[] = [];
    for (let i = 1; i <= 3000; i++)
      stream.push(
        `commit refs/heads/main\nmark :${i}\ncommitter A <a@b> ${1_600_000_000 + i} +0000\ndata 0\n${i > 1 ? `from :${i - 1}\n` : ''}\n`,
      );
    stream.push(`commit refs/heads/side\ncommitter A <a@b> 1600003001 +0000\ndata 0\nfrom :2990\n\n`);
    git(root, ['fast-import', '--quiet'], { input: stream.join('') });
    const objects = new GitObjects(join(root, '.git'));
    let reads = 0;
    const original = objects.readAs.bind(objects);
    objects.readAs = (type, oid) => {
      reads++;
      return original(type, oid);
    };
    const [main, side] = ['main', 'side'].map((name) => git(root, ['rev-parse', name]).trim());
    assert.deepEqual(await mergeBases(objects, main, side), [git(root, ['rev-parse', 'main~10']).trim()]);
    assert.ok(reads < 60, `${reads} commits read`);
  });
});
