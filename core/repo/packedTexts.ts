// Owns having the data plane make the Git blobs of many texts, so that the caller's thread stays free.
import type { DataPlane, PackedText } from '../dataplane/dataPlane.ts';
import type { StoreFile } from '../store/chunkStore.ts';

/** As many objects become loose files when nothing else is written: the data plane makes streams for packs. */
const MOST_LOOSE = 64;
/** Texts that are packed at a time, and their bytes. */
const GROUP_FILES = 1024;
const GROUP_BYTES = 4 * 1024 * 1024;
/** Longer texts are left to the caller. */
const LARGEST = 4 * 1024 * 1024;

/**
 * Each file, in order, with the blob that the data plane made of it; without one where the caller has to look at the file. While the
 * caller is at one group, the next is packed.
 */
export async function* packedTexts<File extends StoreFile>(
  plane: DataPlane,
  files: readonly File[],
  assetThreshold: number,
): AsyncGenerator<{ file: File; packed: PackedText | undefined }> {
  const largest = Math.min(LARGEST, assetThreshold);
  const pack = (group: File[]): Promise<(PackedText | undefined)[]> => {
    if (!plane.packTexts || files.length <= MOST_LOOSE) return Promise.resolve([]);
    const texts = group.map(({ path, rule }) => ({ path, isChecked: rule === 'auto' }));
    const packing = plane.packTexts(texts, largest);
    // Its failure is thrown where it is waited for.
    packing.catch(() => undefined);
    return packing;
  };
  let running: { group: File[]; packing: Promise<(PackedText | undefined)[]> } | undefined;
  for (const group of [...groupsOf(files), []]) {
    const next = group.length > 0 ? { group, packing: pack(group) } : undefined;
    if (running) {
      const packed = await running.packing;
      yield* running.group.map((file, i) => ({ file, packed: packed.at(i) }));
    }
    running = next;
  }
}

/** At most so many files and bytes each, or one file. */
function groupsOf<File extends StoreFile>(files: readonly File[]): File[][] {
  const groups: File[][] = [];
  let bytes = Infinity;
  for (const file of files) {
    if (bytes + file.size > GROUP_BYTES || groups.at(-1)!.length === GROUP_FILES) {
      groups.push([]);
      bytes = 0;
    }
    groups.at(-1)!.push(file);
    bytes += file.size;
  }
  return groups;
}
