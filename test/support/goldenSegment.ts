// Owns the golden segment: one record of every kind, described in test/fixtures/golden/segment.json.
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeEntry, entryLength, type RecordEntry } from '../../core/model/record.ts';
import { type Asset, SegmentStore } from './segmentStore.ts';
import { tempFolder } from './tempFolder.ts';

interface Description {
  uuid: string;
  sealedName: string;
  /** An asset of all the chunks. */
  file: { blake3: string; size: number };
  records: (Omit<RecordEntry, 'id' | 'bases'> & { id: string; bases: string[] })[];
}

const folder = fileURLToPath(new URL('../fixtures/golden', import.meta.url));
const { records, file, ...rest } = JSON.parse(
  readFileSync(join(folder, 'segment.json'), 'utf8'),
) as Description;

export const goldenOpen = join(folder, 'open.seg');
export const goldenSealed = join(folder, 'sealed.seg');
export const { uuid: goldenUuid, sealedName: goldenName } = rest;

/** In the order in which they lie in the segment. */
export const goldenRecords: RecordEntry[] = records.map(({ id, bases, ...record }) => ({
  ...record,
  id: Buffer.from(id, 'hex'),
  bases: bases.map((base) => Buffer.from(base, 'hex')),
}));

export const goldenAsset: Asset = {
  ...file,
  kind: 'asset',
  stat: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
  chunks: 8,
  newBytes: 0,
  storedBytes: 0,
};

/** A copy of a golden segment in a folder of its own. */
export async function copyOfGolden(source = goldenOpen): Promise<string> {
  const path = join(await tempFolder(), 'open-copy.seg');
  copyFileSync(source, path);
  return path;
}

/** A store whose only segment is the one at `path`, with the golden records. */
export function goldenStore(path: string): SegmentStore {
  const store = new SegmentStore(join(path, '..'));
  store.add(path, 0, Buffer.concat(goldenRecords.map(encoded)));
  return store;
}

function encoded(entry: RecordEntry): Buffer {
  const bytes = Buffer.alloc(entryLength(entry));
  encodeEntry(entry, bytes, 0);
  return bytes;
}
