// Owns the tests of checkouts that take assets from a real chunk store.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodePointer, type Pointer } from '../../../core/model/pointer.ts';
import { ChunkStore } from '../../../core/store/chunkStore.ts';
import { applyCheckout, type CheckoutChange, type CheckoutResult } from '../../../core/worktree/checkout.ts';
import { sharedPlane } from '../../support/planes.ts';
import { tempFolder } from '../../support/tempFolder.ts';
import { MemoryBlobs, statOf } from '../../support/workTree.ts';

/** Bytes that look random and are always the same. */
function noise(size: number, seed: number): Buffer {
  const words = new Uint32Array(size / 4);
  let state = seed;
  for (let i = 0; i < words.length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    words[i] = state ^ (state >>> 15);
  }
  return Buffer.from(words.buffer);
}

class Fixture {
  readonly root: string;
  readonly forge: string;
  readonly blobs = new MemoryBlobs();
  readonly store: ChunkStore;

  private constructor(root: string, forge: string, store: ChunkStore) {
    this.root = root;
    this.forge = forge;
    this.store = store;
  }

  static async make(): Promise<Fixture> {
    const root = await tempFolder();
    const forge = join(root, '.forge');
    mkdirSync(forge);
    return new Fixture(
      root,
      forge,
      await ChunkStore.open({ forgeFolder: forge, plane: sharedPlane(), cores: 2 }),
    );
  }

  /** Stores contents and returns the pointers' blobs. */
  async ingest(contents: Buffer[]): Promise<string[]> {
    const folder = await tempFolder();
    const files = contents.map((content, i) => {
      const path = join(folder, String(i));
      writeFileSync(path, content);
      return { path, size: content.length, rule: 'asset' as const };
    });
    const pointers: Pointer[] = [];
    for await (const batch of this.store.ingest(files)) {
      for (const { index, result } of batch) {
        assert.ok(result.kind === 'asset');
        pointers[index] = { blake3: result.blake3, size: result.size };
      }
    }
    return pointers.map((pointer) => this.blobs.add(encodePointer(pointer)));
  }

  apply(changes: CheckoutChange[], signal?: AbortSignal): Promise<CheckoutResult> {
    return applyCheckout({
      root: this.root,
      temporaryFolder: join(this.forge, 'tmp'),
      objects: this.blobs,
      store: () => Promise.resolve(this.store),
      changes,
      signal,
    });
  }

  read(path: string): Buffer {
    return readFileSync(join(this.root, path));
  }
}

const FILE = 0o100644;

describe('applyCheckout from the chunk store', () => {
  it('goes from version to version, byte for byte', async () => {
    const tree = await Fixture.make();
    const one = noise(400_000, 1);
    const two = Buffer.concat([one.subarray(0, 200_000), Buffer.from('edit'), one.subarray(200_000)]);
    const tiny = noise(64, 3);
    const [oidOne, oidTwo, oidTiny] = await tree.ingest([one, two, tiny]);
    const first = await tree.apply([
      { path: 'a/big', after: { oid: oidOne, mode: FILE }, expect: 'absent' },
      { path: 'tiny', after: { oid: oidTiny, mode: 0o100755 }, expect: 'absent' },
    ]);
    assert.deepEqual([first.conflicts, first.failures, first.bytes], [[], [], 400_064]);
    assert.ok(tree.read('a/big').equals(one) && tree.read('tiny').equals(tiny));
    assert.equal(statSync(join(tree.root, 'tiny')).mode & 0o100, 0o100);
    const [{ stat }] = first.written;
    assert.deepEqual(stat, statOf(tree.root, 'a/big'));
    const second = await tree.apply([
      {
        path: 'a/big',
        before: { oid: oidOne, mode: FILE },
        after: { oid: oidTwo, mode: FILE },
        expect: stat,
      },
    ]);
    assert.deepEqual([second.conflicts, second.failures], [[], []]);
    assert.ok(tree.read('a/big').equals(two));
    assert.deepEqual(readdirSync(join(tree.forge, 'tmp')), []);
    await tree.store.close();
  });

  it('leaves unsaved work alone', async () => {
    const tree = await Fixture.make();
    const [oid] = await tree.ingest([noise(100_000, 4)]);
    writeFileSync(join(tree.root, 'new'), 'mine');
    const { conflicts, written } = await tree.apply([
      { path: 'new', after: { oid, mode: FILE }, expect: 'absent' },
    ]);
    assert.deepEqual([conflicts, written], [['new'], []]);
    assert.equal(tree.read('new').toString(), 'mine');
    await tree.store.close();
  });

  it('never puts damaged content under a name', async () => {
    const tree = await Fixture.make();
    const [whole, damaged] = await tree.ingest([noise(100_000, 5), noise(100_000, 6)]);
    const store = join(tree.forge, 'store');
    for (const name of readdirSync(store)) {
      const bytes = readFileSync(join(store, name));
      // A stretch of the second asset's stored bytes: noise is kept as it is.
      const at = bytes.indexOf(noise(100_000, 6).subarray(50_000, 50_064));
      if (at >= 0) writeFileSync(join(store, name), bytes.fill(0, at, at + 64));
    }
    writeFileSync(join(tree.root, 'b'), 'old');
    const result = await tree.apply([
      { path: 'a', after: { oid: damaged, mode: FILE }, expect: 'absent' },
      { path: 'b', after: { oid: damaged, mode: FILE }, expect: 'any' },
      { path: 'c', after: { oid: whole, mode: FILE }, expect: 'absent' },
    ]);
    assert.deepEqual(
      result.failures.map(({ path, error }) => [path, error.code]),
      [
        ['a', 'CORRUPT'],
        ['b', 'CORRUPT'],
      ],
    );
    for (const { path, error } of result.failures)
      assert.ok(error.message.includes(path) && error.remedy.includes('verify'));
    assert.deepEqual(readdirSync(tree.root).sort(), ['.forge', 'b', 'c']);
    assert.equal(tree.read('b').toString(), 'old');
    assert.ok(tree.read('c').equals(noise(100_000, 5)));
    await tree.store.close();
  });

  it('says so when the store lacks an asset, and when it is stopped', async () => {
    const tree = await Fixture.make();
    const missing = tree.blobs.add(encodePointer({ blake3: 'ab'.repeat(32), size: 10 }));
    const change: CheckoutChange = { path: 'a', after: { oid: missing, mode: FILE }, expect: 'absent' };
    assert.equal((await tree.apply([change])).failures[0].error.code, 'CORRUPT');
    assert.equal((await tree.apply([change], AbortSignal.abort())).failures[0].error.code, 'ABORTED');
    assert.deepEqual(readdirSync(tree.root), ['.forge']);
    await tree.store.close();
  });
});
