// Tests that restoring any one version reads at most four times its size from segments: on real histories where they are at hand, and on
// made ones that shrink, grow and move; after commits and after a collection of garbage (of the real ones in `npm run soak -- reads`).
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findHistories } from '../../bench/histories.ts';
import type { DataPlane } from '../../core/dataplane/dataPlane.ts';
import type { Pointer } from '../../core/model/pointer.ts';
import { initRepository } from '../../core/repo/initialize.ts';
import { Repository } from '../../core/repo/repository.ts';
import { png, rows } from '../support/containers.ts';
import { xorshift32 } from '../support/naiveCut.ts';
import { onEachPlane, planes } from '../support/planes.ts';
import { readCosts } from '../support/readCost.ts';
import { testDeps } from '../support/repositories.ts';
import { tempFolder } from '../support/tempFolder.ts';
import { blake3Of } from '../unit/store/support.ts';

const FOLDERS = ['media', 'unreal'].map((name) =>
  fileURLToPath(new URL(`../../../shared/data/${name}/histories`, import.meta.url)),
);
const TIMES = 4;
/** Collecting real histories packs 66 MB at the highest level, several times over. */
const IS_LONG = process.env.FORGE_TEST_EVERY_STEP !== undefined;
/** Below this size the headers of records, 56 bytes and 32 for each base, weigh as much as what is in them: they are not counted then. */
const SMALL = 1024;

/** Stripes of a made picture, and how often it is painted over: so often that chains reach their end. */
const STRIPES = 40;
const PAINTINGS = 14;

type Version = Pointer & { name: string };

/** Calls `save` for each save of the histories, and returns what was stored. */
async function store(
  repository: Repository,
  saves: number,
  save: (number: number) => Iterable<string>,
): Promise<Version[]> {
  const versions: Version[] = [];
  for (let number = 0; number < saves; number++) {
    for (const name of save(number)) {
      const bytes = readFileSync(join(repository.root, name));
      const blake3 = (await blake3Of(bytes)).toString('hex');
      versions.push({ name: `version ${number + 1} of ${name}`, blake3, size: bytes.length });
    }
    await repository.commit({ message: `${number}`, paths: [] });
  }
  return versions;
}

/** Returns the greatest cost in multiples of a version's size. */
async function assertBounded(root: string, plane: DataPlane, versions: Version[]): Promise<number> {
  const costs = await readCosts(root, plane, versions);
  let most = 0;
  for (const [i, { name, size }] of versions.entries()) {
    const { payload, headers, records } = costs[i];
    const read = size < SMALL ? payload : payload + headers;
    most = Math.max(most, read / size);
    assert.ok(
      read <= TIMES * size,
      `${name}, ${size} bytes, reads ${payload} + ${headers} bytes in ${records} records`,
    );
  }
  return most;
}

async function newRepository(plane: DataPlane): Promise<Repository> {
  const root = await tempFolder();
  await initRepository(root, { unreal: false, launcher: '/forge' });
  return Repository.open(
    root,
    testDeps(() => plane),
  );
}

describe('what restoring a version of a real history reads', () => {
  const { create } = planes.at(-1)!;
  const plane = create();
  after(() => plane.close());

  it(`is at most ${TIMES} times its size`, async function () {
    if (!FOLDERS.every((folder) => existsSync(folder))) return this.skip();
    this.timeout(IS_LONG ? 1_800_000 : 300_000);
    const histories = await findHistories(FOLDERS);
    const repository = await newRepository(plane);
    const saves = Math.max(...histories.map(({ versions }) => versions.length));
    const versions = await store(repository, saves, function* (number) {
      for (const { name, versions: files } of histories) {
        if (number >= files.length) continue;
        copyFileSync(files[number], join(repository.root, name));
        yield name;
      }
    });
    const most = await assertBounded(repository.root, plane, versions);
    console.log(`      ${versions.length} versions read at most ${most.toFixed(2)} times their size`);
    if (IS_LONG) {
      await repository.collectGarbage({ retention: 0 });
      const packed = await assertBounded(repository.root, plane, versions);
      console.log(`      after gc at most ${packed.toFixed(2)} times`);
    }
    await repository.close();
  });
});

onEachPlane('what restoring a made version reads', (plane) => {
  it(`is at most ${TIMES} times its size when files shrink, grow and move`, async function () {
    this.timeout(120_000);
    const repository = await newRepository(plane());
    const long = xorshift32(5, 300_000);
    const text = Buffer.concat([Buffer.alloc(1), rows(2, 12_000)]);
    const sizes = [
      300_000, 1_400, 290_000, 40_000, 3_000, 300_000, 2_000, 70_000, 1_100, 180_000, 1_050, 9_000,
    ];
    const versions = await store(repository, sizes.length, function* (number) {
      const size = sizes[number];
      const start = (number * 7_001) % 50_000;
      // Much smaller than what they inflate to: the bound counts the file.
      const pixels = Buffer.concat([rows(number % 4, 40 + (number % 3) * 60), rows(9, 300)]);
      const files: Record<string, Buffer> = {
        'small.png': png(pixels, { level: 9 }),
        'large.png': png(Buffer.concat([rows(number, 20), rows(6, 9_000)])),
        'noise.bin': Buffer.concat([Buffer.from(`${number}\0`), long.subarray(0, size)]),
        'moved.bin': Buffer.concat([long.subarray(start, start + size), Buffer.from(`${number}`)]),
        'text.bin': Buffer.concat([text.subarray(0, size), Buffer.from(`end ${number}`)]),
      };
      for (const [name, bytes] of Object.entries(files)) {
        writeFileSync(join(repository.root, name), bytes);
        yield name;
      }
    });
    await assertBounded(repository.root, plane(), versions);
    await repository.collectGarbage({ retention: 0 });
    await assertBounded(repository.root, plane(), versions);
    await repository.close();
  });

  it(`is at most ${TIMES} times its size when a picture that packs well is half painted over again and again`, async function () {
    this.timeout(300_000);
    const repository = await newRepository(plane());
    // Of some 66 KB, a tenth of its plain form: of that, three times as much might be read for each chunk.
    const seeds = Array.from({ length: STRIPES }, (_, i) => i);
    const versions = await store(repository, PAINTINGS, function* (number) {
      for (let i = 0; i < seeds.length; i++)
        if ((i * 7 + number * 3) % 10 < 5) seeds[i] = STRIPES * (number + 1) + i;
      const pixels = Buffer.concat(seeds.map(stripe));
      writeFileSync(join(repository.root, 'a.png'), png(pixels, { level: 9, part: 2 ** 20 }));
      yield 'a.png';
    });
    await assertBounded(repository.root, plane(), versions);
    await repository.close();
  });
});

/** Random bytes, each many times. */
function stripe(seed: number): Buffer {
  const noise = xorshift32(seed + 1, 800);
  const out = Buffer.alloc(800 * 20);
  for (let i = 0; i < 800; i++) out.fill(noise[i], 20 * i, 20 * i + 20);
  return out;
}
