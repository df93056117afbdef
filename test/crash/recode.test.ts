// A collection of garbage that recodes large assets is killed: at its changes of the file system, at its calls of the data plane and changes of
// the index, and at random moments. Every version comes back by what is there, also by an index that is made anew, and the next collection
// finishes the work. FORGE_TEST_EVERY_STEP kills at every one of them, and 200 times at random.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DataPlane } from '../../core/dataplane/dataPlane.ts';
import type { Pointer } from '../../core/model/pointer.ts';
import { ChunkStore } from '../../core/store/chunkStore.ts';
import { archive, MANY, SMALL_SIZES } from '../support/largeAssets.ts';
import { xorshift32 } from '../support/naiveCut.ts';
import { planes } from '../support/planes.ts';
import { sameBytes } from '../support/sameBytes.ts';
import { tempFolder } from '../support/tempFolder.ts';
import { ingestAll, readAll, StoreFixture } from '../unit/store/support.ts';

const HERE = import.meta.dirname;
const IS_SOAK = process.env.FORGE_TEST_EVERY_STEP !== undefined;
const KILLS = IS_SOAK ? 200 : 2;
/** Kills in a row of one store, before a collection is let through. */
const MOST_IN_A_ROW = 4;
/** A collection with more moments than this has gone wrong. */
const MOST_STEPS = 600;

interface Version {
  pointer: Pointer;
  bytes: Buffer;
}

const native = planes.find(({ name }) => name === 'native');

