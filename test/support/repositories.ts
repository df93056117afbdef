// Owns repositories for tests: a fresh folder, the portable plane, a fixed author and a clock that moves a second a call.
import { PortablePlane } from '../../core/dataplane/portable/portablePlane.ts';
import type { DataPlane } from '../../core/dataplane/dataPlane.ts';
import type { RepositoryDeps } from '../../core/repo/context.ts';
import { initRepository } from '../../core/repo/initialize.ts';
import { Repository } from '../../core/repo/repository.ts';
import { tempFolder } from './tempFolder.ts';

const WORKER = new URL('../../core/dataplane/portable/worker.ts', import.meta.url);

export function portablePlane(): PortablePlane {
  return new PortablePlane({ workerScript: WORKER });
}

let shared: PortablePlane | undefined;
let seconds = 0;

/** The plane that repositories of one test process share; its idle workers do not keep the process alive. */
export function sharedPlane(): DataPlane {
  shared ??= portablePlane();
  return shared;
}

export function testDeps(plane: () => DataPlane = sharedPlane): RepositoryDeps {
  return {
    plane,
    environment: {
      author: { name: 'Ada', email: 'ada@example.org' },
      committer: { name: 'Ada', email: 'ada@example.org' },
      gitConfigFiles: [],
      hostName: 'test',
      userName: 'ada',
      processId: process.pid,
      cores: 2,
    },
    clock: () => ({ time: Date.UTC(2026, 0, 1) + 1000 * seconds++, offset: 60 }),
    lock: { wait: true },
  };
}

/** A new repository in a new folder, opened. */
export async function makeRepository(): Promise<Repository> {
  const root = await tempFolder();
  await initRepository(root, { unreal: false, launcher: '/forge' });
  return Repository.open(root, testDeps());
}
