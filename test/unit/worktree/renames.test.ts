// Owns the tests of rename detection.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { objectId } from '../../../core/git/objectId.ts';
import { detectRenames, type RenameCandidate, type RenameSources } from '../../../core/worktree/renames.ts';

const texts = new Map<string, Buffer>();
const chunkLists = new Map<string, { id: Buffer; length: number }[]>();
const sources: RenameSources = {
  chunksOf: (blake3) => {
    const chunks = chunkLists.get(blake3);
    return Promise.resolve(chunks && { chunks });
  },
  textOf: (oid) => Promise.resolve(texts.get(oid) as Buffer),
};

function text(path: string, content: string): RenameCandidate {
  const bytes = Buffer.from(content);
  const oid = objectId('blob', bytes);
  texts.set(oid, bytes);
  return { path, oid, kind: 'text', size: bytes.length };
}

/** An asset of one chunk per letter, each of 1,000 bytes. */
function asset(path: string, letters: string): RenameCandidate {
  chunkLists.set(
    letters,
    [...letters].map((letter) => ({ id: Buffer.alloc(32, letter), length: 1_000 })),
  );
  return {
    path,
    oid: objectId('blob', Buffer.from(`pointer ${letters}`)),
    kind: 'asset',
    size: 1_000 * letters.length,
    blake3: letters,
  };
}

async function pairs(
  deleted: RenameCandidate[],
  added: RenameCandidate[],
  from: RenameSources = sources,
): Promise<string[]> {
  return (await detectRenames(deleted, added, from)).map((rename) => `${rename.from} > ${rename.to}`);
}

describe('detectRenames', () => {
  it('pairs equal content, of several the one with the same name', async () => {
    const deleted = [text('a/x', 'same'), text('a/y', 'same'), asset('old.psd', 'PSD')];
    const added = [asset('new.psd', 'PSD'), text('b/y', 'same'), text('b/z', 'same'), text('b/w', 'same')];
    assert.deepEqual(await pairs(deleted, added), ['old.psd > new.psd', 'a/y > b/y', 'a/x > b/z']);
    assert.deepEqual(await pairs(deleted, added, {}), ['old.psd > new.psd', 'a/y > b/y', 'a/x > b/z']);
  });

  it('pairs no empty files', async () => {
    assert.deepEqual(await pairs([text('a', '')], [text('b', '')]), []);
  });

  it('finds edited assets by the chunks they kept', async () => {
    const deleted = [asset('a', 'abcdefgh'), asset('b', 'ijklmnop')];
    const added = [asset('c', 'ijklXYZp'), asset('d', 'Qabcdefgh'), asset('e', 'abcRSTUVW')];
    const renames = await detectRenames(deleted, added, sources);
    assert.deepEqual(renames, [
      { from: 'b', to: 'c', similarity: 5 / 8 },
      { from: 'a', to: 'd', similarity: 8 / 9 },
    ]);
    assert.deepEqual(await pairs(deleted, added, {}), []);
  });

  it('counts a chunk as often as both have it', async () => {
    assert.deepEqual(await pairs([asset('a', 'zbcd')], [asset('b', 'zzzzzzzz')]), []);
    assert.deepEqual(await pairs([asset('a', 'zzzzbc')], [asset('b', 'zzzzXY')]), ['a > b']);
  });

  it('finds edited texts by the lines they kept', async () => {
    const lines = (...edits: number[]): string =>
      Array.from({ length: 10 }, (_, i) => (edits.includes(i) ? `edited ${i}\n` : `line ${i}\n`)).join('');
    assert.deepEqual(await pairs([text('a.ts', lines())], [text('b.ts', lines(2, 7))]), ['a.ts > b.ts']);
    assert.deepEqual(await pairs([text('a.ts', lines())], [text('b.ts', lines(0, 1, 2, 3, 4, 5))]), []);
  });

  it('prefers the most similar, then the same name', async () => {
    const deleted = [asset('x/one', 'abcdef'), asset('y/two', 'abcdef')];
    assert.deepEqual(await pairs(deleted, [asset('z/two', 'abcdeX')]), ['y/two > z/two']);
    const both = [asset('p', 'abcdXX'), asset('q', 'abcdeX')];
    assert.deepEqual(await pairs([asset('old', 'abcdef')], both), ['old > q']);
  });

  it('pairs small assets of one name when nothing else could be meant', async () => {
    assert.deepEqual(await pairs([asset('a/x.uasset', 'ab')], [asset('b/x.uasset', 'XY')]), [
      'a/x.uasset > b/x.uasset',
    ]);
    assert.deepEqual(await pairs([asset('a/x', 'ab')], [asset('b/y', 'XY')]), []);
    assert.deepEqual(await pairs([asset('a/x', 'ab')], [asset('b/x', 'XYZUVW')]), [], 'other size');
    assert.deepEqual(
      await pairs([asset('a/x', 'abcdefgh')], [asset('b/x', 'XYZUVWRS')]),
      [],
      'comparable, and different',
    );
    assert.deepEqual(
      await pairs([asset('a/x', 'ab'), asset('c/x', 'cd')], [asset('b/x', 'XY')]),
      [],
      'two of the name',
    );
    assert.deepEqual(await pairs([text('a/x', 'ab')], [text('b/x', 'XY')]), [], 'texts can be compared');
  });

  it('does not pair an asset with a text, nor follow chunks that everything has', async () => {
    assert.deepEqual(await pairs([asset('a', 'ab')], [text('a2', 'ab')]), []);
    const many = Array.from({ length: 40 }, (_, i) =>
      asset(`old${i}`, `0000000${String.fromCharCode(200 + i)}`),
    );
    assert.deepEqual(await pairs(many, [asset('new', '0000000!')]), []);
  });

  it('pairs each path at most once and only with equal kinds', async () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd'), maxLength: 6 });
    const list = fc.uniqueArray(letters, { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(list, list, async (before, after) => {
        const renames = await detectRenames(
          before.map((content, i) => asset(`old/${i}`, content)),
          after.map((content, i) => asset(`new/${i}`, content)),
          sources,
        );
        assert.equal(new Set(renames.map(({ from }) => from)).size, renames.length);
        assert.equal(new Set(renames.map(({ to }) => to)).size, renames.length);
        const kept = before.filter((content) => content !== '' && after.includes(content));
        assert.equal(renames.filter(({ similarity }) => similarity === 1).length, kept.length);
        for (const { similarity } of renames) assert.ok(similarity >= 0.5 && similarity <= 1);
      }),
    );
  });

  it('pairs 50,000 moved files in their order, and gives up on as many edited ones', async () => {
    const deleted = Array.from({ length: 50_000 }, (_, i) => text(`a/${i}`, `content ${i % 1_000}`));
    const added = deleted.map((file) => ({ ...file, path: file.path.replace('a/', 'b/') }));
    const start = performance.now();
    const renames = await detectRenames(deleted, added, sources);
    assert.ok(renames.every(({ from, to }) => from.slice(2) === to.slice(2)) && renames.length === 50_000);
    const edited = Array.from({ length: 50_000 }, (_, i) => text(`c/${i}`, `other ${i}`));
    assert.deepEqual(await pairs(deleted, edited), []);
    // Quadratic work would take hours.
    assert.ok(performance.now() - start < 20_000);
  });
});
