// Owns the tests on real assets with real histories, where they are at hand (../shared/data).
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { IngestedFile } from '../../core/dataplane/dataPlane.ts';
import { planes } from '../support/planes.ts';
import { SegmentStore } from '../support/segmentStore.ts';
import { tempFolder } from '../support/tempFolder.ts';

const DATA = fileURLToPath(new URL('../../../shared/data', import.meta.url));

describe('real data', () => {
  if (!existsSync(DATA)) {
    it('../shared/data is not there');
    return;
  }
  const files = readdirSync(DATA, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const results: { name: string; store: SegmentStore; files: IngestedFile[] }[] = [];

  before(async () => {
    for (const { name, create } of planes) {
      const plane = create();
      const store = new SegmentStore(join(await tempFolder(), 'store'));
      const ingested = await store.ingest(
        plane,
        files.map((path) => ({ path })),
      );
      results.push({ name, store, files: ingested.files });
      await plane.close();
    }
  });

  it('has the names that b3sum prints', function () {
    if (spawnSync('b3sum', ['--version']).status !== 0) this.skip();
    const printed = execFileSync('b3sum', ['--no-names', ...files], { encoding: 'utf8' }).split('\n');
    for (const { name, files: ingested } of results) {
      for (const [i, path] of files.entries()) {
        const file = ingested[i];
        if (statSync(path).size === 0) assert.equal(file.kind, 'text');
        else assert.equal(file.kind === 'asset' && file.blake3, printed[i], `${name}: ${path}`);
      }
    }
  });

  it('is cut alike by all planes', () => {
    const lists = results.map(({ store, files: ingested }) =>
      ingested.map((file) =>
        file.kind === 'asset' ? store.chunksOf(file.blake3).map(({ id }) => id.toString('hex')) : [],
      ),
    );
    for (const list of lists.slice(1)) assert.deepEqual(list, lists[0]);
    assert.ok(lists[0].flat().length >= files.length / 2);
  });

  it('comes back from what one plane wrote, read by another', async () => {
    const out = await tempFolder();
    for (const { name: writer, store, files: ingested } of results) {
      for (const { name: reader, create } of planes) {
        if (reader === writer && planes.length > 1) continue;
        const plane = create();
        const plans = ingested.flatMap((asset, i) =>
          asset.kind === 'asset' ? [{ path: join(out, `${i}`), asset, expect: 'any' as const }] : [],
        );
        const restored = await store.restore(plane, plans);
        const failures = restored.filter(({ state }) => state !== 'done');
        assert.deepEqual(failures, [], `${writer} wrote, ${reader} reads`);
        await plane.close();
      }
    }
    files.forEach((path, i) => {
      if (results[0].files[i].kind !== 'asset') return;
      assert.ok(readFileSync(join(out, `${i}`)).equals(readFileSync(path)), path);
    });
  });
});
