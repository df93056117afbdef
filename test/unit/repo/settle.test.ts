// Tests that a segment which a killed writer left without telling the index is taken over by `verify`, and is no damage.
import assert from 'node:assert/strict';
import { readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Repository } from '../../../core/repo/repository.ts';
import { makeRepository, testDeps } from '../../support/repositories.ts';
import { tempFolder } from '../../support/tempFolder.ts';
import { blake3Of, noise, writeSegment } from '../store/support.ts';

describe('a segment that the index does not know', () => {
  for (const kind of ['open', 'packed']) {
    it(`is taken over when it is called ${kind}`, async () => {
      const repository = await makeRepository();
      await writeFile(join(repository.root, 'a.bin'), noise(20_000));
      await repository.commit({ message: 'a', paths: [] });
      const raw = noise(3000);
      const folder = await tempFolder();
      const name = await writeSegment(folder, [{ id: await blake3Of(raw), type: 1, raw }]);
      const store = join(repository.root, '.forge/store');
      await rename(join(folder, name), join(store, name.replace('open', kind)));
      for (const full of [false, true]) {
        const { ok, problems } = await repository.verify({ full });
        assert.deepEqual([ok, problems], [true, []]);
      }
      await repository.close();
      const again = await Repository.open(repository.root, testDeps());
      assert.equal((await again.stats()).chunks, 2);
      assert.equal((await readdir(store)).length, 2);
      await again.close();
    });
  }
});
