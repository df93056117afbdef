import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Settings } from '../../../core/repo/settings.ts';
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
});
