// Tests single versions of files: what is told of them, copies of them, and discarding what was not saved.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { INDEX_REVISION } from '../../../core/repo/fileContent.ts';
import type { Repository } from '../../../core/repo/repository.ts';
import { STAGED } from '../../../core/protocol/versionUri.ts';
import { makeRepository } from '../../support/repositories.ts';
import { sameBytes } from '../../support/sameBytes.ts';

describe('a version of a file', () => {
  let repository: Repository;
  beforeEach(async () => (repository = await makeRepository()));
  afterEach(() => repository.close());

  const at = (...names: string[]): string => join(repository.root, ...names);
  async function read(revision: string, path: string): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for await (const piece of repository.readFile(revision, path)) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  it('is told and read from a commit, from the index and from the working tree', async () => {
    await writeFile(at('a.txt'), 'one');
    await repository.commit({ message: 'one', paths: [] });
    await writeFile(at('a.txt'), 'staged');
    await repository.add(['a.txt'], {});
    await writeFile(at('a.txt'), 'in the making');
    assert.equal((await repository.describeFile('HEAD', 'a.txt'))?.size, 3);
    assert.equal((await repository.describeFile(INDEX_REVISION, 'a.txt'))?.size, 6);
    assert.deepEqual(await repository.describeFile(undefined, 'a.txt'), { kind: 'text', size: 13 });
    assert.equal(String(await read(INDEX_REVISION, 'a.txt')), 'staged');
    assert.equal(await repository.describeFile('HEAD', 'b.txt'), undefined);
    assert.equal(await repository.describeFile(INDEX_REVISION, 'b.txt'), undefined);
    await assert.rejects(read(INDEX_REVISION, 'b.txt'), { code: 'NOT_FOUND' });
  });

  it('names the index as the editor does', () => assert.equal(INDEX_REVISION, STAGED));

  it('is copied, checked, to a new name and to no other', async () => {
    const bytes = randomBytes(300_000);
    await writeFile(at('a.bin'), bytes);
    await repository.commit({ message: 'one', paths: [] });
    await writeFile(at('a.bin'), 'other\0');
    const target = at('copies', 'a ü.bin');
    assert.equal(await repository.copyFile({ revision: 'HEAD', path: 'a.bin' }, target, {}), 300_000);
    sameBytes(readFileSync(target), bytes);
    await assert.rejects(repository.copyFile({ revision: 'HEAD', path: 'a.bin' }, target, {}), {
      code: 'ALREADY_EXISTS',
      path: target,
    });
    assert.deepEqual(readdirSync(at('copies')), ['a ü.bin']);
  });

  it('is copied as text too', async () => {
    await writeFile(at('a.txt'), 'one\n');
    await repository.commit({ message: 'one', paths: [] });
    assert.equal(await repository.copyFile({ revision: 'HEAD', path: 'a.txt' }, at('b.txt'), {}), 4);
    assert.equal(readFileSync(at('b.txt'), 'utf8'), 'one\n');
  });

  it('comes back when changes are discarded, which undo takes back with untracked files', async () => {
    await writeFile(at('a.bin'), 'one\0');
    await writeFile(at('b.bin'), 'two\0');
    await repository.commit({ message: 'one', paths: [] });
    await writeFile(at('a.bin'), 'changed\0');
    await writeFile(at('b.bin'), 'stays changed\0');
    await writeFile(at('new.bin'), 'new\0');
    const { restored, removed, snapshotted } = await repository.discard(['a.bin', 'new.bin'], {});
    assert.deepEqual([restored, removed], [['a.bin'], ['new.bin']]);
    assert.deepEqual(snapshotted.toSorted(), ['a.bin', 'new.bin']);
    assert.equal(readFileSync(at('a.bin'), 'latin1'), 'one\0');
    assert.equal(readFileSync(at('b.bin'), 'latin1'), 'stays changed\0');
    assert.ok(!existsSync(at('new.bin')));
    const { undone } = await repository.undo({});
    assert.equal(undone.command, 'discard');
    assert.equal(readFileSync(at('a.bin'), 'latin1'), 'changed\0');
    assert.equal(readFileSync(at('new.bin'), 'latin1'), 'new\0');
  });

  it('is asked for by a name that is there', async () => {
    await assert.rejects(repository.discard(['nowhere'], {}), { code: 'NOT_FOUND', path: 'nowhere' });
  });
});
