// Owns a process that stores files and kills itself at a given moment; crash.test.ts starts it.
import { kill, pid } from 'node:process';
import type { DataPlane } from '../../../core/dataplane/dataPlane.ts';
import type { WritableChunkIndex } from '../../../core/store/chunkIndex.ts';
import { LmdbChunkIndex } from '../../../core/store/lmdbChunkIndex.ts';
import { ChunkStore } from '../../../core/store/chunkStore.ts';
import { newPlane } from './support.ts';

const [moment, forgeFolder, ...paths] = process.argv.slice(2);

function die(): Promise<never> {
  kill(pid, 'SIGKILL');
  return new Promise(() => undefined);
}

/** The plane, with death at a step of it. */
function mortal(plane: DataPlane): DataPlane {
  const ingest = plane.ingest.bind(plane);
  const seal = plane.sealSegment.bind(plane);
  plane.ingest = async (request, hooks) => {
    const result = await ingest(request, {
      ...hooks,
      onProgress: ({ bytes }) => {
        if (moment === 'while-storing' && bytes > 0) void die();
      },
      isKnown: (ids) => {
        if (moment === 'at-first-question') void die();
        return hooks.isKnown(ids);
      },
    });
    return moment === 'before-index' ? die() : result;
  };
  plane.sealSegment = async (path) => {
    if (moment === 'before-sealing') return die();
    const sealed = await seal(path);
    return moment === 'after-sealing' ? die() : sealed;
  };
  return plane;
}

const { prototype } = LmdbChunkIndex;
const index: Pick<WritableChunkIndex, 'apply'> = { apply: Reflect.get(prototype, 'apply') };
prototype.apply = function (change) {
  index.apply.call(this, change);
  if (moment === 'after-index' && change.entries) void die();
};

const store = await ChunkStore.open({
  forgeFolder,
  plane: mortal(newPlane()),
  cores: 2,
  segmentTarget: 300_000,
});
if (moment === 'while-rebuilding') {
  LmdbChunkIndex.prototype.complete = () => void die();
  await store.rebuild();
}
const files = paths.map((path) => ({ path, size: 10_000_000, rule: 'asset' as const }));
const results = store.ingest(files);
while (!(await results.next()).done) if (moment === 'after-batch') await die();
await store.close();
process.exit(0);
