// Owns the versions that one file had: what each commit made of it, how large it was and what it added to the store.
import { lookupPath } from '../git/trees.ts';
import type { RepositoryContext } from './context.ts';
import { versionOf } from './fileVersion.ts';
import { log } from './history.ts';
import type { FileHistoryEntry, FileVersion, LogEntry } from './types.ts';

/**
 * The history of a file, newest first, through its renames. A commit that removed the file has neither size nor kind.
 * `addedBytes` compares a version of an asset with the one that follows in this list (see core/store/addedBytes.ts).
 * @throws ForgeError UNKNOWN_REVISION, CORRUPT, IO, …
 */
export async function* fileHistory(
  context: RepositoryContext,
  from: string,
  path: string,
): AsyncGenerator<FileHistoryEntry> {
  let newer: { entry: LogEntry & { path: string }; version: FileVersion | undefined } | undefined;
  for await (const entry of log(context, from, { path })) {
    const at = { ...entry, path: entry.path ?? path };
    const version = await versionAt(context, at);
    if (newer) yield await describe(context, newer.entry, newer.version, version);
    newer = { entry: at, version };
  }
  if (newer) yield await describe(context, newer.entry, newer.version, undefined);
}

async function versionAt(
  context: RepositoryContext,
  { commit, path }: { commit: string; path: string },
): Promise<FileVersion | undefined> {
  const tree = await context.treeOf(commit);
  const entry = tree === undefined ? undefined : await lookupPath(context.objects, tree, path);
  return entry && versionOf(context, entry);
}

async function describe(
  context: RepositoryContext,
  entry: LogEntry & { path: string },
  version: FileVersion | undefined,
  before: FileVersion | undefined,
): Promise<FileHistoryEntry> {
  if (version?.blake3 === undefined) return { ...entry, version };
  const store = await context.store();
  const older = before?.blake3 === undefined ? undefined : { blake3: before.blake3, size: before.size };
  const addedBytes = await store.addedBytes({ blake3: version.blake3, size: version.size }, older);
  return { ...entry, version, ...(addedBytes !== undefined && { addedBytes }) };
}
