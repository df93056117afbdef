// Tests `verify` where the index is outdated and records are damaged at once: the index that is made anew numbers segments otherwise, and what
// was found before must not be looked up by its numbers.
import assert from 'node:assert/strict';
import { copyFileSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { DataPlane } from '../../../core/dataplane/dataPlane.ts';
import { decodeEntries, recordHeaderLength, RecordType } from '../../../core/model/record.ts';
import { initRepository } from '../../../core/repo/initialize.ts';
import { Repository } from '../../../core/repo/repository.ts';
import type { VerifyProblem } from '../../../core/repo/types.ts';
import { rows } from '../../support/containers.ts';
import { portablePlane, testDeps } from '../../support/repositories.ts';
import { tempFolder } from '../../support/tempFolder.ts';

/** Of another segment each: all that a rebuilt index may number before the one that it knows now. */
const OTHERS = 6;

describe('verify with an outdated index and a damaged record', () => {
  let plane: DataPlane;
  before(() => {
    plane = portablePlane();
  });
  after(() => plane.close());

  const open = (root: string): Promise<Repository> =>
    Repository.open(
      root,
      testDeps(() => plane),
    );

  /** A repository with one file in one sealed segment. */
  async function sealed(path: string, bytes: Buffer): Promise<{ root: string; segment: string }> {
    const root = await tempFolder();
    await initRepository(root, { unreal: false, launcher: '/forge' });
    const repository = await open(root);
    writeFileSync(join(root, path), bytes);
    await repository.commit({ message: path, paths: [] });
    await repository.close();
    const folder = join(root, '.forge/store');
    const [name] = readdirSync(folder);
    const { path: segment } = await plane.sealSegment(join(folder, name));
    // The next writer learns of the new name.
    const again = await open(root);
    writeFileSync(join(root, 'note.txt'), 'text');
    await again.commit({ message: 'note', paths: [] });
    await again.close();
    return { root, segment };
  }

  /** Flips a bit of a chunk's payload. A sealed segment's footer goes on saying that the record is there. */
  async function damage(segment: string): Promise<void> {
    const { entries } = await plane.scanSegment(segment, { from: 0, footer: true, payloads: false });
    const record = decodeEntries(entries).find(({ type }) => type === RecordType.chunk);
    assert.ok(record);
    const bytes = readFileSync(segment);
    bytes[record.offset + recordHeaderLength(record) + (record.storedLength >> 1)] ^= 4;
    writeFileSync(segment, bytes);
  }

  async function verify(root: string): Promise<{ ok: boolean; problems: VerifyProblem[] }> {
    const repository = await open(root);
    try {
      return await repository.verify({ full: true });
    } finally {
      await repository.close();
    }
  }

  const told = (problems: VerifyProblem[]): string[] =>
    problems.flatMap(({ files }) => files.map(({ path }) => path));

  it('names the file whose record is damaged, whatever number its segment had', async () => {
    const { root, segment } = await sealed('a.bin', Buffer.concat([Buffer.alloc(1), rows(5, 2500)]));
    await damage(segment);
    rmSync(join(root, 'a.bin'));
    for (let i = 0; i < OTHERS; i++) {
      const other = await sealed('b.bin', Buffer.concat([Buffer.alloc(1), rows(10 + i, 2500)]));
      copyFileSync(other.segment, join(root, '.forge/store', basename(other.segment)));
    }
    // Under a name that comes last.
    renameSync(segment, join(root, '.forge/store', `${'f'.repeat(64)}.seg`));
    const { ok, problems } = await verify(root);
    assert.equal(ok, false, JSON.stringify(problems));
    assert.ok(problems.some(({ kind }) => kind === 'index'));
    assert.deepEqual(told(problems), ['a.bin']);
    // The index is in order now; the damage is still there.
    const again = await verify(root);
    assert.deepEqual([again.ok, told(again.problems)], [false, ['a.bin']]);
  });

  it('names the damage in a segment that the index did not know', async () => {
    const { root, segment } = await sealed('a.bin', Buffer.concat([Buffer.alloc(1), rows(5, 2500)]));
    const text = Buffer.concat([Buffer.alloc(1), rows(77, 2500)]);
    const other = await sealed('b.bin', text);
    // Its record of this content is the only one: what this repository stored itself is gone.
    const repository = await open(root);
    writeFileSync(join(root, 'b.bin'), text);
    await repository.commit({ message: 'b', paths: [] });
    await repository.close();
    for (const name of ['a.bin', 'b.bin']) rmSync(join(root, name));
    for (const name of readdirSync(join(root, '.forge/store')))
      if (name.startsWith('open-')) rmSync(join(root, '.forge/store', name));
    await damage(other.segment);
    copyFileSync(other.segment, join(root, '.forge/store', basename(other.segment)));
    renameSync(segment, join(root, '.forge/store', `${'f'.repeat(64)}.seg`));
    const { ok, problems } = await verify(root);
    assert.equal(ok, false, JSON.stringify(problems));
    assert.deepEqual(told(problems), ['b.bin']);
  });

  it('accuses nothing of what an outdated index alone made look damaged, and is content then', async () => {
    const { root, segment } = await sealed('a.bin', Buffer.concat([Buffer.alloc(1), rows(5, 2500)]));
    renameSync(segment, join(root, '.forge/store', `${'f'.repeat(64)}.seg`));
    const { ok, problems } = await verify(root);
    assert.deepEqual(
      problems.map(({ kind, repaired }) => [kind, repaired]),
      [['index', true]],
    );
    assert.equal(ok, true);
    assert.deepEqual((await verify(root)).problems, []);
  });
});
