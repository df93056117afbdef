// Owns the composition root of the language server: reads the process and the machine, and hands core what it needs.
import { availableParallelism, homedir, hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { choosePlane } from '../core/dataplane/choosePlane.ts';
import type { DataPlane } from '../core/dataplane/dataPlane.ts';
import type { OperationOptions } from '../core/progress.ts';
import type { RepositoryDeps } from '../core/repo/context.ts';
import { environmentOf } from '../core/repo/machine.ts';
import { initRepository } from '../core/repo/initialize.ts';
import { Repository } from '../core/repo/repository.ts';
import type { InitResult } from '../core/repo/types.ts';
import { cloneRepository, type CloneResult } from '../core/sync/clone.ts';
import { Thumbnails } from './thumbnails/thumbnails.ts';

/** One data plane serves all repositories of the process. */
let plane: Promise<DataPlane> | undefined;

/** Loads what every repository needs, so that it is there when one is opened; a failure shows then. */
export function prepare(): void {
  sharedPlane().catch(() => undefined);
}

/** Opens the repository that a folder lies in. @throws ForgeError as Repository.open does */
export async function openRepository(folder: string): Promise<Repository> {
  return Repository.open(folder, await repositoryDeps());
}

/** Copies a repository from another folder. @throws ForgeError as cloneRepository does */
export async function cloneFolder(
  source: string,
  target: string,
  operation: OperationOptions,
): Promise<CloneResult> {
  return cloneRepository(source, target, await repositoryDeps(), operation);
}

async function repositoryDeps(): Promise<RepositoryDeps> {
  const shared = await sharedPlane();
  return {
    plane: () => shared,
    environment: await environmentOf({
      variables: process.env,
      home: homedir(),
      hostName: hostname(),
      userName: userInfo().username,
      processId: process.pid,
      cores: availableParallelism(),
    }),
    clock: () => ({ time: Date.now(), offset: -new Date().getTimezoneOffset() }),
    lock: { wait: true },
  };
}

/** Makes a folder a repository, with ready rules where an Unreal project is. @throws ForgeError as initRepository does */
export function initialiseRepository(folder: string): Promise<InitResult> {
  return initRepository(folder, {
    unreal: true,
    launcher: fileURLToPath(new URL('../forge', import.meta.url)),
  });
}

/** Where the translations lie. */
export const TEXTS = fileURLToPath(new URL('../l10n', import.meta.url));

/** Thumbnails of all repositories, kept in the user's cache folder. */
export function createThumbnails(): Thumbnails {
  return new Thumbnails({
    workerScript: new URL('thumbnailWorker.mjs', import.meta.url),
    wasm: new URL('picture.wasm', import.meta.url),
    folder: join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'forge', 'thumbnails'),
  });
}

function sharedPlane(): Promise<DataPlane> {
  return (plane ??= createPlane());
}

async function createPlane(): Promise<DataPlane> {
  const chosen = await choosePlane(process.env.FORGE_PLANE, {
    nativeFolder: fileURLToPath(new URL('../native', import.meta.url)),
    requireFrom: fileURLToPath(import.meta.url),
    workerScript: new URL('portableWorker.mjs', import.meta.url),
  });
  return chosen.create();
}
