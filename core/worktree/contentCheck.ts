// Owns the question whether a working file whose stat differs from the index's really holds something else.
import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, lstatSync, openSync, readlinkSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { ChangedEntry, DataPlane, HashedSections, StatTuple } from '../dataplane/dataPlane.ts';
import { sameFile, statTuple } from '../dataplane/portable/fileStat.ts';
import { ForgeError } from '../errors.ts';
import { objectHeader, objectId } from '../git/objectId.ts';
import { decodePointer, MAX_POINTER_LENGTH, type Pointer } from '../model/pointer.ts';
import { throwIfAborted } from '../progress.ts';
import { entryKind, isExecutable, kindOfStat } from './entryMode.ts';
import { describeProblem, problemOf, type WorkTreeProblem } from './pathProblem.ts';

/** The part of Git's objects that is needed here. */
export interface BlobReader {
  size(oid: string): Promise<number>;
  read(oid: string): Promise<{ data: Buffer }>;
}

export interface ContentRequest {
  /** Absolute path of the working tree. */
  root: string;
  objects: BlobReader;
  plane: DataPlane;
  entries: readonly ChangedEntry[];
  /** Called while files are hashed, with the assets that the index has in their places. */
  meanwhile?: ((assets: Pointer[]) => Promise<void>) | undefined;
  signal?: AbortSignal;
}

export interface CheckedContent {
  path: string;
  /** Content, kind of entry or executable bit differ from the index entry's. */
  changed: boolean;
  /** When `changed` is false: the stat with which the content was seen, for the index to take over. */
  stat: StatTuple;
  /** What hashing a huge file told, for whoever stores it next. */
  hashed?: HashedSections;
}

export interface ContentResult {
  /** In the order of the request, without those that are problems. */
  results: CheckedContent[];
  /** Files that vanished or cannot be read. */
  problems: WorkTreeProblem[];
}

/** An entry that only its bytes can decide. */
interface Doubt {
  entry: ChangedEntry;
  stat: StatTuple;
  at: number;
  pointer: Pointer | undefined;
}

const BLOCK_SIZE = 1024 * 1024;
const TRIES = 3;
/** After so many files read the event loop gets its turn. */
const FILES_PER_TURN = 64;

/**
 * Compares entries of state `stat`, `racy` or `type` with the blobs the index names: texts and links by Git's SHA-1, assets by
 * the BLAKE3 of their pointer. A file of another size is not read. A file that consists of the very pointer is unchanged:
 * that is an asset whose bytes are not here.
 * @throws ForgeError CORRUPT for an object that does not verify, and what the data plane throws
 */
export async function checkContents(request: ContentRequest): Promise<ContentResult> {
  const { root, objects, plane, entries, meanwhile, signal } = request;
  const results: (CheckedContent | undefined)[] = [];
  const problems: WorkTreeProblem[] = [];
  const assets: Doubt[] = [];
  for (const [at, entry] of entries.entries()) {
    if (at % FILES_PER_TURN === 0) await nextTurn(signal);
    try {
      const doubt = await decideWithoutReading(entry, at, objects, results);
      if (!doubt) continue;
      if (doubt.pointer && doubt.pointer.size === doubt.stat[9]) assets.push(doubt);
      else results[at] = checkBlob(root, doubt);
    } catch (error) {
      if (error instanceof ForgeError) throw error;
      problems.push(problemOf(entry.path, error));
    }
  }
  const hashing = plane.hashFiles(
    assets.map(({ entry }) => join(root, entry.path)),
    { signal },
  );
  const [hashes] = await Promise.all([hashing, meanwhile?.(assets.flatMap(({ pointer }) => pointer ?? []))]);
  assets.forEach(({ entry, stat, at, pointer }, i) => {
    const { path } = entry;
    const hashed = hashes[i];
    if (hashed.state === 'done') {
      const known = hashed.sections && { stat: hashed.stat, values: hashed.sections };
      results[at] = {
        path,
        changed: hashed.blake3 !== pointer?.blake3,
        stat: hashed.stat,
        ...(known && { hashed: known }),
      };
    } else if (hashed.code === 'FILE_CHANGED') results[at] = { path, changed: true, stat };
    else problems.push(describeProblem(path, hashed.code, hashed.message));
  });
  return { results: results.filter((result) => result !== undefined), problems };
}

/** Puts an answer into `results`, or returns what has to be read. */
async function decideWithoutReading(
  entry: ChangedEntry,
  at: number,
  objects: BlobReader,
  results: (CheckedContent | undefined)[],
): Promise<Doubt | undefined> {
  const { path, mode, oid, stat } = entry;
  if (!stat) return undefined;
  const kind = entryKind(mode);
  const sameKind = kindOfStat(stat) === kind;
  if (!sameKind || kind === 'gitlink' || (kind === 'file' && isExecutable(mode) !== isExecutable(stat[6]))) {
    results[at] = { path, changed: !sameKind || kind === 'file', stat };
    return undefined;
  }
  const blobSize = await sizeIfThere(objects, oid);
  let pointer: Pointer | undefined;
  if (kind === 'file' && blobSize !== undefined && blobSize <= MAX_POINTER_LENGTH)
    pointer = decodePointer((await objects.read(oid)).data);
  const size = stat[9];
  if (blobSize !== undefined && size !== blobSize && size !== pointer?.size) {
    results[at] = { path, changed: true, stat };
    return undefined;
  }
  return { entry, stat, at, pointer };
}

/** Without the object its name still tells whether a file is equal to it. */
async function sizeIfThere(objects: BlobReader, oid: string): Promise<number | undefined> {
  try {
    return await objects.size(oid);
  } catch (error) {
    if (error instanceof ForgeError && error.code === 'NOT_FOUND') return undefined;
    throw error;
  }
}

function checkBlob(root: string, { entry, stat }: Doubt): CheckedContent {
  const { path, oid } = entry;
  const absolute = join(root, path);
  const read = entryKind(entry.mode) === 'symlink' ? hashLink(absolute) : hashFile(absolute);
  // A file that is being written is not what the index has.
  if (!read) return { path, changed: true, stat };
  return { path, changed: read.oid !== oid, stat: read.stat };
}

interface ReadBlob {
  oid: string;
  stat: StatTuple;
}

function hashLink(path: string): ReadBlob {
  const target = readlinkSync(path, { encoding: 'buffer' });
  return { oid: objectId('blob', target), stat: statTuple(lstatSync(path, { bigint: true })) };
}

/** Git's name for the content of a file. Undefined when the file changed during every try. */
function hashFile(path: string): ReadBlob | undefined {
  // Without blocking: a pipe may have taken the file's place.
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const before = fstatSync(fd, { bigint: true });
      const oid = hashOpenFile(fd, Number(before.size));
      if (sameFile(before, fstatSync(fd, { bigint: true }))) return { oid, stat: statTuple(before) };
    }
    return undefined;
  } finally {
    closeSync(fd);
  }
}

function hashOpenFile(fd: number, size: number): string {
  const hash = createHash('sha1').update(objectHeader('blob', size));
  const block = Buffer.allocUnsafe(Math.min(BLOCK_SIZE, size + 1));
  let position = 0;
  for (;;) {
    const length = readSync(fd, block, 0, block.length, position);
    if (length === 0) return hash.digest('hex');
    hash.update(block.subarray(0, length));
    position += length;
  }
}

async function nextTurn(signal: AbortSignal | undefined): Promise<void> {
  await new Promise(setImmediate);
  throwIfAborted(signal);
}
