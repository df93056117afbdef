// Owns filling the empty working tree of a new clone, and its index.
import { ForgeError } from '../errors.ts';
import { FileMode, flattenTree } from '../git/trees.ts';
import { writeTree } from '../git/writeTree.ts';
import { GitIndex } from '../model/gitIndex.ts';
import { indexEntry } from '../model/gitIndexEntry.ts';
import { type OperationOptions, type Progress, throwIfAborted } from '../progress.ts';
import type { RepositoryContext } from '../repo/context.ts';
import { isRegular, readPointer } from '../repo/staging.ts';
import { applyCheckout, type CheckoutChange } from '../worktree/checkout.ts';

/** Files that are planned at once: of others nothing is kept but their index entry. */
const SLICE = 16_384;

export interface TreeSize {
  files: number;
  /** Of all files, assets with all of their content. */
  bytes: number;
}

/** What a tree takes when it is checked out. @throws ForgeError NOT_FOUND, CORRUPT, ABORTED */
export async function measureTree(
  context: RepositoryContext,
  tree: string,
  options: OperationOptions,
): Promise<TreeSize> {
  const size = { files: 0, bytes: 0 };
  for await (const { oid, mode } of flattenTree(context.objects, tree)) {
    if (mode === FileMode.submodule) continue;
    if (size.files++ % 1000 === 0) throwIfAborted(options.signal);
    const pointer = isRegular(mode) ? await readPointer(context, oid) : undefined;
    size.bytes += pointer?.size ?? (await context.objects.size(oid));
  }
  return size;
}

/**
 * Writes every file of `tree` and the index that belongs to them. Every file is verified before it gets its name.
 * @param total what measureTree says, for progress
 * @throws ForgeError of the first file that cannot be written; NAME_COLLISION, PATH_ESCAPE, DISK_FULL, ABORTED, …
 */
export async function checkOutTree(
  context: RepositoryContext,
  tree: string,
  total: TreeSize,
  options: OperationOptions,
): Promise<void> {
  const index = new GitIndex();
  const done = { files: 0, bytes: 0 };
  context.plane.setApart(context.folders.root);
  const write = async (changes: CheckoutChange[]): Promise<void> => {
    const result = await applyCheckout({
      root: context.folders.root,
      temporaryFolder: context.temporaryFolder,
      objects: context.objects,
      store: () => context.store(),
      changes,
      signal: options.signal,
      onProgress: (progress) => options.onProgress?.(inAll(progress, done, total)),
    });
    const [failure] = result.failures;
    if (failure) throw failure.error;
    const [conflict] = result.conflicts;
    if (conflict !== undefined) throw collision(conflict);
    for (const { path, oid, mode, stat } of result.written) index.set(indexEntry(path, oid, mode, stat));
    index.compact();
    done.files += changes.length;
    done.bytes += result.bytes;
  };
  let slice: CheckoutChange[] = [];
  for await (const { path, oid, mode } of flattenTree(context.objects, tree)) {
    slice.push({ path, after: { oid, mode }, expect: 'absent' });
    if (slice.length < SLICE) continue;
    await write(slice);
    slice = [];
  }
  await write(slice);
  await writeIndex(context, index);
}

/** The index of `tree` without its files: all of them are missing, and `restore` brings them. */
export async function indexWithoutFiles(context: RepositoryContext, tree: string): Promise<void> {
  const index = new GitIndex();
  let count = 0;
  for await (const { path, oid, mode } of flattenTree(context.objects, tree)) {
    index.set(indexEntry(path, oid, mode));
    if (++count % SLICE === 0) index.compact();
  }
  await writeIndex(context, index);
}

async function writeIndex(context: RepositoryContext, index: GitIndex): Promise<void> {
  // With the trees of all folders the index tells a clean status without reading a Git object.
  await context.withBatch((batch) => writeTree(index, batch));
  await context.transaction.replaceIndex(index.encodePieces());
}

function inAll(progress: Progress, done: TreeSize, total: TreeSize): Progress {
  return {
    ...progress,
    files: done.files + progress.files,
    totalFiles: total.files,
    bytes: done.bytes + progress.bytes,
    totalBytes: total.bytes,
  };
}

function collision(path: string): ForgeError {
  return new ForgeError(
    'NAME_COLLISION',
    `Something else has the name ${path} already: this file system takes two of the names for one`,
    'Clone to a file system that tells them apart, or with --no-checkout.',
    { path },
  );
}
