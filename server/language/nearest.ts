// Owns which existing files a reference to a missing one may have meant: the same name elsewhere first, then names a few letters away.
import type { AssetCatalogue } from './assetCatalogue.ts';

/** At most `limit` paths of the catalogue, the likeliest first; only files with the extension of one of the candidates. */
export function nearestPaths(candidates: string[], catalogue: AssetCatalogue, limit: number): string[] {
  const wanted = candidates.map((path) => ({ path: path.toLowerCase(), ...split(path) }));
  const scored: { path: string; score: number }[] = [];
  for (const path of catalogue.paths()) {
    const file = split(path);
    let best = Infinity;
    for (const one of wanted) {
      if (one.extension !== file.extension) continue;
      const allowed = Math.min(3, Math.floor(one.name.length / 3));
      const letters = distance(one.name, file.name, allowed);
      if (letters > allowed) continue;
      // Another folder weighs less than another letter; of equals, the nearer folder.
      const shared = sharedLength(one.path, path.toLowerCase());
      best = Math.min(best, letters + 1 - shared / (one.path.length + 1));
    }
    if (best < Infinity) scored.push({ path, score: best });
  }
  scored.sort((a, b) => a.score - b.score || (a.path < b.path ? -1 : 1));
  return scored.slice(0, limit).map(({ path }) => path);
}

/** Letters to insert, remove or replace to make `b` of `a`; more than `most` is only told as more. */
export function distance(a: string, b: string, most: number): number {
  if (a === b) return 0;
  if (Math.abs(a.length - b.length) > most) return most + 1;
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
    if (Math.min(...row) > most) return most + 1;
  }
  return row[b.length];
}

function split(path: string): { name: string; extension: string } {
  const file = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  const dot = file.lastIndexOf('.');
  return dot < 0 ? { name: file, extension: '' } : { name: file.slice(0, dot), extension: file.slice(dot) };
}

function sharedLength(a: string, b: string): number {
  let i = 0;
  while (i < a.length && a[i] === b[i]) i++;
  return i;
}
