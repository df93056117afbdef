// Owns the guess which removed path a new one was before: its content is what the new content is stored against.
import { basename, dirname, extname } from 'node:path/posix';

/**
 * For each new path that is likely to be a removed one under another name, that one. A path is taken for the one removed of the same name
 * (of several, the one whose folder has the same name, too); else for the only one removed with its extension, when it is the only new
 * one. A wrong guess costs a little time, never bytes.
 */
export function findRenames(removed: readonly string[], added: readonly string[]): Map<string, string> {
  const renames = new Map<string, string>();
  if (removed.length === 0 || added.length === 0) return renames;
  const byName = grouped(removed, basename);
  const byExtension = grouped(removed, extname);
  const addedByExtension = grouped(added, extname);
  for (const path of added) {
    const sameName = byName.get(basename(path)) ?? [];
    const folder = basename(dirname(path));
    const sameFolder = sameName.filter((other) => basename(dirname(other)) === folder);
    const extension = extname(path);
    const sameExtension = addedByExtension.get(extension)?.length === 1 ? byExtension.get(extension)! : [];
    const found = [sameName, sameFolder, sameExtension].find((group) => group?.length === 1);
    if (found) renames.set(path, found[0]);
  }
  return renames;
}

function grouped(paths: readonly string[], keyOf: (path: string) => string): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const path of paths) {
    const key = keyOf(path);
    const group = groups.get(key);
    if (group) group.push(path);
    else groups.set(key, [path]);
  }
  return groups;
}
