// Tests which data plane is taken, with and without the native module.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { choosePlane, type PlanePlaces } from '../../../core/dataplane/choosePlane.ts';
import { platformName } from '../../../core/dataplane/native.ts';
import { tempFolder } from '../../support/tempFolder.ts';

describe('core/dataplane/choosePlane', () => {
  /** Places without a native module, or with a file in its place. */
  async function places(module?: string): Promise<PlanePlaces> {
    const folder = await tempFolder();
    if (module !== undefined) await writeFile(join(folder, `forge-native.${platformName()}.node`), module);
    return {
      nativeFolder: folder,
      requireFrom: join(folder, 'x.js'),
      workerScript: new URL('file:///unused'),
    };
  }

  it('takes the portable plane when asked, without a word', async () => {
    const chosen = await choosePlane('portable', await places());
    assert.deepEqual(
      [chosen.name, chosen.fallback, chosen.create().name],
      ['portable', undefined, 'portable'],
    );
  });

  for (const wanted of [undefined, '']) {
    it(`falls back on it when told ${JSON.stringify(wanted)}, and says why and at what cost`, async () => {
      const chosen = await choosePlane(wanted, await places());
      assert.equal(chosen.name, 'portable');
      assert.match(chosen.fallback ?? '', /storing files takes.*npm run build.*Cannot find module/);
    });
  }

  it('says when the module is there and does not load', async () => {
    const chosen = await choosePlane(undefined, await places('not a library'));
    assert.match(chosen.fallback ?? '', /invalid ELF header|file too short|not a|dlopen/i);
  });

  it('fails when the native plane is a must', async () => {
    await assert.rejects(choosePlane('native', await places()), { code: 'UNSUPPORTED' });
  });

  it('refuses other words', async () => {
    await assert.rejects(choosePlane('quantum', await places()), {
      code: 'USAGE',
      message: /native and portable/,
    });
  });
});
