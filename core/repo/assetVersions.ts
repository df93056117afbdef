// Owns the list of every asset that is reached, with the path it belongs to and when: some 60 bytes each, for millions of them.
import { hash } from 'node:crypto';
import { extname } from 'node:path';
import type { Pointer } from '../model/pointer.ts';
import { ID_SIZE } from '../model/record.ts';
import { IdTable } from '../store/idTable.ts';
import type { LiveAssets } from '../store/liveRecords.ts';

const FIRST_CAPACITY = 256;

export class AssetVersions implements LiveAssets {
  private readonly ids = new IdTable();
  private sizes = new Float64Array(FIRST_CAPACITY);
  /** Of the path, that of its extension first. Should two be alike, their versions count as those of one path, which does no harm. */
  private hashes = new Float64Array(FIRST_CAPACITY);
  private times = new Float64Array(FIRST_CAPACITY);

  get count(): number {
    return this.ids.count;
  }

  /** Adds an asset, unless it is there already. `time`: milliseconds since 1970; of equal times the one added first is younger. */
  add(path: string, pointer: Pointer, time: number): void {
    const position = this.ids.count;
    if (!this.ids.add(Buffer.from(pointer.blake3, 'hex'))) return;
    if (position === this.sizes.length) {
      this.sizes = grown(this.sizes);
      this.hashes = grown(this.hashes);
      this.times = grown(this.times);
    }
    this.sizes[position] = pointer.size;
    this.hashes[position] = orderOf(path);
    this.times[position] = time;
  }

  *groups(): Iterable<Pointer[]> {
    const { hashes, times, count } = this;
    const order = Uint32Array.from({ length: count }, (_, i) => i);
    order.sort((a, b) => hashes[a] - hashes[b] || times[a] - times[b] || b - a);
    for (let first = 0; first < count;) {
      let end = first + 1;
      while (end < count && hashes[order[end]] === hashes[order[first]]) end++;
      yield Array.from(order.subarray(first, end), (position) => this.pointer(position));
      first = end;
    }
  }

  private pointer(position: number): Pointer {
    return { blake3: this.ids.at(position).toString('hex', 0, ID_SIZE), size: this.sizes[position] };
  }
}

/** 12 bits of the extension's hash, so that files of one kind follow each other, and 40 of the path's. */
function orderOf(path: string): number {
  const kind = hash('sha1', extname(path).toLowerCase(), 'buffer').readUInt16LE(0) & 0xfff;
  return kind * 2 ** 40 + hash('sha1', path, 'buffer').readUIntLE(0, 5);
}

function grown(values: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(2 * values.length);
  larger.set(values);
  return larger;
}
