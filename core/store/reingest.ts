// Owns storing an asset's content again from a file that has it, where the store's own records of it are bad.
import type { DataPlane } from '../dataplane/dataPlane.ts';
import { ForgeError } from '../errors.ts';
import type { Pointer } from '../model/pointer.ts';
import { ID_SIZE, RecordType } from '../model/record.ts';
import { ingestFiles } from './ingestFiles.ts';
import { readForm } from './readForm.ts';
import type { WritableStoreContext } from './storeContext.ts';
import { StoreReader } from './storeReader.ts';

/** A manifest that was bad may name chunks that turn out to be bad only once it is there again. */
const ROUNDS = 3;

/**
 * Makes the asset of `pointer` whole with the bytes at `path`. Returns whether it is whole now; false, with nothing stored,
 * when the file has other content. @throws ForgeError DISK_FULL, IO, …
 */
export async function reingest(
  context: WritableStoreContext,
  path: string,
  pointer: Pointer,
): Promise<boolean> {
  if (!(await hasContent(context.plane, path, pointer))) return false;
  for (let round = 0; round <= ROUNDS; round++) {
    const bad = await badRecords(new StoreReader(context.files, context.index), pointer);
    if (bad.size === 0) return true;
    if (round < ROUNDS) await storeAgain(context, path, pointer, bad);
  }
  return false;
}

async function hasContent(plane: DataPlane, path: string, pointer: Pointer): Promise<boolean> {
  const [hashed] = await plane.hashFiles([path]);
  return hashed.state === 'done' && hashed.blake3 === pointer.blake3;
}

/** Ids (hex) of the records without which, or with which, the asset cannot be rebuilt. */
async function badRecords(reader: StoreReader, pointer: Pointer): Promise<Set<string>> {
  const bad = new Set<string>();
  const list = await unlessCorrupt(reader.chunksOf(pointer));
  if (!list) return bad.add(pointer.blake3);
  for (const { id, length } of list.chunks) {
    if (await unlessCorrupt(reader.record(id, RecordType.chunk))) continue;
    const part = { blake3: id.toString('hex'), size: length };
    const parts = length === pointer.size ? bad.add(part.blake3) : await badRecords(reader, part);
    for (const name of parts) bad.add(name);
  }
  // The file is stored as it is, and its list has to say so.
  if (list.isParts && bad.size > 0) return bad.add(pointer.blake3);
  if (bad.size > 0 || list.recipe === undefined) return bad;
  // Good chunks may still be a plain form and a recipe that do not belong together.
  const isRight = await unlessCorrupt(readForm(reader, pointer, list));
  return isRight ? bad : bad.add(pointer.blake3);
}

async function storeAgain(
  context: WritableStoreContext,
  path: string,
  pointer: Pointer,
  bad: ReadonlySet<string>,
): Promise<void> {
  const isKnown = (ids: Buffer) => {
    const known = Uint8Array.from(context.index.isKnown(ids));
    for (let i = 0; i < known.length; i++) {
      if (bad.has(ids.toString('hex', ID_SIZE * i, ID_SIZE * (i + 1)))) known[i] = 0;
    }
    return known;
  };
  const file = { path, size: pointer.size, rule: 'asset' as const, previous: pointer };
  for await (const results of ingestFiles(context, [file], { isKnown, replace: true, withoutDeltas: true })) {
    for (const { result } of results) {
      if (result.kind !== 'failed') continue;
      throw new ForgeError('UNREADABLE', result.message, 'Check the file, then verify again.', { path });
    }
  }
}

async function unlessCorrupt<T>(value: Promise<T>): Promise<T | undefined> {
  try {
    return await value;
  } catch (error) {
    if (error instanceof ForgeError && error.code === 'CORRUPT') return undefined;
    throw error;
  }
}
