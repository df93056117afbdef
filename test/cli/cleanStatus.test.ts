// A clean `forge status` is answered without Node; whatever it says must be what the command line says.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, chmod, mkdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Sandbox } from '../support/forgeCommand.ts';
import { tempFolder } from '../support/tempFolder.ts';

const ROOT = join(import.meta.dirname, '../..');
const QUICK = join(ROOT, 'native/forge-clean-status');
/** Stands for the command line: says that it was asked. */
const ASKED = 'the command line was asked';

describe('quick clean status', function () {
  let root: string;
  let sandbox: Sandbox;

  before(function () {
    if (existsSync(QUICK)) return;
    console.log('      skipped: the native program is not built');
    this.skip();
  });

  beforeEach(async () => {
    sandbox = await Sandbox.withRepository();
    root = sandbox.folder;
    await mkdir(join(root, 'Content/Empty'), { recursive: true });
    await writeFile(join(root, '.gitignore'), 'Saved/\n*.log\n');
    await writeFile(join(root, 'Content/hero.bin'), Buffer.from([0, 1, 2]));
    await writeFile(join(root, 'notes.txt'), 'text\n');
    sandbox.forge('commit', '-m', 'first');
    await mkdir(join(root, 'Saved'));
    await writeFile(join(root, 'Saved/auto.bin'), 'x');
    sandbox.forge('status');
  });

  function quick(folder = root, environment: NodeJS.ProcessEnv = {}): string {
    return execFileSync(QUICK, ['/bin/echo', ASKED, 'status'], {
      cwd: folder,
      encoding: 'utf8',
      env: {
        ...process.env,
        FORGE_PLANE: undefined,
        FORCE_COLOR: undefined,
        NO_COLOR: undefined,
        ...environment,
      },
    });
  }

  it('says what the command line says', () => {
    const said = quick();
    assert.equal(said, sandbox.forge('status', '.'));
    assert.match(said, /clean/);
    assert.equal(quick(join(root, 'Content')), said);
  });

  const changes: [string, () => Promise<unknown>][] = [
    ['an edited asset', () => appendFile(join(root, 'Content/hero.bin'), 'x')],
    ['a touched file', () => utimes(join(root, 'notes.txt'), 1, 1)],
    ['a missing file', () => rm(join(root, 'notes.txt'))],
    ['a new file', () => writeFile(join(root, 'Content/Empty/new.bin'), 'x')],
    ['a new ignored file', () => writeFile(join(root, 'new.log'), 'x')],
    ['an executable bit', () => chmod(join(root, 'notes.txt'), 0o755)],
    [
      'a link in place of a file',
      async () => {
        await rm(join(root, 'notes.txt'));
        await symlink('Content/hero.bin', join(root, 'notes.txt'));
      },
    ],
    ['other rules', () => writeFile(join(root, '.forge/git/info/exclude'), 'x\n')],
    ['an unfinished operation', () => writeFile(join(root, '.forge/transaction.json'), '{}')],
    [
      'a commit made meanwhile',
      () => Promise.resolve(sandbox.forge('commit', '--allow-empty', '-m', 'second')),
    ],
    [
      'a staged change',
      async () => {
        await appendFile(join(root, 'notes.txt'), 'x');
        sandbox.forge('add', 'notes.txt');
      },
    ],
    ['a damaged index', () => appendFile(join(root, '.forge/git/index'), 'x')],
    ['a newer repository', () => writeFile(join(root, '.forge/config.json'), '{"format": 2, "git": "git"}')],
    ['another branch', () => Promise.resolve(sandbox.forge('switch', '-c', 'ünusual'))],
  ];
  for (const [what, change] of changes) {
    it(`leaves ${what} to the command line`, async () => {
      await change();
      assert.equal(quick(), `${ASKED} status\n`);
    });
  }

  it('leaves a forced plane and other folders to the command line', async () => {
    assert.equal(quick(root, { FORGE_PLANE: 'portable' }), `${ASKED} status\n`);
    assert.equal(quick(await tempFolder()), `${ASKED} status\n`);
  });
});
