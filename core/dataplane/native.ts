// Owns the native data plane: finds the Rust module, and puts its calls into the form of the DataPlane interface.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import type * as Native from '../../native/index.d.ts';
import { ForgeError, fromSystemError } from '../errors.ts';
import { GIT_INDEX_REMEDY } from '../model/gitIndexEntry.ts';
import {
  type BulkHooks,
  type CheckFormsRequest,
  type CheckRequest,
  type CompareRequest,
  type CompareResult,
  type DataPlane,
  type HashedFile,
  type IngestHooks,
  type IngestRequest,
  type IngestResult,
  type ListRequest,
  type ListResult,
  type PackedText,
  type RecordProblem,
  type RestoredFile,
  type RestoreRequest,
  type SegmentScan,
  STAT_FIELDS,
  type StatTuple,
  type TextFile,
  type TrainedDictionary,
  type WayOfReading,
} from './dataPlane.ts';
import {
  nativeFile,
  OID_SIZE,
  ingestedFile,
  expectation,
  restoredFile,
  changedEntries,
  listing,
  asBuffer,
} from './nativeShapes.ts';
import { SKETCH_FEATURES } from './sketch.ts';
import { packGroups, type RepackRequest, type RepackResult } from './repack.ts';

type NativeModule = typeof Native;

const PROGRESS_INTERVAL = 100; // ms

export type NativePlaneResult = { plane: NativePlane } | { plane: undefined; reason: string };

/**
 * Loads the native module: from `folder` (where scripts/buildNative.mjs puts it), else the package for this platform.
 * `requireFrom` is an absolute path from which packages are looked for, e.g. that of the running script.
 */
export function loadNativePlane(options: { folder?: string; requireFrom: string }): NativePlaneResult {
  const platform = platformName();
  const require = createRequire(options.requireFrom);
  const places = [`@forge-vcs/native-${platform}`];
  if (options.folder !== undefined) places.unshift(join(options.folder, `forge-native.${platform}.node`));
  const reasons: string[] = [];
  for (const place of places) {
    try {
      return { plane: new NativePlane(require(place) as NativeModule) };
    } catch (error) {
      reasons.push(`${place}: ${firstLine(error)}`);
    }
  }
  return { plane: undefined, reason: reasons.join('; ') };
}

/** What prebuilt modules are called after: system, processor, and where it matters the C library. */
export function platformName(): string {
  const base = `${process.platform}-${process.arch}`;
  if (process.platform === 'linux') return `${base}-${usesMusl() ? 'musl' : 'gnu'}`;
  return process.platform === 'win32' ? `${base}-msvc` : base;
}

function usesMusl(): boolean {
  try {
    return readFileSync('/usr/bin/ldd', 'latin1').includes('musl');
  } catch {
    const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
    return header.glibcVersionRuntime === undefined;
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0];
}

export class NativePlane implements DataPlane {
  readonly name = 'native';
  readonly recodesParts = true;
  private readonly native: NativeModule;

  constructor(native: NativeModule) {
    this.native = native;
  }

  wayOfReading(path: string): WayOfReading {
    return this.native.readsUncached(path) ? 'uncached' : 'buffered';
  }

  cut(bytes: Uint8Array, averageLog2: number): number[] {
    return this.native.cut(bytes, averageLog2);
  }

  async compare(request: CompareRequest): Promise<CompareResult> {
    const { root, indexPath, skip } = request;
    const found = await rethrown(this.native.compare(root, indexPath, skip), root, 'reading');
    return {
      entries: found.entries,
      rootTree: found.rootTree,
      changed: changedEntries(found),
      untracked: listing(found.untracked),
      problems: found.problems,
    };
  }

  async list(request: ListRequest): Promise<ListResult> {
    const { root, folders, skip } = request;
    const found = await rethrown(this.native.list(root, folders, skip), root, 'reading');
    return { listing: listing(found.listing), problems: found.problems };
  }