describe('a collection that recodes large assets and is killed', function () {
  this.timeout(IS_SOAK ? 3_600_000 : 300_000);
  let plane: DataPlane;
  let prepared: string;
  let versions: Version[];
  let groups: Pointer[][];

  before(async function () {
    if (!native) return this.skip();
    plane = native.create();
    const fixture = await StoreFixture.create(plane);
    const store = await fixture.open(SMALL_SIZES);
    versions = [];
    const imported = async (name: string, bytes: Buffer, previous?: Pointer): Promise<Pointer> => {
      const file = { ...(await fixture.write(name, bytes)), size: MANY, ...(previous && { previous }) };
      const [pointer] = await ingestAll(store, [file]);
      versions.push({ pointer, bytes });
      return pointer;
    };
    // Long enough for a list that is packed against another. What is recoded; what is not, with a list that needs one of those; and what is lost.
    const tail = xorshift32(3, 700_000);
    const first = await imported('a.zip', Buffer.concat([archive(1), tail]));
    const second = await imported('a.zip', Buffer.concat([archive(1, 2), tail]), first);
    const over = await imported('b.bin', Buffer.concat([tail, Buffer.from('end')]), second);
    const small = await imported('c.bin', xorshift32(4, 30_000));
    await imported('lost.bin', xorshift32(5, 200_000));
    versions.pop();
    groups = [[first, second], [over], [small]];
    await fixture.closeStores();
    prepared = fixture.root;
    writeFileSync(join(prepared, 'groups.json'), JSON.stringify(groups));
  });
  after(() => plane?.close());

  async function copyOf(root: string): Promise<string> {
    const copy = await tempFolder();
    cpSync(root, copy, { recursive: true, preserveTimestamps: true });
    return copy;
  }

  const open = (root: string, readOnly = false): Promise<ChunkStore> =>
    ChunkStore.open({ forgeFolder: join(root, '.forge'), plane, cores: 2, readOnly, ...SMALL_SIZES });

  /** Runs a collection; `kill` may end it. Returns whether that happened. */
  async function collect(
    root: string,
    environment: NodeJS.ProcessEnv,
    kill?: (child: ReturnType<typeof spawn>) => void,
  ): Promise<boolean> {
    const hook = pathToFileURL(join(HERE, 'killHook.ts')).href;
    const child = spawn(process.execPath, ['--import', hook, join(HERE, 'recodeChild.ts'), root], {
      env: { ...process.env, ...environment },
    });
    let stderr = '';
    child.stdout.once('data', () => kill?.(child));
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
    const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
      child.on('close', (...end) => resolve(end));
    });
    if (signal !== 'SIGKILL') assert.equal(code, 0, stderr);
    return signal === 'SIGKILL';
  }

  async function assertReads(store: ChunkStore, at: string): Promise<void> {
    for (const { pointer, bytes } of versions) {
      try {
        sameBytes(await readAll(store, pointer), bytes);
      } catch (error) {
        throw new Error(`killed at ${at}: ${String(error)}`, { cause: error });
      }
    }
  }

  async function assertSound(store: ChunkStore, at: string): Promise<void> {
    const pointers = versions.map(({ pointer }) => pointer);
    const check = await store.verify({ full: true });
    const bad: unknown[] = [...check.problems, ...check.badPlaces.values()];
    for await (const touched of store.assetsTouched(check, pointers)) bad.push(touched);
    for await (const touched of store.badForms(pointers, {})) bad.push(touched);
    assert.deepEqual(bad, [], `killed at ${at}`);
  }

  /** What a kill left is read as it is, then with an index made anew if asked for; then the work is finished, and done. */
  async function check(root: string, at: string, losesDatabase: boolean): Promise<void> {
    const reader = await open(root, true);
    await assertReads(reader, at);
    await reader.close();
    if (losesDatabase) rmSync(join(root, '.forge/db'), { recursive: true });
    const store = await open(root);
    await store.settle();
    await assertSound(store, at);
    const live = { count: versions.length, groups: () => groups };
    await store.collect(live, {});
    await assertReads(store, at);
    await assertSound(store, at);
    // A database made anew has both lists of an asset, which takes a collection more to settle.
    if (losesDatabase) await store.collect(live, {});
    const last = await store.collect(live, {});
    assert.deepEqual([last.droppedChunks, last.repackedBytes], [0, 0], `killed at ${at}`);
    assert.equal(readdirSync(join(root, '.forge/store')).length, last.segments, `killed at ${at}`);
    for (const pointer of groups[0])
      assert.ok((await store.chunksOf(pointer))?.isParts, `not recoded after a kill at ${at}`);
    await store.close();
    rmSync(root, { recursive: true });
  }

  for (const [what, variable, stride] of [
    ['a change of the file system', 'FORGE_TEST_KILL_AT', 5],
    ['a call of the data plane or a change of the index', 'FORGE_TEST_MOMENT', 13],
  ] as const) {
    it(`loses nothing at ${what}`, async () => {
      let kills = 0;
      for (let step = 1, isKilled = true; isKilled; step += IS_SOAK ? 1 : stride) {
        assert.ok(step < MOST_STEPS);
        const root = await copyOf(prepared);
        isKilled = await collect(root, { [variable]: String(step) });
        if (isKilled) kills++;
        await check(root, `${variable} ${step}`, kills % 2 === 0);
      }
      assert.ok(kills > 1, `${kills} kills`);
      if (IS_SOAK) console.log(`      ${kills} kills`);
    });
  }

  it('loses nothing at random moments, several times in a row', async () => {
    const seen = { killed: 0, done: 0, stores: 0 };
    // Finds by itself how long a collection takes here.
    let latest = 400;
    while (seen.killed < KILLS) {
      assert.ok(seen.done < 4 * KILLS, `only ${seen.killed} collections were killed before they were done`);
      const root = await copyOf(prepared);
      const times = 1 + Math.floor(MOST_IN_A_ROW * Math.random());
      for (let i = 0; i < times; i++) {
        let timer: NodeJS.Timeout | undefined;
        const isKilled = await collect(root, {}, (child) => {
          timer = setTimeout(() => child.kill('SIGKILL'), latest * Math.random());
        });
        clearTimeout(timer);
        if (isKilled) seen.killed++;
        else seen.done++;
        latest *= isKilled ? 1.1 : 0.8;
        const reader = await open(root, true);
        await assertReads(reader, `a random moment, ${i + 1} of ${times} in a row`);
        await reader.close();
      }
      await check(root, 'a random moment', ++seen.stores % 2 === 0);
    }
    if (IS_SOAK) console.log(`      ${JSON.stringify(seen)}`);
  });
});
