// Owns the order in which Git sorts paths: by their UTF-8 bytes.

const SURROGATE = /[\ud800-\udfff]/;
/** Code units at and above which UTF-16 order and UTF-8 order disagree. */
const FIRST_SURROGATE = 0xd800;

/** Negative, 0 or positive as `a` sorts before, with or after `b` by UTF-8 bytes. */
export function comparePaths(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** Characters beyond the BMP, which UTF-16 writes as surrogates, have the longest UTF-8 forms and sort last. */
function rank(unit: number): number {
  if (unit < FIRST_SURROGATE) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

/** Sorts in place by UTF-8 bytes; the usual list, without characters beyond the BMP, by the engine's own comparison. */
export function sortPaths(paths: string[]): string[] {
  return paths.some((path) => SURROGATE.test(path)) ? paths.sort(comparePaths) : paths.sort();
}
