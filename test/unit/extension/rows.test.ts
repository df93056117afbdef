// Tests which rows the panel shows, and that rows stay the same objects from one update to the next.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Change, ChangeState } from '../../../core/protocol/repositories.ts';
import {
  GROUPS,
  groupOf,
  letterOf,
  mostUrgent,
  pathsOf,
  RowList,
  shownRows,
} from '../../../extension/scm/rows.ts';

const STATES: ChangeState[] = ['added', 'modified', 'deleted', 'renamed', 'untracked', 'conflicted'];

function change(path: string, more: Partial<Change> = {}): Change {
  return { path, state: 'modified', kind: 'text', size: 1, staged: false, ...more };
}

const changes = fc.uniqueArray(
  fc.record({
    path: fc.string({ minLength: 1 }),
    state: fc.constantFrom(...STATES),
    kind: fc.constantFrom('asset' as const, 'text' as const),
    size: fc.nat(),
    staged: fc.boolean(),
  }),
  { selector: ({ path, staged }) => `${path}\0${staged}` },
);

describe('rows of the panel', () => {
  it('puts each change into one group', () => {
    assert.equal(groupOf(change('a')), 'changes');
    assert.equal(groupOf(change('a', { staged: true })), 'staged');
    assert.equal(groupOf(change('a', { state: 'untracked' })), 'untracked');
    assert.equal(groupOf(change('a', { state: 'conflicted' })), 'conflicts');
    assert.equal(groupOf(change('a', { state: 'conflicted', staged: true })), 'conflicts');
    assert.equal(groupOf(change('a', { state: 'deleted' })), 'changes');
  });

  it('shows every change once, and up to the limit those nearest to a commit', () => {
    fc.assert(
      fc.property(changes, fc.nat({ max: 30 }), (all, limit) => {
        const shown = shownRows(all, limit);
        const flat = GROUPS.flatMap((group) => shown[group]);
        assert.equal(flat.length, Math.min(limit, all.length));
        assert.equal(new Set(flat).size, flat.length);
        for (const group of GROUPS) assert.ok(shown[group].every((one) => groupOf(one) === group));
        // A group that was cut leaves nothing for those behind it.
        const cut = GROUPS.findIndex(
          (group) => shown[group].length < all.filter((one) => groupOf(one) === group).length,
        );
        if (cut >= 0) assert.ok(GROUPS.slice(cut + 1).every((group) => shown[group].length === 0));
      }),
    );
  });

  it('names both paths of a rename, and each path once', () => {
    const renamed = change('b', { state: 'renamed', from: 'a' });
    assert.deepEqual(pathsOf([renamed, change('b', { staged: true }), change('c')]), ['b', 'a', 'c']);
  });

  it('keeps a row whose change stayed, and makes one for what changed', () => {
    const list = new RowList((one) => ({ one }));
    assert.equal(list.update([change('a'), change('b')]), true);
    const [a, b] = list.rows;
    assert.equal(list.update([change('a'), change('b')]), false);
    assert.equal(list.update([change('a'), change('b', { size: 2 }), change('c')]), true);
    assert.equal(list.rows[0], a);
    assert.notEqual(list.rows[1], b);
    assert.deepEqual(
      list.rows.map(({ one }) => [one.path, one.size]),
      [
        ['a', 1],
        ['b', 2],
        ['c', 1],
      ],
    );
    assert.equal(list.update([change('a')]), true);
    assert.equal(list.rows[0], a);
  });

  it('makes 100 rows for 100 new changes among 10,000, not more', () => {
    let made = 0;
    const list = new RowList((one) => ({ one, made: ++made }));
    const many = Array.from({ length: 10_000 }, (_, at) => change(`file${at}`));
    list.update(many);
    assert.equal(made, 10_000);
    list.update(many.map((one, at) => (at % 100 === 0 ? { ...one, size: 2 } : one)));
    assert.equal(made, 10_100);
  });

  it('says with one badge what matters most', () => {
    const staged = change('a', { staged: true, state: 'added' });
    const unstaged = change('a');
    const conflict = change('a', { state: 'conflicted' });
    assert.equal(mostUrgent([staged, unstaged]), unstaged);
    assert.equal(mostUrgent([staged, unstaged, conflict]), conflict);
    assert.equal(mostUrgent([]), undefined);
    assert.deepEqual(
      STATES.map((state) => letterOf(change('a', { state }))),
      ['A', 'M', 'D', 'R', 'U', '!'],
    );
  });
});
