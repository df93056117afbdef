// Tests a user's own settings.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GlobalSettings } from '../../../core/repo/globalSettings.ts';
import { tempFolder } from '../../support/tempFolder.ts';

describe('core/repo/globalSettings', () => {
  it('sets, lists and unsets, and makes its folder', async () => {
    const path = join(await tempFolder(), 'a/b/config.json');
    const settings = new GlobalSettings(path);
    assert.deepEqual(await settings.list(), {});
    await settings.set('user.name', 'Mira');
    await settings.set('user.email', 'mira@example.com');
    assert.deepEqual(await new GlobalSettings(path).list(), {
      'user.name': 'Mira',
      'user.email': 'mira@example.com',
    });
    await settings.unset('user.name');
    assert.deepEqual(JSON.parse(await readFile(path, 'utf8')), { 'user.email': 'mira@example.com' });
    await assert.rejects(settings.unset('user.name'), { code: 'NOT_FOUND' });
  });

  it('refuses settings that mean nothing, and keeps its hands off a file it cannot read', async () => {
    const path = join(await tempFolder(), 'config.json');
    const settings = new GlobalSettings(path);
    await assert.rejects(settings.set('user.nmae', 'x'), { code: 'USAGE' });
    await writeFile(path, '{"user.name": "Mi');
    await assert.rejects(settings.set('user.name', 'x'), { code: 'CORRUPT' });
    assert.equal(await readFile(path, 'utf8'), '{"user.name": "Mi');
  });
});
