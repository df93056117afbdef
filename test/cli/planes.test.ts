// Tests that FORGE_PLANE picks the data plane, that both agree, and that falling back is said once.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFile, cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { CommitResult } from '../../core/repo/types.ts';
import { FORGE, nativeIsBuilt, Sandbox } from '../support/forgeCommand.ts';
import { tempFolder } from '../support/tempFolder.ts';

describe('forge: data planes', () => {
  for (const [writes, reads] of [
    ['portable', 'native'],
    ['native', 'portable'],
  ]) {
    it(`restores with ${reads} what ${writes} stored`, async function () {
      if (!nativeIsBuilt) return this.skip();
      const box = await Sandbox.withRepository();
      const content = Buffer.concat([randomBytes(700_000), Buffer.alloc(900_000, 'pattern')]);
      await writeFile(box.path('a.bin'), content);
      const stored = box.run(['commit', '-m', 'x', '--json'], { environment: { FORGE_PLANE: writes } });
      assert.equal((JSON.parse(stored.stdout) as CommitResult).plane, writes);
      await rm(box.path('a.bin'));
      assert.equal(box.run(['restore', '.'], { environment: { FORGE_PLANE: reads } }).status, 0);
      assert.ok((await readFile(box.path('a.bin'))).equals(content));
    });
  }

  describe('without the native one', () => {
    let copy: string;
    before(async () => {
      // What is built, as it would be without cargo: no module in native/.
      copy = await tempFolder();
      const project = path.dirname(FORGE);
      await copyFile(FORGE, path.join(copy, 'forge'));
      await cp(path.join(project, 'dist'), path.join(copy, 'dist'), { recursive: true });
      await mkdir(path.join(copy, 'native'));
      await symlink(path.join(project, 'node_modules'), path.join(copy, 'node_modules'));
    });

    const run = (box: Sandbox, args: string[], plane?: string) =>
      spawnSync(path.join(copy, 'forge'), args, {
        cwd: box.folder,
        env: { ...box.environment, FORGE_PLANE: plane },
        encoding: 'utf8',
      });

    it('works on the portable plane and says once what that costs', async () => {
      const box = await Sandbox.withRepository();
      await writeFile(box.path('a.bin'), 'a\0');
      const quiet = run(box, ['status', '-q']);
      assert.equal(quiet.stderr, '');
      const first = run(box, ['commit', '-m', 'x']);
      assert.equal(first.status, 0, first.stderr);
      assert.match(first.stderr, /^The native data plane is not here.*storing files takes/);
      assert.equal(run(box, ['status']).stderr, '');
      const version = run(box, ['version', '--json']);
      assert.equal((JSON.parse(version.stdout) as { plane: string }).plane, 'portable');
    });

    it('refuses when the native plane is asked for', async () => {
      const box = await Sandbox.withRepository();
      const done = run(box, ['status'], 'native');
      assert.equal(done.status, 1);
      assert.match(done.stderr, /npm run build/);
      assert.equal(run(box, ['status'], 'portable').stderr, '');
    });
  });
});
