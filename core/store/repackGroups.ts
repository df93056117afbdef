// Owns going through the history of each path and giving what is not packed yet to the data plane, with what it may be packed against.
import { fileShare, WHOLE } from '../dataplane/repack.ts';
import type { ManifestChunk } from '../model/manifest.ts';
import type { Pointer } from '../model/pointer.ts';
import { type LiveAssets, type LiveRecords, partsOf } from './liveRecords.ts';
import type { RepackBatch } from './repackBatch.ts';
import { placeOf } from './repackOrder.ts';
import type { StoreReader } from './storeReader.ts';

/** Versions whose manifests are read at once, of several paths where these have few. */
const PREFETCH = 256;

function shareOf({ size }: Pointer, chunks: readonly ManifestChunk[], averageLog2: number): number {
  return fileShare(
    size,
    chunks.reduce((sum, { length }) => sum + length, 0),
    averageLog2,
  );
}

export class RepackGroups {
  private readonly live: LiveRecords;
  private readonly assets: LiveAssets;
  private readonly reader: () => StoreReader;

  constructor(live: LiveRecords, assets: LiveAssets, reader: () => StoreReader) {
    this.live = live;
    this.assets = assets;
    this.reader = reader;
  }

  /** Adds every path's history. `next` gives the batch to add to: a new one once the last is full. */
  async addTo(next: () => Promise<RepackBatch>): Promise<void> {
    let waiting: Pointer[][] = [];
    let count = 0;
    const addWaiting = async (): Promise<void> => {
      this.reader().prefetch(waiting.flat());
      for (const group of waiting) await this.addGroup(group, next);
      waiting = [];
      count = 0;
    };
    for (const group of this.assets.groups()) {
      waiting.push(group);
      count += group.length;
      if (count >= PREFETCH) await addWaiting();
    }
    await addWaiting();
  }

  private async addGroup(group: readonly Pointer[], next: () => Promise<RepackBatch>): Promise<void> {
    const wanted = await this.positionsToAdd(group);
    if (wanted.length === 0) return;
    let batch: RepackBatch | undefined;
    let places = new Map<number, number>();
    for (const position of wanted) {
      const current = await next();
      if (current !== batch) {
        // What went before is packed by now, and may be packed against.
        batch = current;
        batch.startGroup();
        places = new Map();
      }
      await this.addVersion(batch, group, position, places);
    }
  }

  /** Adds a version, after those that it refers to. Returns its position in the batch's group. */
  private async addVersion(
    batch: RepackBatch,
    group: readonly Pointer[],
    position: number,
    places: Map<number, number>,
  ): Promise<number> {
    const known = places.get(position);
    if (known !== undefined) return known;
    const { references } = placeOf(position);
    const added: number[] = [];
    for (const reference of references) {
      if (reference === position) continue;
      const place = places.get(reference) ?? (await this.addReference(batch, group, reference, places));
      added.push(place);
    }
    const { chunks, averageLog2 } = await partsOf(this.reader(), group[position]);
    const isWithin = references.includes(position);
    const place = batch.addVersion(chunks, {
      references: added,
      isWithin,
      averageLog2,
      isCold: group.length > 1,
      fileShare: shareOf(group[position], chunks, averageLog2),
    });
    places.set(position, place);
    return place;
  }

  /** A version that is there only to be packed against: all of it is packed already. */
  private async addReference(
    batch: RepackBatch,
    group: readonly Pointer[],
    position: number,
    places: Map<number, number>,
  ): Promise<number> {
    const { chunks, averageLog2 } = await partsOf(this.reader(), group[position]);
    const place = batch.addVersion(chunks, {
      references: [],
      isWithin: false,
      averageLog2,
      isCold: false,
      fileShare: WHOLE,
    });
    places.set(position, place);
    return place;
  }

  /** Positions of the versions with chunks that have to be packed. */
  private async positionsToAdd(group: readonly Pointer[]): Promise<number[]> {
    const wanted: number[] = [];
    for (let first = 0; first < group.length; first += PREFETCH) {
      const slice = group.slice(first, first + PREFETCH);
      if (group.length > PREFETCH) this.reader().prefetch(slice);
      for (const [i, pointer] of slice.entries()) {
        const { chunks } = await partsOf(this.reader(), pointer);
        if (chunks.some(({ id }) => !this.live.isFixed(id))) wanted.push(first + i);
      }
    }
    return wanted;
  }
}
