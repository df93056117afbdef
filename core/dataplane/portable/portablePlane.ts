// Owns the portable data plane: TypeScript and what Node brings, on worker threads, for where the native one cannot be had.
import { rmSync, statSync, truncateSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type {
  WayOfReading,
  BulkHooks,
  CheckFormsRequest,
  CheckRequest,
  CompareRequest,
  CompareResult,
  DataPlane,
  HashedFile,
  IngestHooks,
  IngestRequest,
  IngestResult,
  ListRequest,
  ListResult,
  OpenSegment,
  RecordProblem,
  RecordTable,
  RestoredFile,
  RestoreRequest,
  SegmentScan,
} from '../dataPlane.ts';
import { countItems } from './repack.ts';
import type { RepackRequest, RepackResult } from '../repack.ts';
import { Claims } from './claims.ts';
import { compareTree } from './compare.ts';
import { cutAll } from './cut.ts';
import { listFolders } from './list.ts';
import type { SharedTable } from './recordReader.ts';
import { sketchFiles } from './sketchFiles.ts';
import type { Job, JobProgress, JobResults } from './workerMessages.ts';
import { type RunHooks, WorkerPool } from './workerPool.ts';

export class PortablePlane implements DataPlane {
  readonly name = 'portable';
  readonly recodesParts = false;
  private readonly pool: WorkerPool;

  /** `workerScript`: the module that runs in worker threads (worker.ts, or what it is bundled to). */
  constructor(options: { workerScript: string | URL }) {
    this.pool = new WorkerPool(options.workerScript);
  }

  wayOfReading(): WayOfReading {
    return 'buffered';
  }

  cut(bytes: Uint8Array, averageLog2: number): number[] {
    return cutAll(bytes, averageLog2);
  }

  /** Node has no call for it. */
  releaseMapped(): void {}

  compare(request: CompareRequest): Promise<CompareResult> {
    return compareTree(request);
  }

  list(request: ListRequest): Promise<ListResult> {
    return listFolders(request);
  }

  async hashFiles(paths: string[], hooks: BulkHooks = {}): Promise<HashedFile[]> {
    const job = { name: 'hash', paths } as const;
    return inOrder((await this.share(() => job, paths.length, availableParallelism(), bulk(hooks))).flat());
  }

  async ingest(request: IngestRequest, hooks: IngestHooks): Promise<IngestResult> {
    const { segments: open, bases, dictionaries, workers, ...rest } = request;
    const common = { name: 'ingest', ...rest, bases: shareTable(bases) } as const;
    // The first worker writes what is new.
    const stored = dictionaries.map((dictionary) => ({ ...dictionary, isStored: true }));
    const claims = new Claims((ids) => hooks.isKnown(ids));
    const created: string[] = [];
    try {
      const results = await this.share(
        (worker) => ({
          ...common,
          dictionaries: worker === 0 ? dictionaries : stored,
          segment: open[worker],
        }),
        request.files.length,
        workers,
        {
          onAsk: (question) => claims.answer(question),
          onCreated: (path) => created.push(path),
          onProgress: summing((total) => hooks.onProgress?.(total)),
          signal: hooks.signal,
        },
      );
      return {
        files: inOrder(results.flatMap((result) => result.files)),
        segments: results.flatMap(({ segments }) =>
          segments.map((segment) => ({ ...segment, entries: asBuffer(segment.entries) })),
        ),
        dictionaries: dictionaries.flatMap(({ isStored }, number) => (isStored ? [] : [number])),
      };
    } catch (error) {
      discard(created, open);
      throw error;
    }
  }

  async restore(request: RestoreRequest, hooks: BulkHooks = {}): Promise<RestoredFile[]> {
    const { files, records, workers } = request;
    const job = { name: 'restore', files, records: shareTable(records) } as const;
    return inOrder((await this.share(() => job, files.length, workers, bulk(hooks))).flat());
  }

  /** Node can use dictionaries, but not train them. */
  trainDictionary(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  sketchFiles(files: { path: string; size: number }[]): Promise<(Uint32Array | undefined)[]> {
    return sketchFiles(files);
  }

  /** Its BLAKE3 tells nothing of subtrees. */
  hashOfSections(): undefined {}

  sectionOf(): undefined {}

  /** Node has no call for it. */
  setApart(): void {}

  /** Progress counts records as files, and their stored bytes. */
  async check(request: CheckRequest, hooks: BulkHooks = {}): Promise<RecordProblem[]> {
    const { rows, records, workers } = request;
    const job = { name: 'check', rows, records: shareTable(records) } as const;
    const problems = await this.share(() => job, rows.length, workers, bulk(hooks));
    return problems.flat().sort((a, b) => a.row - b.row);
  }

  async checkForms(request: CheckFormsRequest, hooks: BulkHooks = {}): Promise<(string | undefined)[]> {
    const { files, records, workers } = request;
    const job = { name: 'checkForms', files, records: shareTable(records) } as const;
    return inOrder((await this.share(() => job, files.length, workers, bulk(hooks))).flat());
  }

  async repack(request: RepackRequest, hooks: BulkHooks = {}): Promise<RepackResult> {
    const { records, workers, ...rest } = request;
    const job = { name: 'repack', ...rest, records: shareTable(records) } as const;
    const created: string[] = [];
    try {
      const results = await this.share(() => job, countItems(request), workers, {
        ...bulk(hooks),
        onCreated: (path) => created.push(path),
      });
      const segments = results.flatMap((result) => result.segments);
      const problems = results.flatMap((result) => result.problems).sort((a, b) => a.row - b.row);
      return {
        segments: segments.map((segment) => ({ ...segment, entries: asBuffer(segment.entries) })),
        problems,
      };
    } catch (error) {
      discard(created, []);
      throw error;
    }
  }

  async scanSegment(
    path: string,
    options: { from: number; footer: boolean; payloads: boolean },
  ): Promise<SegmentScan> {
    const [scan] = await this.pool.run([{ name: 'scan', path, ...options }], 1);
    return { ...scan, uuid: asBuffer(scan.uuid), entries: asBuffer(scan.entries) };
  }

  async sealSegment(path: string): Promise<{ path: string; length: number }> {
    const [sealed] = await this.pool.run([{ name: 'seal', path }], 1);
    return sealed;
  }

  close(): Promise<void> {
    return this.pool.close();
  }

  /** Runs jobs that take turns at `items` on at most `workers` threads. */
  private async share<J extends Job>(
    jobFor: (worker: number) => J,
    items: number,
    workers: number,
    hooks: RunHooks,
  ): Promise<JobResults[J['name']][]> {
    const count = Math.max(1, Math.min(workers, items));
    if (items === 0) return [];
    return this.pool.run(
      Array.from({ length: count }, (_, worker) => jobFor(worker)),
      items,
      hooks,
    );
  }
}

/** Puts the records where all threads can read them without a copy each. */
function shareTable(table: RecordTable): SharedTable {
  const rows = new Uint8Array(new SharedArrayBuffer(table.rows.length));
  rows.set(table.rows);
  return { segments: table.segments, rows };
}

function inOrder<R>(results: [index: number, result: R][]): R[] {
  const ordered: R[] = [];
  for (const [index, result] of results) ordered[index] = result;
  return ordered;
}

function bulk(hooks: BulkHooks): RunHooks {
  return {
    onProgress: summing(({ files, bytes }) => hooks.onProgress?.({ files, bytes })),
    signal: hooks.signal,
  };
}

/** Turns the steps that workers report into the totals that callers want. */
function summing(onProgress: (total: JobProgress) => void): RunHooks['onProgress'] {
  const total = { files: 0, bytes: 0, newBytes: 0, storedBytes: 0 };
  return (step) => {
    total.files += step.files;
    total.bytes += step.bytes;
    total.newBytes += step.newBytes;
    total.storedBytes += step.storedBytes;
    onProgress({ ...total });
  };
}

/** After a failure: nobody knows the new segments nor what was appended, so neither keeps its space. */
function discard(created: string[], appended: OpenSegment[]): void {
  for (const path of created) rmSync(path, { force: true });
  for (const { path, length } of appended) {
    const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    if (size > length) truncateSync(path, length);
  }
}

/** Buffers arrive from a worker as plain arrays. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
