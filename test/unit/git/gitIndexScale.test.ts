// Owns the tests of an index that takes many changes: kept as bytes, written in pieces, never looked through for one path.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { GitIndex } from '../../../core/model/gitIndex.ts';
import { indexEntry } from '../../../core/model/gitIndexEntry.ts';
import { comparePaths } from '../../../core/model/pathOrder.ts';
import { PathList } from '../../../core/model/pathList.ts';
import { sameBytes } from '../../support/sameBytes.ts';

const MANY = 20_000;
const oid = (i: number): string => i.toString(16).padStart(40, '0');
const name = (i: number): string => `${i % 7}/folder ${i % 113}/${String(i).padStart(6, '0')}.bin`;
const paths = (index: GitIndex): string[] => [...index.paths()];

describe('Git index with many changes', () => {
  it('holds the same after `compact` as without, added in order, out of order, over others and between', () => {
    const numbers = Array.from({ length: MANY }, (_, i) => i);
    const sorted = [...numbers].sort((a, b) => comparePaths(name(a), name(b)));
    const plain = new GitIndex();
    const compacted = new GitIndex();
    const apply = (change: (index: GitIndex) => void, compact = true): void => {
      change(plain);
      change(compacted);
      if (compact) compacted.compact();
    };
    const half = sorted.slice(0, MANY / 2);
    apply((index) => half.forEach((i) => index.set(indexEntry(name(i), oid(i), 0o100644))));
    apply((index) => sorted.slice(MANY / 2).forEach((i) => index.set(indexEntry(name(i), oid(i), 0o100644))));
    apply((index) =>
      numbers.filter((i) => i % 2).forEach((i) => index.set(indexEntry(name(i), oid(i + 1), 0o100755))),
    );
    apply((index) => numbers.filter((i) => i % 3 === 0).forEach((i) => index.remove(name(i))), false);
    apply((index) => index.set({ ...indexEntry('z/conflict', oid(1), 0o100644), stage: 2 }), false);
    assert.equal(compacted.size, plain.size);
    sameBytes(compacted.encode(), plain.encode());
    assert.deepEqual(compacted.conflicts(), ['z/conflict']);
    sameBytes(GitIndex.decode(compacted.encode()).encode(), plain.encode());
  });

  it('lets a file take the place of a folder that `compact` made bytes of', () => {
    const index = new GitIndex();
    for (let i = 0; i < 10_000; i++) index.set(indexEntry(`a/${i}`, oid(i), 0o100644));
    index.compact();
    index.set(indexEntry('a', oid(1), 0o100644));
    assert.deepEqual(paths(index), ['a']);
    index.set(indexEntry('a/b', oid(1), 0o100644));
    assert.deepEqual(paths(index), ['a/b']);
  });

  it('is written in pieces that are views of what did not change', () => {
    const index = new GitIndex();
    for (let i = 0; i < MANY; i++) index.set(indexEntry(`f/${String(i).padStart(6, '0')}`, oid(i), 0o100644));
    const read = GitIndex.decode(index.encode());
    read.set(indexEntry('f/010000', oid(7), 0o100755));
    const pieces = read.encodePieces();
    assert.ok(pieces.length < 10, `${pieces.length} pieces`);
    const largest = Math.max(...pieces.map(({ length }) => length));
    assert.ok(largest > (MANY / 2 - 1) * 72, `the largest piece has ${largest} bytes`);
    sameBytes(Buffer.concat(pieces), read.encode());
  });

  it('gives paths from any one on', () => {
    const index = new GitIndex();
    for (const path of ['a', 'b/c', 'b0', 'd']) index.set(indexEntry(path, oid(1), 0o100644));
    const read = GitIndex.decode(index.encode());
    read.set(indexEntry('b/b', oid(1), 0o100644));
    assert.deepEqual([...read.paths('b/')], ['b/b', 'b/c', 'b0', 'd']);
    assert.deepEqual([...read.paths('b0')], ['b0', 'd']);
    assert.deepEqual([...read.paths('e')], []);
  });
});

describe('PathList', () => {
  it('gives back what was added, and compares by bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 40 })), (all) => {
        const list = new PathList();
        for (const path of all) list.add(path);
        assert.deepEqual([...list], all);
        assert.equal(list.length, all.length);
        for (let i = 1; i < all.length; i++)
          assert.equal(Math.sign(list.compare(i - 1, i)), Math.sign(comparePaths(all[i - 1], all[i])));
      }),
    );
  });

  it('keeps lists of several megabytes, and a path longer than a block', () => {
    const list = new PathList();
    const all = Array.from({ length: MANY }, (_, i) => `${'long/'.repeat(20)}${i}`);
    all.push('x'.repeat(1_500_000), 'end');
    for (const path of all) list.add(path);
    assert.ok(all.every((path, i) => list.at(i) === path));
  });
});
