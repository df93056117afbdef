// `forge clone` as a command: what it says, what it leaves behind, both data planes.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CloneResult } from '../../core/sync/clone.ts';
import { FORGE, nativeIsBuilt, Sandbox } from '../support/forgeCommand.ts';

describe('forge clone', function () {
  this.timeout(120_000);
  let sandbox: Sandbox;
  const bytes = randomBytes(3_000_000);

  before(async () => {
    sandbox = await Sandbox.create();
    await mkdir(sandbox.path('game'));
    sandbox.forge('init', '-q', 'game');
    await writeFile(sandbox.path('game', 'a.bin'), bytes);
    await writeFile(sandbox.path('game', 'notes.txt'), 'notes\n');
    const author = ['GIT_AUTHOR_NAME', 'GIT_AUTHOR_EMAIL', 'GIT_COMMITTER_NAME', 'GIT_COMMITTER_EMAIL'];
    for (const name of author) sandbox.environment[name] = 'mira@example.com';
    sandbox.forge('-C', 'game', 'commit', '-q', '-m', 'one');
    sandbox.forge('-C', 'game', 'branch', 'side');
  });

  it('tells what it did, and names the clone like its source', async () => {
    await mkdir(sandbox.path('other'));
    const text = sandbox.forge('-C', 'other', 'clone', '../game');
    assert.match(text, /^Cloned .*\/work\/game to .*\/work\/other\/game\n/);
    assert.match(text, /copied {3}1 commit, 1 version of assets, 3 MB in [0-9.]+ s\n/);
    assert.match(text, /at {7}main: 2 files, 3 MB\n/);
    assert.match(sandbox.forge('-C', 'other/game', 'status'), /clean/);
    assert.match(sandbox.forge('clone', 'game', 'bare', '--no-checkout'), /forge restore \. does that/);
    assert.deepEqual(await readdir(sandbox.path('bare')), ['.forge']);
    sandbox.forge('-C', 'bare', 'restore', '.');
    assert.ok((await readFile(sandbox.path('bare', 'a.bin'))).equals(bytes));
  });

  for (const plane of nativeIsBuilt ? ['native', 'portable'] : ['portable'])
    it(`gives one document with --json, on the ${plane} plane`, () => {
      const environment = { FORGE_PLANE: plane };
      const { status, stdout } = sandbox.run(['clone', 'game', `${plane}-clone`, '-b', 'side', '--json'], {
        environment,
      });
      assert.equal(status, 0, stdout);
      const result = JSON.parse(stdout) as CloneResult;
      assert.deepEqual(
        [result.plane, result.branch, result.root, result.files],
        [plane, 'side', sandbox.path(`${plane}-clone`), 2],
      );
      const verified = sandbox.run(['-C', `${plane}-clone`, 'verify', '--full'], { environment });
      assert.equal(verified.status, 0, verified.stdout);
    });

  it('fails with a code and a remedy', async () => {
    await writeFile(sandbox.path('taken'), '');
    assert.equal(sandbox.error('clone', 'game', 'taken').code, 'ALREADY_EXISTS');
    assert.match(sandbox.error('clone', 'missing').message, /work\/missing is missing/);
    assert.match(sandbox.error('clone', 'https://example.org/game.git').remedy, /folder/);
    assert.match(sandbox.error('clone', 'game', 'x', '-b', 'nope').remedy, /main, side/);
    assert.equal(sandbox.run(['clone']).status, 2);
    assert.ok(!(await readdir(sandbox.folder)).some((name) => name.startsWith('x')));
  });

  it('leaves nothing when it is stopped with Ctrl+C', async function () {
    const child = spawn(FORGE, ['clone', 'game', 'stopped'], {
      cwd: sandbox.folder,
      env: sandbox.environment,
      stdio: 'ignore',
    });
    const names = async (): Promise<string[]> =>
      (await readdir(sandbox.folder)).filter((name) => name.startsWith('stopped'));
    while (child.exitCode === null && (await names()).length === 0)
      await new Promise((resolve) => setTimeout(resolve, 1));
    child.kill('SIGINT');
    if (child.exitCode === null) await once(child, 'exit');
    if (child.exitCode === 0)
      assert.deepEqual(await readdir(join(sandbox.folder, 'stopped')), ['.forge', 'a.bin', 'notes.txt']);
    else assert.deepEqual([child.exitCode, await names()], [130, []]);
  });
});
