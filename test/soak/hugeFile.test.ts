// Tests files around 4 GiB, sparse so that they take little disk: stored and hashed alike by one worker and by many. For `npm run soak`.
import assert from 'node:assert/strict';
import { closeSync, ftruncateSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { planes } from '../support/planes.ts';
import { SegmentStore } from '../support/segmentStore.ts';
import { tempFolder } from '../support/tempFolder.ts';

const FOUR_GIB = 4 * 1024 ** 3;

describe('files around 4 GiB', function () {
  this.timeout(600_000);

  for (const size of [FOUR_GIB - 1, FOUR_GIB, FOUR_GIB + 1]) {
    it(`of ${size} bytes become the same records whatever the number of workers`, async () => {
      const { name, create } = planes[planes.length - 1];
      const plane = create();
      const folder = await tempFolder();
      const path = join(folder, 'file');
      const file = openSync(path, 'w');
      for (const offset of [12_345, FOUR_GIB / 2 - 3, FOUR_GIB - 9]) writeSync(file, 'a needle', offset);
      ftruncateSync(file, size);
      closeSync(file);
      const ingest = async (workers: number) => {
        const store = new SegmentStore(join(folder, `store ${workers}`));
        const { blake3, chunks, newBytes } = await store.ingestAsset(
          plane,
          { path, averageLog2: 18 },
          { workers },
        );
        return { blake3, chunks, newBytes };
      };
      const one = await ingest(1);
      assert.deepEqual(await ingest(4), one, name);
      const [hashed] = await plane.hashFiles([path]);
      assert.equal(hashed.state === 'done' && hashed.blake3, one.blake3);
      await plane.close();
      rmSync(path);
    });
  }
});
