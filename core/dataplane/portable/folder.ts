// Owns the listing of one folder: names that can be used, their kinds, and listings in the form that callers get.
import { isUtf8 } from 'node:buffer';
import { type BigIntStats, readdirSync } from 'node:fs';
import { EntryType, type Listing, type PathProblem, STAT_FIELDS, type StatTuple } from '../dataPlane.ts';

const REPLACEMENT = '\ufffd';

/**
 * Names in a folder, without those in `skip`. A name that is not UTF-8 is a problem, since no path can hold it.
 * `path` is relative to the root, for naming problems. @throws the system's error when the folder cannot be read
 */
export function readNames(
  absolute: string,
  path: string,
  skip: ReadonlySet<string>,
  problems: PathProblem[],
): string[] {
  const names = readdirSync(absolute);
  if (!names.some((name) => name.includes(REPLACEMENT))) return names.filter((name) => !skip.has(name));
  const usable: string[] = [];
  for (const bytes of readdirSync(absolute, { encoding: 'buffer' })) {
    const name = bytes.toString('utf8');
    if (!isUtf8(bytes)) problems.push({ path: joinPath(path, name), code: 'INVALID_NAME' });
    else if (!skip.has(name)) usable.push(name);
  }
  return usable;
}

export function joinPath(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

export function entryType(stats: BigIntStats): EntryType {
  if (stats.isFile()) return EntryType.file;
  if (stats.isDirectory()) return EntryType.directory;
  return stats.isSymbolicLink() ? EntryType.symlink : EntryType.other;
}

/** Collects entries into the parallel lists of a Listing. */
export class ListingBuilder {
  private readonly paths: string[] = [];
  private readonly types: EntryType[] = [];
  private readonly stats: StatTuple[] = [];

  add(path: string, type: EntryType, stat: StatTuple): void {
    this.paths.push(path);
    this.types.push(type);
    this.stats.push(stat);
  }

  build(): Listing {
    const stats = new Float64Array(STAT_FIELDS * this.stats.length);
    this.stats.forEach((stat, i) => stats.set(stat, STAT_FIELDS * i));
    return { paths: this.paths, types: Uint8Array.from(this.types), stats };
  }
}

/** Lets the event loop turn now and then while a walk holds the thread: `if (breather.due()) await breather.rest();`. */
export class Breather {
  private steps = 0;

  /** To be asked at each step, of some 10 µs. */
  due(): boolean {
    return ++this.steps % 1024 === 0;
  }

  rest(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }
}
