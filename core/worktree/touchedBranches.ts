// Owns finding which branches of a working tree to look at again after some paths in it were touched.
import { lstatSync, opendirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { foldersAbove } from '../model/foldersAbove.ts';
import type { GitIndex } from '../model/gitIndex.ts';
import { GITLINK_MODE } from './entryMode.ts';
import { FORGE_IGNORE, GIT_IGNORE, type IgnoreRules, isRepositoryName } from './ignore.ts';

export interface BranchSources {
  /** Absolute path of the working tree. */
  root: string;
  index: GitIndex;
  ignore: IgnoreRules;
}

/** Files whose content decides about others. */
const RULE_FILES = [GIT_IGNORE, FORGE_IGNORE, '.gitattributes'];
/** Stands for bytes of a name that are not UTF-8: such a path does not say which file it is. */
const REPLACEMENT = '\ufffd';

/**
 * Turns touched paths (relative to the root, `/` between names) into branches: of each path that itself, or the outermost folder
 * on the way to it that a scan would not enter as a folder. All that differs from before lies at or below one of them.
 */
export class TouchedBranches {
  readonly #sources: BranchSources;
  readonly #folders = new Map<string, boolean>();
  readonly #names = new Map<string, ReadonlySet<string>>();
  #foldsNames: boolean | undefined;

  constructor(sources: BranchSources) {
    this.#sources = sources;
  }

  /** Sorted, none of them below another. Undefined: the paths may concern everything. */
  of(touched: Iterable<string>): string[] | undefined {
    const branches = new Set<string>();
    for (const path of touched) {
      const branch = this.#branchOf(path);
      if (branch === undefined) return undefined;
      branches.add(branch);
    }
    return [...branches].filter((path) => !foldersAbove(path).some((folder) => branches.has(folder))).sort();
  }

  /** Whether something of exactly this name is there: a system that takes `a` for `A` finds either under both names. */
  isThere(path: string): boolean {
    this.#foldsNames ??= foldsNames(this.#sources.root);
    if (!this.#foldsNames) return true;
    const slash = path.lastIndexOf('/');
    return this.#namesIn(path.slice(0, Math.max(0, slash))).has(path.slice(slash + 1));
  }

  #branchOf(path: string): string | undefined {
    if (path === '' || path.includes(REPLACEMENT)) return undefined;
    const names = path.split('/');
    // The folder of another repository, when it comes or goes, decides about the folder that it is in.
    const repository = names.findIndex(isRepositoryName);
    if (repository === 0) return undefined;
    if (repository > 0) names.length = repository;
    else if (RULE_FILES.includes(names[names.length - 1].toLowerCase())) return undefined;
    let folder = '';
    for (const name of names.slice(0, -1)) {
      folder = folder === '' ? name : `${folder}/${name}`;
      if (!this.#isEntered(folder)) return folder;
    }
    return names.join('/');
  }

  /** Whether a scan looks for single files in this folder. */
  #isEntered(folder: string): boolean {
    let entered = this.#folders.get(folder);
    if (entered === undefined) this.#folders.set(folder, (entered = this.#enters(folder)));
    return entered;
  }

  #enters(folder: string): boolean {
    const { root, index, ignore } = this.#sources;
    const absolute = join(root, folder);
    try {
      if (!this.isThere(folder) || !lstatSync(absolute, { throwIfNoEntry: false })?.isDirectory())
        return false;
      if (index.stages(folder).some(({ mode }) => mode === GITLINK_MODE)) return false;
      if (isTrackedFolder(index, folder)) {
        opendirSync(absolute).closeSync();
        return true;
      }
      if (ignore.ignored(folder, true)) return false;
      for (const name of this.#namesIn(folder)) if (isRepositoryName(name)) return false;
      return true;
    } catch {
      // What cannot be read is a problem of the folder.
      return false;
    }
  }

  #namesIn(folder: string): ReadonlySet<string> {
    let names = this.#names.get(folder);
    if (!names) this.#names.set(folder, (names = new Set(readdirSync(join(this.#sources.root, folder)))));
    return names;
  }
}

/** Whether the index has something below this path. */
function isTrackedFolder(index: GitIndex, path: string): boolean {
  const next = index.paths(`${path}/`).next();
  return !next.done && next.value.startsWith(`${path}/`);
}

/** Whether names that differ by case or Unicode form may be one, as far as can be told without writing. */
function foldsNames(root: string): boolean {
  if (process.platform !== 'linux') return true;
  return lstatSync(join(root, '.FORGE'), { throwIfNoEntry: false }) !== undefined;
}
