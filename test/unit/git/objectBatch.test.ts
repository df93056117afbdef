// Owns the tests of writing Git objects: that stock Git accepts them, and what a failure leaves.
import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { GitObjects } from '../../../core/git/gitObjects.ts';
import { loosePath } from '../../../core/git/looseObjects.ts';
import { ObjectBatch } from '../../../core/git/objectBatch.ts';
import { objectId } from '../../../core/git/objectId.ts';
import { encodeTree, FileMode } from '../../../core/git/trees.ts';
import { inflate, storeUncompressed } from '../../../core/git/zlibStream.ts';
import { git } from '../../support/stockGit.ts';
import { tempFolder } from '../../support/tempFolder.ts';
import { describeWithGit, forgeError, stockRepository } from './support.ts';

async function filesIn(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name);
}

async function emptyRepository(): Promise<{ gitDir: string; objects: GitObjects }> {
  const gitDir = await tempFolder();
  await mkdir(join(gitDir, 'objects'));
  return { gitDir, objects: new GitObjects(gitDir) };
}

/** Contents of every size that is treated differently. */
function contents(count: number): Buffer[] {
  return Array.from({ length: count }, (_, i) => Buffer.from(`content ${i} `.repeat(1 + ((i * 7) % 400))));
}

describe('zlib streams without compression', () => {
  it('inflate to what was stored, through zlib and without it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.uint8Array({ maxLength: 50 }), (data, rest) => {
        const stream = Buffer.concat([storeUncompressed(data), rest]);
        assert.deepEqual(inflate(stream, data.length), Buffer.from(data));
      }),
    );
  });
});

describe('object batch', () => {
  it('writes few objects as loose files that are read back', async () => {
    const { gitDir, objects } = await emptyRepository();
    const batch = new ObjectBatch(objects);
    const data = contents(64);
    const oids = data.map((one) => batch.add('blob', one));
    assert.equal(batch.count, 64);
    assert.ok(batch.pending(oids[0]));
    assert.equal(await objects.readMaybe(oids[0]), undefined);
    const { storedBytes } = await batch.flush();
    assert.equal(batch.storedBytes, storedBytes);
    assert.ok(storedBytes > 0);
    assert.equal(batch.count, 0);
    assert.ok(!batch.pending(oids[0]));
    for (const [i, oid] of oids.entries()) assert.deepEqual((await objects.read(oid)).data, data[i]);
    assert.equal((await filesIn(join(gitDir, 'objects'))).length, 64);
    const { mode } = await stat(loosePath(objects.folder, oids[0]));
    assert.equal(mode & 0o777, 0o444);
  });

  it('writes many objects as one pack', async () => {
    const { gitDir, objects } = await emptyRepository();
    const batch = new ObjectBatch(objects);
    const data = contents(1000);
    const oids = data.map((one) => batch.add('blob', one));
    await batch.ready();
    await batch.flush();
    for (const [i, oid] of oids.entries()) assert.deepEqual((await objects.read(oid)).data, data[i]);
    const files = await filesIn(join(gitDir, 'objects'));
    assert.deepEqual(files.map((file) => file.replace(/-.*\./, '.')).sort(), ['pack.idx', 'pack.pack']);
    for (const file of files)
      assert.equal((await stat(join(gitDir, 'objects/pack', file))).mode & 0o777, 0o444);
  });

  it('writes each object once, whether the batch, a pack or a file has it', async () => {
    const { objects } = await emptyRepository();
    const first = new ObjectBatch(objects);
    for (const one of contents(200)) first.add('blob', one);
    await first.flush();
    const second = new ObjectBatch(objects);
    const extra = second.add('blob', Buffer.from('extra'));
    await second.flush();
    const third = new ObjectBatch(objects);
    for (const one of contents(200)) assert.ok(objects.has(third.add('blob', one)));
    assert.equal(third.add('blob', Buffer.from('extra')), extra);
    assert.equal(third.count, 0);
    const young = third.add('blob', Buffer.from('young'));
    assert.equal(third.add('blob', Buffer.from('young')), young);
    assert.equal(third.count, 1);
    assert.equal(third.bytes, 5);
    assert.ok(third.has(extra) && third.has(young) && !third.has('1'.repeat(40)));
  });

  it('renews the time of what it need not write, so that git gc keeps it', async () => {
    const { objects } = await emptyRepository();
    const first = new ObjectBatch(objects);
    const oid = first.add('blob', Buffer.from('old'));
    await first.flush();
    const path = loosePath(objects.folder, oid);
    await utimes(path, 1000, 1000);
    new ObjectBatch(objects).add('blob', Buffer.from('old'));
    assert.ok((await stat(path)).mtimeMs > Date.now() - 60_000);
  });

  it('writes an object again that vanished after the folder was listed', async () => {
    const { objects } = await emptyRepository();
    const first = new ObjectBatch(objects);
    const data = Buffer.from('fleeting');
    const oid = first.add('blob', data);
    await first.flush();
    const second = new ObjectBatch(objects);
    assert.ok(second.has(oid));
    await rm(loosePath(objects.folder, oid));
    second.add('blob', data);
    assert.equal(second.count, 1);
  });

  it('holds few large objects in a pack rather than in memory', async () => {
    const { gitDir, objects } = await emptyRepository();
    const batch = new ObjectBatch(objects);
    for (let i = 0; i < 3; i++) batch.add('blob', Buffer.alloc(5_000_000, `${i}`));
    assert.ok(
      (await filesIn(join(gitDir, 'objects'))).some((file) => file.startsWith('tmp_pack_')) ||
        batch.count === 3,
    );
    await batch.flush();
    assert.ok((await filesIn(join(gitDir, 'objects'))).some((file) => file.endsWith('.idx')));
  });

  for (const [what, count, code] of [
    ['a pack', 100, 'NOT_FOUND'],
    ['loose files', 5, 'IO'],
  ] as const) {
    it(`leaves no temporary file behind when ${what} cannot be written`, async () => {
      const { gitDir, objects } = await emptyRepository();
      const batch = new ObjectBatch(objects);
      const data = contents(count);
      for (const one of data) batch.add('blob', one);
      // Takes the place of the folder or file to come.
      if (count > 64) {
        await rm(join(gitDir, 'objects/pack'), { recursive: true });
        await writeFile(join(gitDir, 'objects/pack'), '');
      } else await writeFile(join(gitDir, 'objects', objectId('blob', data[0]).slice(0, 2)), '');
      await assert.rejects(batch.flush(), forgeError(code));
      const left = (await filesIn(join(gitDir, 'objects'))).filter((file) => file.startsWith('tmp_'));
      assert.deepEqual(left, []);
    });
  }

  it('removes its temporary pack when it is given up', async () => {
    const { gitDir, objects } = await emptyRepository();
    const batch = new ObjectBatch(objects);
    for (const one of contents(100)) batch.add('blob', one);
    batch.discard();
    await assert.rejects(batch.flush(), forgeError('ABORTED'));
    assert.deepEqual(await filesIn(join(gitDir, 'objects')), []);
  });
});

