// Owns the dictionaries of one ingest: which kinds of files have one already, and for which one is trained now.
import { extname } from 'node:path';
import { isCompressedMedia } from '../dataplane/chunkSize.ts';
import type { Dictionary } from '../dataplane/dataPlane.ts';
import { RecordType } from '../model/record.ts';
import type { StoreFile } from './chunkStore.ts';
import type { WritableStoreContext } from './storeContext.ts';
import { StoreReader } from './storeReader.ts';

/** Fewer new files of a kind are not worth a dictionary of their own. */
const LEAST_FILES = 64;
const LEAST_BYTES = 1024 * 1024;
/** Kinds to train for in one ingest, those with the most bytes. */
const MOST_KINDS = 4;
const SAMPLES = 256;
const SAMPLE_BYTES = 128 * 1024;
const DICTIONARY_BYTES = 64 * 1024;

interface KnownDictionary extends Dictionary {
  kind: string;
  id: Buffer;
}

/**
 * A kind is what files with the same extension are. Only files without an earlier version are packed with a dictionary: for others
 * that version is the better one.
 */
export class IngestDictionaries {
  readonly #context: WritableStoreContext;
  readonly #files = new Map<string, StoreFile[]>();
  readonly #known: KnownDictionary[] = [];
  readonly #numbers = new Map<string, number>();
  /** On disk, but not to be found by their kind yet. */
  readonly #unnamed: KnownDictionary[] = [];

  constructor(context: WritableStoreContext, files: readonly StoreFile[]) {
    this.#context = context;
    for (const file of files) {
      const kind = kindOf(file);
      if (kind === undefined) continue;
      const same = this.#files.get(kind);
      if (same) same.push(file);
      else this.#files.set(kind, [file]);
    }
  }

  /** What the plane is to know of; a file names its dictionary by its number here. */
  get list(): readonly Dictionary[] {
    return this.#known;
  }

  numberOf(file: StoreFile): number | undefined {
    const kind = kindOf(file);
    return kind === undefined ? undefined : this.#numbers.get(kind);
  }

  /** Fetches the dictionaries that the store has for these files. A damaged one is as good as none. */
  async load(): Promise<void> {
    const { files, index } = this.#context;
    const reader = new StoreReader(files, index);
    for (const kind of this.#files.keys()) {
      const id = index.dictionaryOf(kind);
      const bytes = id && (await reader.record(id, RecordType.dictionary).catch(() => undefined));
      if (id && bytes) this.#add({ kind, id, bytes, isStored: true });
    }
  }

  /** Trains dictionaries for the kinds that have none and many new files. */
  async train(): Promise<void> {
    const untrained = [...this.#files].filter(([kind, files]) => {
      const bytes = files.reduce((sum, { size }) => sum + size, 0);
      return files.length >= LEAST_FILES && bytes >= LEAST_BYTES && !this.#numbers.has(kind);
    });
    untrained.sort(([, a], [, b]) => b.length - a.length);
    for (const [kind, files] of untrained.slice(0, MOST_KINDS)) {
      const trained = await this.#context.plane.trainDictionary(sampleOf(files), {
        sampleBytes: SAMPLE_BYTES,
        dictionaryBytes: DICTIONARY_BYTES,
      });
      if (trained) this.#add({ ...trained, kind, isStored: false });
    }
  }

  /** Those that a batch brought to the disk, by their numbers: the next need not. */
  written(numbers: readonly number[]): void {
    for (const number of numbers) {
      this.#known[number].isStored = true;
      this.#unnamed.push(this.#known[number]);
    }
  }

  /** To be called when such a batch is in the index: has what it brought found by its kind from now on. */
  remember(): void {
    const named = this.#unnamed.splice(0);
    if (named.length > 0)
      this.#context.index.apply({ dictionaries: named.map(({ kind, id }) => ({ kind, id })) });
  }

  #add(dictionary: KnownDictionary): void {
    this.#numbers.set(dictionary.kind, this.#known.push(dictionary) - 1);
  }
}

/** Undefined for files that no dictionary would help. */
function kindOf({ path, rule, previous }: StoreFile): string | undefined {
  if (previous || rule === 'text' || isCompressedMedia(path)) return undefined;
  const kind = extname(path).slice(1).toLowerCase();
  return kind === '' ? undefined : kind;
}

/** Paths spread evenly over the list. */
function sampleOf(files: StoreFile[]): string[] {
  const count = Math.min(files.length, SAMPLES);
  return Array.from({ length: count }, (_, i) => files[Math.floor((i * files.length) / count)].path);
}
