// Owns what a status says of the working tree: its changes path by path, and which of the new files are removed ones under another name.
import { join } from 'node:path';
import { EntryType } from '../dataplane/dataPlane.ts';
import type { UntrackedFile } from '../worktree/untrackedFiles.ts';
import type { RepositoryContext } from './context.ts';
import { versionOf, workingKind } from './fileVersion.ts';
import type { AssetKind, Change, FileVersion } from './types.ts';
import type { WorkChanges } from './workChanges.ts';

/** So many removed files at most are looked for among the new ones: hashing is no part of a quick answer. */
const RENAME_CANDIDATES = 200;

/** A file of the index that is not in the working tree. */
export interface DeletedFile extends FileVersion {
  path: string;
}

/** What differs in the working tree, each kind of difference in the order of paths. */
export interface WorkingFiles<File extends UntrackedFile> {
  conflicted: Iterable<Change>;
  modified: Iterable<Change>;
  deleted: DeletedFile[];
  untracked: Iterable<File>;
}

export interface WorkingSources<File extends UntrackedFile> {
  kindOf(file: File): AssetKind;
  /** BLAKE3 of files of the working tree, in order; undefined for what cannot be read. */
  hash(paths: string[]): Promise<(string | undefined)[]>;
}

/** Everything but the untracked files of `work`, described. */
export async function describeWork(
  context: RepositoryContext,
  work: WorkChanges,
): Promise<Omit<WorkingFiles<UntrackedFile>, 'untracked'> & { modified: Change[]; conflicted: Change[] }> {
  const attributes = await context.attributes();
  const modified = work.modified.map((file): Change => {
    const size = file.stat[9];
    const kind = workingKind(context, attributes, { ...file, size });
    return { path: file.path, state: 'modified', kind, size, staged: false };
  });
  const deleted: DeletedFile[] = [];
  for (const { path, oid, mode } of work.deleted)
    deleted.push({ path, ...(await versionOf(context, { oid, mode })) });
  const conflicted = work.conflicted.map((path): Change => ({
    path,
    state: 'conflicted',
    kind: 'asset',
    size: 0,
    staged: false,
  }));
  return { modified, deleted, conflicted };
}

/** The changes of the working tree, in no order. */
export async function workingChanges<File extends UntrackedFile>(
  files: WorkingFiles<File>,
  sources: WorkingSources<File>,
): Promise<Change[]> {
  const changes: Change[] = [...files.conflicted, ...files.modified];
  const moved = await movedFiles(files.deleted, files.untracked, sources);
  const gone = new Set(moved.values());
  for (const { path, kind, size } of files.deleted) {
    if (!gone.has(path)) changes.push({ path, state: 'deleted', kind, size, staged: false });
  }
  for (const file of files.untracked) {
    const { path, size } = file;
    const from = moved.get(path);
    const kind = sources.kindOf(file);
    if (from === undefined) changes.push({ path, state: 'untracked', kind, size, staged: false });
    else changes.push({ path, state: 'renamed', kind, size, staged: false, from });
  }
  return changes;
}

/** Hashes files of the working tree by the data plane. */
export async function hashWorkingFiles(
  context: RepositoryContext,
  paths: string[],
): Promise<(string | undefined)[]> {
  const { root } = context.folders;
  const hashes = await context.plane.hashFiles(paths.map((path) => join(root, path)));
  return hashes.map((hashed) => (hashed.state === 'done' ? hashed.blake3 : undefined));
}

/** New files that hold exactly what a removed asset held: new path to old path. Only files of a removed asset's size are read. */
async function movedFiles<File extends UntrackedFile>(
  deleted: DeletedFile[],
  untracked: Iterable<File>,
  sources: WorkingSources<File>,
): Promise<Map<string, string>> {
  const lost = deleted.filter(({ blake3 }) => blake3 !== undefined).slice(0, RENAME_CANDIDATES);
  const sizes = new Set(lost.map(({ size }) => size));
  const moved = new Map<string, string>();
  const candidates: string[] = [];
  if (sizes.size > 0) {
    for (const { path, type, size } of untracked) {
      if (candidates.length === RENAME_CANDIDATES) break;
      if (type === EntryType.file && sizes.has(size)) candidates.push(path);
    }
  }
  if (candidates.length === 0) return moved;
  const hashes = await sources.hash(candidates);
  const byContent = new Map(lost.map(({ path, blake3 }) => [blake3 as string, path]));
  candidates.forEach((path, i) => {
    const blake3 = hashes[i];
    const from = blake3 === undefined ? undefined : byContent.get(blake3);
    if (blake3 === undefined || from === undefined) return;
    byContent.delete(blake3);
    moved.set(path, from);
  });
  return moved;
}
