// Tests what pages of packages show, and which files beside a shown one a page may have.
import assert from 'node:assert/strict';
import path from 'node:path';
import type { PackageFacts } from '../../../core/protocol/packages.ts';
import { besideOf } from '../../../extension/viewer/viewerQuestions.ts';
import { differs, rowsOfFacts } from '../../../extension/webview/factRows.ts';
import { filterOf, shownEntries } from '../../../extension/webview/package/listFilter.ts';
import { packageRows } from '../../../extension/webview/package/packageFacts.ts';

describe('pages of packages', () => {
  const facts: PackageFacts = {
    isMap: false,
    asset: { className: 'Material', name: 'M_Sky' },
    engine: '5.3.2',
    fileVersion: [522, 1009],
    names: 10,
    imports: 3,
    exports: 2,
    dependencies: 1,
  };

  it('mark the facts that differ', () => {
    const rows = packageRows(
      [
        { facts, size: '1 KB' },
        { facts: { ...facts, names: 11, engine: '5.4.0' }, size: '1 KB' },
      ],
      (text) => text,
    );
    assert.deepEqual(
      rows.filter(differs).map(({ label, values }) => [label, ...values]),
      [
        ['Saved by engine', '5.3.2', '5.4.0'],
        ['Names', '10', '11'],
      ],
    );
    assert.ok(!rows.some(({ label }) => label === 'Named by path alone'));
  });

  it('keep a side apart that is not there', () => {
    const rows = packageRows(
      [
        { facts: undefined, size: undefined },
        { facts, size: '1 KB' },
      ],
      (text) => text,
    );
    assert.deepEqual(rows.find(({ label }) => label === 'Class')?.values, [undefined, 'Material']);
  });

  it('put facts of both sides into one table', () => {
    const rows = rowsOfFacts([
      [
        ['Size', '1'],
        ['Old', 'x'],
      ],
      [
        ['Size', '2'],
        ['Layer', 'a'],
        ['Layer', 'b'],
      ],
    ]);
    assert.deepEqual(rows, [
      { label: 'Size', values: ['1', '2'] },
      { label: 'Layer', values: [undefined, 'a, b'] },
      { label: 'Old', values: ['x', undefined] },
    ]);
  });

  it('filter by words, and end', () => {
    const entries = ['/Game/Sky', '/Game/SkyBox', '/Game/Rock'].map((text, i) => ({
      text,
      state: i === 0 ? ('same' as const) : ('added' as const),
    }));
    const list = { total: 3, added: 2, removed: 0, changed: 0, entries, left: 0 };
    const texts = (text: string, only: boolean, most = 10) => {
      const { entries: shown, more } = shownEntries(list, filterOf(text, only), most);
      return [...shown.map((one) => one.text), more];
    };
    assert.deepEqual(texts('', false), ['/Game/Sky', '/Game/SkyBox', '/Game/Rock', 0]);
    assert.deepEqual(texts('', true), ['/Game/SkyBox', '/Game/Rock', 0]);
    assert.deepEqual(texts(' SKY game ', false), ['/Game/Sky', '/Game/SkyBox', 0]);
    assert.deepEqual(texts('', false, 1), ['/Game/Sky', 2]);
  });

  it('have files beside the shown one, and none outside the repository', () => {
    const root = path.resolve('/games/project');
    const file = path.join(root, 'art', 'box.gltf');
    assert.equal(besideOf(file, 'box.bin', root), path.join(root, 'art', 'box.bin'));
    assert.equal(besideOf(file, '../skins/a b.png', root), path.join(root, 'skins', 'a b.png'));
    for (const name of [
      '../../other/a.bin',
      '/etc/passwd',
      'https://example.com/a.bin',
      'file:///etc/passwd',
      '',
      '../.git/config',
      '../.forge/config.json',
      '..',
    ])
      assert.equal(besideOf(file, name, root), undefined, name);
    assert.equal(besideOf(file, '../a.bin', undefined), undefined);
  });
});
