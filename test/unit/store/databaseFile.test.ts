// Tests that a database LMDB must not be given is recognised: opening one would end the process.
import assert from 'node:assert/strict';
import { copyFile, mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { encodeEntry } from '../../../core/model/record.ts';
import { databaseState } from '../../../core/store/databaseFile.ts';
import { LmdbChunkIndex } from '../../../core/store/lmdbChunkIndex.ts';
import { tempFolder } from '../../support/tempFolder.ts';

const PAGE = 4096;

describe('databaseState', () => {
  let root: string;
  let folder: string;
  let sound: Buffer;

  before(async () => {
    root = await tempFolder();
    folder = join(root, 'db');
    const index = await LmdbChunkIndex.create(folder);
    // Enough for branch pages and a list of free pages.
    for (let run = 0; run < 4; run++) {
      const entries = Buffer.alloc(52 * 1500);
      let at = 0;
      for (let i = 0; i < 1500; i++) {
        const id = Buffer.alloc(32);
        for (let word = 0; word < 8; word++)
          id.writeUInt32LE(Math.imul(run * 1500 + i + 1, 40503 + word) >>> 0, 4 * word);
        const entry = {
          id,
          type: 1,
          codec: 1,
          depth: 0,
          rawLength: 1,
          storedLength: 1,
          offset: 64,
          bases: [],
        } as const;
        at = encodeEntry({ ...entry, bases: [] }, entries, at);
      }
      index.apply({
        segments: [{ number: 1, name: 'a', uuid: 'b', length: 1e6, state: 'open' }],
        entries: [{ segment: 1, entries }],
      });
    }
    index.complete();
    await index.close();
    sound = await readFile(join(folder, 'data.mdb'));
  });

  async function stateOf(bytes: Buffer): Promise<string> {
    const copy = join(root, 'copy');
    await mkdir(copy, { recursive: true });
    await writeFile(join(copy, 'data.mdb'), bytes);
    return databaseState(copy);
  }

  it('tells a sound database from none', async () => {
    assert.equal(databaseState(folder), 'sound');
    assert.equal(databaseState(join(root, 'nowhere')), 'absent');
    assert.equal(await stateOf(Buffer.alloc(0)), 'absent');
  });

  it('recognises a file that lost its end', async () => {
    for (const pages of [0.01, 1, 2, 3, Math.floor(sound.length / PAGE / 2)]) {
      assert.equal(await stateOf(sound.subarray(0, pages * PAGE)), 'damaged', `${pages} pages`);
    }
  });

  it('recognises a file of something else', async () => {
    assert.equal(await stateOf(Buffer.alloc(9000, 7)), 'damaged');
    assert.equal(await stateOf(Buffer.alloc(sound.length)), 'damaged');
  });

  it('recognises pages that were overwritten', async () => {
    let found = 0;
    for (let page = 0; page < sound.length / PAGE; page++) {
      const bytes = Buffer.from(sound);
      bytes.fill(0xa5, page * PAGE, (page + 1) * PAGE);
      if ((await stateOf(bytes)) === 'damaged') found++;
    }
    // Pages that are free may hold anything.
    assert.ok(found > sound.length / PAGE / 4, `${found} of ${sound.length / PAGE}`);
  });

  it('lets nothing through on which a lookup fails', async () => {
    const copy = join(root, 'flipped');
    await mkdir(copy, { recursive: true });
    const heads = fc.record({
      page: fc.integer({ min: 0, max: sound.length / PAGE - 1 }),
      at: fc.integer({ min: 0, max: 63 }),
      value: fc.integer({ min: 0, max: 255 }),
    });
    await fc.assert(
      fc.asyncProperty(heads, async ({ page, at, value }) => {
        const bytes = Buffer.from(sound);
        bytes[page * PAGE + at] = value;
        await copyFile(join(folder, 'lock.mdb'), join(copy, 'lock.mdb'));
        await writeFile(join(copy, 'data.mdb'), bytes);
        if (databaseState(copy) !== 'sound') return;
        const index = await LmdbChunkIndex.open(copy, { readOnly: false });
        if (!index) return;
        index.isKnown(Buffer.alloc(32 * 10, 3));
        await index.close();
      }),
      { numRuns: 150 },
    );
  });

  it('is sound after the database was truncated and made anew', async () => {
    const other = join(await tempFolder(), 'db');
    await (await LmdbChunkIndex.create(other)).close();
    assert.equal(databaseState(other), 'sound');
    await truncate(join(other, 'data.mdb'), PAGE);
    assert.equal(databaseState(other), 'damaged');
  });
});
