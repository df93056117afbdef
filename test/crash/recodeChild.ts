// Owns what the child process of the recoding's crash tests does: one collection in a store, killed at its n-th moment (FORGE_TEST_MOMENT),
// if it has so many. Moments are before and after every call of the data plane and every change of the index, and while a call is under way.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DataPlane } from '../../core/dataplane/dataPlane.ts';
import type { Pointer } from '../../core/model/pointer.ts';
import { ChunkStore } from '../../core/store/chunkStore.ts';
import { LmdbChunkIndex } from '../../core/store/lmdbChunkIndex.ts';
import type { WritableChunkIndex } from '../../core/store/chunkIndex.ts';
import { planes } from '../support/planes.ts';
import { SMALL_SIZES } from '../support/largeAssets.ts';

let left = Number(process.env.FORGE_TEST_MOMENT ?? 0);

function moment(): void {
  if (left > 0 && --left === 0) process.kill(process.pid, 'SIGKILL');
}

async function around<T>(call: () => Promise<T>): Promise<T> {
  moment();
  const result = await call();
  moment();
  return result;
}

/** With moments around every call that may write or decides what is written, and while one stores. */
function watched(plane: DataPlane): DataPlane {
  const ingest = plane.ingest.bind(plane);
  const repack = plane.repack.bind(plane);
  const sealSegment = plane.sealSegment.bind(plane);
  const checkForms = plane.checkForms.bind(plane);
  plane.ingest = (request, hooks) => {
    const isKnown = (ids: Buffer): Uint8Array => {
      moment();
      return hooks.isKnown(ids);
    };
    return around(() => ingest(request, { ...hooks, isKnown }));
  };
  plane.repack = (request, hooks) => around(() => repack(request, hooks));
  plane.sealSegment = (path) => around(() => sealSegment(path));
  plane.checkForms = (request, hooks) => around(() => checkForms(request, hooks));
  return plane;
}

const { prototype } = LmdbChunkIndex;
const index: Pick<WritableChunkIndex, 'apply'> = { apply: Reflect.get(prototype, 'apply') };
prototype.apply = function (change) {
  moment();
  index.apply.call(this, change);
  moment();
};

const [, , root] = process.argv;
const groups = JSON.parse(readFileSync(join(root, 'groups.json'), 'utf8')) as Pointer[][];
const plane = watched(planes.find(({ name }) => name === 'native')!.create());
const store = await ChunkStore.open({ forgeFolder: join(root, '.forge'), plane, cores: 2, ...SMALL_SIZES });
process.stdout.write('ready\n');
const live = { count: groups.flat().length, groups: () => groups };
process.stdout.write(JSON.stringify(await store.collect(live, {})));
await store.close();
await plane.close();