describeWithGit('object batch and stock Git', () => {
  for (const count of [20, 5000]) {
    it(`writes ${count} blobs that stock Git checks and clones`, async () => {
      const root = await stockRepository();
      const objects = new GitObjects(join(root, '.git'));
      const batch = new ObjectBatch(objects);
      const entries = contents(count).map((data, i) => ({
        name: `file${i}`,
        mode: FileMode.file,
        oid: batch.add('blob', data),
      }));
      const big = Buffer.alloc(3_000_000, 'big text ');
      entries.push({ name: 'big', mode: FileMode.file, oid: batch.add('blob', big) });
      const tree = batch.add('tree', encodeTree(entries));
      await batch.flush();
      const commit = git(root, ['commit-tree', '-m', 'all', tree]).trim();
      git(root, ['update-ref', 'refs/heads/main', commit]);
      assert.equal(git(root, ['fsck', '--strict', '--full']), '');
      assert.equal(git(root, ['cat-file', '-p', `${commit}:big`]), big.toString());
      const clone = await tempFolder();
      git(root, ['clone', '-q', '--no-local', root, join(clone, 'c')]);
      assert.equal((await readdir(join(clone, 'c'))).length, count + 2);
      const packs = (await readdir(join(root, '.git/objects/pack'))).filter((file) => file.endsWith('.pack'));
      assert.equal(packs.length, count > 64 ? 1 : 0);
      for (const pack of packs) {
        const path = join(root, '.git/objects/pack', pack);
        git(root, ['verify-pack', path]);
        const name = git(root, ['index-pack', '--strict', '--stdin'], { input: await readFile(path) }).trim();
        assert.equal(name, `pack\t${pack.slice(5, -5)}`);
      }
    });
  }

  it('is not in the way of git gc', async () => {
    const root = await stockRepository();
    const objects = new GitObjects(join(root, '.git'));
    const batch = new ObjectBatch(objects);
    for (const data of contents(100)) batch.add('blob', data);
    const folder = join(root, '.git/objects/pack');
    const [temporary] = await readdir(folder);
    await utimes(join(folder, temporary), 1000, 1000);
    await chmod(join(folder, temporary), 0o644);
    batch.discard();
    await writeFile(join(folder, 'tmp_pack_left'), 'left by a crash');
    await utimes(join(folder, 'tmp_pack_left'), 1000, 1000);
    git(root, ['prune']);
    assert.deepEqual(await readdir(folder), []);
  });
});
