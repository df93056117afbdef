// Owns plain forms in this process: reading an asset that is stored by one, rebuilt as a whole, and what one a file would have.
import { Blake3 } from '../dataplane/portable/blake3.ts';
import { BadRecipe, LARGEST_RECODED, RecipeCodec } from '../dataplane/portable/recipeCodec.ts';
import { ForgeError } from '../errors.ts';
import type { Pointer } from '../model/pointer.ts';
import { RecordType } from '../model/record.ts';
import type { ChunkList, StoreReader } from './storeReader.ts';

/**
 * The whole asset, verified. `list` is its chunk list, which has a recipe. Takes memory for the plain form too: 192 MiB at most.
 * @throws ForgeError NOT_FOUND, CORRUPT, …
 */
export async function readForm(reader: StoreReader, pointer: Pointer, list: ChunkList): Promise<Buffer> {
  const total = list.chunks.reduce((sum, { length }) => sum + length, 0);
  if (pointer.size > LARGEST_RECODED || total > LONGEST_FORM)
    throw corrupt(pointer, 'it is too large for its recipe');
  // A module's calls cannot wait for records, so the form is read before.
  const form = Buffer.allocUnsafeSlow(total);
  let filled = 0;
  for (const { id } of list.chunks) {
    const raw = await reader.record(id, RecordType.chunk);
    if (!raw) throw missing(id);
    filled += raw.copy(form, filled);
  }
  const border = total - (list.recipe ?? 0);
  const file = Buffer.allocUnsafeSlow(pointer.size);
  let read = 0;
  let written = 0;
  try {
    new RecipeCodec().rebuild(form.subarray(border), {
      read: (into) => {
        const count = form.copy(into, 0, read, border);
        read += count;
        return count;
      },
      write: (bytes) => void (written += bytes.copy(file, written)),
    });
  } catch (error) {
    if (error instanceof BadRecipe) throw corrupt(pointer, error.message);
    throw error;
  }
  const hasher = await Blake3.create();
  if (written !== file.length || hasher.hash(file).toString('hex') !== pointer.blake3) {
    throw corrupt(pointer, 'its recipe makes another file');
  }
  return file;
}

/** What stands for a file's bytes, at most 64 MiB, if it were stored now: its plain form and recipe, or the bytes. */
export async function formOf(
  source: AsyncIterable<Buffer>,
): Promise<{ bytes: Buffer; recipe: number | undefined }> {
  const parts: Buffer[] = [];
  for await (const part of source) parts.push(Buffer.from(part));
  const file = Buffer.concat(parts);
  const form = new RecipeCodec().expand(file.length, (into) => file.copy(into) === file.length);
  return form ?? { bytes: file, recipe: undefined };
}

/** Plain form and recipe. */
const LONGEST_FORM = 144 * 1024 * 1024;

function corrupt({ blake3 }: Pointer, why: string): ForgeError {
  return new ForgeError('CORRUPT', `The asset ${blake3} cannot be rebuilt: ${why}`, REMEDY);
}

function missing(id: Buffer): ForgeError {
  return new ForgeError('NOT_FOUND', `The store lacks the chunk ${id.toString('hex')}`, REMEDY);
}

const REMEDY = 'Run `forge verify` to see what is affected and what can be repaired.';
