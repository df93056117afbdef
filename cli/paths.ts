// Owns the way from paths as a user types them to paths inside the repository.
import { realpathSync } from 'node:fs';
import path from 'node:path';
import { ForgeError } from '../core/errors.ts';

/**
 * The repository path (with `/`, '' for the root) of a path relative to `cwd`. Folders on the way are resolved through
 * symlinks; the last name is not, because a symlink can itself be tracked. Nothing needs to exist.
 * @throws ForgeError PATH_ESCAPE for a path outside `root`, which must be a real path
 */
export function toRepositoryPath(root: string, cwd: string, given: string): string {
  const absolute = path.resolve(cwd, given);
  const real =
    absolute === path.parse(absolute).root || absolute === root
      ? absolute
      : path.join(realFolder(path.dirname(absolute)), path.basename(absolute));
  const inside = relativeInside(root, real) ?? relativeInside(root, realFolder(absolute));
  if (inside === undefined) {
    throw new ForgeError(
      'PATH_ESCAPE',
      `${given} is outside the repository at ${root}`,
      'Name a path inside it, or choose another repository with -C FOLDER.',
      { path: given },
    );
  }
  return inside;
}

function relativeInside(root: string, absolute: string): string | undefined {
  const relative = path.relative(root, absolute);
  if (relative === '..' || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative))
    return undefined;
  return relative.split(path.sep).join('/');
}

/** Real path of a folder; where it ends early, the rest as given. */
function realFolder(folder: string): string {
  try {
    return realpathSync.native(folder);
  } catch {
    const parent = path.dirname(folder);
    return parent === folder ? folder : path.join(realFolder(parent), path.basename(folder));
  }
}

/** A repository path as seen from `cwd`, for printing. */
export function fromRepositoryPath(root: string, cwd: string, repositoryPath: string): string {
  return path.relative(cwd, path.join(root, repositoryPath)) || '.';
}
