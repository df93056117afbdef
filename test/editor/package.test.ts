// Shows that the packed extension holds what it needs and nothing else, by installing that very file into a fresh workbench.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFile, readdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { nativeIsBuilt, Sandbox } from '../support/forgeCommand.ts';
import { tempFolder } from '../support/tempFolder.ts';
import { projectRoot } from './support/editorServer.ts';
import { skipWithoutWorkbench } from './support/useWorkbench.ts';
import { Workbench } from './support/workbench.ts';

describe('the packed extension', () => {
  let vsix: string;
  let listing: string;
  let sandbox: Sandbox;
  let workbench: Workbench | undefined;

  before(async function () {
    this.timeout(180_000);
    skipWithoutWorkbench(this);
    if (!nativeIsBuilt) {
      console.log('    skipped: the native data plane is not built here');
      this.skip();
    }
    const out = await tempFolder();
    const script = path.join(projectRoot, 'scripts/package.mjs');
    const done = spawnSync(process.execPath, [script, '--no-build', '--out', out], { encoding: 'utf8' });
    assert.equal(done.status, 0, done.stderr);
    vsix = path.join(out, (await readdir(out))[0]);
    sandbox = await Sandbox.withRepository();
    await writeFile(sandbox.path('notes.md'), 'One line\n');
    await writeFile(sandbox.path('noise.bin'), Buffer.alloc(5000, '\0x'));
    sandbox.forge('commit', '-q', '-m', 'Start');
    await appendFile(sandbox.path('noise.bin'), 'more');
    workbench = await Workbench.open(sandbox.folder, { vsix });
    const extensions = path.join(workbench.server.folder, 'extensions');
    const [installed] = (await readdir(extensions)).filter((name) => name.startsWith('forge.forge-'));
    listing = (await readdir(path.join(extensions, installed), { recursive: true })).join('\n');
  });
  after(() => workbench?.close());

  it('is named after its platform and has at most 15 MB', async () => {
    const { size } = await stat(vsix);
    console.log(`      ${path.basename(vsix)}: ${(size / 1e6).toFixed(1)} MB`);
    assert.match(path.basename(vsix), new RegExp(`-${process.platform}-${process.arch}\\.vsix$`));
    assert.ok(size <= 15_000_000);
  });

  it('holds its native modules', () => {
    assert.match(listing, /^native\/forge-native\..*\.node$/m);
    assert.match(listing, /^dist\/node_modules\/@lmdb\/.*\.node$/m);
    assert.match(listing, /^dist\/node_modules\/@parcel\/.*\.node$/m);
  });

  it('holds no sources, maps, tests or command line', () => {
    assert.doesNotMatch(listing, /\.(ts|map|rs)$|^(core|server|test|bench|scripts|node_modules)\b|cliMain/m);
  });

  it('opens a repository and shows its branch', async () => {
    await workbench!.statusBarItem('main').waitFor();
    await workbench!.screenshot('packed-extension');
  });

  it('commits from the panel, with what it brought along', async () => {
    const window = workbench!;
    await window.showPanel();
    await window.panelRow('noise.bin').waitFor();
    await window.commit('From the package');
    await window.panelRow('noise.bin').waitFor({ state: 'detached' });
    assert.match(sandbox.forge('log', '--oneline'), /From the package/);
    assert.match(sandbox.forge('verify', '--full'), /^ok/);
  });
});
