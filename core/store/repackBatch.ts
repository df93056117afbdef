// Owns one call of the data plane while the store is compacted: what it copies, what it packs, and against which versions.
import { FIXED, type RepackRequest, type RepackVersion, UNUSABLE } from '../dataplane/repack.ts';
import { RecordType } from '../model/record.ts';
import type { RecordLocation } from './chunkIndex.ts';
import type { LiveRecords } from './liveRecords.ts';
import type { RecordPlan } from './recordPlan.ts';

/** Rows, and raw bytes to pack, of one call: what bounds its memory and what is lost when it is interrupted. */
const MAX_ROWS = 100_000;
const MAX_BYTES = 512 * 1024 * 1024;
/** Raw bytes of a group to which no further path is added: workers take whole groups. */
const SHARED_BYTES = 16 * 1024 * 1024;

export class RepackBatch {
  /** Raw bytes to pack or copy. */
  bytes = 0;
  private readonly live: LiveRecords;
  private readonly plan: RecordPlan;
  /** Chunks that some group of this or an earlier batch packs, by their position among the live ones. */
  private readonly claimed: Uint8Array;
  private readonly owners: number[] = [];
  private readonly copies: number[] = [];
  private readonly singles: number[] = [];
  private readonly groups: RepackVersion[][] = [];
  /** What `bytes` was when the last group began. */
  private groupStart = 0;
  /** Rows of chunks by their position among the live ones. */
  private readonly rows = new Map<number, number>();

  constructor(live: LiveRecords, plan: RecordPlan, claimed: Uint8Array) {
    this.live = live;
    this.plan = plan;
    this.claimed = claimed;
  }

  get isEmpty(): boolean {
    return this.copies.length === 0 && this.singles.length === 0 && this.groups.length === 0;
  }

  get isFull(): boolean {
    return this.plan.length >= MAX_ROWS || this.bytes >= MAX_BYTES;
  }

  addCopy(place: RecordLocation): void {
    const row = this.plan.addPlace(place);
    if (row === undefined) return;
    this.copies.push(row);
    this.bytes += place.rawLength;
  }

  addSingle(id: Buffer, type: RecordType): void {
    const row = this.plan.add(id, type);
    if (row === undefined) return;
    this.singles.push(row);
    this.bytes += this.plan.location(row).rawLength;
  }

  /** Starts the versions of another path. Short histories share a group: what they have in common is found within one. */
  startGroup(): void {
    const last = this.groups.at(-1);
    if (last && (last.length === 0 || this.bytes - this.groupStart < SHARED_BYTES)) return;
    this.groups.push([]);
    this.groupStart = this.bytes;
  }

  /** Adds a version to the group. Chunks that nobody packs yet are packed with it. Returns its position in the group. */
  addVersion(
    chunks: readonly { id: Buffer }[],
    version: Omit<RepackVersion, 'rows'> & { isWithin: boolean },
  ): number {
    const group = this.groups[this.groups.length - 1];
    const rows: number[] = [];
    for (const { id } of chunks) {
      const row = this.rowOf(id);
      if (row !== undefined) rows.push(row);
    }
    const { isWithin, references, ...rest } = version;
    return (
      group.push({ ...rest, references: isWithin ? [...references, group.length] : references, rows }) - 1
    );
  }

  request(options: Pick<RepackRequest, 'folder' | 'segmentTarget' | 'level' | 'workers'>): RepackRequest {
    const owners = new Uint32Array(this.plan.length).fill(UNUSABLE);
    this.owners.forEach((owner, row) => (owners[row] = owner));
    return {
      records: this.plan.table(),
      owners,
      copies: Uint32Array.from(this.copies),
      singles: Uint32Array.from(this.singles),
      groups: this.groups.filter((group) => group.length > 0),
      ...options,
    };
  }

  private rowOf(id: Buffer): number | undefined {
    const position = this.live.chunks.positionOf(id);
    const known = this.rows.get(position);
    if (known !== undefined) return known;
    const place = this.live.fixedPlace(id, RecordType.chunk);
    const row = place ? this.plan.addPlace(place) : this.plan.add(id, RecordType.chunk);
    if (row === undefined) return undefined;
    this.rows.set(position, row);
    if (place) this.owners[row] = FIXED;
    else if (this.claimed[position] === 0) {
      this.claimed[position] = 1;
      this.owners[row] = this.groups.length - 1;
      this.bytes += this.plan.location(row).rawLength;
    }
    return row;
  }
}
