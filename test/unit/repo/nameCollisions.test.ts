// Owns the tests of finding new names that collide, and of how much of the index that looks at.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { GitIndex } from '../../../core/model/gitIndex.ts';
import { indexEntry } from '../../../core/model/gitIndexEntry.ts';
import { sortPaths } from '../../../core/model/pathOrder.ts';
import { findNewCollision } from '../../../core/repo/nameCollisions.ts';
import { findCollisions } from '../../../core/worktree/safePath.ts';

function indexOf(paths: string[]): GitIndex {
  const index = new GitIndex();
  for (const path of paths) index.set(indexEntry(path, '1'.repeat(40), 0o100644));
  return GitIndex.decode(index.encode());
}

const find = (there: string[], added: string[]) => findNewCollision(indexOf(there), () => added);

describe('findNewCollision', () => {
  it('finds a new file beside one of another case or Unicode form', () => {
    assert.deepEqual(find(['Hero.png'], ['hero.png']), ['Hero.png', 'hero.png']);
    assert.deepEqual(find(['d/\u00e9.png'], ['d/e\u0301.png']), ['d/\u00e9.png', 'd/e\u0301.png']);
    assert.deepEqual(find([], ['a/X', 'a/x']), ['a/X', 'a/x']);
  });

  it('finds a folder that a new file brings along', () => {
    assert.deepEqual(find(['Maps/a'], ['maps/b']), ['Maps', 'maps']);
    assert.deepEqual(find(['a/Maps'], ['a/maps/x']), ['a/Maps', 'a/maps']);
    assert.deepEqual(find(['a/B/c'], ['a/b']), ['a/B', 'a/b']);
  });

  it('says nothing of new files in folders that collide already', () => {
    assert.equal(find(['Maps/a', 'maps/b'], ['Maps/c', 'maps/d']), undefined);
    assert.equal(find(['a', 'A'], ['b']), undefined);
  });

  it('takes paths in any order', () => {
    assert.deepEqual(find([], ['b/x', 'a', 'b/X']), ['b/X', 'b/x']);
  });

  it('finds one in new paths exactly when findCollisions does', () => {
    const part = fc.constantFrom('a', 'A', 'b', '\u00e9', 'e\u0301', 'a.b', 'a-');
    const path = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
    fc.assert(
      fc.property(fc.uniqueArray(path, { maxLength: 12 }), (paths) => {
        const isFileAndFolder = paths.some((one) => paths.some((other) => other.startsWith(`${one}/`)));
        fc.pre(!isFileAndFolder);
        assert.equal(
          findNewCollision(new GitIndex(), () => sortPaths([...paths])) !== undefined,
          findCollisions(paths).length > 0,
        );
      }),
    );
  });

  it('reads only the folders of the new paths: of 20,000 files, some hundred paths', () => {
    const index = indexOf(Array.from({ length: 20_000 }, (_, i) => `${i % 10}/${i % 200}/${i}.bin`));
    let read = 0;
    const paths = index.paths.bind(index);
    index.paths = function* (from?: string) {
      for (const path of paths(from)) {
        read++;
        yield path;
      }
    };
    const added = Array.from({ length: 5 }, (_, i) => `3/3/new ${i}`);
    assert.equal(
      findNewCollision(index, () => added),
      undefined,
    );
    assert.ok(read > 100 && read < 300, `${read} paths`);
  });
});
