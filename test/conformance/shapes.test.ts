// Tests that files of hostile shapes come back byte for byte, whichever plane stored them and whichever reads; 100,000 of them with
// FORGE_TEST_SHAPES=100000 (`npm run soak -- shapes`).
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { initRepository } from '../../core/repo/initialize.ts';
import { Repository } from '../../core/repo/repository.ts';
import { hostileFile } from '../support/hostileFiles.ts';
import { onEachPair } from '../support/planes.ts';
import { testDeps } from '../support/repositories.ts';
import { sameBytes } from '../support/sameBytes.ts';
import { SegmentStore } from '../support/segmentStore.ts';
import { tempFolder } from '../support/tempFolder.ts';

const SOAKED = Number(process.env.FORGE_TEST_SHAPES ?? 0);
const FILES = SOAKED || 1500;
/** Of the everyday run; the soak has them all. */
const LARGEST = SOAKED ? undefined : 100_000;
const AVERAGES = [14, 15, 16, 17, 18, 19, 20];

function writeAll(root: string, from: number, to: number, shift: number): void {
  for (let n = from; n < to; n++) {
    const path = join(root, hostileFile(n, LARGEST).name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, hostileFile(n + shift, LARGEST).bytes);
  }
}

function assertAll(root: string, from: number, to: number, shift: number): void {
  for (let n = from; n < to; n++) {
    const read = readFileSync(join(root, hostileFile(n, LARGEST).name));
    const { bytes } = hostileFile(n + shift, LARGEST);
    if (!read.equals(bytes)) sameBytes(read, bytes);
  }
}

onEachPair('files of hostile shapes', (writer, reader) => {
  it(`come back, ${FILES} of them in two versions of ${FILES / 2} paths`, async function () {
    this.timeout(SOAKED ? 3_600_000 : 120_000);
    const root = await tempFolder();
    await initRepository(root, { unreal: false, launcher: '/forge' });
    writeFileSync(join(root, '.gitattributes'), '* forge\n.gitattributes -forge\n');
    const half = FILES / 2;
    let repository = await Repository.open(root, testDeps(writer));
    const commits: string[] = [];
    for (const shift of [0, half]) {
      writeAll(root, 0, half, shift);
      commits.push((await repository.commit({ message: `${shift}`, paths: [] })).commit);
    }
    await repository.close();
    repository = await Repository.open(root, testDeps(reader));
    // Back to the first version, over files that are there; then to the second, where nothing is.
    await repository.switch({ target: commits[0] });
    assertAll(root, 0, half, 0);
    for (let folder = 0; folder * 1000 < half; folder++)
      rmSync(join(root, `d${folder}`), { recursive: true });
    await repository.restore({ from: commits[1], paths: ['.'] });
    assertAll(root, 0, half, half);
    const { ok, problems, files } = await repository.verify({ full: true });
    assert.deepEqual([ok, problems], [true, []]);
    assert.ok(files >= FILES, `${files} versions were verified`);
    await repository.close();
    rmSync(root, { recursive: true });
  });

  it('come back cut with every average', async function () {
    this.timeout(SOAKED ? 3_600_000 : 120_000);
    for (const averageLog2 of AVERAGES) {
      const folder = await tempFolder();
      const store = new SegmentStore(join(folder, 'store'));
      const expected: Buffer[] = [];
      const average = 2 ** averageLog2;
      const lengths = [average / 4, average / 2, average, (average * 5) / 4, (average * 3) / 2, average * 3];
      for (const [i, length] of lengths.entries()) {
        for (const delta of [-1, 0, 1]) {
          const bytes = hostileBytes(i * 3 + delta + averageLog2, length + delta);
          writeFileSync(join(folder, `${expected.length}`), bytes);
          expected.push(bytes);
        }
      }
      const files = expected.map((_, i) => ({ path: join(folder, `${i}`), averageLog2 }));
      const { files: ingested } = await store.ingest(writer(), files);
      const assets = ingested.map((file) => {
        assert.equal(file.kind, 'asset');
        return file;
      });
      const restored = await store.restore(
        reader(),
        assets.map((asset, i) => ({ path: join(folder, `${i}.back`), asset })),
      );
      assert.ok(restored.every(({ state }) => state === 'done'));
      for (const [i, bytes] of expected.entries()) sameBytes(readFileSync(join(folder, `${i}.back`)), bytes);
      assert.deepEqual(await store.check(reader()), []);
      rmSync(folder, { recursive: true });
    }
  });
});

/** Noise, zeros, or a period, by number. */
function hostileBytes(n: number, length: number): Buffer {
  if (n % 3 === 0) return Buffer.alloc(length);
  const { bytes } = hostileFile(16 * n + 2, length);
  return n % 3 === 1 || bytes.length === 0
    ? Buffer.alloc(length, `period ${n}`)
    : Buffer.alloc(length, bytes);
}
