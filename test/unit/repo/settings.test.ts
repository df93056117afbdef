import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Repository } from '../../../core/repo/repository.ts';
import { Settings } from '../../../core/repo/settings.ts';
import { makeRepository, testDeps } from '../../support/repositories.ts';
import { tempFolder } from '../../support/tempFolder.ts';

describe('settings', () => {
  it('keeps what was set', async () => {
    const folder = await tempFolder();
    await (await Settings.create(folder, 'git')).set('user.name', 'Zoë');
    const settings = await Settings.load(folder);
    assert.equal(settings.get('user.name'), 'Zoë');
    assert.equal(settings.git, 'git');
  });

  it('keeps what another process set meanwhile', async () => {
    const folder = await tempFolder();
    const one = await Settings.create(folder, 'git');
    const other = await Settings.load(folder);
    await other.set('user.name', 'Zoë');
    await one.set('user.email', 'z@example.org');
    assert.deepEqual((await Settings.load(folder)).list(), {
      'user.name': 'Zoë',
      'user.email': 'z@example.org',
    });
  });

  it('refuses a newer format and leaves it alone', async () => {
    const folder = await tempFolder();
    const text = '{"format":2,"git":"git","settings":{},"more":1}';
    await writeFile(join(folder, 'config.json'), text);
    await assert.rejects(Settings.load(folder), { code: 'FORMAT_TOO_NEW' });
    assert.equal(await readFile(join(folder, 'config.json'), 'utf8'), text);
  });

  it('says what is wrong with a damaged file', async () => {
    const folder = await tempFolder();
    await writeFile(join(folder, 'config.json'), '{"format":1');
    await assert.rejects(Settings.load(folder), { code: 'CORRUPT' });
  });

  it('refuses settings it does not know and values that mean nothing', async () => {
    const settings = await Settings.create(await tempFolder(), 'git');
    await assert.rejects(settings.set('user.nmae', 'x'), { code: 'USAGE' });
    await assert.rejects(settings.set('asset.threshold', '1 MB'), { code: 'USAGE' });
    await assert.rejects(settings.unset('user.name'), { code: 'NOT_FOUND' });
  });

  it('are those of another process, in a repository that is open', async () => {
    const repository = await makeRepository();
    const other = await Repository.open(repository.root, testDeps());
    try {
      await writeFile(join(repository.root, 'long.txt'), 'x'.repeat(2_000));
      const tracker = repository.trackStatus();
      const kinds = async (): Promise<string[]> =>
        (await tracker.lookAt([''])).changes.map(({ kind }) => kind);
      assert.deepEqual(await kinds(), ['text']);
      await other.setConfig('asset.threshold', '1000');
      assert.deepEqual(await kinds(), ['asset']);
      await other.setConfig('user.name', 'Zoë');
      const { assets, commit } = await repository.commit({ message: 'long', paths: [] });
      assert.equal(assets, 1);
      assert.equal((await repository.show(commit)).author.name, 'Ada', 'the environment goes before');
      assert.equal(repository.getConfig('user.name'), 'Zoë');
    } finally {
      await other.close();
      await repository.close();
    }
  });

  it('end the work of an open repository once its format is a newer one', async () => {
    const repository = await makeRepository();
    try {
      await writeFile(join(repository.root, 'a.bin'), '\0');
      const path = join(repository.root, '.forge', 'config.json');
      await writeFile(path, (await readFile(path, 'utf8')).replace('"format": 1', '"format": 2'));
      await assert.rejects(repository.add(['a.bin'], {}), { code: 'FORMAT_TOO_NEW' });
      await assert.rejects(repository.trackStatus().look(), { code: 'FORMAT_TOO_NEW' });
    } finally {
      await repository.close();
    }
  });
});
