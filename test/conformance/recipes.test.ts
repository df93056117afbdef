// Owns the tests that containers which compress inside are stored by their plain form, alike on every plane, and come back exactly.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import type { DataPlane } from '../../core/dataplane/dataPlane.ts';
import { RecipeCodec } from '../../core/dataplane/portable/recipeCodec.ts';
import { encodeManifest } from '../../core/model/manifest.ts';
import { containers, png, rows, zip } from '../support/containers.ts';
import { xorshift32 } from '../support/naiveCut.ts';
import { onEachPair, onEachPlane, planes } from '../support/planes.ts';
import { sameBytes } from '../support/sameBytes.ts';
import { type Asset, SegmentStore } from '../support/segmentStore.ts';
import { useWorkspace } from '../support/workspace.ts';

const REAL = join(import.meta.dirname, '../../../shared/data');

/** The first version of every real history that holds containers. */
function realContainers(): string[] {
  if (!existsSync(REAL)) return [];
  return readdirSync(REAL).flatMap((set) => {
    const folder = join(REAL, set, 'histories');
    if (!existsSync(folder)) return [];
    const named = readdirSync(folder).filter((name) => /\.(kra|png|glb|uasset)$/.test(name));
    return named.map((name) => join(folder, name, readdirSync(join(folder, name)).sort()[0]));
  });
}

onEachPair('containers', (writer, reader) => {
  const work = useWorkspace();

  async function comesBack(asset: Asset, expected: Buffer): Promise<void> {
    const path = join(work.folder, 'restored');
    const [result] = await work.store.restore(reader(), [{ path, asset, expect: 'any' }]);
    assert.equal(result.state, 'done', JSON.stringify(result));
    sameBytes(readFileSync(path), expected);
  }

  it('are stored inflated, and come back byte for byte', async () => {
    for (const [name, bytes] of Object.entries(containers())) {
      const asset = await work.store.ingestAsset(writer(), { path: work.write(name, bytes), recode: true });
      const manifest = work.store.manifestOf(asset.blake3);
      assert.ok(manifest?.recipe, `${name} has a recipe`);
      assert.equal(manifest.size, bytes.length);
      assert.ok(manifest.chunks.reduce((sum, { length }) => sum + length, 0) > 1.5 * bytes.length);
      await comesBack(asset, bytes);
    }
    assert.deepEqual(await work.store.check(reader()), []);
  });

  it('are small deltas of earlier versions after an edit, made by either plane', async () => {
    const pixels = rows(8, 40_000);
    let base: Uint32Array | undefined;
    let bases: ReturnType<SegmentStore['previousVersion']>['bases'] | undefined;
    for (let round = 0; round < 5; round++) {
      // In the first rows, and longer than before: everything behind moves.
      const edited = Buffer.concat([rows(round, 3 + 40 * round), pixels.subarray(1000)]);
      const bytes = zip({ 'a.txt': rows(round, 20), 'image.png': png(edited) });
      const plane = round % 2 ? reader() : writer();
      const file = { path: work.write('doc.kra', bytes), recode: true, ...(base && { base }) };
      const asset = await work.store.ingestAsset(plane, file, bases && { bases });
      if (round > 0)
        assert.ok(asset.storedBytes < bytes.length / 10, `${asset.storedBytes} of ${bytes.length}`);
      await comesBack(asset, bytes);
      ({ base, bases } = work.store.previousVersion(asset));
    }
  });

  it('are restored from real assets', async function () {
    const paths = realContainers();
    if (paths.length === 0) return this.skip();
    for (const path of paths) {
      const asset = await work.store.ingestAsset(writer(), { path, recode: true });
      await comesBack(asset, readFileSync(path));
    }
  });
});

