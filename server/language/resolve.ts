// Owns where a reference in a document leads: the file of the repository, or that there is none where there surely should be.
import { posix } from 'node:path';
import type { AssetCatalogue } from './assetCatalogue.ts';
import { UNREAL_EXTENSIONS } from './assetKinds.ts';
import { folderOf, inMount, join, type Mount } from './mounts.ts';
import type { Reference } from './references.ts';

export interface Resolution {
  /** The file in its right case; undefined where there is none. */
  path?: string;
  /** Files that the reference could mean, the likeliest first. */
  candidates: string[];
  /** That nothing was found is a mistake in the document: the syntax leaves no other meaning. */
  certain: boolean;
}

/**
 * Unreal paths go through `mounts`, `./` and `../` start at the document, `/` at the root; others are looked for beside the document,
 * at the root and in the content folders. `document` and all paths are the repository's. Undefined: it leads out of the repository.
 */
export function resolveReference(
  reference: Pick<Reference, 'path' | 'unreal'>,
  document: string,
  catalogue: AssetCatalogue,
  mounts: Mount[],
): Resolution | undefined {
  const { path } = reference;
  const unreal = path.startsWith('/') ? inMount(path, mounts) : undefined;
  if (unreal) {
    const candidates = UNREAL_EXTENSIONS.map((extension) => unreal.packagePath + extension);
    const found = firstFound(candidates, catalogue);
    return {
      path: found,
      candidates,
      certain: isNamed(path, mounts) && !catalogue.hasFolder(unreal.packagePath),
    };
  }
  if (/^\/[^/]+\/[^.]*$/.test(path) || /^[A-Za-z]:/.test(path)) return undefined;
  const explicit = path.startsWith('./') || path.startsWith('../');
  const starts = path.startsWith('/')
    ? ['']
    : explicit
      ? [folderOf(document)]
      : [folderOf(document), '', ...mounts.filter(({ name }) => name === 'Game').map(({ folder }) => folder)];
  const candidates = [
    ...new Set(starts.map((start) => posix.normalize(join(start, path.replace(/^\/+/, ''))))),
  ].filter((candidate) => candidate !== '..' && !candidate.startsWith('../'));
  if (candidates.length === 0) return undefined;
  return { path: firstFound(candidates, catalogue), candidates, certain: explicit };
}

/** Whether a mount is named as it is written: `/game/lobby` may be anything else. */
function isNamed(path: string, mounts: Mount[]): boolean {
  return mounts.some(({ name }) => path.startsWith(`/${name}/`));
}

/** How a document writes a reference to `target` in place of `old`, in the same form. Undefined where it cannot be said in that form. */
export function writeReference(
  old: string,
  target: string,
  document: string,
  mounts: Mount[],
): string | undefined {
  if (old.startsWith('/') && inMount(old, mounts)) {
    const mount = mounts.find(({ folder }) => target.startsWith(`${folder}/`));
    if (!mount) return undefined;
    const packagePath = `/${mount.name}${target.slice(mount.folder.length).replace(/\.[^./]*$/, '')}`;
    const object = /\.([^/.:]*)(:.*)?$/.exec(old);
    if (!object) return packagePath;
    const name = packagePath.slice(packagePath.lastIndexOf('/') + 1);
    return `${packagePath}.${name}${object[1].endsWith('_C') ? '_C' : ''}${object[2] ?? ''}`;
  }
  if (old.startsWith('/')) return `/${target}`;
  const relative = posix.relative(`/${folderOf(document)}`, `/${target}`);
  return relative.startsWith('../') || !old.startsWith('.') ? relative : `./${relative}`;
}

function firstFound(candidates: string[], catalogue: AssetCatalogue): string | undefined {
  for (const candidate of candidates) {
    const found = catalogue.find(candidate);
    if (found !== undefined) return found;
  }
  return undefined;
}
