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
    await breather.step();
    orProblem(folder, problems, () => {
      const absolute = join(root, folder);
      if (folder !== '' && !lstatSync(absolute).isDirectory()) {
        // A link in a folder's place leads elsewhere, perhaps out of the root.
        problems.push({ path: folder, code: 'ENOTDIR' });
        return;
      }
      for (const name of readNames(absolute, folder, skipped, problems)) {
        const path = joinPath(folder, name);
        orProblem(path, problems, () => {
          const stats = lstatSync(join(root, path), { bigint: true, throwIfNoEntry: false });
          if (stats) listing.add(path, entryType(stats), statTuple(stats));
        });
      }
    });
  }
  return { listing: listing.build(), problems };
}

/** Runs `look`; a system error becomes a problem of `path`. */
export function orProblem(path: string, problems: PathProblem[], look: () => void): void {
  try {
    look();
  } catch (error) {
    if (!isSystemError(error)) throw error;
    problems.push({ path, code: error.code });
  }
}
