// Tests how status, differences and operations read.
import assert from 'node:assert/strict';
import { createColours, wantsColour } from '../../../cli/output/colours.ts';
import { changeMap, formatDiffs } from '../../../cli/output/formatDiff.ts';
import { formatOperation, formatOperations } from '../../../cli/output/formatHistory.ts';
import { formatTreeChange } from '../../../cli/output/formatRestore.ts';
import { formatStatus } from '../../../cli/output/formatStatus.ts';
import { toJson } from '../../../cli/output/output.ts';
import { printable } from '../../../cli/output/printable.ts';
import { formatTable } from '../../../cli/output/table.ts';
import type { Change, FileDiff, OperationInfo } from '../../../core/repo/types.ts';

const plain = createColours(false);
const same = (text: string) => text;
const colours = createColours(true);

describe('cli/output', () => {
  describe('status', () => {
    const change = (state: Change['state'], path: string, rest: Partial<Change> = {}): Change => ({
      path,
      state,
      kind: 'asset',
      size: 1_500_000,
      staged: false,
      ...rest,
    });

    it('says when there is nothing', () => {
      const status = { branch: 'main', commit: undefined, changes: [], problems: [] };
      assert.deepEqual(formatStatus(status, plain, same), [
        'On main, no commits yet',
        'Nothing to commit, the working tree is clean.',
      ]);
    });

    it('groups changes by what can be done about them', () => {
      const status = {
        branch: undefined,
        commit: '1234567890abcdef'.padEnd(40, '0'),
        changes: [
          change('added', 'a.uasset', { staged: true }),
          change('renamed', 'c.uasset', { from: 'b.uasset', staged: true }),
          change('modified', 'readme.txt', { kind: 'text', size: 12 }),
          change('deleted', 'gone.uasset'),
          change('untracked', 'new.uasset'),
          change('conflicted', 'clash.uasset'),
        ],
        problems: [{ path: 'secret', message: 'no permission' }],
      };
      assert.deepEqual(formatStatus(status, plain, same), [
        'At 1234567890, on no branch',
        '',
        'Conflicts (1; edit, then forge add PATH)',
        '  C  clash.uasset  1.5 MB',
        '',
        'Staged (2; forge restore --staged PATH takes one out)',
        '  A  a.uasset             1.5 MB',
        '  R  b.uasset → c.uasset  1.5 MB',
        '',
        'Changed (2; forge restore PATH drops a change)',
        '  M  readme.txt   text',
        '  D  gone.uasset  1.5 MB',
        '',
        'Untracked (1; forge add PATH stages one)',
        '  ?  new.uasset  1.5 MB',
        '',
        'secret: no permission',
      ]);
    });

    it('shows names that would move the cursor as what they are', () => {
      const status = {
        branch: 'main',
        commit: undefined,
        changes: [change('untracked', 'a\u001b[2J\nb')],
        problems: [],
      };
      assert.ok(formatStatus(status, plain, same).includes('  ?  a\\x1b[2J\\nb  1.5 MB'));
    });
  });

  describe('diff', () => {
    const version = (size: number) => ({ oid: 'o', mode: 0o100644, kind: 'asset' as const, size });

    it('tells how much of an asset changed, and where', () => {
      const diff: FileDiff = {
        path: 'a.umap',
        state: 'modified',
        before: version(960_000),
        after: version(1_000_000),
        changedBytes: 62_500,
        changedRanges: [{ offset: 500_000, length: 62_500 }],
      };
      assert.deepEqual(formatDiffs([diff], plain, same), [
        'modified a.umap  asset, 960 KB → 1 MB (+40 KB)',
        '  62.5 KB new (6.3 % of the file) in 1 place',
        `  [${'·'.repeat(24)}███${'·'.repeat(21)}]`,
        '  at 500 KB: 62.5 KB',
      ]);
    });

    it('colours a unified diff and keeps its text', () => {
      const patch = '--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old\n+new\n same\n';
      const diff: FileDiff = {
        path: 'x',
        state: 'modified',
        before: { ...version(4), kind: 'text' },
        after: { ...version(4), kind: 'text' },
        patch,
      };
      assert.deepEqual(formatDiffs([diff], plain, same).slice(1), patch.trimEnd().split('\n'));
      const coloured = formatDiffs([diff], colours, same);
      assert.ok(coloured.includes(colours.red('-old')) && coloured.includes(colours.green('+new')));
    });

    it('cleans a patch for a terminal only', () => {
      const diff: FileDiff = { path: 'x', state: 'added', after: version(4), patch: '+a\u001b[2Jb\r\n' };
      assert.deepEqual(formatDiffs([diff], plain, same).at(-1), '+a\u001b[2Jb\r');
      assert.deepEqual(formatDiffs([diff], plain, printable).at(-1), '+a\\x1b[2Jb\\x0d');
    });

    it('separates files and names both ends of a rename', () => {
      const lines = formatDiffs(
        [
          {
            path: 'b',
            from: 'a',
            state: 'renamed',
            before: version(5),
            after: { ...version(5), mode: 0o100755 },
          },
          { path: 'c', state: 'deleted', before: version(7) },
        ],
        plain,
        same,
      );
      assert.deepEqual(lines, [
        'renamed a → b  asset, 5 B',
        'mode 100644 → 100755',
        '',
        'deleted c  asset, 7 B',
      ]);
    });

    it('marks even the smallest change, wherever it is', () => {
      assert.equal(changeMap([{ offset: 0, length: 1 }], 1e12).indexOf('█'), 0);
      assert.equal(changeMap([{ offset: 1e12 - 1, length: 1 }], 1e12).indexOf('█'), 47);
      assert.equal(changeMap([{ offset: 0, length: 100 }], 100), '█'.repeat(48));
    });
  });

  describe('operations', () => {
    const operation: OperationInfo = {
      id: 'ab'.repeat(20),
      command: 'commit',
      summary: 'Light the cave',
      time: '2026-11-22T12:33:05Z',
      user: 'Mira',
      headBefore: 'refs/heads/main',
      headAfter: 'refs/heads/main',
      refs: [{ ref: 'refs/heads/main', before: undefined, after: 'cd'.repeat(20) }],
      paths: ['a.uasset'],
      undoneBy: 'ef'.repeat(20),
    };

    it('takes one line each in the log', () => {
      assert.deepEqual(formatOperations([operation], plain), [
        'ababababab  2026-11-22 12:33:05 +0000  Mira  commit  Light the cave (undone by efefefefef)',
      ]);
    });

    it('shows refs and paths of one', () => {
      const lines = formatOperation(operation, plain);
      assert.ok(lines.includes('  refs/heads/main  (new) → cdcdcdcdcd'));
      assert.ok(lines.includes('  a.uasset'));
      assert.ok(!lines.some((line) => line.startsWith('HEAD:')));
    });
  });

  it('sums up what was written, removed and kept', () => {
    assert.deepEqual(
      formatTreeChange({ restored: ['a', 'b'], removed: ['c'], snapshotted: ['a'], bytes: 2000 }),
      [
        'Wrote 2 files (2 KB), removed 1 file',
        'Unsaved work in 1 file was kept first: forge undo brings it back',
      ],
    );
    assert.deepEqual(formatTreeChange({ restored: [], removed: [], snapshotted: [] }), []);
  });

  it('aligns columns whatever their colour', () => {
    const rows = [
      ['a', colours.red('1')],
      ['long', '100'],
    ];
    assert.deepEqual(formatTable(rows, ['left', 'right']), [`a       ${colours.red('1')}`, 'long  100']);
  });

  it('counts the cells that a terminal needs, not the letters', () => {
    const names = ['背景音楽.wav', 'e\u0301a.wav', '🎬.mp4', 'Ü.wav'];
    assert.deepEqual(formatTable(names.map((name) => [name, '|'])), [
      '背景音楽.wav  |',
      'e\u0301a.wav        |',
      '🎬.mp4        |',
      'Ü.wav         |',
    ]);
  });

  it('writes every key of a document, also without a value', () => {
    assert.equal(toJson({ branch: undefined, n: [undefined, 1] }), '{"branch":null,"n":[null,1]}\n');
  });

  it('colours terminals alone, unless told', () => {
    assert.equal(wantsColour(true, {}), true);
    assert.equal(wantsColour(false, {}), false);
    assert.equal(wantsColour(true, { NO_COLOR: '1' }), false);
    assert.equal(wantsColour(true, { NO_COLOR: '' }), true);
    assert.equal(wantsColour(true, { TERM: 'dumb' }), false);
    assert.equal(wantsColour(false, { FORCE_COLOR: '1' }), true);
    assert.equal(wantsColour(true, { FORCE_COLOR: '0' }), false);
  });
});
