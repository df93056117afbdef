// Owns the tests of the list of untracked files.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { EntryType } from '../../../core/dataplane/dataPlane.ts';
import { comparePaths, sortPaths } from '../../../core/model/pathOrder.ts';
import { UntrackedFiles } from '../../../core/worktree/untrackedFiles.ts';

describe('UntrackedFiles', () => {
  it('gives files in the order of paths, whatever order they came in', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ unit: 'grapheme', minLength: 1 })), (paths) => {
        const files = new UntrackedFiles();
        paths.forEach((path, i) => files.add(path, i % 3 === 0 ? EntryType.symlink : EntryType.file, i));
        files.sort();
        const expected = sortPaths([...paths]).map((path) => {
          const size = paths.indexOf(path);
          return { path, type: size % 3 === 0 ? EntryType.symlink : EntryType.file, size };
        });
        assert.deepEqual([...files], expected);
        assert.deepEqual(
          [...files.filter((path) => path < 'm')],
          expected.filter(({ path }) => path < 'm'),
        );
      }),
    );
  });

  it('compares 20,000 files of sorted folders little more often than there are files', () => {
    const files = new UntrackedFiles();
    const folders = Array.from({ length: 200 }, (_, i) => `${i % 10}/${i}`);
    for (const folder of folders.sort(comparePaths))
      for (let i = 0; i < 100; i++)
        files.add(`${folder}/${String(i).padStart(3, '0')}.bin`, EntryType.file, i);
    assert.ok(files.sort() <= 20_000, 'in order already');
    files.add('0/first', EntryType.file, 1);
    const compared = files.sort();
    assert.ok(compared < 5 * 20_000, `${compared} comparisons`);
    assert.equal(files.length, 20_001);
  });
});
