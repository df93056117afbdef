// Owns the arithmetic of the hex view: offsets, rows, changed ranges, and where a scroll bar of bounded height points.

export const BYTES_A_ROW = 16;

export interface ByteRange {
  offset: number;
  length: number;
}

/** Lower-case hexadecimal digits, at least 8. */
export function formatOffset(offset: number): string {
  return offset.toString(16).padStart(8, '0');
}

export function formatByte(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}

/** The printable ASCII character of a byte, a dot for every other. */
export function characterOf(byte: number): string {
  return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.';
}

/** An offset in decimal, or in hexadecimal after `0x`; undefined where the text is none, or lies outside `size` bytes. */
export function parseOffset(text: string, size: number): number | undefined {
  const trimmed = text.trim();
  if (!/^(?:0x[\da-f]+|\d+)$/i.test(trimmed)) return undefined;
  const offset = Number(trimmed);
  return offset < size ? offset : undefined;
}

/** Sorted, inside `size` bytes, with those joined that touch or overlap; empty ones are left out. */
export function tidyRanges(ranges: readonly ByteRange[], size: number): ByteRange[] {
  const tidy: ByteRange[] = [];
  for (const range of [...ranges].sort((a, b) => a.offset - b.offset)) {
    const start = Math.max(0, range.offset);
    const end = Math.min(size, range.offset + range.length);
    if (end <= start) continue;
    const last = tidy.at(-1);
    if (last && start <= last.offset + last.length)
      last.length = Math.max(last.offset + last.length, end) - last.offset;
    else tidy.push({ offset: start, length: end - start });
  }
  return tidy;
}

/** Index of the first range that begins after `offset`; `ranges` are tidy. */
function firstAfter(ranges: readonly ByteRange[], offset: number): number {
  let [low, high] = [0, ranges.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ranges[middle]?.offset ?? Infinity) > offset) high = middle;
    else low = middle + 1;
  }
  return low;
}

export function isChanged(ranges: readonly ByteRange[], offset: number): boolean {
  const range = ranges[firstAfter(ranges, offset) - 1];
  return range !== undefined && offset < range.offset + range.length;
}

/** Where the next change begins; undefined after the last. */
export function nextChange(ranges: readonly ByteRange[], offset: number): number | undefined {
  return ranges[firstAfter(ranges, offset)]?.offset;
}

/** Where the change before begins: the start of the one that `offset` is inside of, else of the one before it. */
export function previousChange(ranges: readonly ByteRange[], offset: number): number | undefined {
  return ranges[firstAfter(ranges, offset - 1) - 1]?.offset;
}

export function rowsOf(size: number): number {
  return Math.ceil(size / BYTES_A_ROW);
}

/** The first row shown when a bar of `range` pixels of travel is at `scrollTop`; `lastTop` is the last possible one. */
export function rowOfScroll(scrollTop: number, range: number, lastTop: number): number {
  if (range <= 0) return 0;
  return Math.round(Math.min(1, Math.max(0, scrollTop / range)) * lastTop);
}

export function scrollOfRow(row: number, range: number, lastTop: number): number {
  return lastTop <= 0 ? 0 : (row / lastTop) * range;
}
