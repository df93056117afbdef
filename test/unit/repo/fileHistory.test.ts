// Tests the versions of one file: through renames and removals, with what each added to the store.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Repository } from '../../../core/repo/repository.ts';
import type { FileHistoryEntry } from '../../../core/repo/types.ts';
import { makeRepository } from '../../support/repositories.ts';

describe('the history of a file', () => {
  let repository: Repository;
  beforeEach(async () => (repository = await makeRepository()));
  afterEach(() => repository.close());

  const commit = (message: string) => repository.commit({ message, paths: [] });
  const at = (path: string): string => join(repository.root, path);
  async function historyOf(path: string): Promise<FileHistoryEntry[]> {
    const entries: FileHistoryEntry[] = [];
    for await (const entry of repository.fileHistory(path)) entries.push(entry);
    return entries;
  }

  it('tells what each version of an asset added', async () => {
    const bytes = randomBytes(3_000_000);
    await writeFile(at('a.bin'), bytes);
    const first = await commit('one');
    bytes.fill(7, 1_000_000, 1_000_100);
    await writeFile(at('a.bin'), bytes);
    await commit('two');
    const [second, oldest] = await historyOf('a.bin');
    assert.deepEqual([second.message, oldest.message], ['two', 'one']);
    assert.equal(second.version?.size, 3_000_000);
    assert.ok((oldest.addedBytes ?? 0) >= 3_000_000, `${oldest.addedBytes} bytes hold 3,000,000`);
    assert.ok((oldest.addedBytes ?? 0) <= first.storedBytes, `${oldest.addedBytes} of ${first.storedBytes}`);
    assert.ok((second.addedBytes ?? 0) > 100, 'an edit takes room');
    assert.ok((second.addedBytes ?? 0) < 300_000, `an edit of 100 bytes took ${second.addedBytes}`);
  });

  it('counts content that came back as nothing new next to itself, and texts not at all', async () => {
    await writeFile(at('a.bin'), Buffer.alloc(100, 0));
    await writeFile(at('a.txt'), 'text\n');
    await commit('one');
    const [asset] = await historyOf('a.bin');
    assert.ok((asset.addedBytes ?? 0) > 0);
    const [text] = await historyOf('a.txt');
    assert.equal(text.version?.kind, 'text');
    assert.equal(text.version?.size, 5);
    assert.equal(text.addedBytes, undefined);
  });

  it('follows renames and tells removals', async () => {
    await writeFile(at('old.bin'), randomBytes(5_000));
    await commit('made');
    await rename(at('old.bin'), at('new name ü.bin'));
    await commit('renamed');
    await rm(at('new name ü.bin'));
    await commit('removed');
    const entries = await historyOf('new name ü.bin');
    assert.deepEqual(
      entries.map(({ message, path, version }) => [message, path, version?.size]),
      [
        ['removed', 'new name ü.bin', undefined],
        ['renamed', 'new name ü.bin', 5_000],
        ['made', 'old.bin', 5_000],
      ],
    );
    assert.equal(entries[1].addedBytes, 0);
  });

  it('is empty where nothing was committed', async () => {
    assert.deepEqual(await historyOf('a.bin'), []);
  });
});