onEachPlane('recoding', (plane) => {
  const work = useWorkspace();

  it('leaves what holds no streams as it would be without', async () => {
    for (const bytes of [xorshift32(3, 5_000_000), xorshift32(4, 900), rows(7, 30_000)]) {
      const path = work.write('file', bytes);
      const asset = await work.store.ingestAsset(plane(), { path, recode: true, longFormLog2: 18 });
      const manifest = work.store.manifestOf(asset.blake3);
      assert.equal(manifest?.recipe, undefined);
      assert.deepEqual(
        work.store.chunksOf(asset.blake3).map(({ rawLength }) => rawLength),
        plane().cut(bytes, 16),
      );
    }
  });

  it('is for assets alone: a text stays a text', async () => {
    const path = work.write('text', rows(1, 10));
    const { files } = await work.store.ingest(plane(), [{ path, rule: 'auto', recode: true }]);
    assert.equal(files[0].kind, 'text');
  });

  it('refuses a recipe that is damaged or of another asset, and leaves nothing behind', async () => {
    const [first, second] = [png(rows(1, 9000)), png(rows(2, 9000))];
    const one = await work.store.ingestAsset(plane(), { path: work.write('1', first), recode: true });
    const two = await work.store.ingestAsset(plane(), { path: work.write('2', second), recode: true });
    const { recipe = 0 } = work.store.manifestOf(one.blake3)!;
    for (const [asset, length] of [
      [one, recipe - 1],
      [one, recipe + 1],
      [one, 2 ** 32 - 1],
      [{ ...two, blake3: two.blake3, size: two.size + 1 }, recipe],
    ] as [Asset, number][]) {
      const path = join(work.folder, 'out');
      const [result] = await work.store.restore(plane(), [{ path, asset, recipe: length }]);
      assert.ok(result.state === 'failed' && result.code === 'CORRUPT', JSON.stringify(result));
      assert.ok(!existsSync(path) && !existsSync(`${path}.part`));
    }
  });
});

describe('plain forms of every plane', () => {
  const work = useWorkspace();
  let made: DataPlane[] = [];
  let stores = 0;
  before(() => void (made = planes.map(({ create }) => create())));
  after(() => Promise.all(made.map((plane) => plane.close())));

  /** Manifest bytes of a file, as each plane stores it. */
  async function manifests(bytes: Buffer): Promise<string[]> {
    const path = work.write('file', bytes);
    const all: string[] = [];
    for (const plane of made) {
      const store = new SegmentStore(join(work.folder, `store${stores++}`));
      const asset = await store.ingestAsset(plane, { path, recode: true, longFormLog2: 18 });
      const manifest = store.manifestOf(asset.blake3);
      all.push(manifest ? encodeManifest(manifest).toString('hex') : asset.blake3);
    }
    return all;
  }

  it('are the same', async () => {
    for (const bytes of Object.values(containers())) assert.equal(new Set(await manifests(bytes)).size, 1);
    assert.equal(new Set(await manifests(png(rows(1, 300_000)))).size, 1);
  });

  it('are the same for any mixture', async function () {
    this.timeout(120_000);
    const part = fc.oneof(
      fc.uint8Array({ maxLength: 3000 }).map((bytes) => Buffer.from(bytes)),
      fc
        .tuple(fc.nat(50), fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 0, max: 9 }))
        .map(([seed, count, level]) => png(rows(seed, count), { level, part: 1 + 100 * seed })),
      fc
        .tuple(fc.nat(50), fc.integer({ min: 1, max: 2000 }))
        .map(([seed, count]) => zip({ a: rows(seed, count), b: png(rows(seed, 50)) })),
    );
    const damage = fc.option(fc.nat(), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 4 }), damage, async (parts, at) => {
        const bytes = Buffer.concat(parts);
        if (at !== undefined && bytes.length > 0) bytes[at % bytes.length] ^= 1;
        if (bytes.length > 0) assert.equal(new Set(await manifests(bytes)).size, 1);
      }),
      { numRuns: 25 },
    );
  });
});

describe('the recipe codec', () => {
  it('gives nothing for a file that cannot be read', () => {
    const codec = new RecipeCodec();
    assert.equal(
      codec.expand(1000, () => false),
      undefined,
    );
    const bytes = png(rows(1, 5000));
    assert.ok(codec.expand(bytes.length, (into) => bytes.copy(into) > 0)?.recipe);
  });

  it('passes on what its hooks throw, and works on', () => {
    const codec = new RecipeCodec();
    const bytes = png(rows(1, 5000));
    const form = codec.expand(bytes.length, (into) => bytes.copy(into) > 0)!;
    const all = Buffer.from(form.bytes);
    const border = all.length - form.recipe;
    const recipe = all.subarray(border);
    const stop = new Error('stop');
    const read = (): number => {
      throw stop;
    };
    assert.throws(() => codec.rebuild(recipe, { read, write: () => undefined }), stop);
    const parts: Buffer[] = [];
    let at = 0;
    codec.rebuild(recipe, {
      read: (into) => {
        const count = all.copy(into, 0, at, Math.min(at + 1000, border));
        at += count;
        return count;
      },
      write: (part) => void parts.push(Buffer.from(part)),
    });
    sameBytes(Buffer.concat(parts), bytes);
  });
});
