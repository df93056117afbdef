// Tests that taking back a discard brings files back and stages none of them.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { initRepository } from '../../../core/repo/initialize.ts';
import { Repository } from '../../../core/repo/repository.ts';
import { testDeps } from '../../support/repositories.ts';
import { tempFolder } from '../../support/tempFolder.ts';

describe('undo of a discard', () => {
  it('leaves staged what was staged, and the rest as it was', async () => {
    const root = await tempFolder();
    await initRepository(root, { unreal: false, launcher: '/forge' });
    const repository = await Repository.open(root, testDeps());
    await repository.setConfig('user.name', 'Mira');
    await repository.setConfig('user.email', 'mira@example.org');
    const put = (name: string, text: string) => writeFile(join(root, name), `${text}\0`);
    const rows = async () =>
      (await repository.status({})).changes.map(({ path, state, staged }) => [path, state, staged]);
    await put('hero.bin', 'one');
    await put('rock.bin', 'one');
    await repository.commit({ message: 'one', paths: [] });
    await put('hero.bin', 'two');
    await put('rock.bin', 'two');
    await put('new.bin', 'two');
    await repository.add(['hero.bin'], {});
    const before = await rows();
    assert.equal(before.filter(([, , staged]) => staged).length, 1);
    await repository.discard(['rock.bin', 'new.bin'], {});
    assert.equal((await rows()).length, 1);
    await repository.undo({});
    assert.deepEqual(await rows(), before);
    await repository.close();
  });
});
