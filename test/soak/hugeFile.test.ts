// Tests files around 4 GiB, sparse so that they take little disk: stored and hashed alike by one worker and by many, and restored byte for
// byte by the other plane. For `npm run soak`.
import assert from 'node:assert/strict';
import { closeSync, ftruncateSync, openSync, readSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { onEachPair, planes } from '../support/planes.ts';
import { SegmentStore } from '../support/segmentStore.ts';
import { tempFolder } from '../support/tempFolder.ts';

const FOUR_GIB = 4 * 1024 ** 3;
const SIZES = [FOUR_GIB - 1, FOUR_GIB, FOUR_GIB + 1];
const BLOCK = 16 * 1024 ** 2;
const AVERAGE_LOG2 = 18;

/** Nothing but zeros and three needles, one across the middle. */
function makeFile(path: string, size: number): void {
  const file = openSync(path, 'w');
  for (const offset of [12_345, FOUR_GIB / 2 - 3, FOUR_GIB - 9]) writeSync(file, 'a needle', offset);
  ftruncateSync(file, size);
  closeSync(file);
}

function assertSameFiles(actual: string, expected: string): void {
  assert.equal(statSync(actual).size, statSync(expected).size);
  const files = [openSync(actual, 'r'), openSync(expected, 'r')];
  const blocks = [Buffer.alloc(BLOCK), Buffer.alloc(BLOCK)];
  for (let at = 0; ; at += BLOCK) {
    const [left, right] = files.map((file, i) =>
      blocks[i].subarray(0, readSync(file, blocks[i], 0, BLOCK, at)),
    );
    assert.ok(left.equals(right), `other bytes within ${BLOCK} from ${at}`);
    if (left.length === 0) break;
  }
  for (const file of files) closeSync(file);
}

describe('files around 4 GiB', function () {
  this.timeout(600_000);

  for (const size of SIZES) {
    it(`of ${size} bytes become the same records whatever the number of workers`, async () => {
      const { name, create } = planes[planes.length - 1];
      const plane = create();
      const folder = await tempFolder();
      const path = join(folder, 'file');
      makeFile(path, size);
      const ingest = async (workers: number) => {
        const store = new SegmentStore(join(folder, `store ${workers}`));
        const { blake3, chunks, newBytes } = await store.ingestAsset(
          plane,
          { path, averageLog2: AVERAGE_LOG2 },
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

onEachPair('files around 4 GiB', (writer, reader) => {
  for (const size of SIZES) {
    it(`of ${size} bytes come back byte for byte`, async function () {
      this.timeout(1_200_000);
      const folder = await tempFolder();
      const path = join(folder, 'file');
      makeFile(path, size);
      const store = new SegmentStore(join(folder, 'store'));
      const asset = await store.ingestAsset(writer(), { path, averageLog2: AVERAGE_LOG2 }, { workers: 2 });
      const [restored] = await store.restore(reader(), [{ path: join(folder, 'back'), asset }]);
      assert.equal(restored.state, 'done', JSON.stringify(restored));
      assertSameFiles(join(folder, 'back'), path);
      assert.deepEqual(await store.check(reader()), []);
      rmSync(folder, { recursive: true });
    });
  }
});
