// Tests the launcher at the root: it finds its own folder, its Node and the built command line.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmod, copyFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { tempFolder } from '../support/tempFolder.ts';

const launcher = fileURLToPath(new URL('../../forge', import.meta.url));

describe('forge (launcher)', () => {
  let base: string;
  let project: string;
  beforeEach(async () => {
    base = await tempFolder();
    project = path.join(base, 'a project');
    await mkdir(project);
    await copyFile(launcher, path.join(project, 'forge'));
    await chmod(path.join(project, 'forge'), 0o755);
  });

  /** An executable that prints its name and arguments, in place of Node. */
  async function fakeNode(file: string, name: string): Promise<void> {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, `#!/bin/sh\necho ${name} "$@"\n`, { mode: 0o755 });
  }

  async function build(): Promise<void> {
    await mkdir(path.join(project, 'dist'));
    await writeFile(path.join(project, 'dist/cli.cjs'), '');
  }

  function run(command: string, options: { cwd?: string; path?: string } = {}) {
    return spawnSync(command, ['status', 'a b'], {
      encoding: 'utf8',
      cwd: options.cwd ?? base,
      env: { PATH: options.path ?? '/usr/bin:/bin' },
    });
  }

  it('prefers the Node of the project, with 4 MiB for new objects', async () => {
    await build();
    await fakeNode(path.join(project, 'node_modules/node/bin/node'), 'own');
    const done = run(path.join(project, 'forge'));
    const flags = '--min-semi-space-size=4 --max-semi-space-size=4';
    assert.equal(done.stdout, `own ${flags} ${project}/dist/cli.cjs status a b\n`);
  });

  it('follows symlinks, relative and absolute, one after the other', async () => {
    await build();
    await fakeNode(path.join(project, 'node_modules/node/bin/node'), 'own');
    await mkdir(path.join(base, 'bin'));
    await symlink('../a project/forge', path.join(base, 'bin/one'));
    await symlink(path.join(base, 'bin/one'), path.join(base, 'bin/forge'));
    const done = spawnSync('forge', ['log'], {
      encoding: 'utf8',
      env: { PATH: `${base}/bin:/usr/bin:/bin` },
    });
    assert.match(done.stdout, /^own .*\/a project\/dist\/cli.cjs log\n$/);
  });

  it('falls back on the Node on the path, also when started as `sh forge`', async () => {
    await build();
    await fakeNode(path.join(base, 'nodes/node'), 'other');
    assert.match(run(path.join(project, 'forge'), { path: `${base}/nodes:/usr/bin:/bin` }).stdout, /^other /);
    const done = spawnSync('sh', ['forge', 'log'], {
      encoding: 'utf8',
      cwd: project,
      env: { PATH: `${base}/nodes:/usr/bin:/bin` },
    });
    assert.equal(done.stdout, 'other ./dist/cli.cjs log\n');
  });

  it('says what to do when nothing was built, or no Node is there', async () => {
    const unbuilt = run(path.join(project, 'forge'));
    assert.equal(unbuilt.status, 1);
    assert.match(unbuilt.stderr, /npm run build/);
    await build();
    await mkdir(path.join(base, 'empty'));
    const nodeless = run(path.join(project, 'forge'), { path: path.join(base, 'empty') });
    assert.equal(nodeless.status, 1);
    assert.match(nodeless.stderr, /Node 22.15/);
  });
});
