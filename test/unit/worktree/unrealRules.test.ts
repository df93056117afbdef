// Owns the tests of the ready rules for Unreal projects.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ForgeAttributes } from '../../../core/worktree/attributes.ts';
import { IgnoreRules } from '../../../core/worktree/ignore.ts';
import {
  findUnrealProject,
  unrealAttributes,
  unrealIgnoreRules,
} from '../../../core/worktree/unrealRules.ts';
import { git, gitIsHere } from '../../support/stockGit.ts';
import { tempFolder } from '../../support/tempFolder.ts';

describe('Unreal rules', () => {
  it('finds a project by its file', async () => {
    const root = await tempFolder();
    assert.equal(await findUnrealProject(root), undefined);
    mkdirSync(join(root, 'Folder.uproject'));
    assert.equal(await findUnrealProject(root), undefined);
    writeFileSync(join(root, 'Game.UPROJECT'), '{}');
    assert.equal(await findUnrealProject(root), 'Game.UPROJECT');
    await assert.rejects(findUnrealProject(join(root, 'none')), { code: 'NOT_FOUND' });
  });

  it('ignores what is made anew and nothing of the project', async () => {
    const root = await tempFolder();
    writeFileSync(join(root, '.gitignore'), unrealIgnoreRules(''));
    const rules = await IgnoreRules.load({ root, gitDir: join(root, '.git') });
    const ignored = [
      'Binaries/Win64/UnrealEditor-Game.dll',
      'Intermediate/Build/x',
      'Saved/Autosaves/Game/Map_Auto1.umap',
      'DerivedDataCache/x.ddp',
      'Plugins/Tool/Binaries/x.dll',
      'Plugins/Group/Tool/Intermediate/x',
      'Build/Windows/FileOpenOrder/x.log',
      'Game.sln',
      '.vs/x',
      'Source/Game.VC.db',
    ];
    const kept = [
      'Game.uproject',
      'Config/DefaultEngine.ini',
      'Content/Maps/Start.umap',
      'Content/Saved/Hero.uasset',
      'Content/Build/House.uasset',
      'Content/__ExternalActors__/Map/0/AB/XYZ.uasset',
      'Source/Game/Game.cpp',
      'Source/Intermediate/Lesson.cpp',
      'Plugins/Tool/Tool.uplugin',
      'Plugins/Tool/Content/a.uasset',
      'Plugins/Tool/Resources/Icon128.png',
      'Build/Windows/Application.ico',
      'Build/Android/res/drawable/icon.png',
      'Build/Windows/PakBlacklist-Shipping.txt',
    ];
    for (const path of ignored) assert.equal(rules.ignored(path, false), true, path);
    for (const path of kept) assert.equal(rules.ignored(path, false), false, path);
  });

  it('makes assets lockable, for stock Git too', async function () {
    const root = await tempFolder();
    writeFileSync(join(root, '.gitattributes'), unrealAttributes(''));
    const attributes = await ForgeAttributes.load({ root, gitDir: join(root, '.git') });
    assert.equal(attributes.rule('Content/a.uasset'), 'asset');
    assert.equal(attributes.rule('Content/Maps/a.umap'), 'asset');
    assert.equal(attributes.rule('Source/a.cpp'), 'auto');
    if (!gitIsHere) return this.skip();
    git(root, ['init', '-q']);
    assert.equal(
      git(root, ['check-attr', 'forge', 'lockable', 'text', 'merge', '--', 'Content/a.umap']),
      ['forge: set', 'lockable: set', 'text: unset', 'merge: unset']
        .map((line) => `Content/a.umap: ${line}\n`)
        .join(''),
    );
  });

  it('appends only what is missing, in the file’s line ends', () => {
    const whole = unrealIgnoreRules('');
    assert.equal(unrealIgnoreRules(whole), '');
    assert.equal(unrealIgnoreRules(whole.replaceAll('\n', '\r\n')), '');
    const some = '# mine\r\n/Saved/\r\n/Binaries/';
    const added = unrealIgnoreRules(some);
    assert.ok(added.startsWith('\r\n\r\n# Unreal Engine\r\n') && added.endsWith('\r\n'));
    const lines = (some + added).split('\r\n');
    assert.equal(lines.filter((line) => line === '/Saved/').length, 1);
    assert.equal(lines.filter((line) => line === '/Intermediate/').length, 1);
    assert.equal(unrealIgnoreRules(some + added), '');
    assert.ok(unrealIgnoreRules('a\n').startsWith('\n# Unreal Engine\n'));
  });

  it('leaves what the user says of an extension alone', () => {
    const current = '*.PNG -forge\n*.uasset filter=lfs diff=lfs merge=lfs -text\n';
    const added = unrealAttributes(current);
    assert.ok(
      !added.includes('*.png ') && !added.includes('*.uasset ') && added.includes('*.umap forge lockable'),
    );
    assert.equal(unrealAttributes(current + added), '');
  });
});
