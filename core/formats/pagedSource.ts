// Owns reading a file in few and bounded reads, however small and many the ranges are that a format asks for.
import { type ByteSource, FormatProblem } from './byteSource.ts';

const PAGE = 16 * 1024;
/** 4 MiB: the tables of the longest films are larger, but no more than their heads is looked at. */
export const MOST_PAGES = 256;

/** Reads whole pages and keeps them. @throws FormatProblem, of `read`, once more than MOST_PAGES would be read */
export function paged(source: ByteSource): ByteSource {
  const pages = new Map<number, Promise<Uint8Array>>();
  const pageAt = (index: number): Promise<Uint8Array> => {
    let page = pages.get(index);
    if (page) return page;
    if (pages.size >= MOST_PAGES) throw new FormatProblem('it has more parts than are looked at');
    const start = index * PAGE;
    page = source.read(start, Math.min(PAGE, source.size - start));
    pages.set(index, page);
    return page;
  };
  return {
    size: source.size,
    async read(offset, length) {
      const end = Math.min(source.size, offset + length);
      const bytes = new Uint8Array(Math.max(0, end - offset));
      let filled = 0;
      while (filled < bytes.length) {
        const at = offset + filled;
        const index = Math.floor(at / PAGE);
        const part = (await pageAt(index)).subarray(at - index * PAGE, end - index * PAGE);
        // A file that became shorter meanwhile.
        if (part.length === 0) return bytes.subarray(0, filled);
        bytes.set(part, filled);
        filled += part.length;
      }
      return bytes;
    },
  };
}