  async hashFiles(paths: string[], hooks: BulkHooks = {}): Promise<HashedFile[]> {
    const results = await this.watched(
      (task) => this.native.hashFiles(task, paths),
      hooks,
      'reading',
      paths[0],
    );
    return results.map(({ blake3, sections, stat, code, message }, i) =>
      blake3 !== undefined && stat
        ? {
            state: 'done',
            blake3,
            size: stat[STAT_FIELDS - 1],
            stat: stat as StatTuple,
            ...(sections && { sections }),
          }
        : { state: 'failed', code: code ?? 'EIO', message: `${paths[i]}: ${message}` },
    );
  }

  hashOfSections(values: Buffer): string | undefined {
    return this.native.hashOfSections(values) ?? undefined;
  }

  sectionOf(path: string, number: number): Buffer | undefined {
    return this.native.sectionOf(path, number) ?? undefined;
  }

  async ingest(request: IngestRequest, hooks: IngestHooks): Promise<IngestResult> {
    const { files, bases, segments, dictionaries, ...rest } = request;
    const packed: Native.NativeIngestRequest = {
      ...rest,
      segments,
      dictionaries: dictionaries.map(({ bytes, isStored }) => ({ bytes, isStored })),
      baseSegments: bases.segments,
      baseRows: bases.rows,
      files: files.map(nativeFile),
    };
    let thrown: { error: unknown } | undefined;
    const isKnown = (ids: Buffer): Buffer => {
      try {
        return asBuffer(hooks.isKnown(ids));
      } catch (error) {
        thrown ??= { error };
        return Buffer.alloc(0);
      }
    };
    try {
      const result = await this.watched(
        (task) => this.native.ingest(task, packed, isKnown),
        { signal: hooks.signal, onProgress: hooks.onProgress?.bind(hooks) },
        'writing',
        request.storeFolder,
      );
      return {
        files: result.files.map((file, i) => ingestedFile(file, files[i].path)),
        segments: result.segments,
        dictionaries: result.dictionaries,
      };
    } catch (error) {
      throw thrown ? thrown.error : error;
    }
  }

  async trainDictionary(
    paths: string[],
    { sampleBytes, dictionaryBytes }: { sampleBytes: number; dictionaryBytes: number },
  ): Promise<TrainedDictionary | undefined> {
    const trained = this.native.trainDictionary(paths, sampleBytes, dictionaryBytes);
    return (await rethrown(trained, paths[0], 'reading')) ?? undefined;
  }

  async sketchFiles(files: { path: string; size: number }[]): Promise<(Uint32Array | undefined)[]> {
    const [paths, sizes] = [files.map(({ path }) => path), files.map(({ size }) => size)];
    const numbers = await rethrown(this.native.sketchFiles(paths, sizes), paths[0], 'reading');
    return files.map((_, i) => {
      const sketch = numbers.subarray(SKETCH_FEATURES * i, SKETCH_FEATURES * (i + 1));
      return sketch.some((feature) => feature !== 0) ? sketch : undefined;
    });
  }

  async packTexts(files: TextFile[], largest: number): Promise<(PackedText | undefined)[]> {
    const paths = files.map(({ path }) => path);
    const checked = files.map(({ isChecked }) => isChecked);
    const packing = this.native.packTexts(paths, checked, largest);
    const { oids, stats, lengths, streams } = await rethrown(packing, paths[0], 'reading');
    let end = 0;
    return files.map((_, i) => {
      const start = end;
      end += lengths[i];
      if (lengths[i] === 0) return undefined;
      return {
        oid: oids.subarray(OID_SIZE * i, OID_SIZE * (i + 1)),
        stat: Array.from(stats.subarray(STAT_FIELDS * i, STAT_FIELDS * (i + 1))) as StatTuple,
        stream: streams.subarray(start, end),
      };
    });
  }

  async restore(request: RestoreRequest, hooks: BulkHooks = {}): Promise<RestoredFile[]> {
    const { files, records, workers } = request;
    const packed: Native.NativeRestoreRequest = {
      ...records,
      workers,
      files: files.map(({ expect, ...file }) => ({ ...file, ...expectation(expect) })),
    };
    const results = await this.watched((task) => this.native.restore(task, packed), hooks, 'restoring');
    return results.map((result, i) => restoredFile(result, files[i].path));
  }

  setApart(folder: string): void {
    this.native.setApart(folder);
  }

