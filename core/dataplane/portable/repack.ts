// Owns a worker's share of a repack: records are written anew into segments of their own, as they are or packed as small as they get.
import { Codec, ID_SIZE, RecordType } from '../../model/record.ts';
import { SegmentFlag } from '../../model/segment.ts';
import type { RecordProblem } from '../dataPlane.ts';
import type { TableRow } from '../recordTable.ts';
import type { RepackRequest } from '../repack.ts';
import type { JobContext } from './jobContext.ts';
import { press, type Pressed } from './press.ts';
import { BadRecord, RecordReader } from './recordReader.ts';
import { GroupRun } from './repackGroup.ts';
import { SegmentWriter } from './segmentWriter.ts';
import { isSystemError } from './systemCalls.ts';
import type { JobResults, RepackJob } from './workerMessages.ts';

/** Records that a worker takes at once when they do not belong together. */
const BATCH = 64;

type Queue = Pick<RepackRequest, 'groups' | 'singles' | 'copies'>;

/** What workers take one by one: groups, then runs of the other records. */
export function countItems({ groups, singles, copies }: Queue): number {
  return groups.length + Math.ceil(singles.length / BATCH) + Math.ceil(copies.length / BATCH);
}

export async function runRepack(job: RepackJob, context: JobContext): Promise<JobResults['repack']> {
  const segments = new SegmentWriter({
    folder: job.folder,
    first: undefined,
    target: job.segmentTarget,
    flags: SegmentFlag.packed,
    onCreate: (path) => context.announceSegment(path),
  });
  const reader = new RecordReader(job.records);
  try {
    const writer = new RepackWriter(job, context, reader, segments);
    for (let i = context.next(); i !== undefined; i = context.next()) writer.item(i);
    return { segments: await segments.finish(), problems: writer.problems };
  } finally {
    await segments.close();
    reader.close();
  }
}

/** Whether a record that needs no other chunk takes no more than `cost` bytes as it is, the id of a dictionary included. */
function isNoLarger(record: TableRow, cost: number): boolean {
  return standsAlone(record) && record.storedLength + ID_SIZE * record.bases.length <= cost;
}

/** Whether it is decoded without another chunk, if perhaps with a dictionary. */
export function standsAlone({ codec, bases }: TableRow): boolean {
  return codec === Codec.dictionary || bases.length === 0;
}

/** One worker's way from old records to new segments. */
export class RepackWriter {
  readonly reader: RecordReader;
  readonly problems: RecordProblem[] = [];
  readonly job: RepackJob;
  readonly context: JobContext;
  private readonly segments: SegmentWriter;

  constructor(job: RepackJob, context: JobContext, reader: RecordReader, segments: SegmentWriter) {
    this.job = job;
    this.context = context;
    this.reader = reader;
    this.segments = segments;
  }

  item(number: number): void {
    const { groups, singles, copies } = this.job;
    if (number < groups.length) return new GroupRun(this, number).run();
    const single = (number - groups.length) * BATCH;
    for (const row of singles.subarray(single, single + BATCH)) this.single(row);
    const copy = (number - groups.length - Math.ceil(singles.length / BATCH)) * BATCH;
    if (copy >= 0) for (const row of copies.subarray(copy, copy + BATCH)) this.copy(row);
  }

  /** Raw bytes of a row that are what its id says. Undefined when they cannot be had, which is then told in the result. */
  raw(row: number): Buffer | undefined {
    this.context.checkStop();
    try {
      const raw = Buffer.from(this.reader.read(row));
      const { id, type } = this.reader.row(row);
      if (type === RecordType.manifest || this.context.hashers.chunk.hash(raw).equals(id)) return raw;
      this.problems.push({ row, message: this.reader.describe(row, 'does not hold what it is named after') });
    } catch (error) {
      if (!(error instanceof BadRecord) && !isSystemError(error)) throw error;
      this.problems.push({ row, message: error.message });
    }
    return undefined;
  }

  append(record: TableRow, depth: number, bases: Buffer[], { codec, payload }: Pressed): void {
    const { id, type, rawLength } = record;
    const kept = { id: Buffer.from(id), type: type as RecordType };
    const storedBytes = this.segments.append({ ...kept, codec, depth, rawLength, bases }, payload);
    this.context.progress({ files: 1, bytes: rawLength, storedBytes });
  }

  private single(row: number): void {
    const raw = this.raw(row);
    if (!raw) return;
    const record = this.reader.row(row);
    const isIncompressible = record.codec === Codec.raw && record.type === RecordType.chunk;
    const pressed = press(raw, isIncompressible, [], this.job.level);
    if (isNoLarger(record, pressed.payload.length)) this.copy(row);
    else this.append(record, 0, [], pressed);
  }

  /** Writes the record's payload as it is, once it was decoded and found good; with another depth when a base of it has one. */
  copy(row: number, depth?: number): void {
    if (!this.raw(row)) return;
    const record = this.reader.row(row);
    const bases = record.bases.map((base) => Buffer.from(this.reader.row(base).id));
    const payload = Buffer.from(this.reader.stored(row));
    this.append(record, depth ?? record.depth, bases, {
      codec: record.codec as Codec,
      payload,
      candidate: 0,
    });
  }
}
