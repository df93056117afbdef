// Owns `diff` and `show`: what changed between two states, as text patches and as byte ranges of assets.
import { constants } from 'node:fs';
import { open, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { createTwoFilesPatch } from 'diff';
import { SAVED_AVERAGE_LOG2 } from '../dataplane/chunkSize.ts';
import { EntryType } from '../dataplane/dataPlane.ts';
import { ForgeError, fromSystemError } from '../errors.ts';
import { diffTrees } from '../git/trees.ts';
import { LARGEST_RECODED } from '../dataplane/portable/recipeCodec.ts';
import type { ChunkStore } from '../store/chunkStore.ts';
import { formOf } from '../store/readForm.ts';
import type { ChunkList } from '../store/storeReader.ts';
import { streamChunks } from '../store/streamChunks.ts';
import { detectRenames } from '../worktree/renames.ts';
import type { ForgeAttributes } from '../worktree/attributes.ts';
import { type ComparedSide, findChanged } from './changedBytes.ts';
import type { RepositoryContext } from './context.ts';
import { isSubmodule, versionOf, workingKind } from './fileVersion.ts';
import { compareIndex } from './indexTree.ts';
import { matchesPaths } from './pathFilter.ts';
import { fileMode } from './staging.ts';
import type { ByteRange, FileDiff, FileVersion } from './types.ts';
import { findWorkChanges, type WorkChanges } from './workChanges.ts';

/** A text longer than this is compared by size alone: a patch of it helps nobody and costs much. */
const LONGEST_PATCHED_TEXT = 4 * 1024 * 1024;
/** Bytes of a file of the working tree that are read at once. */
const PIECE = 1024 * 1024;

/** One side of a comparison, with ways to its bytes. */
interface Side {
  version: FileVersion;
  /** The whole of it, when it is a text. */
  text: () => Promise<Buffer>;
  /** All of it or a range, piece by piece, when it is a file of the working tree. */
  stream?: (range?: ByteRange) => AsyncIterable<Buffer>;
}

interface Pair {
  path: string;
  from?: string;
  before?: Side;
  after?: Side;
}

/** Differences between two trees; undefined stands for the empty one. */
export async function diffOfTrees(
  context: RepositoryContext,
  before: string | undefined,
  after: string | undefined,
  paths?: string[],
): Promise<FileDiff[]> {
  const pairs: Pair[] = [];
  for await (const change of diffTrees(context.objects, before, after)) {
    if (!matchesPaths(change.path, paths)) continue;
    pairs.push({
      path: change.path,
      before: change.before && (await committedSide(context, change.before)),
      after: change.after && (await committedSide(context, change.after)),
    });
  }
  return describe(context, await pairRenames(context, pairs));
}

/** Differences of the index from a tree. */
export async function diffOfStaged(
  context: RepositoryContext,
  tree: string | undefined,
  paths?: string[],
): Promise<FileDiff[]> {
  return describe(context, await pairRenames(context, await stagedPairs(context, tree, paths)));
}

/** Differences of the working tree from the index, or from `tree` where one is given. */
export async function diffOfWork(
  context: RepositoryContext,
  tree: string | undefined,
  paths?: string[],
): Promise<FileDiff[]> {
  const staged = tree === undefined ? [] : await stagedPairs(context, tree, paths);
  const pairs = new Map(staged.map((pair) => [pair.path, pair]));
  const changes = await findWorkChanges(context, (path) => matchesPaths(path, paths));
  const take = async (
    file: { path: string; oid: string; mode: number },
    after: Side | undefined,
  ): Promise<void> => {
    const { path } = file;
    const known = pairs.get(path);
    const before = known ? known.before : await committedSide(context, file);
    if (before || after) pairs.set(path, { path, before, after });
    else pairs.delete(path);
  };
  const attributes = await context.attributes();
  for (const file of changes.modified) await take(file, workSide(context, attributes, file));
  for (const file of changes.deleted) await take(file, undefined);
  const sorted = [...pairs.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  return describe(context, await pairRenames(context, sorted));
}

async function stagedPairs(
  context: RepositoryContext,
  tree: string | undefined,
  paths?: string[],
): Promise<Pair[]> {
  const pairs: Pair[] = [];
  const differences = await compareIndex(context, await context.readIndex(), tree, (path) =>
    matchesPaths(path, paths),
  );
  for (const { path, tree: before, index: after } of differences) {
    pairs.push({
      path,
      before: before && (await committedSide(context, before)),
      after: after && (await committedSide(context, after)),
    });
  }
  return pairs;
}

async function committedSide(
  context: RepositoryContext,
  entry: { oid: string; mode: number },
): Promise<Side> {
  return {
    version: await versionOf(context, entry),
    text: async () => (await context.objects.read(entry.oid)).data,
  };
}

function workSide(
  context: RepositoryContext,
  attributes: ForgeAttributes,
  file: WorkChanges['modified'][number],
): Side | undefined {
  const absolute = join(context.folders.root, file.path);
  const size = file.stat[9];
  if (file.type === EntryType.symlink) {
    return {
      version: { oid: '', mode: 0o120000, kind: 'text', size },
      text: async () => Buffer.from(await readlink(absolute)),
    };
  }
  if (file.type !== EntryType.file) return undefined;
  const kind = workingKind(context, attributes, { ...file, size });
  return {
    version: { oid: '', mode: fileMode(file.stat[6]), kind, size },
    text: () => readWhole(absolute, file.path),
    stream: (range) => readPieces(absolute, file.path, range),
  };
}

async function readWhole(absolute: string, path: string): Promise<Buffer> {
  try {
    const handle = await open(absolute, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      return await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fromSystemError(error, path, 'reading');
  }
}

async function* readPieces(absolute: string, path: string, range?: ByteRange): AsyncGenerator<Buffer> {
  try {
    const handle = await open(absolute, constants.O_RDONLY | constants.O_NOFOLLOW);
    const part = range && { start: range.offset, end: range.offset + range.length - 1 };
    yield* handle.createReadStream({ highWaterMark: PIECE, ...part }) as AsyncIterable<Buffer>;
  } catch (error) {
    throw fromSystemError(error, path, 'reading');
  }
}

async function pairRenames(context: RepositoryContext, pairs: Pair[]): Promise<Pair[]> {
  const deleted = pairs.filter((pair) => pair.before && !pair.after);
  const added = pairs.filter((pair) => pair.after && !pair.before);
  if (deleted.length === 0 || added.length === 0) return pairs;
  const candidates = (list: Pair[], side: 'before' | 'after') =>
    list.map((pair) => ({ path: pair.path, ...(pair[side] as Side).version }));
  const renames = await detectRenames(candidates(deleted, 'before'), candidates(added, 'after'), {
    chunksOf: async (blake3, size) => (await context.store()).chunksOf({ blake3, size }),
  });
  const byNew = new Map(renames.map(({ from, to }) => [to, from]));
  const moved = new Set(byNew.values());
  const old = new Map(deleted.map((pair) => [pair.path, pair]));
  return pairs.flatMap((pair) => {
    if (moved.has(pair.path) && !pair.after) return [];
    const from = byNew.get(pair.path);
    return from === undefined ? [pair] : [{ ...pair, from, before: old.get(from)?.before }];
  });
}

async function describe(context: RepositoryContext, pairs: Pair[]): Promise<FileDiff[]> {
  const diffs: FileDiff[] = [];
  for (const pair of pairs) diffs.push(await describePair(context, pair));
  return diffs;
}

async function describePair(
  context: RepositoryContext,
  { path, from, before, after }: Pair,
): Promise<FileDiff> {
  const state = from !== undefined ? 'renamed' : !before ? 'added' : !after ? 'deleted' : 'modified';
  const diff: FileDiff = {
    path,
    state,
    ...(from === undefined ? {} : { from }),
    before: before?.version,
    after: after?.version,
  };
  const sides = [before, after].filter((side) => side !== undefined);
  if (sides.some(({ version }) => isSubmodule(version.mode))) return diff;
  if (sides.every(({ version }) => version.kind === 'text')) {
    if (sides.every(({ version }) => version.size <= LONGEST_PATCHED_TEXT))
      diff.patch = await patch(from ?? path, path, before, after);
  } else if (before && after) {
    Object.assign(diff, await changedParts(context, before, after));
  }
  return diff;
}

async function patch(
  oldPath: string,
  newPath: string,
  before: Side | undefined,
  after: Side | undefined,
): Promise<string> {
  const text = async (side: Side | undefined): Promise<string> =>
    side ? (await side.text()).toString('utf8') : '';
  const names = [before ? `a/${oldPath}` : '/dev/null', after ? `b/${newPath}` : '/dev/null'];
  const body = createTwoFilesPatch(
    names[0],
    names[1],
    await text(before),
    await text(after),
    undefined,
    undefined,
    { context: 3 },
  );
  // The library opens with a line of equals signs, which is no part of a unified diff.
  return body.replace(/^=+\n/, '');
}

/**
 * Where the new version has bytes that the old one lacks: in its uncompressed content, if that is what is stored. Undefined when
 * one of them is no asset.
 */
async function changedParts(
  context: RepositoryContext,
  before: Side,
  after: Side,
): Promise<ChangedParts | undefined> {
  const old = await storedChunks(context, before.version);
  if (!old) return undefined;
  const now = await chunksOfSide(context, after, old);
  if (!now) return undefined;
  const stored = storedBytes(await context.store());
  const end = contentEnd(now);
  const changed = await findChanged(
    { chunks: old.chunks, end: contentEnd(old), read: stored },
    { chunks: now.chunks, end, read: now.read ?? stored },
  );
  return { ...changed, ...(now.recipe !== undefined && { contentSize: end }) };
}

type ChangedParts = Pick<FileDiff, 'changedBytes' | 'changedRanges' | 'contentSize'>;
type StoredForm = Pick<ChunkList, 'recipe' | 'chunks'>;

async function storedChunks(
  context: RepositoryContext,
  { blake3, size }: FileVersion,
): Promise<ChunkList | undefined> {
  return blake3 === undefined ? undefined : (await context.store()).chunksOf({ blake3, size });
}

/** A file of the working tree is cut as its earlier version was, in the same form; its bytes are not in the store. */
async function chunksOfSide(
  context: RepositoryContext,
  { version, stream }: Side,
  old: ChunkList,
): Promise<(StoredForm & { read?: ComparedSide['read'] }) | undefined> {
  if (!stream) return storedChunks(context, version);
  const averageLog2 = old.averageLog2 ?? SAVED_AVERAGE_LOG2;
  if (old.recipe === undefined || version.size > LARGEST_RECODED) {
    const chunks = await streamChunks(stream(), averageLog2, context.plane);
    return { chunks, read: (range) => collect(stream(range), range.length) };
  }
  const { bytes, recipe } = await formOf(stream());
  return {
    recipe,
    chunks: await streamChunks([bytes], averageLog2, context.plane),
    read: ({ offset, length }) => Promise.resolve(bytes.subarray(offset, offset + length)),
  };
}

/** The recipe, at the end, is none of the content. */
function contentEnd({ chunks, recipe = 0 }: StoredForm): number {
  return chunks.reduce((sum, { length }) => sum + length, 0) - recipe;
}

/** Damage in the store is for `verify` to tell: here it costs no more than precision. */
function storedBytes(store: ChunkStore): ComparedSide['read'] {
  return async ({ length }, chunks) => {
    const parts: Buffer[] = [];
    try {
      for (const { id } of chunks) {
        const part = await store.chunk(id);
        if (!part) return undefined;
        parts.push(part);
      }
    } catch (error) {
      if (error instanceof ForgeError && error.code === 'CORRUPT') return undefined;
      throw error;
    }
    return Buffer.concat(parts).subarray(0, length);
  };
}

async function collect(pieces: AsyncIterable<Buffer>, length: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const piece of pieces) parts.push(piece);
  return Buffer.concat(parts).subarray(0, length);
}
