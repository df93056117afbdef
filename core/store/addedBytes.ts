// Owns what a version of an asset added to the store, compared with the version before it.
import type { ManifestChunk } from '../model/manifest.ts';
import type { Pointer } from '../model/pointer.ts';
import { recordHeaderLength, RecordType } from '../model/record.ts';
import type { RecordLocation } from './chunkIndex.ts';
import { partsOf } from './liveRecords.ts';
import type { StoreReader } from './storeReader.ts';

/**
 * Bytes of segments, headers included, of the records that list or hold `version` and that `before` does not use: its manifest and the
 * chunks that are in its list alone. Where the index has several copies of a record, the preferred one counts. A chunk that a third
 * asset brought in earlier counts here as well: what is told is what would go if `version` alone did, next to `before`.
 * Reads two manifests at most, no content. Undefined when the store has no list of `version`.
 * @throws ForgeError CORRUPT when no copy of a manifest is good, IO, …
 */
export async function addedBytes(
  reader: StoreReader,
  version: Pointer,
  before: Pointer | undefined,
): Promise<number | undefined> {
  if (before?.blake3 === version.blake3) return 0;
  const list = await listOf(reader, version);
  if (!list) return undefined;
  const seen = new Set<string>();
  const older = before && (await listOf(reader, before));
  for (const { id } of older?.chunks ?? []) seen.add(id.toString('latin1'));
  const manifest = reader.index.find(Buffer.from(version.blake3, 'hex'), RecordType.manifest);
  let bytes = manifest ? lengthOf(manifest) : 0;
  for (const { id } of list.chunks) {
    const name = id.toString('latin1');
    if (seen.has(name)) continue;
    seen.add(name);
    const chunk = reader.index.find(id, RecordType.chunk);
    if (chunk) bytes += lengthOf(chunk);
  }
  return bytes;
}

/** Its chunks, or those of its parts. */
async function listOf(
  reader: StoreReader,
  pointer: Pointer,
): Promise<{ chunks: ManifestChunk[] } | undefined> {
  const list = await reader.chunksOf(pointer);
  return list?.isParts ? partsOf(reader, pointer) : list;
}

function lengthOf(location: RecordLocation): number {
  return recordHeaderLength(location) + location.storedLength;
}
