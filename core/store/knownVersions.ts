// Owns what is known of earlier versions of huge files before the next is stored: it can be learned while that one is hashed.
import { HUGE_FILE, Known, SECTION_SIZE } from '../dataplane/dataPlane.ts';
import { ForgeError } from '../errors.ts';
import { type ManifestView, viewManifest } from '../model/manifest.ts';
import type { Pointer } from '../model/pointer.ts';
import { ID_SIZE, RecordType } from '../model/record.ts';
import type { ChunkIndex, SegmentInfo } from './chunkIndex.ts';
import type { StoreContext } from './storeContext.ts';
import { StoreReader } from './storeReader.ts';

/** So many numbers of chunks fit in a double beside 32 bits of an id. */
const MOST_CHUNKS = 2 ** 21;
/** Versions to be learned ahead: each takes some megabytes. */
const MOST_AHEAD = 16;

/** A version of a huge file, all chunks of which are in the store. */
export interface KnownVersion {
  /** Values of its sections, checked: they make its BLAKE3. */
  sections: Buffer;
  manifest: ManifestView;
}

export class KnownVersions {
  readonly #ahead = new Map<string, KnownVersion | undefined>();
  /** When that was learned. */
  #segments: SegmentInfo[] = [];

  /** Learns what `take` will be asked for. */
  async prepare(context: StoreContext, pointers: Iterable<Pointer>): Promise<void> {
    this.#ahead.clear();
    this.#segments = context.index.segments();
    for (const pointer of pointers) {
      if (pointer.size < HUGE_FILE || this.#ahead.has(pointer.blake3)) continue;
      this.#ahead.set(pointer.blake3, await learn(context, pointer));
      if (this.#ahead.size === MOST_AHEAD) break;
    }
  }

  /** Undefined when not enough is known. What was learned ahead is forgotten. */
  async take(context: StoreContext, pointer: Pointer): Promise<KnownVersion | undefined> {
    const { blake3 } = pointer;
    if (this.#ahead.size > 0 && !areStillThere(this.#segments, context.index)) this.#ahead.clear();
    const version = this.#ahead.has(blake3) ? this.#ahead.get(blake3) : await learn(context, pointer);
    this.#ahead.delete(blake3);
    return version;
  }
}

/** Records are lost with segments, or with their ends, and in no other way. */
function areStillThere(before: SegmentInfo[], index: ChunkIndex): boolean {
  const now = new Map(index.segments().map((info) => [info.number, info]));
  return before.every(({ number, length, state }) => {
    const info = now.get(number);
    return state === 'dropped' || (info && info.state !== 'dropped' && info.length >= length);
  });
}

async function learn(context: StoreContext, pointer: Pointer): Promise<KnownVersion | undefined> {
  const sections = context.sections.read(pointer.blake3);
  if (sections?.length !== ID_SIZE * Math.ceil(pointer.size / SECTION_SIZE)) return undefined;
  const manifest = await manifestOf(context, pointer);
  if (manifest?.size !== pointer.size || manifest.recipe !== undefined) return undefined;
  return allKnown(context.index, manifest) ? { sections, manifest } : undefined;
}

/** A damaged previous version must not keep anybody from storing the next. */
async function manifestOf(
  { files, index }: StoreContext,
  { blake3 }: Pointer,
): Promise<ManifestView | undefined> {
  try {
    const bytes = await new StoreReader(files, index).record(Buffer.from(blake3, 'hex'), RecordType.manifest);
    return bytes && viewManifest(bytes);
  } catch (error) {
    if (error instanceof ForgeError && error.code === 'CORRUPT') return undefined;
    throw error;
  }
}

/** In the order of the ids, so that neighbours in the index are asked for together. */
function allKnown(index: ChunkIndex, { bytes, count, at }: ManifestView): boolean {
  if (count > MOST_CHUNKS) return false;
  const order = new Float64Array(count);
  for (let i = 0; i < count; i++) order[i] = bytes.readUInt32BE(at(i)) * MOST_CHUNKS + i;
  order.sort();
  const ids = Buffer.alloc(ID_SIZE * count);
  for (let i = 0; i < count; i++) {
    const from = at(order[i] % MOST_CHUNKS);
    bytes.copy(ids, ID_SIZE * i, from, from + ID_SIZE);
  }
  return index.isKnown(ids).every((known) => known === Known.chunk);
}
