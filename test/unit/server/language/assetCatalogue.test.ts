// Tests the catalogue of a repository's paths against a plain list of them.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { PackedCatalogue } from '../../../../server/language/assetCatalogue.ts';

describe('asset catalogue', () => {
  it('finds a path whatever the case and tells the right one', () => {
    const catalogue = new PackedCatalogue(['Content/Rock.uasset', 'content/Äther.PNG', 'b']);
    assert.equal(catalogue.find('content/rock.UASSET'), 'Content/Rock.uasset');
    assert.equal(catalogue.find('Content/äther.png'), 'content/Äther.PNG');
    assert.equal(catalogue.find('Content'), undefined);
    assert.equal(catalogue.find('c'), undefined);
  });

  it('prefers the exact case where two paths differ in it alone', () => {
    const catalogue = new PackedCatalogue(['a/B.png', 'a/b.png', 'A/b.png']);
    for (const path of ['a/B.png', 'a/b.png', 'A/b.png']) assert.equal(catalogue.find(path), path);
  });

  it('lists folders and files of a folder once each', () => {
    const catalogue = new PackedCatalogue(['a/x.png', 'a/b/y.png', 'a/b/z.png', 'a-b/q', 'a.txt', 'c']);
    assert.deepEqual(catalogue.list('', 100), { folders: ['a-b', 'a'], files: ['a.txt', 'c'] });
    assert.deepEqual(catalogue.list('A', 100), { folders: ['b'], files: ['x.png'] });
    assert.deepEqual(catalogue.list('a', 1), { folders: ['b'], files: [] });
    assert.deepEqual(catalogue.list('none', 100), { folders: [], files: [] });
    assert.ok(catalogue.hasFolder('a/B'));
    assert.ok(!catalogue.hasFolder('a/x.png'));
  });

  it('holds what it was given, whatever that is', () => {
    const name = fc.oneof(
      fc.constantFrom('a', 'A', 'b.png', 'İ', 'ß', '😀', 'z-1'),
      fc.string({ minLength: 1 }),
    );
    const path = fc
      .array(name, { minLength: 1, maxLength: 4 })
      .map((names) => names.map((one) => one.replace(/[/\0]/g, '_').toWellFormed()).join('/'));
    fc.assert(
      fc.property(fc.array(path, { maxLength: 40 }), (paths) => {
        const catalogue = new PackedCatalogue(paths);
        const all = new Set(paths);
        assert.equal(catalogue.size, all.size);
        assert.deepEqual(new Set(catalogue.paths()), all);
        for (const one of all) {
          assert.equal(catalogue.find(one), one);
          const slash = one.lastIndexOf('/');
          const folder = one.slice(0, Math.max(0, slash));
          assert.ok(catalogue.hasFolder(folder));
          assert.ok(catalogue.list(folder, 1_000).files.includes(one.slice(slash + 1)));
        }
      }),
    );
  });

  it('takes few bytes for 100,000 paths and answers a question in microseconds', () => {
    const paths = Array.from(
      { length: 100_000 },
      (_, i) => `Content/Props/Set${i % 300}/T_Rock_${i}_BaseColor.uasset`,
    );
    const catalogue = new PackedCatalogue(paths);
    const { bytes, offsets } = catalogue as unknown as { bytes: Buffer; offsets: Uint32Array };
    assert.ok(bytes.byteLength + offsets.byteLength < 8e6);
    const start = process.cpuUsage();
    for (let i = 0; i < 1_000; i++) assert.equal(catalogue.find(paths[i * 97].toLowerCase()), paths[i * 97]);
    const { user, system } = process.cpuUsage(start);
    assert.ok(user + system < 1e6, `${(user + system) / 1e3} ms for 1,000`);
  });
});
