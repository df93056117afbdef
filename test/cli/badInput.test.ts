// Tests what bad input gets from the built command: a clear error, the right exit code, and nothing changed.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { WriterLock } from '../../core/repo/writerLock.ts';
import type { CommitResult, StatusResult, VerifyResult } from '../../core/repo/types.ts';
import { FORGE, type JsonError, Sandbox } from '../support/forgeCommand.ts';

describe('forge: bad input', () => {
  it('says how to make a repository where there is none', async () => {
    const box = await Sandbox.create();
    for (const command of [
      ['status'],
      ['commit', '-m', 'x'],
      ['log'],
      ['undo'],
      ['stats'],
      ['config', 'user.name'],
    ]) {
      const error = box.error(...command);
      assert.equal(error.code, 'NO_REPOSITORY');
      assert.match(error.remedy, /forge init/);
    }
    assert.equal(box.run(['status']).status, 1);
  });

  it('refuses a second init and a repository of a newer format', async () => {
    const box = await Sandbox.withRepository();
    assert.equal(box.error('init').code, 'REPOSITORY_EXISTS');
    const file = box.path('.forge/config.json');
    const config = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
    await writeFile(file, JSON.stringify({ ...config, format: 99 }));
    const error = box.error('status');
    assert.equal(error.code, 'FORMAT_TOO_NEW');
    assert.match(error.message, /99/);
  });

  it('gives the command that sets a missing author, and takes one from Git', async () => {
    const box = await Sandbox.create();
    box.forge('init', '-q');
    await writeFile(box.path('a.bin'), 'a\0');
    const error = box.error('commit', '-m', 'x');
    assert.equal(error.code, 'NO_AUTHOR');
    assert.match(error.remedy, /forge config user\.(name|email)/);
    await writeFile(
      path.join(box.home, '.gitconfig'),
      '[user]\n\tname = From Git\n\temail = git@example.com\n',
    );
    box.forge('commit', '-q', '-m', 'x');
    assert.equal(box.git('log', '--format=%an <%ae>').trim(), 'From Git <git@example.com>');
    box.forge('config', '--global', 'user.name', 'From Forge');
    await writeFile(box.path('a.bin'), 'b\0');
    box.forge('commit', '-q', '-m', 'y');
    assert.equal(box.git('log', '-1', '--format=%an <%ae>').trim(), 'From Forge <git@example.com>');
    await writeFile(box.path('a.bin'), 'c\0');
    const named = box.run(['commit', '-q', '-m', 'z'], {
      environment: { GIT_AUTHOR_NAME: 'From Environment' },
    });
    assert.equal(named.status, 0, named.stderr);
    assert.equal(box.git('log', '-1', '--format=%an|%cn').trim(), 'From Environment|From Forge');
  });

  it('refuses unknown settings, revisions, paths and names', async () => {
    const box = await Sandbox.withRepository();
    await writeFile(box.path('a.bin'), 'a\0');
    box.forge('commit', '-q', '-m', 'x');
    const unknown = box.run(['config', 'user.nmae', 'x']);
    assert.equal(unknown.status, 2);
    assert.match(unknown.stderr, /user\.nmae/);
    assert.equal(box.error('show', 'nowhere').code, 'UNKNOWN_REVISION');
    assert.equal(box.error('show', 'HEAD:nothing').code, 'NOT_FOUND');
    assert.equal(box.error('add', 'nothing').code, 'NOT_FOUND');
    assert.equal(box.error('restore', 'nothing').code, 'NOT_FOUND');
    assert.equal(box.error('add', '../outside').code, 'PATH_ESCAPE');
    assert.equal(box.error('restore', '/etc/passwd').code, 'PATH_ESCAPE');
    assert.equal(box.error('branch', 'a..b').code, 'INVALID_NAME');
    assert.equal(box.error('branch', 'main').code, 'ALREADY_EXISTS');
    assert.equal(box.error('commit', '-m', 'again').code, 'NOTHING_TO_COMMIT');
  });

  it('says how to leave out a repository inside the repository', async () => {
    const box = await Sandbox.withRepository();
    await mkdir(box.path('Plugins/Other/.git'), { recursive: true });
    await writeFile(box.path('Plugins/Other/.git/HEAD'), 'ref: refs/heads/main\n');
    await writeFile(box.path('fine.bin'), 'a\0');
    const refused = box.run(['commit', '-m', 'x']);
    assert.equal(refused.status, 1);
    const [, line] = /`(.+)` in \.forgeignore/.exec(refused.stderr) ?? [];
    await writeFile(box.path('.forgeignore'), `${line}\n`);
    assert.equal(box.run(['commit', '-m', 'x']).status, 0);
  });

  it('names an unreadable file or folder and commits nothing half', async function () {
    const box = await Sandbox.withRepository();
    // Permissions do not hold root back, so root lets `nobody` run the command.
    const user = process.getuid?.() === 0 ? 65_534 : undefined;
    await mkdir(box.path('Content'));
    await writeFile(box.path('fine.bin'), 'a\0');
    await writeFile(box.path('Content/secret.bin'), 'a\0');
    if (user !== undefined) spawnSync('chown', ['-R', String(user), path.dirname(box.folder)]);
    await chmod(box.path('Content/secret.bin'), 0);
    const refused = box.run(['commit', '-m', 'x', '--json'], { user });
    if (refused.error || refused.status === 126) return this.skip();
    const { error } = JSON.parse(refused.stdout) as JsonError;
    assert.deepEqual([refused.status, error.code], [1, 'UNREADABLE']);
    assert.match(error.message, /Content\/secret\.bin/);
    await chmod(box.path('Content/secret.bin'), 0o600);
    await chmod(box.path('Content'), 0);
    const status = JSON.parse(box.run(['status', '--json'], { user }).stdout) as StatusResult;
    assert.deepEqual(
      status.problems.map((problem) => problem.path),
      ['Content'],
    );
    assert.equal(status.commit, null);
    assert.equal(box.run(['commit', '-m', 'x'], { user }).status, 1);
    await chmod(box.path('Content'), 0o700);
    assert.equal(box.run(['commit', '-m', 'x'], { user }).status, 0);
  });

  it('waits for another writer and says for whom, or fails with --no-wait', async () => {
    const box = await Sandbox.withRepository();
    await writeFile(box.path('a.bin'), 'a\0');
    const lock = await WriterLock.acquire(box.path('.forge'), {
      hostName: hostname(),
      processId: process.pid,
      command: 'switch',
      wait: false,
    });
    const error = box.error('commit', '-m', 'x', '--no-wait');
    assert.equal(error.code, 'LOCKED');
    assert.match(error.message, new RegExp(`switch.*${process.pid}`));
    const waiting = spawn(FORGE, ['commit', '-m', 'x'], { cwd: box.folder, env: box.environment });
    const [said] = (await once(waiting.stderr, 'data')) as [Buffer];
    assert.match(said.toString(), new RegExp(`^Waiting for .*switch.*${process.pid}`));
    assert.deepEqual(box.json<StatusResult>('status').commit, null);
    const ended = once(waiting, 'exit');
    await lock.release();
    assert.deepEqual(await ended, [0, null]);
  });

  it('stops on Ctrl+C with exit code 130, and nothing is lost', async () => {
    const box = await Sandbox.withRepository();
    await mkdir(box.path('Content'));
    for (let i = 0; i < 48; i++) await writeFile(box.path('Content', `${i}.bin`), randomBytes(4_000_000));
    const child = spawn(FORGE, ['commit', '-m', 'x'], { cwd: box.folder, env: box.environment });
    const stderr: Buffer[] = [];
    child.stderr.on('data', (data: Buffer) => stderr.push(data));
    const ended = once(child, 'exit');
    // Once it holds the lock it is at work, and listens.
    while (!existsSync(box.path('.forge/lock'))) await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill('SIGINT');
    const [code] = (await ended) as [number | null];
    assert.equal(code, 130, Buffer.concat(stderr).toString());
    assert.equal(box.json<StatusResult>('status').commit, null);
    assert.equal(box.json<CommitResult>('commit', '-m', 'x').files, 48);
    assert.equal(box.json<VerifyResult>('verify', '--full').ok, true);
  });

  it('ends quietly when its reader leaves', async () => {
    const box = await Sandbox.withRepository();
    for (let i = 0; i < 3; i++) {
      await writeFile(box.path('a.bin'), `${i}\0`);
      box.forge('commit', '-q', '-m', `version ${i}\n\n${'long text\n'.repeat(10_000)}`);
    }
    const done = spawnSync('bash', ['-c', `'${FORGE}' log | head -n 1; echo "\${PIPESTATUS[0]}"`], {
      cwd: box.folder,
      env: box.environment,
      encoding: 'utf8',
    });
    assert.match(done.stdout, /^commit [0-9a-f]{40}\n0\n$/);
    assert.equal(done.stderr, '');
  });

  it('refuses a data plane that there is not', async () => {
    const box = await Sandbox.withRepository();
    const done = box.run(['status'], { environment: { FORGE_PLANE: 'quantum' } });
    assert.equal(done.status, 2);
    assert.match(done.stderr, /native and portable/);
  });
});
