// Owns what failures of LMDB are to their callers: typed errors that name the folder and say what to do.
import { constants } from 'node:os';
import { ForgeError, fromSystemError } from '../errors.ts';

export function openFailure(error: unknown, folder: string): ForgeError {
  if (error instanceof ForgeError) return error;
  const code = systemCode(error);
  if (code) return fromSystemError(Object.assign(new Error(String(error)), { code }), folder, 'opening');
  return new ForgeError(
    'CORRUPT',
    `The database ${folder} cannot be opened: ${error instanceof Error ? error.message : String(error)}`,
    'Run `forge verify`, which makes it anew from the segments.',
    { path: folder, cause: error },
  );
}

export function writeFailure(error: unknown, folder: string): ForgeError {
  const code = systemCode(error);
  return fromSystemError(code ? Object.assign(new Error(String(error)), { code }) : error, folder, 'writing');
}

/** LMDB hands system errors on as their numbers, Node as their names. */
function systemCode(error: unknown): string | undefined {
  const number = (error as { code?: unknown } | undefined)?.code;
  if (typeof number === 'string' && Object.hasOwn(constants.errno, number)) return number;
  if (typeof number !== 'number' || number <= 0) return undefined;
  return Object.entries(constants.errno).find(([, value]) => value === number)?.[0];
}