  check(request: CheckRequest, hooks: BulkHooks = {}): Promise<RecordProblem[]> {
    const { records, rows, workers } = request;
    return this.watched(
      (task) => this.native.check(task, records.segments, records.rows, rows, workers),
      hooks,
      'checking',
    );
  }

  async checkForms(request: CheckFormsRequest, hooks: BulkHooks = {}): Promise<(string | undefined)[]> {
    const { records, files, workers } = request;
    const nowhere = { path: '', temporary: '', mode: 0, expect: 1 };
    const packed = { ...records, workers, files: files.map((file) => ({ ...file, ...nowhere })) };
    const found = await this.watched((task) => this.native.checkForms(task, packed), hooks, 'checking');
    return found.map((message) => message ?? undefined);
  }

  repack(request: RepackRequest, hooks: BulkHooks = {}): Promise<RepackResult> {
    const { records, groups, ...rest } = request;
    const packed = { ...rest, ...records, groups: packGroups(groups) };
    return this.watched((task) => this.native.repack(task, packed), hooks, 'writing', request.folder);
  }

  scanSegment(
    path: string,
    options: { from: number; footer: boolean; payloads: boolean },
  ): Promise<SegmentScan> {
    const { from, footer, payloads } = options;
    return rethrown(this.native.scanSegment(path, from, footer, payloads), path, 'scanning');
  }

  sealSegment(path: string): Promise<{ path: string; length: number }> {
    return rethrown(this.native.sealSegment(path), path, 'sealing');
  }

  releaseMapped(path: string): void {
    this.native.releaseMapped(path);
  }

  /** Threads end with the calls that they work for. */
  async close(): Promise<void> {}

  /** Runs a call with its progress reported and its signal heeded. `path` is what it is about, for failures that name none. */
  private async watched<T>(
    call: (task: Native.Task) => Promise<T>,
    { onProgress, signal }: Pick<IngestHooks, 'onProgress' | 'signal'>,
    doing: string,
    path = '',
  ): Promise<T> {
    if (signal?.aborted) throw aborted();
    const task = new this.native.Task();
    const report = (): void => {
      const [files, bytes, newBytes, storedBytes] = task.progress();
      onProgress?.({ files, bytes, newBytes, storedBytes });
    };
    const cancel = (): void => task.cancel();
    const timer = onProgress && setInterval(report, PROGRESS_INTERVAL);
    signal?.addEventListener('abort', cancel);
    try {
      const result = await rethrown(call(task), path, doing);
      report();
      return result;
    } finally {
      clearInterval(timer);
      signal?.removeEventListener('abort', cancel);
    }
  }
}

function aborted(): ForgeError {
  return new ForgeError('ABORTED', 'Stopped as asked', 'Run the command again to finish.');
}

/** Turns a failure of the native module, `code\nmessage\npath`, into a ForgeError. */
async function rethrown<T>(call: Promise<T>, path: string, doing: string): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw forgeError(error, path, doing);
  }
}

/** Damage of Git's index is none of the store's. */
function remedyOfDamage(path: string): string {
  return basename(path) === 'index' ? GIT_INDEX_REMEDY : 'Run `forge verify`.';
}

function forgeError(error: unknown, fallback: string, doing: string): ForgeError {
  const [code, text = '', ...rest] = (error instanceof Error ? error.message : String(error)).split('\n');
  const path = rest.join('\n') || fallback;
  const options = { path, cause: error };
  switch (code) {
    case 'ABORTED':
      return aborted();
    case 'CORRUPT':
      return new ForgeError('CORRUPT', `${path}: ${text}`, remedyOfDamage(path), options);
    case 'FORMAT_TOO_NEW':
      return new ForgeError('FORMAT_TOO_NEW', `${path}: ${text}`, 'Update Forge.', options);
    case 'UNSUPPORTED':
      return new ForgeError(
        'UNSUPPORTED',
        `${path}: ${text} is not supported`,
        'Have Git rewrite it in a plain form.',
        options,
      );
    case 'CALLBACK':
    case 'INTERNAL':
      return new ForgeError(
        'IO',
        `Failed ${doing} ${path}: ${text}`,
        'Report this as a bug in Forge.',
        options,
      );
    default: {
      const system = Object.assign(new Error(text || code), { code });
      return fromSystemError(system, path, doing);
    }
  }
}
