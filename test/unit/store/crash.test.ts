// Tests that a writer killed at any step loses nothing that was committed and leaves a store that works without repair.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DataPlane } from '../../../core/dataplane/dataPlane.ts';
import type { Pointer } from '../../../core/model/pointer.ts';
import { ingestAll, newPlane, noise, readAll, StoreFixture } from './support.ts';

const WRITER = fileURLToPath(new URL('crashingWriter.ts', import.meta.url));
const MOMENTS = [
  'while-storing',
  'at-first-question',
  'before-index',
  'after-index',
  'before-sealing',
  'after-sealing',
  'after-batch',
  'while-rebuilding',
];

describe('a store whose writer was killed', function () {
  this.timeout(120_000);
  let plane: DataPlane;
  let fixture: StoreFixture;

  before(() => {
    plane = newPlane();
  });
  after(() => plane.close());
  beforeEach(async () => {
    fixture = await StoreFixture.create(plane);
  });
  afterEach(() => fixture.closeStores());

  async function crash(moment: string, names: string[]): Promise<void> {
    const paths = names.map((name) => join(fixture.root, name));
    const child = spawn(process.execPath, [WRITER, moment, fixture.forgeFolder, ...paths], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
    assert.deepEqual([code, signal], [null, 'SIGKILL']);
  }

  for (const moment of MOMENTS) {
    it(`${moment.replaceAll('-', ' ')}: has what was committed and takes what was not`, async () => {
      const committed = noise(250_000);
      const store = await fixture.open();
      const [pointer] = await ingestAll(store, [await fixture.write('committed', committed)]);
      await fixture.closeStores();
      const contents = [noise(400_000), noise(200_000), Buffer.alloc(2_000_000, 'text '), noise(90_000)];
      const files = [];
      for (const [i, bytes] of contents.entries()) files.push(await fixture.write(`f${i}`, bytes));
      await crash(moment, ['f0', 'f1', 'f2', 'f3']);

      const reader = await fixture.open({ readOnly: true });
      assert.deepEqual(await readAll(reader, pointer), committed);
      const writer = await fixture.open();
      const pointers: Pointer[] = await ingestAll(writer, files);
      assert.deepEqual(await readAll(writer, pointer), committed);
      for (const [i, bytes] of contents.entries())
        assert.deepEqual(await readAll(writer, pointers[i]), bytes);
      const check = await writer.verify({ full: true });
      assert.deepEqual([[...check.badPlaces.values()], check.problems], [[], []]);
    });
  }
});
