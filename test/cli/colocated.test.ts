// Forge in the root of an existing Git checkout: both commands work on one repository, and `git status` stays clean.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { appendFile, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { Sandbox } from '../support/forgeCommand.ts';

const asset = (size: number): Buffer => Buffer.concat([Buffer.from([0]), randomBytes(size - 1)]);

describe('a shared Git checkout', function () {
  this.timeout(120_000);
  let sandbox: Sandbox;

  function git(...args: string[]): string {
    const { status, stdout, stderr } = spawnSync('git', args, {
      cwd: sandbox.folder,
      env: sandbox.environment,
      encoding: 'utf8',
    });
    assert.equal(status, 0, `git ${args.join(' ')}: ${stderr}${stdout}`);
    return stdout;
  }

  before(function () {
    if (spawnSync('git', ['--version']).status === 0) return;
    console.log('      skipped: git is not installed');
    this.skip();
  });

  beforeEach(async () => {
    sandbox = await Sandbox.create();
    git('init', '-q', '-b', 'trunk');
    git('config', 'user.name', 'Mira');
    git('config', 'user.email', 'mira@example.com');
    await writeFile(sandbox.path('old.bin'), asset(50_000));
    await writeFile(sandbox.path('main.c'), 'int main;\n');
    git('add', '.');
    git('commit', '-qm', 'before Forge');
    sandbox.forge('init');
  });

  it('starts clean, shares the Git directory and leaves what Git has as it is', () => {
    assert.ok(!existsSync(sandbox.path('.forge/git')));
    assert.equal(git('status', '--porcelain'), '');
    assert.match(sandbox.forge('status'), /trunk[^]*clean/);
  });

  it('shows the same commits to both, and stays clean', async () => {
    await writeFile(sandbox.path('new.bin'), asset(200_000));
    await appendFile(sandbox.path('main.c'), '// more\n');
    sandbox.forge('commit', '-m', 'by Forge');
    assert.equal(git('status', '--porcelain'), '');
    assert.equal(git('log', '--format=%s').trim(), 'by Forge\nbefore Forge');
    assert.match(git('cat-file', 'blob', 'HEAD:new.bin'), /^forge-pointer 1\n/);
    await utimes(sandbox.path('new.bin'), 1, 1);
    assert.equal(git('status', '--porcelain'), '', 'a touched asset is not a change');
    git('fsck', '--strict', '--no-dangling');
  });

  it('lets stock git add, commit and check out assets', async () => {
    const first = asset(150_000);
    await writeFile(sandbox.path('level.bin'), first);
    git('add', 'level.bin');
    git('commit', '-qm', 'by git');
    assert.match(git('cat-file', 'blob', 'HEAD:level.bin'), /^forge-pointer 1\n/);
    assert.match(sandbox.forge('status'), /clean/);
    await writeFile(sandbox.path('level.bin'), asset(150_000));
    sandbox.forge('commit', '-m', 'by Forge');
    git('checkout', '-q', 'HEAD~1');
    assert.deepEqual(await readFile(sandbox.path('level.bin')), first);
    git('checkout', '-q', '-');
    await rm(sandbox.path('level.bin'));
    git('restore', 'level.bin');
    assert.equal(git('status', '--porcelain'), '');
    const { ok } = sandbox.json<{ ok: boolean }>('verify', '--full');
    assert.equal(ok, true);
  });

  it('undoes a commit so that git sees the change again', async () => {
    await writeFile(sandbox.path('new.bin'), asset(1_000));
    sandbox.forge('commit', '-m', 'by Forge');
    sandbox.forge('undo');
    assert.equal(git('status', '--porcelain').trim(), '?? new.bin');
    assert.equal(git('log', '--format=%s').trim(), 'before Forge');
  });
});
