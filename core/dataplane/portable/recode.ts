// Owns containers on their way in and out of a worker: which bytes stand for a file, and the file made of them again.
import type { StoredForm } from '../dataPlane.ts';
import type { Blake3 } from './blake3.ts';
import type { JobContext } from './jobContext.ts';
import { BadRecipe, LARGEST_RECODED, RecipeCodec } from './recipeCodec.ts';
import { BadRecord, type RecordReader } from './recordReader.ts';
import { readFully } from './systemCalls.ts';

/** WebAssembly gives memory back late, so this plane leaves longer files as they are, which the native one may recode. */
const LARGEST_HERE = LARGEST_RECODED / 8;
/** Above this length a plain form may be cut into larger chunks. */
export const LONG_FORM = 4 * 1024 * 1024;

const codec = new RecipeCodec();

/** What is cut instead of a file's own bytes: its plain form and then the recipe. */
export interface Recoded {
  bytes: Buffer;
  /** Length of the recipe. */
  recipe: number;
  /** BLAKE3 of the file itself. */
  id: Buffer;
}

/** Undefined for a file that is stored as it is, or that has become shorter. The bytes are valid until the next call. */
export function recode(fd: number, size: number, hasher: Blake3): Recoded | undefined {
  if (size > LARGEST_HERE) return undefined;
  let id: Buffer | undefined;
  const form = codec.expand(size, (into) => {
    if (readFully(fd, into, 0, size, 0) < size) return false;
    id = hasher.hash(into);
    return true;
  });
  return form && id && { ...form, id };
}

/** Hands the bytes of a file, whatever it is stored by, to `write` in parts. @throws BadRecord, Stopped, and whatever reading and `write` throw */
export function writeContent(
  reader: RecordReader,
  { chunks, recipe, parts = [] }: Pick<StoredForm, 'chunks' | 'recipe' | 'parts'>,
  context: Pick<JobContext, 'checkStop' | 'takeTurn'>,
  write: (bytes: Buffer) => void,
): void {
  for (const part of [{ chunks, recipe }, ...parts]) {
    if (part.recipe === undefined) {
      for (const row of part.chunks) {
        context.checkStop();
        write(reader.read(row));
      }
      continue;
    }
    const endTurn = context.takeTurn();
    try {
      rebuild(reader, { chunks: part.chunks, recipe: part.recipe }, context, write);
    } finally {
      endTurn();
    }
  }
}

/**
 * Rebuilds a file whose plain form and recipe (the last `recipe` bytes) are in these records, and hands it to `write` in parts.
 * @throws BadRecord, Stopped, and whatever reading and `write` throw
 */
function rebuild(
  reader: RecordReader,
  { chunks, recipe }: { chunks: Uint32Array; recipe: number },
  context: Pick<JobContext, 'checkStop'>,
  write: (bytes: Buffer) => void,
): void {
  const total = chunks.reduce((sum, row) => sum + reader.row(row).rawLength, 0);
  if (recipe > total) throw new BadRecord(undefined, 'the recipe is longer than its chunks');
  const source = new PlainForm(reader, chunks, total - recipe);
  try {
    codec.rebuild(tail(reader, chunks, recipe), {
      read: (into) => {
        context.checkStop();
        return source.read(into);
      },
      write,
    });
  } catch (error) {
    if (error instanceof BadRecipe) throw new BadRecord(undefined, error.message);
    throw error;
  }
}

/** The last `length` bytes of the records. */
function tail(reader: RecordReader, chunks: Uint32Array, length: number): Buffer {
  const out = Buffer.alloc(length);
  let missing = length;
  for (let i = chunks.length - 1; i >= 0 && missing > 0; i--) {
    const raw = reader.read(chunks[i]);
    const count = Math.min(raw.length, missing);
    raw.copy(out, missing - count, raw.length - count);
    missing -= count;
  }
  return out;
}

/** Bytes of records, one after another. */
class PlainForm {
  private readonly reader: RecordReader;
  private readonly chunks: Uint32Array;
  private rest: number;
  private next = 0;
  private current = Buffer.alloc(0);
  private used = 0;

  constructor(reader: RecordReader, chunks: Uint32Array, length: number) {
    this.reader = reader;
    this.chunks = chunks;
    this.rest = length;
  }

  read(into: Buffer): number {
    while (this.used === this.current.length && this.next < this.chunks.length && this.rest > 0) {
      this.current = Buffer.from(this.reader.read(this.chunks[this.next++]));
      this.used = 0;
    }
    const end = Math.min(this.current.length, this.used + this.rest);
    const count = this.current.copy(into, 0, this.used, end);
    this.used += count;
    this.rest -= count;
    return count;
  }
}
