// Owns how far back operations are kept whole: `.forge/horizon.json`, which a collection of garbage moves forward.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ForgeError, fromSystemError } from '../errors.ts';
import type { RepositoryContext } from './context.ts';
import { writeDurably } from './durableFile.ts';
import type { LoggedOperation } from './operationLog.ts';

/** The oldest operation that is kept whole. Assets that only older ones name may be gone from the store. */
interface Horizon {
  version: 1;
  operation: string;
}

/** Every operation whose assets are kept, newest first. */
export async function* keptOperations(context: RepositoryContext): AsyncGenerator<LoggedOperation> {
  const horizon = await readHorizon(context);
  for await (const operation of context.operations.entries()) {
    yield operation;
    if (operation.id === horizon) return;
  }
}

/** @throws ForgeError EXPIRED for an operation that is older than the kept ones */
export async function refuseExpired(context: RepositoryContext, id: string): Promise<void> {
  const horizon = await readHorizon(context);
  if (horizon === undefined) return;
  for await (const operation of context.operations.entries()) {
    if (operation.id === id) return;
    if (operation.id !== horizon) continue;
    throw new ForgeError(
      'EXPIRED',
      `Operation ${id.slice(0, 10)} is older than what \`forge gc\` keeps for undo; the content it needs may be gone`,
      'Go back to a commit with `forge restore --from` instead. `forge config gc.retention` says for how many days operations are kept.',
    );
  }
}

/** From now on operations before `operation` are not kept. Durable when it resolves. */
export async function moveHorizon(context: RepositoryContext, operation: string): Promise<void> {
  const horizon: Horizon = { version: 1, operation };
  await writeDurably(pathOf(context), `${JSON.stringify(horizon)}\n`);
}

/** Undefined while every operation is kept. @throws ForgeError CORRUPT, FORMAT_TOO_NEW */
export async function readHorizon(context: RepositoryContext): Promise<string | undefined> {
  const path = pathOf(context);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw fromSystemError(error, path, 'reading');
  }
  let horizon: Partial<Horizon>;
  try {
    horizon = JSON.parse(text) as Partial<Horizon>;
  } catch (error) {
    throw damaged(path, error);
  }
  if ((horizon.version ?? 0) > 1)
    throw new ForgeError('FORMAT_TOO_NEW', `${path} was written by a newer Forge`, 'Update Forge.', { path });
  if (typeof horizon.operation !== 'string') throw damaged(path, undefined);
  return horizon.operation;
}

function pathOf({ folders }: RepositoryContext): string {
  return join(folders.forge, 'horizon.json');
}

function damaged(path: string, cause: unknown): ForgeError {
  return new ForgeError(
    'CORRUPT',
    `${path} does not say which operations are kept`,
    'Remove this file: then all are taken as kept, and `forge verify` names what is gone.',
    { path, cause },
  );
}
