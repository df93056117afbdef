// Owns the errors of reading Git objects: each names the object.
import { ForgeError } from '../errors.ts';

/** Objects are read whole; assets are not in Git objects, so a larger one is a foreign blob. */
export const MAX_OBJECT_SIZE = 256 * 1024 * 1024;

export function checkReadable(oid: string, size: number): void {
  if (size <= MAX_OBJECT_SIZE) return;
  throw new ForgeError(
    'UNSUPPORTED',
    `Git object ${oid} has ${size} bytes; Forge reads Git objects of up to ${MAX_OBJECT_SIZE}`,
    'Store this file as an asset: add a `forge` rule to .gitattributes and commit it again.',
  );
}

export function missingObject(oid: string, folder: string): ForgeError {
  return new ForgeError(
    'NOT_FOUND',
    `Git object ${oid} is missing from ${folder}`,
    'Run `git fsck`, and fetch the object from a clone. A partial clone is filled by `git fetch --refetch`.',
    { path: folder },
  );
}

export function corruptObject(oid: string, cause: unknown): ForgeError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new ForgeError(
    'CORRUPT',
    `Git object ${oid} is damaged: ${why}`,
    'Run `git fsck`, and restore the object from a clone.',
    { cause },
  );
}
