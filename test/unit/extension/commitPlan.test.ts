// Tests what the editor checks before it asks for a commit, and the lines it writes into .forgeignore.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import ignore from 'ignore';
import type { Change } from '../../../core/protocol/repositories.ts';
import {
  type CommitWish,
  ignoreLine,
  newOnes,
  planCommit,
  withIgnored,
} from '../../../extension/scm/commitPlan.ts';

const modified: Change = { path: 'a.txt', state: 'modified', kind: 'text', size: 1, staged: false };
const staged: Change = { ...modified, path: 'b.txt', staged: true };

function wish(more: Partial<CommitWish>): CommitWish {
  const changes = more.changes ?? [modified];
  return { message: 'x', all: false, allWhenNothingStaged: true, changes, total: changes.length, ...more };
}

describe('plan of a commit', () => {
  it('takes what is staged, else everything when the setting says so, else asks', () => {
    assert.deepEqual(planCommit(wish({ changes: [modified, staged] })), { do: 'commit', staged: true });
    assert.deepEqual(planCommit(wish({})), { do: 'commit', staged: false });
    assert.deepEqual(planCommit(wish({ allWhenNothingStaged: false })), { do: 'askForAll' });
    assert.deepEqual(planCommit(wish({ changes: [modified, staged], all: true })), {
      do: 'commit',
      staged: false,
    });
  });

  it('refuses without a message, with nothing to commit, and with a conflict', () => {
    for (const message of ['', ' \n\t'])
      assert.deepEqual(planCommit(wish({ message })), { do: 'refuse', why: 'noMessage' });
    assert.deepEqual(planCommit(wish({ changes: [] })), { do: 'refuse', why: 'nothing' });
    const conflict: Change = { ...modified, path: 'c', state: 'conflicted' };
    assert.deepEqual(planCommit(wish({ changes: [modified, conflict] })), {
      do: 'refuse',
      why: 'conflict',
      path: 'c',
    });
  });

  it('commits changes that are too many to be listed', () => {
    assert.deepEqual(planCommit(wish({ changes: [], total: 200_000 })), { do: 'commit', staged: false });
  });

  it('asks about large files that are new alone', () => {
    const large = ['a.txt', 'n.bin', 's.bin', 'unlisted.bin'].map((path) => ({ path, size: 1 }));
    const changes: Change[] = [
      modified,
      { ...modified, path: 'n.bin', state: 'untracked' },
      { ...staged, path: 's.bin', state: 'added' },
    ];
    assert.deepEqual(
      newOnes(large, changes).map(({ path }) => path),
      ['n.bin', 's.bin', 'unlisted.bin'],
    );
  });
});

describe('lines of .forgeignore', () => {
  it('match the very path and no other, whatever it is called', () => {
    const special = fc.constantFrom('a', 'b', ' ', '*', '?', '[', ']', '!', '#', '\\', 'é', "'", '"', '-');
    const part = fc
      .array(special, { minLength: 1, maxLength: 6 })
      .map((letters) => letters.join(''))
      .filter((name) => name.trim() !== '');
    const path = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
    fc.assert(
      fc.property(path, path, (one, other) => {
        const rules = ignore({ allowRelativePaths: true }).add(ignoreLine(one));
        assert.ok(rules.ignores(one), `${ignoreLine(one)} does not match ${one}`);
        if (other !== one && !other.startsWith(`${one}/`)) assert.ok(!rules.ignores(other));
      }),
      { numRuns: 500 },
    );
  });

  it('join a file that ends without a line break', () => {
    assert.equal(withIgnored('', ['a']), '/a\n');
    assert.equal(withIgnored('x', ['a', 'b/c']), 'x\n/a\n/b/c\n');
    assert.equal(withIgnored('x\n', ['a']), 'x\n/a\n');
  });
});
