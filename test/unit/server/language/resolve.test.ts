// Tests where references lead: mounts of Unreal projects, relative and absolute paths, and writing a reference anew.
import assert from 'node:assert/strict';
import { PackedCatalogue } from '../../../../server/language/assetCatalogue.ts';
import { offerPaths } from '../../../../server/language/completion.ts';
import { mountsOf, mountsSeenFrom, unrealPathOf } from '../../../../server/language/mounts.ts';
import { distance, nearestPaths } from '../../../../server/language/nearest.ts';
import { resolveReference, writeReference } from '../../../../server/language/resolve.ts';

const PATHS = [
  'game/Forest.uproject',
  'game/Content/Maps/Start.umap',
  'game/Content/Props/Rock.uasset',
  'game/Content/UI/icon.png',
  'game/Plugins/Art/Stones/Stones.uplugin',
  'game/Plugins/Art/Stones/Content/Big.uasset',
  'game/Source/a.cpp',
  'web/img/logo.png',
  'web/page.html',
  'logo.png',
];
const catalogue = new PackedCatalogue(PATHS);
const mounts = mountsSeenFrom(mountsOf(PATHS), 'game/Source/a.cpp');
const resolve = (path: string, document = 'game/Source/a.cpp') =>
  resolveReference({ path, unreal: path.startsWith('/') }, document, catalogue, mounts);

describe('mounts of Unreal projects', () => {
  it('are the content folder and that of every plugin', () => {
    assert.deepEqual(
      mounts.map(({ name, folder }) => [name, folder]),
      [
        ['Game', 'game/Content'],
        ['Stones', 'game/Plugins/Art/Stones/Content'],
      ],
    );
  });

  it('are those of the project around a document, where there are several', () => {
    const two = mountsOf(['a/A.uproject', 'b/B.uproject']);
    assert.deepEqual(
      mountsSeenFrom(two, 'b/Source/x.cpp').map(({ folder }) => folder),
      ['b/Content'],
    );
    assert.deepEqual(mountsSeenFrom(two, 'readme.md'), []);
  });

  it('tell how a package is written', () => {
    assert.equal(unrealPathOf('game/Content/Maps/Start.umap', mounts), '/Game/Maps/Start');
    assert.equal(unrealPathOf('game/Content/UI/icon.png', mounts), undefined);
  });
});

describe('where references lead', () => {
  for (const [path, found] of [
    ['/Game/Props/Rock', 'game/Content/Props/Rock.uasset'],
    ['/Game/Props/Rock.Rock_C', 'game/Content/Props/Rock.uasset'],
    ['/game/maps/START', 'game/Content/Maps/Start.umap'],
    ['/Game/Maps/Start.Start:PersistentLevel.Cube', 'game/Content/Maps/Start.umap'],
    ['/Stones/Big', 'game/Plugins/Art/Stones/Content/Big.uasset'],
    ['UI/icon.png', 'game/Content/UI/icon.png'],
    ['../Content/UI/icon.png', 'game/Content/UI/icon.png'],
    ['/web/img/logo.png', 'web/img/logo.png'],
  ])
    it(path, () => assert.equal(resolve(path)?.path, found));

  it('beside the document first', () => {
    assert.equal(resolve('img/logo.png', 'web/page.html')?.path, 'web/img/logo.png');
    assert.equal(resolve('logo.png', 'web/page.html')?.path, 'logo.png');
  });

  it('is surely nowhere only for mounts and explicit paths', () => {
    assert.deepEqual(resolve('/Game/Props/Gone'), {
      path: undefined,
      candidates: ['game/Content/Props/Gone.uasset', 'game/Content/Props/Gone.umap'],
      certain: true,
    });
    assert.equal(resolve('./gone.png')?.certain, true);
    assert.equal(resolve('gone.png')?.certain, false);
    assert.equal(resolve('/Game/Props')?.certain, false, 'a folder');
    assert.equal(resolve('/Engine/Basic/Cube'), undefined);
    assert.equal(resolve('/usr/bin/env'), undefined);
    assert.equal(resolve('../../../gone.png'), undefined);
  });

  it('is written anew in the form that it had', () => {
    const write = (old: string, target: string, document = 'game/Source/a.cpp') =>
      writeReference(old, target, document, mounts);
    assert.equal(write('/Game/Old/Rock.Rock_C', 'game/Content/Props/Rock.uasset'), '/Game/Props/Rock.Rock_C');
    assert.equal(write('/Game/Old/Rock', 'game/Plugins/Art/Stones/Content/Big.uasset'), '/Stones/Big');
    assert.equal(write('./a.png', 'web/img/logo.png', 'web/page.html'), './img/logo.png');
    assert.equal(write('../a.png', 'web/img/logo.png'), '../../web/img/logo.png');
    assert.equal(write('/Game/Old/Rock', 'logo.png'), undefined);
  });
});

describe('offered paths', () => {
  const offer = (line: string, document = 'game/Source/a.cpp') => {
    const found = offerPaths(line, document, catalogue, mounts);
    return found && [found.replaced, ...found.offers.map(({ name, detail }) => `${name}: ${detail}`)];
  };

  it('go step by step', () => {
    assert.deepEqual(offer('x = "/'), [0, 'Game: Mount point', 'Stones: Mount point']);
    assert.deepEqual(offer('x = "/Game/'), [0, 'Maps: Folder', 'Props: Folder', 'UI: Folder']);
    assert.deepEqual(offer('x = "/Game/Props/Ro'), [2, 'Rock: Unreal package']);
    assert.deepEqual(offer('x = "./', 'web/page.html'), [0, 'img: Folder']);
    assert.deepEqual(offer('x = "../logo', 'web/page.html'), [
      4,
      'game: Folder',
      'web: Folder',
      'logo.png: PNG image',
    ]);
  });

  it('are none where no path is begun', () => {
    for (const line of ['x = a/', '', '"/Engine/', '// ', 'https://', '../../../'])
      assert.equal(offer(line, 'a/b.cpp'), undefined, line);
  });
});

describe('files that a missing one may have been', () => {
  it('have its name elsewhere, or almost its name', () => {
    assert.deepEqual(nearestPaths(['game/Content/Old/Rock.uasset'], catalogue, 5), [
      'game/Content/Props/Rock.uasset',
    ]);
    assert.deepEqual(nearestPaths(['web/img/lgo.png'], catalogue, 5), ['web/img/logo.png', 'logo.png']);
    assert.deepEqual(nearestPaths(['web/img/other.png'], catalogue, 5), []);
  });

  it('are counted by letters up to a bound', () => {
    assert.equal(distance('rock', 'rock', 2), 0);
    assert.equal(distance('rock', 'rick', 2), 1);
    assert.equal(distance('rock', 'rocks1', 2), 2);
    assert.equal(distance('rock', 'stone', 2), 3);
  });
});
