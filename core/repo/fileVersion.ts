// Owns looking up what a tree entry stands for: a text with its size, or an asset with its own.
import type { RepositoryContext } from './context.ts';
import { isRegular, readPointer } from './staging.ts';
import { join } from 'node:path';
import { EntryType } from '../dataplane/dataPlane.ts';
import type { ForgeAttributes } from '../worktree/attributes.ts';
import { classifyFile } from '../worktree/classify.ts';
import type { AssetKind, FileVersion } from './types.ts';

/** Kind and logical size of a blob; links are texts. */
export async function versionOf(
  context: RepositoryContext,
  entry: { oid: string; mode: number },
): Promise<FileVersion> {
  const { oid, mode } = entry;
  const pointer = isRegular(mode) ? await readPointer(context, oid) : undefined;
  if (pointer) return { oid, mode, kind: 'asset', size: pointer.size, blake3: pointer.blake3 };
  return { oid, mode, kind: 'text', size: isSubmodule(mode) ? 0 : await context.objects.size(oid) };
}

/** A commit of another repository: there is no blob to look at. */
export function isSubmodule(mode: number): boolean {
  return mode === 0o160000;
}

/** Kind of a file in the working tree; links are texts. */
export function workingKind(
  context: RepositoryContext,
  attributes: ForgeAttributes,
  file: { path: string; type: EntryType; size: number },
): AssetKind {
  if (file.type !== EntryType.file) return 'text';
  const options = {
    rule: attributes.rule(file.path),
    size: file.size,
    assetThreshold: context.assetThreshold,
  };
  return classifyFile(join(context.folders.root, file.path), options);
}
