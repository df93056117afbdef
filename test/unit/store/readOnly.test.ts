// Tests reading a store in folders where nothing may be written.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { DataPlane } from '../../../core/dataplane/dataPlane.ts';
import type { Pointer } from '../../../core/model/pointer.ts';
import { sameBytes } from '../../support/sameBytes.ts';
import { ingestAll, newPlane, noise, StoreFixture } from './support.ts';

const READER = fileURLToPath(new URL('readOnlyReader.ts', import.meta.url));
/** The superuser may write anywhere, so the reader becomes somebody else. */
const NOBODY = '65534';

describe('a store that may only be read', () => {
  let plane: DataPlane;
  let fixture: StoreFixture;
  let pointer: Pointer;
  let bytes: Buffer;

  before(function () {
    if (process.platform === 'win32') this.skip();
    plane = newPlane();
  });
  after(() => plane?.close());
  beforeEach(async () => {
    fixture = await StoreFixture.create(plane);
    bytes = noise(200_000);
    const store = await fixture.open();
    [pointer] = await ingestAll(store, [await fixture.write('a', bytes)]);
    await fixture.closeStores();
  });
  afterEach(() => chmodAll(0o755, 0o644));

  async function chmodAll(folderMode: number, fileMode: number): Promise<void> {
    const folders = [fixture.storeFolder, fixture.databaseFolder];
    for (const folder of folders) {
      for (const name of await readdir(folder).catch(() => [])) await chmod(join(folder, name), fileMode);
      await chmod(folder, folderMode).catch(() => undefined);
    }
    await chmod(fixture.forgeFolder, folderMode);
    await chmod(fixture.root, 0o755);
  }

  async function read(): Promise<Buffer> {
    const user = process.getuid?.() === 0 ? NOBODY : '';
    const child = spawn(
      process.execPath,
      [READER, fixture.forgeFolder, pointer.blake3, String(pointer.size), user],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const [output, exit] = await Promise.all([buffer(child.stdout), once(child, 'exit')]);
    assert.deepEqual(exit, [0, null], 'the database was opened where there is one');
    return output;
  }

  it('is read through its database', async () => {
    await chmodAll(0o555, 0o444);
    sameBytes(await read(), bytes);
  });

  it('is read through its database without a lock file', async () => {
    await rm(join(fixture.databaseFolder, 'lock.mdb'));
    await chmodAll(0o555, 0o444);
    sameBytes(await read(), bytes);
    assert.deepEqual(await readdir(fixture.databaseFolder), ['data.mdb']);
  });

  it('is read by its segments when there is no database', async () => {
    await rm(fixture.databaseFolder, { recursive: true });
    await chmodAll(0o555, 0o444);
    sameBytes(await read(), bytes);
    assert.deepEqual((await readdir(fixture.forgeFolder)).sort(), ['similar', 'store']);
  });

  it('is read by its segments when the database may not be read', async () => {
    await chmodAll(0o555, 0o444);
    await chmod(fixture.databaseFolder, 0o000);
    sameBytes(await read(), bytes);
  });
});
