// Owns where the chunks of a new version lie in an earlier one of the same path: cuts move with edits, chunks found in both align them.
import { MAX_BASES } from '../../model/record.ts';
import type { TableRow } from '../recordTable.ts';
import type { RecordReader } from './recordReader.ts';

/** A record that another may be packed against. */
export interface Base {
  row: number;
  record: TableRow;
}

interface PreviousChunk extends Base {
  /** Where it lies in the previous version, bytes. */
  start: number;
  end: number;
}

export class PreviousVersion {
  private readonly chunks: PreviousChunk[] = [];
  private readonly byId = new Map<string, number>();
  /** Bytes around the mapped place that are taken along: edits move cuts. */
  private readonly margin: number;
  /** How much further on the last matched chunk lies in the previous version. */
  private drift = 0;

  /** `rows`: the previous version's chunks, in order. */
  constructor(rows: Iterable<number>, averageLog2: number, reader: RecordReader) {
    this.margin = 2 ** (averageLog2 - 1);
    let start = 0;
    for (const row of rows) {
      const record = reader.row(row);
      const end = start + record.rawLength;
      this.byId.set(key(record.id), this.chunks.length);
      this.chunks.push({ row, record, start, end });
      start = end;
    }
  }

  /** Of its chunks, in order. */
  rows(): number[] {
    return this.chunks.map(({ row }) => row);
  }

  /** Tells where the chunk with this id starts in the new version. Returns whether the old one has it, which aligns the two. */
  follow(id: Buffer, start: number): boolean {
    if (this.chunks.length === 0) return false;
    const inLine = this.chunks[this.indexAt(start + this.drift)];
    // Of equal chunks (zeros, say) the one in line is meant.
    if (inLine.start === start + this.drift && inLine.record.id.equals(id)) return true;
    const match = this.byId.get(key(id));
    if (match !== undefined) this.drift = this.chunks[match].start - start;
    return match !== undefined;
  }

  /**
   * Chunks around the place of [start, start + length) of the new version, those nearest to its middle: at most four, of less
   * than `limit` bytes in all (or one).
   */
  around(start: number, length: number, limit: number): Base[] {
    if (this.chunks.length === 0) return [];
    const from = start + this.drift;
    const middle = from + length / 2;
    let low = this.indexAt(from - this.margin);
    let high = this.indexAt(from + length + this.margin - 1);
    const tooMany = (): boolean =>
      high - low >= MAX_BASES || this.chunks[high].end - this.chunks[low].start >= limit;
    while (high > low && tooMany()) {
      if (middle - this.chunks[low].start > this.chunks[high].end - middle) low++;
      else high--;
    }
    return this.chunks.slice(low, high + 1);
  }

  /** Number of the chunk that holds this byte; of the first or last for bytes outside. */
  private indexAt(position: number): number {
    let low = 0;
    let high = this.chunks.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.chunks[middle].end > position) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

function key(id: Buffer): string {
  return id.toString('latin1');
}
