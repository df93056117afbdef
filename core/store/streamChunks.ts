// Owns the chunk list of bytes that are not stored: cut and hashed as they stream by.
import type { DataPlane } from '../dataplane/dataPlane.ts';
import { Blake3 } from '../dataplane/portable/blake3.ts';
import type { ManifestChunk } from '../model/manifest.ts';

/** Cut at once, at least; several times the longest chunk of most files. */
const WINDOW = 8 * 1024 * 1024;

/**
 * The chunks into which cut rule FC1 divides a stream of bytes, as if it were stored.
 * @param averageLog2 logarithm of the average chunk size in bytes, 14 to 20
 */
export async function streamChunks(
  source: AsyncIterable<Buffer> | Iterable<Buffer>,
  averageLog2: number,
  plane: Pick<DataPlane, 'cut'>,
): Promise<ManifestChunk[]> {
  const hasher = await Blake3.create();
  // A cut depends on no more than the 7/4 averages behind a chunk's start (docs/formats/cutPoints.md).
  const lookAhead = 2 * 2 ** averageLog2;
  const window = Math.max(WINDOW, 2 * lookAhead);
  const chunks: ManifestChunk[] = [];
  let waiting: Buffer[] = [];
  let length = 0;
  /** Takes the chunks that `tail` further bytes, if any come, cannot change. */
  const take = (tail: number): void => {
    const bytes = Buffer.concat(waiting, length);
    let start = 0;
    for (const size of plane.cut(bytes, averageLog2)) {
      if (bytes.length - start < tail) break;
      chunks.push({ id: hasher.hash(bytes.subarray(start, start + size)), length: size });
      start += size;
    }
    waiting = [bytes.subarray(start)];
    length = bytes.length - start;
  };
  for await (const bytes of source) {
    waiting.push(bytes);
    length += bytes.length;
    if (length >= window) take(lookAhead);
  }
  take(0);
  return chunks;
}
