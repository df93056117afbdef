// Owns the listing of folders, each one level deep, with the stat of every entry.
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import type { ListRequest, ListResult, PathProblem } from '../dataPlane.ts';
import { statTuple } from './fileStat.ts';
import { Breather, entryType, joinPath, ListingBuilder, readNames } from './folder.ts';
import { isSystemError } from './systemCalls.ts';

export async function listFolders({ root, folders, skip }: ListRequest): Promise<ListResult> {
  const skipped = new Set(skip);
  const listing = new ListingBuilder();
  const problems: PathProblem[] = [];
  const breather = new Breather();
  for (const folder of folders) {
    for (const name of namesIn(root, folder, skipped, problems)) {
      if (breather.due()) await breather.rest();
      const path = joinPath(folder, name);
      try {
        const stats = lstatSync(`${root}/${path}`, { bigint: true, throwIfNoEntry: false });
        if (stats) listing.add(path, entryType(stats), statTuple(stats));
      } catch (error) {
        addProblem(problems, path, error);
      }
    }
  }
  return { listing: listing.build(), problems };
}

function namesIn(root: string, folder: string, skip: ReadonlySet<string>, problems: PathProblem[]): string[] {
  try {
    const absolute = join(root, folder);
    if (folder === '' || lstatSync(absolute).isDirectory()) {
      return readNames(absolute, folder, skip, problems);
    }
    // A link in a folder's place leads elsewhere, perhaps out of the root.
    problems.push({ path: folder, code: 'ENOTDIR' });
  } catch (error) {
    addProblem(problems, folder, error);
  }
  return [];
}

function addProblem(problems: PathProblem[], path: string, error: unknown): void {
  if (!isSystemError(error)) throw error;
  problems.push({ path, code: error.code });
}
