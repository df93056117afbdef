// Tests that updates make the editor know what the server knows, whatever they leave out.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Change, RepositoryUpdate } from '../../../core/protocol/repositories.ts';
import { byPath } from '../../../core/repo/status.ts';
import { nextChanges } from '../../../extension/model/nextChanges.ts';
import { type RepositoryState, SentState, type Telling } from '../../../server/session/sentState.ts';

const head = { branch: 'main', commit: undefined };

const anyChange = fc.record({
  path: fc.nat(40).map((n) => `f/${n}`),
  state: fc.constantFrom('modified' as const, 'deleted' as const, 'untracked' as const),
  kind: fc.constantFrom('asset' as const, 'text' as const),
  size: fc.nat(2),
  staged: fc.boolean(),
});

/** A path is staged once at most, and not staged once. */
const anyChanges = fc
  .uniqueArray(anyChange, { selector: ({ path, staged }) => `${path} ${staged}`, maxLength: 60 })
  .map((changes): Change[] => changes.sort(byPath));

const stateOf = (changes: Change[], rest: Partial<RepositoryState> = {}): RepositoryState => ({
  changes,
  head,
  problems: [],
  ...rest,
});

const change = (path: string, rest: Partial<Change> = {}): Change => ({
  path,
  state: 'modified',
  kind: 'asset',
  size: 1,
  staged: false,
  ...rest,
});

describe('the updates of a repository', () => {
  it('come to the state', () => {
    const anyTelling = fc.constantFrom<Telling>('never', 'always', 'reset');
    fc.assert(
      fc.property(fc.array(fc.tuple(anyChanges, anyTelling), { maxLength: 6 }), (steps) => {
        const sent = new SentState('/w');
        let known: readonly Change[] = [];
        let sequence = 0;
        for (const [changes, telling] of steps) {
          const update = sent.next(stateOf(changes), telling);
          if (update) {
            assert.equal(update.sequence, ++sequence);
            assert.equal(update.total, changes.length);
            known = nextChanges(known, update);
          }
          assert.deepEqual(known, changes);
        }
      }),
    );
  });

  it('come to the state when one in ten of many changes is another', () => {
    const before = Array.from({ length: 2_000 }, (_, i) => change(`f/${10_000 + i}`));
    const after = before.map((one, i) => (i % 10 === 0 ? { ...one, size: 2 } : one));
    const sent = new SentState('/w');
    let known = nextChanges([], sent.next(stateOf(before), 'never') as RepositoryUpdate);
    const update = sent.next(stateOf(after), 'never') as RepositoryUpdate;
    known = nextChanges(known, update);
    assert.ok(!update.reset);
    assert.equal(update.touched.length, 200);
    assert.deepEqual(known, after);
  });

  it('are left out where nothing is new, unless they are asked for', () => {
    const sent = new SentState('/w');
    const state = stateOf([change('a'), change('b')]);
    assert.equal(sent.next(state, 'never')?.reset, true);
    assert.equal(sent.next(state, 'never'), undefined);
    assert.deepEqual(sent.next(state, 'always')?.touched, []);
    assert.equal(sent.next(state, 'reset')?.changes.length, 2);
  });

  it('tell of another HEAD, problem or failure without any change', () => {
    const sent = new SentState('/w');
    sent.next(stateOf([]), 'never');
    assert.equal(sent.next(stateOf([], { head: { ...head, branch: 'b' } }), 'never')?.head.branch, 'b');
    assert.equal(
      sent.next(stateOf([], { problems: [{ path: 'a', message: 'b' }] }), 'never')?.problems.length,
      1,
    );
    const failure = { code: 'IO', message: 'gone', remedy: 'bring it back' };
    assert.equal(sent.next(stateOf([], { failure }), 'never')?.failure, failure);
    assert.equal(sent.next(stateOf([]), 'never')?.failure, undefined);
  });

  it('hold the first rows alone of a state that has too many', () => {
    const changes = Array.from({ length: 10_100 }, (_, i) => change(`f/${100_000 + i}`));
    const sent = new SentState('/w');
    let known = nextChanges([], sent.next(stateOf(changes), 'never') as RepositoryUpdate);
    assert.equal(known.length, 10_000);
    const update = sent.next(stateOf(changes.slice(3)), 'never') as RepositoryUpdate;
    assert.ok(!update.reset);
    assert.equal(update.total, 10_097);
    known = nextChanges(known, update);
    assert.deepEqual(known.at(0)?.path, 'f/100003');
    assert.deepEqual(known.at(-1)?.path, 'f/110002');
    assert.equal(known.length, 10_000);
  });
});
