// Owns the tests of the portable plane's threads: shared by calls, replaced when they die, ended on close.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PortablePlane } from '../../../core/dataplane/portable/portablePlane.ts';
import { WorkerPool } from '../../../core/dataplane/portable/workerPool.ts';
import { copyOfGolden, goldenRecords } from '../../support/goldenSegment.ts';
import { tempFolder } from '../../support/tempFolder.ts';

const WORKER = new URL('../../../core/dataplane/portable/worker.ts', import.meta.url);
const DYING = new URL('../../support/dyingWorker.ts', import.meta.url);
const SCAN = { from: 0, footer: false, payloads: false };

describe('worker pool', () => {
  it('serves more calls at once than there are threads', async () => {
    const plane = new PortablePlane({ workerScript: WORKER });
    const path = await copyOfGolden();
    const folder = join(path, '..', 'files');
    mkdirSync(folder);
    const files = Array.from({ length: 20 }, (_, i) => join(folder, `${i}`));
    for (const file of files) writeFileSync(file, file);
    const scans = Array.from({ length: 30 }, () => plane.scanSegment(path, SCAN));
    const hashes = Array.from({ length: 10 }, () => plane.hashFiles(files));
    const results = await Promise.all([...scans, ...hashes]);
    assert.ok(results.slice(0, 30).every((scan) => 'entries' in scan && scan.entries.length > 0));
    for (const hashed of results.slice(31)) assert.deepEqual(hashed, results[30]);
    await plane.close();
  });

  it('fails a call whose thread dies, and starts another one for the next', async () => {
    const pool = new WorkerPool(DYING);
    for (let i = 0; i < 6; i++) {
      const path = i % 2 ? 'exit' : 'throw';
      const call = pool.run([{ name: 'scan', path, ...SCAN }], 1);
      const message = i % 2 ? /its thread ended/ : /thrown in the thread/;
      await assert.rejects(call, { name: 'ForgeError', code: 'IO', message });
    }
    await pool.close();
  });

  it('fails when its script cannot be started', async () => {
    const plane = new PortablePlane({ workerScript: join(await tempFolder(), 'none.js') });
    await assert.rejects(plane.scanSegment('any', SCAN), { code: 'IO', message: /none\.js/ });
    await plane.close();
  });

  it('hands problems of single records over in the order of rows', async () => {
    const plane = new PortablePlane({ workerScript: WORKER });
    const records = { segments: ['/nowhere'], rows: Buffer.alloc(72 * goldenRecords.length) };
    const rows = Uint32Array.from([5, 1, 4, 0, 3]);
    const problems = await plane.check({ records, rows, workers: 2 });
    assert.deepEqual(
      problems.map(({ row }) => row),
      [0, 1, 3, 4, 5],
    );
    await plane.close();
  });
});
