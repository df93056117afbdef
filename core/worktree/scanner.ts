// Owns the scan of a working tree: what no longer matches the index by stat, and every untracked file that is not ignored.
import {
  type ChangedEntry,
  type CompareResult,
  type DataPlane,
  EntryType,
  type Listing,
  STAT_FIELDS,
} from '../dataplane/dataPlane.ts';
import { throwIfAborted } from '../progress.ts';
import { FORGE_IGNORE, GIT_IGNORE, type IgnoreRules, isRepositoryName } from './ignore.ts';
import { describeProblem, NESTED_REPOSITORY, type WorkTreeProblem } from './pathProblem.ts';
import { type UntrackedFile, UntrackedFiles } from './untrackedFiles.ts';

export interface ScanRequest {
  /** Absolute path of the working tree. */
  root: string;
  /** A missing index counts as an empty one. */
  indexPath: string;
  plane: DataPlane;
  ignore: IgnoreRules;
  /** Names never entered, at any depth. */
  skip: string[];
  signal?: AbortSignal;
}

export interface WorkTreeScan {
  /** Entries in the index. */
  entries: number;
  /** Root tree of a valid cache-tree in the index. */
  rootTree: string | undefined;
  /** Index entries that the working tree no longer matches by stat. Tracked paths are here even when rules would ignore them. */
  changed: ChangedEntry[];
  /** Files and links that the index does not know and no rule ignores, in Git's order of paths. */
  untracked: UntrackedFiles;
  /** Untracked entries beside tracked ones that rules ignore; what is inside such a folder is not listed. */
  ignored: string[];
  problems: WorkTreeProblem[];
  /** Rule files that could not be read; they are among the problems. */
  unreadRules: number;
}

/** Folders listed by one call of the data plane. */
const FOLDERS_PER_CALL = 256;

/**
 * Compares the working tree with the index. Ignored folders and repositories inside the tree are not entered.
 * @throws ForgeError when the index or the root cannot be read; whatever else cannot be is among the problems
 */
export async function scanWorkTree(request: ScanRequest): Promise<WorkTreeScan> {
  const { root, indexPath, plane, skip, signal } = request;
  throwIfAborted(signal);
  return findUntracked(request, await plane.compare({ root, indexPath, skip }));
}

/** The scan that follows a comparison: what is in untracked folders, without what rules ignore. Stops soon once it has `limit` files. */
export async function findUntracked(
  request: Omit<ScanRequest, 'indexPath' | 'skip'>,
  compared: CompareResult,
  limit = Infinity,
): Promise<WorkTreeScan> {
  const { root, plane, ignore, signal } = request;
  const finder = new UntrackedFinder(ignore);
  const ignored = finder.take(compared.untracked);
  finder.problems.push(...compared.problems.map(({ path, code }) => describeProblem(path, code)));
  for (
    let folders = finder.nextFolders();
    folders.length > 0 && finder.found < limit;
    folders = finder.nextFolders()
  ) {
    throwIfAborted(signal);
    // Nothing is skipped here: a `.git` or `.forge` that shows up tells a repository inside the tree.
    const { listing, problems } = await plane.list({ root, folders, skip: [] });
    finder.enter(listing);
    finder.problems.push(...problems.map(({ path, code }) => describeProblem(path, code)));
  }
  return {
    entries: compared.entries,
    rootTree: compared.rootTree,
    changed: compared.changed,
    untracked: finder.sorted(),
    ignored,
    problems: [...finder.problems, ...ignore.problems.map(({ path, code }) => describeProblem(path, code))],
    unreadRules: ignore.problems.length,
  };
}

/** Sorts listings into files to report and folders to list next. */
class UntrackedFinder {
  readonly problems: WorkTreeProblem[] = [];
  readonly #ignore: IgnoreRules;
  readonly #files = new UntrackedFiles();
  /** The next one last, so that files come nearly in order. */
  readonly #folders: string[] = [];

  constructor(ignore: IgnoreRules) {
    this.#ignore = ignore;
  }

  /** Files found so far. */
  get found(): number {
    return this.#files.length;
  }

  nextFolders(): string[] {
    return this.#folders.splice(-FOLDERS_PER_CALL).reverse();
  }

  /** Takes whole listings of untracked folders. */
  enter(listing: Listing): void {
    const nested = this.#learnFolders(listing.paths);
    this.take(listing, nested);
  }

  /** Takes entries, but for those of the folders in `except`, and returns the paths that are ignored. */
  take({ paths, types, stats }: Listing, except?: ReadonlySet<string>): string[] {
    const ignored: string[] = [];
    const folders: string[] = [];
    paths.forEach((path, i) => {
      const type = types[i];
      if (except?.has(parentOf(path)) || type === EntryType.other) return;
      if (this.#ignore.ignored(path, type === EntryType.directory)) {
        ignored.push(path);
        return;
      }
      if (type === EntryType.directory) {
        folders.push(path);
        return;
      }
      // The size is the last field.
      this.#files.add(path, type as UntrackedFile['type'], stats[STAT_FIELDS * (i + 1) - 1]);
    });
    for (const folder of folders.reverse()) this.#folders.push(folder);
    return ignored;
  }

  sorted(): UntrackedFiles {
    this.#files.sort();
    return this.#files;
  }

  /** Tells the ignore rules which listed folders have rule files, and returns the folders that are repositories of their own. */
  #learnFolders(paths: string[]): Set<string> {
    const nested = new Set<string>();
    const names = new Map<string, { gitIgnore: boolean; forgeIgnore: boolean }>();
    for (const path of paths) {
      const folder = parentOf(path);
      const name = path.slice(folder.length + 1);
      if (isRepositoryName(name) && !nested.has(folder)) {
        nested.add(folder);
        this.problems.push(describeProblem(folder, NESTED_REPOSITORY));
      }
      let found = names.get(folder);
      if (!found) names.set(folder, (found = { gitIgnore: false, forgeIgnore: false }));
      if (name === GIT_IGNORE) found.gitIgnore = true;
      if (name === FORGE_IGNORE) found.forgeIgnore = true;
    }
    for (const [folder, found] of names) this.#ignore.enterFolder(folder, found);
    return nested;
  }
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
