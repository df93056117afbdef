// Owns the simplest store that a data plane can work for: a folder of segments, and a map of the records in them.
import { closeSync, mkdirSync, openSync, readSync } from 'node:fs';
import { zstdDecompressSync } from 'node:zlib';
import type {
  BulkHooks,
  DataPlane,
  IngestedFile,
  IngestFile,
  IngestHooks,
  IngestRequest,
  IngestResult,
  RecordProblem,
  RecordTable,
  RestoredFile,
  RestoreFile,
} from '../../core/dataplane/dataPlane.ts';
import { Known } from '../../core/dataplane/dataPlane.ts';
import { RecordTableBuilder } from '../../core/dataplane/recordTable.ts';
import { decodeManifest, type Manifest } from '../../core/model/manifest.ts';
import {
  Codec,
  decodeEntries,
  ID_SIZE,
  type RecordEntry,
  recordHeaderLength,
  RecordType,
} from '../../core/model/record.ts';

export interface StoredRecord extends RecordEntry {
  segment: string;
}

export type Asset = Extract<IngestedFile, { kind: 'asset' }>;

export const DEFAULTS = {
  segmentTarget: 64 * 1024 * 1024,
  assetThreshold: 1024 * 1024,
  level: 1,
  packLevel: 3,
  workers: 2,
};

export class SegmentStore {
  readonly folder: string;
  readonly records = new Map<string, StoredRecord>();
  /** Committed length of each open segment. */
  readonly segments = new Map<string, number>();
  private readonly chunkIds = new Map<string, string[]>();
  private readonly manifests = new Map<string, Manifest>();

  /** `folder` is created. */
  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  get(type: RecordType, id: string): StoredRecord | undefined {
    return this.records.get(`${type} ${id}`);
  }

  /** Takes over what an ingest, or a scan, reported. */
  add(segment: string, length: number, entries: Buffer): StoredRecord[] {
    this.segments.set(segment, length);
    const added = decodeEntries(entries).map((entry) => ({ ...entry, segment }));
    for (const record of added) this.records.set(`${record.type} ${record.id.toString('hex')}`, record);
    return added;
  }

  readonly isKnown = (ids: Buffer): Uint8Array =>
    Uint8Array.from({ length: ids.length / ID_SIZE }, (_, i) => {
      const id = ids.toString('hex', ID_SIZE * i, ID_SIZE * (i + 1));
      if (this.get(RecordType.chunk, id)) return Known.chunk;
      return this.get(RecordType.manifest, id) ? Known.manifestOnly : Known.nothing;
    });

  /** Ingests files and keeps what is reported. Files are given by path, with rule `asset` and averageLog2 16 unless said. */
  async ingest(
    plane: DataPlane,
    files: (Partial<IngestFile> & { path: string })[],
    options: Partial<IngestRequest> & Partial<IngestHooks> = {},
  ): Promise<IngestResult> {
    const { isKnown = this.isKnown, onProgress, signal, ...request } = options;
    const result = await plane.ingest(
      {
        ...DEFAULTS,
        files: files.map((file) => ({ rule: 'asset', averageLog2: 16, recode: false, ...file })),
        bases: { segments: [], rows: Buffer.alloc(0) },
        dictionaries: [],
        storeFolder: this.folder,
        segments: [...this.segments].map(([path, length]) => ({ path, length })),
        ...request,
      },
      { isKnown, onProgress, signal },
    );
    for (const { path, length, entries } of result.segments) this.add(path, length, entries);
    return result;
  }

  /** Ingests one file that must become an asset. */
  async ingestAsset(
    plane: DataPlane,
    file: Partial<IngestFile> & { path: string },
    options: Partial<IngestRequest> = {},
  ): Promise<Asset> {
    const { files } = await this.ingest(plane, [file], options);
    if (files[0].kind !== 'asset') throw new Error(`${file.path}: ${JSON.stringify(files[0])}`);
    return files[0];
  }

  /** The chunks of an asset, in order. They are remembered, so that segments may be damaged later. */
  chunksOf(blake3: string): StoredRecord[] {
    let ids = this.chunkIds.get(blake3);
    if (!ids) {
      ids = this.manifestOf(blake3)?.chunks.map(({ id }) => id.toString('hex')) ?? [blake3];
      this.chunkIds.set(blake3, ids);
    }
    return ids.map((id) => this.get(RecordType.chunk, id)!);
  }

  /** Remembered, as the chunks are. */
  manifestOf(blake3: string): Manifest | undefined {
    const known = this.manifests.get(blake3);
    const record = this.get(RecordType.manifest, blake3);
    if (known || !record) return known;
    const manifest = decodeManifest(readPlain(record))!;
    this.manifests.set(blake3, manifest);
    return manifest;
  }

  /** A table of an asset's chunks with all that they are decoded with, and the chunks' rows. */
  previousVersion(asset: Asset): { bases: RecordTable; base: Uint32Array } {
    const table = new TableOf(this);
    const base = table.rowsOf(asset);
    return { bases: table.table(), base };
  }

  restore(
    plane: DataPlane,
    files: (Partial<RestoreFile> & { path: string; asset: Asset })[],
    hooks?: BulkHooks,
  ): Promise<RestoredFile[]> {
    const table = new TableOf(this);
    const plans = files.map(({ asset, ...file }) => ({
      temporary: `${file.path}.part`,
      blake3: asset.blake3,
      size: asset.size,
      mode: 0o644,
      chunks: table.rowsOf(asset),
      recipe: this.manifestOf(asset.blake3)?.recipe,
      expect: 'absent' as const,
      ...file,
    }));
    return plane.restore({ records: table.table(), files: plans, workers: DEFAULTS.workers }, hooks);
  }

  /** Checks every record. */
  check(plane: DataPlane, hooks?: BulkHooks): Promise<RecordProblem[]> {
    const table = new TableOf(this);
    for (const record of this.records.values()) table.row(record);
    const rows = Uint32Array.from({ length: this.records.size }, (_, i) => i);
    return plane.check({ records: table.table(), rows, workers: DEFAULTS.workers }, hooks);
  }
}

/** Builds a record table out of a store's records, bases before what needs them. */
class TableOf {
  private readonly store: SegmentStore;
  private readonly builder = new RecordTableBuilder();
  private readonly rows = new Map<StoredRecord, number>();

  constructor(store: SegmentStore) {
    this.store = store;
  }

  rowsOf(asset: Asset): Uint32Array {
    return Uint32Array.from(this.store.chunksOf(asset.blake3), (record) => this.row(record));
  }

  row(record: StoredRecord): number {
    const known = this.rows.get(record);
    if (known !== undefined) return known;
    const type = record.codec === Codec.dictionary ? RecordType.dictionary : RecordType.chunk;
    const bases = record.bases.map((id) => this.row(this.store.get(type, id.toString('hex'))!));
    const row = this.builder.add(record.segment, record, bases);
    this.rows.set(record, row);
    return row;
  }

  table(): RecordTable {
    return this.builder.table();
  }
}

/** Where a record's payload lies in its segment. */
export function payloadOffset(record: StoredRecord): number {
  return record.offset + recordHeaderLength(record);
}

/** The raw bytes of a record that needs no bases, read without any data plane. */
export function readPlain(record: StoredRecord): Buffer {
  const payload = Buffer.alloc(record.storedLength);
  const fd = openSync(record.segment, 'r');
  readSync(fd, payload, 0, payload.length, payloadOffset(record));
  closeSync(fd);
  return record.codec === Codec.raw ? payload : zstdDecompressSync(payload);
}
