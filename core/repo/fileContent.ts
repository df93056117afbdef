// Owns one version of one file: finding it in a commit or in the index, reading it, and writing a copy of it.
import { randomUUID } from 'node:crypto';
import { linkSync, lstatSync } from 'node:fs';
import { lstat, mkdir, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ForgeError, fromSystemError } from '../errors.ts';
import { syncFolder } from '../git/files.ts';
import { resolveRevision } from '../git/revisions.ts';
import { lookupPath } from '../git/trees.ts';
import type { OperationOptions } from '../progress.ts';
import { restoreError } from '../worktree/checkoutRun.ts';
import { checkRange } from './byteRange.ts';
import type { RepositoryContext } from './context.ts';
import { isSubmodule, versionOf, workingKind } from './fileVersion.ts';
import { readPointer } from './staging.ts';
import { typeOf } from './workChanges.ts';
import { statTuple } from '../dataplane/portable/fileStat.ts';
import type { ByteRange, FileVersion } from './types.ts';

/** Stands for the index where a revision is asked for. */
export const INDEX_REVISION = ':';

const FOLDER = 0o040000;
const SYMLINK = 0o120000;

interface Entry {
  oid: string;
  mode: number;
}

/** What a revision, or the index, has at a path; undefined where it has no file there. @throws ForgeError UNKNOWN_REVISION */
export async function findFile(
  context: RepositoryContext,
  revision: string,
  path: string,
): Promise<Entry | undefined> {
  const entry = await findEntry(context, revision, path);
  return entry && entry.mode !== FOLDER && !isSubmodule(entry.mode) ? entry : undefined;
}

async function findEntry(
  context: RepositoryContext,
  revision: string,
  path: string,
): Promise<Entry | undefined> {
  if (revision === INDEX_REVISION) {
    const entry = (await context.readIndex()).get(path);
    return entry && { oid: entry.oid, mode: entry.mode };
  }
  const tree = await context.treeOf(await resolveRevision(context.refs, context.objects, revision));
  return tree === undefined ? undefined : lookupPath(context.objects, tree, path);
}

/** Size and kind of a file in a revision, in the index, or (without a revision) in the working tree; undefined where it is not there. */
export async function describeFile(
  context: RepositoryContext,
  revision: string | undefined,
  path: string,
): Promise<Pick<FileVersion, 'kind' | 'size' | 'blake3'> | undefined> {
  if (revision !== undefined) {
    const entry = await findFile(context, revision, path);
    return entry && versionOf(context, entry);
  }
  const absolute = join(context.folders.root, path);
  try {
    const stat = statTuple(await lstat(absolute, { bigint: true }));
    const file = { path, type: typeOf(stat), size: stat[9] };
    return { kind: workingKind(context, await context.attributes(), file), size: file.size };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw fromSystemError(error, absolute, 'looking at');
  }
}

/**
 * The bytes of a file in a revision or in the index, or a range of them; of assets only the chunks are read that it needs.
 * @throws ForgeError NOT_FOUND, CORRUPT, USAGE for a range that is not inside the file
 */
export async function* readContent(
  context: RepositoryContext,
  revision: string,
  path: string,
  range?: ByteRange,
): AsyncGenerator<Buffer> {
  const entry = await needFile(context, revision, path);
  const pointer = entry.mode === SYMLINK ? undefined : await readPointer(context, entry.oid);
  if (pointer) {
    checkRange(range, pointer.size, path);
    yield* (await context.store()).read(pointer, range);
    return;
  }
  const { data } = await context.objects.read(entry.oid);
  checkRange(range, data.length, path);
  yield range ? data.subarray(range.offset, range.offset + range.length) : data;
}

/**
 * Writes a version of a file to `target`, an absolute path at which nothing may be; returns its size in bytes. An asset is checked
 * against its BLAKE3 before it gets its name.
 * @throws ForgeError NOT_FOUND, ALREADY_EXISTS, CORRUPT, DISK_FULL, READ_ONLY, ABORTED, …
 */
export async function copyFile(
  context: RepositoryContext,
  from: { revision: string; path: string },
  target: string,
  options: OperationOptions,
): Promise<number> {
  const entry = await needFile(context, from.revision, from.path);
  refuseExisting(target);
  const folder = dirname(target);
  const temporary = join(folder, `.forge-${randomUUID()}`);
  try {
    await mkdir(folder, { recursive: true });
    const pointer = entry.mode === SYMLINK ? undefined : await readPointer(context, entry.oid);
    if (pointer === undefined) {
      const { data } = await context.objects.read(entry.oid);
      await writeNew(temporary, target, data);
      return data.length;
    }
    const file = { path: target, temporary, pointer, mode: entry.mode, expect: 'absent' as const };
    for await (const results of (await context.store()).restore([file], options)) {
      for (const { result } of results) {
        if (result.state === 'failed') throw restoreError(target, result);
        if (result.state !== 'done') refuseExisting(target);
      }
    }
    return pointer.size;
  } catch (error) {
    throw fromSystemError(error, target, 'writing');
  } finally {
    await rm(temporary, { force: true });
  }
}

async function needFile(context: RepositoryContext, revision: string, path: string): Promise<Entry> {
  const entry = await findFile(context, revision, path);
  if (entry) return entry;
  const where = revision === INDEX_REVISION ? 'the index' : revision;
  throw new ForgeError(
    'NOT_FOUND',
    `${path} is not a file in ${where}`,
    revision === INDEX_REVISION
      ? 'See what is staged with: forge status'
      : `List what is there with: forge show ${revision}`,
    { path },
  );
}

async function writeNew(temporary: string, target: string, data: Buffer): Promise<void> {
  const file = await open(temporary, 'wx');
  try {
    await file.writeFile(data);
    await file.sync();
  } finally {
    await file.close();
  }
  refuseExisting(target);
  linkSync(temporary, target);
  await syncFolder(dirname(target));
}

function refuseExisting(target: string): void {
  if (lstatSync(target, { throwIfNoEntry: false }) === undefined) return;
  throw new ForgeError('ALREADY_EXISTS', `${target} exists already`, 'Choose another name.', {
    path: target,
  });
}
