// Tests which files of a working tree its state hangs on; test/editor/serverWatch.test.ts shows the watcher at work.
import assert from 'node:assert/strict';
import { concernsState, touchedBy } from '../../../core/worktree/watch.ts';

describe('the watch of a working tree', () => {
  const tells = (path: string): boolean => concernsState('/w', ['/w/.forge/git'], `/w/${path}`);

  for (const path of ['a.txt', 'deep/b ü.bin', '.gitignore', '.forge/config.json', '.forge/git/HEAD'])
    it(`tells of ${path}`, () => assert.ok(tells(path)));
  for (const path of ['.forge/git/index', '.forge/git/refs/heads/main', '.forge/git/packed-refs'])
    it(`tells of ${path}`, () => assert.ok(tells(path)));
  for (const path of ['.forge/store/1.seg', '.forge/lock', '.forge/git/logs/HEAD', '.forge/git/index.lock'])
    it(`is quiet about ${path}`, () => assert.ok(!tells(path)));
  it('knows the Git directory of a checkout', () => {
    assert.ok(concernsState('/w', ['/w/.git'], '/w/.git/HEAD'));
    assert.ok(!concernsState('/w', ['/w/.git'], '/w/.git/logs/HEAD'));
    assert.ok(!concernsState('/w', ['/w/.git'], '/elsewhere/a.txt'));
  });

  const touched = (path: string): string | undefined => touchedBy('/w', ['/w/.forge/git'], `/w/${path}`);

  it('takes an event in the working tree for its path', () => {
    assert.equal(touched('deep/b ü.bin'), 'deep/b ü.bin');
    assert.equal(touched('sub/.git/HEAD'), 'sub/.git/HEAD');
  });
  for (const path of ['.forge/git/config', '.forge/git/info/exclude', '.forge/config.json', ''])
    it(`takes an event at /${path} for one about everything`, () =>
      assert.equal(touchedBy('/w', ['/w/.forge/git'], path === '' ? '/w' : `/w/${path}`), ''));
  for (const path of ['index', 'HEAD', 'packed-refs', 'refs/heads/main'])
    it(`takes an event at Git's ${path} for none about the working tree`, () =>
      assert.equal(touched(`.forge/git/${path}`), undefined));
});
