// Owns looking up what a tree entry stands for: a text with its size, or an asset with its own.
import type { RepositoryContext } from './context.ts';
import { readPointer } from './staging.ts';
import type { FileVersion } from './types.ts';

/** Kind and logical size of a blob; links are texts. */
export async function versionOf(
  context: RepositoryContext,
  entry: { oid: string; mode: number },
): Promise<FileVersion> {
  const { oid, mode } = entry;
  const pointer = isFile(mode) ? await readPointer(context, oid) : undefined;
  if (pointer) return { oid, mode, kind: 'asset', size: pointer.size, blake3: pointer.blake3 };
  return { oid, mode, kind: 'text', size: isSubmodule(mode) ? 0 : await context.objects.size(oid) };
}

function isFile(mode: number): boolean {
  return (mode & 0o170000) === 0o100000;
}

/** A commit of another repository: there is no blob to look at. */
export function isSubmodule(mode: number): boolean {
  return mode === 0o160000;
}
