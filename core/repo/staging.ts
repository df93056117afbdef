// Owns turning working files into index entries: assets into the store, text and links into Git blobs.
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { lstat, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { statTuple } from '../dataplane/portable/fileStat.ts';
import { isBinary } from '../worktree/classify.ts';
import { EntryType, type StatTuple } from '../dataplane/dataPlane.ts';
import { ForgeError, fromSystemError } from '../errors.ts';
import type { ObjectBatch } from '../git/objectBatch.ts';
import type { GitIndex } from '../model/gitIndex.ts';
import { type GitIndexEntry, indexEntry } from '../model/gitIndexEntry.ts';
import { decodePointer, encodePointer, MAX_POINTER_LENGTH, type Pointer } from '../model/pointer.ts';
import { throwIfAborted, type OperationOptions, type Progress } from '../progress.ts';
import type { StoreFile } from '../store/chunkStore.ts';
import { checkTreePath } from '../worktree/safePath.ts';
import type { RepositoryContext } from './context.ts';
import { findNewCollision } from './nameCollisions.ts';
import { packedTexts } from './packedTexts.ts';
import { findRenames } from './renames.ts';
import type { StageItem, StageItems } from './stageItems.ts';

export interface StageTotals {
  files: number;
  assets: number;
  logicalBytes: number;
  newBytes: number;
  storedBytes: number;
}

const FILE_MODE = 0o100644;
const EXECUTABLE_MODE = 0o100755;
const LINK_MODE = 0o120000;
const TRIES = 3;
/** After so many bytes the event loop gets its turn: the data plane asks questions while it stores the next batch. */
const TEXT_BYTES_PER_TURN = 64 * 1024;
/** Files that are planned at a time: enough for several batches of the store, few enough to hold in memory. */
const SLICE = 16_384;

/** Whether a mode is that of a file, executable or not. */
export function isRegular(mode: number): boolean {
  return (mode & 0o170000) === 0o100000;
}

/** Index mode of a regular file with the permission bits `mode`. */
export function fileMode(mode: number): number {
  return mode & 0o100 ? EXECUTABLE_MODE : FILE_MODE;
}

/**
 * Stores the content of `items` and points their index entries at it; `removed` leave the index. Nothing is staged unless
 * all of it can be: the first file that cannot be read, or keeps changing, fails the whole call.
 * @throws ForgeError UNREADABLE, NOT_FOUND, FILE_CHANGED, NAME_COLLISION, DISK_FULL, ABORTED
 */
export async function stage(
  context: RepositoryContext,
  index: GitIndex,
  items: StageItems,
  removed: string[],
  batch: ObjectBatch,
  options: OperationOptions,
): Promise<StageTotals> {
  for (const { path } of items) checkTreePath(path);
  const renamed = renamedEntries(index, items, removed);
  // Removals first: a file may take the place of a folder, or the other way round.
  for (const path of removed) index.remove(path);
  refuseCollisions(context, index, items);
  const totals: StageTotals = {
    files: items.length + removed.length,
    assets: 0,
    logicalBytes: 0,
    newBytes: 0,
    storedBytes: 0,
  };
  const progress = new SlicedProgress(items, options);
  for (const slice of items.slices(SLICE)) {
    for (const item of slice)
      if (item.type === EntryType.symlink) await stageLink(context, index, item.path, batch);
    let pending = await filesToStore(context, index, slice, renamed);
    while (pending.length > 0)
      pending = await stageFiles(context, index, pending, batch, totals, progress.options);
    progress.endSlice();
    index.compact();
  }
  return totals;
}

/** Makes one report of those of the slices. */
class SlicedProgress {
  readonly options: OperationOptions;
  #before = { files: 0, bytes: 0, newBytes: 0, storedBytes: 0 };
  #now = this.#before;

  constructor({ length, bytes }: StageItems, options: OperationOptions) {
    const { onProgress } = options;
    const report = (progress: Progress): void => {
      this.#now = {
        files: Math.min(length, this.#before.files + progress.files),
        bytes: Math.min(bytes, this.#before.bytes + progress.bytes),
        newBytes: this.#before.newBytes + progress.newBytes,
        storedBytes: this.#before.storedBytes + progress.storedBytes,
      };
      onProgress?.({ ...progress, ...this.#now, totalFiles: length, totalBytes: bytes });
    };
    this.options = onProgress ? { ...options, onProgress: report } : options;
  }

  endSlice(): void {
    this.#before = this.#now;
  }
}

interface NamedFile extends StoreFile {
  /** Path within the repository. */
  name: string;
}

async function filesToStore(
  context: RepositoryContext,
  index: GitIndex,
  items: StageItem[],
  renamed: ReadonlyMap<string, GitIndexEntry>,
): Promise<NamedFile[]> {
  const { root } = context.folders;
  const attributes = await context.attributes();
  const files: NamedFile[] = [];
  for (const { path, size, type, hashed } of items) {
    if (type !== EntryType.file) continue;
    const rule = attributes.rule(path);
    const previous = await pointerOf(context, index.get(path) ?? renamed.get(path));
    files.push({ path: join(root, path), name: path, size, rule, previous, ...(hashed && { hashed }) });
  }
  return files;
}

/** Puts the assets among `files` into the store, the texts into `batch`. Returns those that turned from text to asset meanwhile. */
async function stageFiles(
  context: RepositoryContext,
  index: GitIndex,
  files: NamedFile[],
  batch: ObjectBatch,
  totals: StageTotals,
  options: OperationOptions,
): Promise<NamedFile[]> {
  const becameAssets: NamedFile[] = [];
  const store = await context.store();
  for await (const results of store.ingest(files, { ...options, assetThreshold: context.assetThreshold })) {
    const texts: NamedFile[] = [];
    for (const { index: at, result } of results) {
      const file = files[at];
      if (result.kind === 'failed') throw readFailure(file.name, result.code, result.message);
      if (result.kind === 'text') {
        texts.push(file);
        continue;
      }
      totals.assets++;
      totals.logicalBytes += result.size;
      totals.newBytes += result.newBytes;
      totals.storedBytes += result.storedBytes;
      const oid = batch.add('blob', encodePointer({ blake3: result.blake3, size: result.size }));
      index.set(indexEntry(file.name, oid, fileMode(result.stat[6]), result.stat));
    }
    for (const file of await stageTexts(context, index, texts, batch, totals, options))
      becameAssets.push(file);
  }
  return becameAssets;
}

/** Makes Git blobs of texts. Returns those that turned into assets since the data plane looked at them. */
async function stageTexts(
  context: RepositoryContext,
  index: GitIndex,
  files: NamedFile[],
  batch: ObjectBatch,
  totals: StageTotals,
  options: OperationOptions,
): Promise<NamedFile[]> {
  const becameAssets: NamedFile[] = [];
  const count = (bytes: number, isNew: boolean): void => {
    totals.logicalBytes += bytes;
    if (isNew) totals.newBytes += bytes;
  };
  let bytesOfTurn = Infinity;
  for await (const { file, packed } of packedTexts(context.plane, files, context.assetThreshold)) {
    throwIfAborted(options.signal);
    const known = batch.count;
    if (packed) {
      const size = packed.stat[9];
      const oid = batch.addPacked('blob', packed.oid, size, packed.stream);
      count(size, batch.count > known);
      index.set(indexEntry(file.name, oid, fileMode(packed.stat[6]), packed.stat));
      continue;
    }
    if (bytesOfTurn > TEXT_BYTES_PER_TURN) {
      await setImmediate();
      bytesOfTurn = 0;
    }
    const text = readText(file, context.assetThreshold);
    if (!text) {
      becameAssets.push({ ...file, rule: 'asset' });
      continue;
    }
    bytesOfTurn += text.bytes.length;
    const oid = batch.add('blob', text.bytes);
    count(text.bytes.length, batch.count > known);
    index.set(indexEntry(file.name, oid, fileMode(text.stat[6]), text.stat));
  }
  return becameAssets;
}

/** The pointer that the index has for a path, if it is an asset there. */
export async function pointerAt(
  context: RepositoryContext,
  index: GitIndex,
  path: string,
): Promise<Pointer | undefined> {
  return pointerOf(context, index.get(path));
}

async function pointerOf(
  context: RepositoryContext,
  entry: GitIndexEntry | undefined,
): Promise<Pointer | undefined> {
  return entry && entry.mode !== LINK_MODE ? readPointer(context, entry.oid) : undefined;
}

/** The pointer a blob holds; undefined when it is a text. */
export async function readPointer(context: RepositoryContext, oid: string): Promise<Pointer | undefined> {
  if ((await context.objects.size(oid)) > MAX_POINTER_LENGTH) return undefined;
  return decodePointer((await context.objects.read(oid)).data);
}

async function stageLink(
  context: RepositoryContext,
  index: GitIndex,
  path: string,
  batch: ObjectBatch,
): Promise<void> {
  const absolute = join(context.folders.root, path);
  try {
    const stat = statTuple(await lstat(absolute, { bigint: true }));
    const oid = batch.add('blob', Buffer.from(await readlink(absolute), 'utf8'));
    index.set(indexEntry(path, oid, LINK_MODE, stat));
  } catch (error) {
    throw fromSystemError(error, path, 'reading the link');
  }
}

/**
 * Whole bytes of a text, read while it held still; undefined when by now it is an asset. Synchronous: five trips through the thread pool
 * take longer than the reading.
 */
function readText(file: NamedFile, assetThreshold: number): { bytes: Buffer; stat: StatTuple } | undefined {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    let read: { bytes: Buffer; before: StatTuple; stat: StatTuple };
    try {
      const fd = openSync(file.path, constants.O_RDONLY | constants.O_NOFOLLOW);
      try {
        const before = statTuple(fstatSync(fd, { bigint: true }));
        if (before[9] > assetThreshold && file.rule === 'auto') return undefined;
        const bytes = readFileSync(fd);
        read = { bytes, before, stat: statTuple(fstatSync(fd, { bigint: true })) };
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      throw fromSystemError(error, file.name, 'reading');
    }
    const { bytes, before, stat } = read;
    if (bytes.length !== stat[9] || before.some((field, i) => field !== stat[i])) continue;
    if (decodePointer(bytes) || (file.rule === 'auto' && isBinary(bytes))) return undefined;
    return { bytes, stat };
  }
  throw readFailure(file.name, 'FILE_CHANGED', '');
}

function refuseCollisions(context: RepositoryContext, index: GitIndex, items: StageItems): void {
  if (context.settings.get('names.allowCollisions') === 'true') return;
  const pair = findNewCollision(index, () => newPaths(index, items));
  if (!pair) return;
  throw new ForgeError(
    'NAME_COLLISION',
    `${pair[0]} and ${pair[1]} differ only by case or Unicode form: Windows and macOS cannot hold both`,
    'Rename or ignore one of them, or allow it with: forge config names.allowCollisions true',
    { path: pair[1] },
  );
}

/** For new paths that are likely to be removed ones under another name, the entries of those. */
function renamedEntries(index: GitIndex, items: StageItems, removed: string[]): Map<string, GitIndexEntry> {
  const entries = new Map<string, GitIndexEntry>();
  if (removed.length === 0) return entries;
  for (const [path, before] of findRenames(removed, [...newPaths(index, items)])) {
    const entry = index.get(before);
    if (entry) entries.set(path, entry);
  }
  return entries;
}

function* newPaths(index: GitIndex, items: StageItems): Generator<string> {
  for (const { path } of items) if (!index.get(path)) yield path;
}

function readFailure(path: string, code: string, message: string): ForgeError {
  if (code === 'FILE_CHANGED') {
    return new ForgeError(
      'FILE_CHANGED',
      `${path} kept changing while it was read`,
      'Close the program that writes it, then run the command again.',
      { path },
    );
  }
  return fromSystemError(Object.assign(new Error(message), { code }), path, 'reading');
}
