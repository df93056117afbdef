// Owns the comparison of the working tree with the index: what really differs, and what only looks as if it did.
import { EntryType, type ChangedEntry, type HashedSections, type StatTuple } from '../dataplane/dataPlane.ts';
import type { Pointer } from '../model/pointer.ts';
import { checkContents } from '../worktree/contentCheck.ts';
import type { WorkTreeProblem } from '../worktree/pathProblem.ts';
import { scanWorkTree, type WorkTreeScan } from '../worktree/scanner.ts';
import type { UntrackedFiles } from '../worktree/untrackedFiles.ts';
import { type RepositoryContext, SKIPPED_NAMES } from './context.ts';

/** A tracked path whose working file differs from the index. */
export interface ModifiedFile {
  path: string;
  /** What the index has. */
  oid: string;
  mode: number;
  type: EntryType;
  stat: StatTuple;
  /** What hashing a huge file told. */
  hashed?: HashedSections;
}

export interface WorkChanges {
  /** Entries in the index, and its root tree when it has a valid cache of it. */
  entries: number;
  rootTree: string | undefined;
  modified: ModifiedFile[];
  /** In the index, not in the working tree. */
  deleted: { path: string; oid: string; mode: number }[];
  untracked: UntrackedFiles;
  conflicted: string[];
  /** Untracked entries beside tracked ones that rules ignore. */
  ignored: string[];
  /** Equal content, other stat: the index may take these over. */
  refreshed: { path: string; stat: StatTuple }[];
  problems: WorkTreeProblem[];
  /** Rule files that could not be read; they are among the problems. */
  unreadRules: number;
}

/**
 * Compares the working tree with the index, for the paths that are `wanted`. Reads only files whose stat differs.
 * `meanwhile` is called while assets are hashed, with what the index has in their places.
 */
export async function findWorkChanges(
  context: RepositoryContext,
  wanted?: (path: string) => boolean,
  meanwhile?: (assets: Pointer[]) => Promise<void>,
): Promise<WorkChanges> {
  const scan = await scanWorkTree({
    root: context.folders.root,
    indexPath: context.indexPath,
    plane: context.plane,
    ignore: await context.ignoreRules(),
    skip: SKIPPED_NAMES,
  });
  return judgeScan(context, scan, wanted, meanwhile);
}

/** As `findWorkChanges`, of a scan. */
export async function judgeScan(
  context: RepositoryContext,
  scan: WorkTreeScan,
  wanted?: (path: string) => boolean,
  meanwhile?: (assets: Pointer[]) => Promise<void>,
): Promise<WorkChanges> {
  const { root } = context.folders;
  const changes: WorkChanges = {
    entries: scan.entries,
    rootTree: scan.rootTree,
    modified: [],
    deleted: [],
    untracked: wanted ? scan.untracked.filter(wanted) : scan.untracked,
    conflicted: [],
    ignored: scan.ignored,
    refreshed: [],
    problems: scan.problems.filter(({ path }) => wanted?.(path) ?? true),
    unreadRules: scan.unreadRules,
  };
  const doubtful = new Map<string, ChangedEntry>();
  const conflicted = new Set<string>();
  for (const entry of scan.changed) {
    if (wanted?.(entry.path) === false) continue;
    if (entry.state === 'conflict' || entry.stage > 0) conflicted.add(entry.path);
    // So is a file that was only meant to be added.
    else if (entry.state === 'missing' || entry.stat === undefined)
      changes.deleted.push({ path: entry.path, oid: entry.oid, mode: entry.mode });
    else if (entry.state === 'stat' || entry.state === 'racy') doubtful.set(entry.path, entry);
    else changes.modified.push(modifiedFile(entry));
  }
  changes.conflicted = [...conflicted];
  const { results, problems } = await checkContents({
    root,
    plane: context.plane,
    objects: context.objects,
    entries: [...doubtful.values()],
    meanwhile,
  });
  changes.problems.push(...problems);
  for (const { path, changed, stat, hashed } of results) {
    const entry = doubtful.get(path) as ChangedEntry;
    if (changed) changes.modified.push({ ...modifiedFile({ ...entry, stat }), ...(hashed && { hashed }) });
    else changes.refreshed.push({ path, stat });
  }
  return changes;
}

/** Of the changes those whose path is `wanted`. */
export function limitChanges(changes: WorkChanges, wanted: (path: string) => boolean): WorkChanges {
  const isWanted = ({ path }: { path: string }): boolean => wanted(path);
  return {
    ...changes,
    modified: changes.modified.filter(isWanted),
    deleted: changes.deleted.filter(isWanted),
    untracked: changes.untracked.filter(wanted),
    conflicted: changes.conflicted.filter(wanted),
    refreshed: changes.refreshed.filter(isWanted),
    problems: changes.problems.filter(isWanted),
  };
}

function modifiedFile(entry: ChangedEntry): ModifiedFile {
  const { path, oid, mode } = entry;
  const stat = entry.stat as StatTuple;
  return { path, oid, mode, type: typeOf(stat), stat };
}

const FORMAT_BITS = 0o170000;

/** What kind of entry a stat is of. */
export function typeOf(stat: StatTuple): EntryType {
  switch (stat[6] & FORMAT_BITS) {
    case 0o100000:
      return EntryType.file;
    case 0o040000:
      return EntryType.directory;
    case 0o120000:
      return EntryType.symlink;
    default:
      return EntryType.other;
  }
}
