// Tests the watch of a working tree: what it tells of, and what it keeps quiet about.
import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { matters, watchWorkTree } from '../../../core/worktree/watch.ts';
import { tempFolder } from '../../support/tempFolder.ts';

describe('the watch of a working tree', () => {
  it('tells of files, rules and the state of Git, not of stores', () => {
    const tells = (path: string): boolean => matters(`/w/${path}`, '/w', '/w/.forge/git');
    for (const path of ['a.txt', 'deep/b ü.bin', '.gitignore', '.forge/config.json', '.forge/git/HEAD'])
      assert.ok(tells(path), path);
    for (const path of ['.forge/git/index', '.forge/git/refs/heads/main', '.forge/git/packed-refs'])
      assert.ok(tells(path), path);
    for (const path of [
      '.forge/store/1.seg',
      '.forge/lock',
      '.forge/git/objects/ab/c',
      '.forge/git/index.lock',
    ])
      assert.ok(!tells(path), path);
    assert.ok(matters('/w/.git/HEAD', '/w', '/w/.git'));
    assert.ok(!matters('/w/.git/logs/HEAD', '/w', '/w/.git'));
  });

  it('tells of files that come, change and go, until it is ended', async () => {
    const root = await tempFolder();
    await mkdir(join(root, '.forge/store'), { recursive: true });
    let told: (() => void) | undefined;
    const paths = new Set<string>();
    const stop = await watchWorkTree({
      root,
      gitDir: join(root, '.forge/git'),
      onChange: (changed) => {
        for (const path of changed) paths.add(path);
        told?.();
      },
      onFailure: (error) => assert.fail(error.message),
    });
    const next = (): Promise<void> => new Promise((resolve) => (told = resolve));
    const file = join(root, 'a ü.txt');
    for (const change of [() => writeFile(file, '1'), () => writeFile(file, '22'), () => rm(file)]) {
      const waiting = next();
      await writeFile(join(root, '.forge/store/x'), 'quiet');
      await change();
      await waiting;
      assert.deepEqual([...paths], [file]);
      paths.clear();
    }
    await stop();
  });
});
