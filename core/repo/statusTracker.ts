// Owns the state of a repository between two looks: after some paths were touched it is told from those alone, and what was known of the rest.
import { open, stat } from 'node:fs/promises';
import type { BigIntStats } from 'node:fs';
import { GitIndex } from '../model/gitIndex.ts';
import { statTuple } from '../dataplane/portable/fileStat.ts';
import type { IndexTime } from '../dataplane/portable/compare.ts';
import { fromSystemError } from '../errors.ts';
import { compareBranches } from '../worktree/compareBranches.ts';
import type { WorkTreeProblem } from '../worktree/pathProblem.ts';
import { findUntracked } from '../worktree/scanner.ts';
import { TouchedBranches } from '../worktree/touchedBranches.ts';
import type { UntrackedFile } from '../worktree/untrackedFiles.ts';
import { type Head, type RepositoryContext, SKIPPED_NAMES } from './context.ts';
import { workingKind } from './fileVersion.ts';
import { differingPaths } from './changeLists.ts';
import { PathTable } from './pathTable.ts';
import { lookAtAll, rememberIfClean, statusResult } from './status.ts';
import type { AssetKind, Change, StatusResult } from './types.ts';
import { judgeScan } from './workChanges.ts';
import { type DeletedFile, describeWork, hashWorkingFiles, workingChanges } from './workingChanges.ts';

/** A state of more changes is not kept: looking at everything costs no more then. */
const MOST_CHANGES = 200_000;
/** More branches, or entries in them, than this are left to a whole look, which the native plane does in parallel. */
const MOST_BRANCHES = 1_000;
const MOST_ENTRIES = 10_000;

interface KnownFile extends UntrackedFile {
  kind: AssetKind;
}

interface ParsedIndex {
  index: GitIndex;
  written: IndexTime;
}

/** What was known after a look. Every table holds what a look at everything would find, by path. */
interface Basis {
  head: Head;
  /** Tells the index file that was compared from any other. */
  indexFile: string;
  /** That file parsed, once it is needed. */
  parsed: ParsedIndex | undefined;
  staged: Change[];
  conflicted: PathTable<Change>;
  modified: PathTable<Change>;
  deleted: PathTable<DeletedFile>;
  untracked: PathTable<KnownFile>;
  problems: PathTable<WorkTreeProblem>;
  /** BLAKE3 of untracked files that were taken for removed ones, while nothing touches them. */
  hashes: Map<string, string | undefined>;
}

/** One call at a time. */
export class StatusTracker {
  readonly #context: RepositoryContext;
  #basis: Basis | undefined;
  #wholeLooks = 0;

  constructor(context: RepositoryContext) {
    this.#context = context;
  }

  /** Looks at everything so far. */
  get wholeLooks(): number {
    return this.#wholeLooks;
  }

  /** What `status` says of the whole repository. */
  async look(): Promise<StatusResult> {
    this.#wholeLooks++;
    this.#basis = undefined;
    const context = this.#context;
    const indexFile = await indexIdentity(context.indexPath);
    const { head, headTree, work, staged } = await lookAtAll(context);
    const attributes = await context.attributes();
    const untracked: KnownFile[] = [];
    for (const file of work.untracked)
      untracked.push({ ...file, kind: workingKind(context, attributes, file) });
    const { conflicted, modified, deleted } = await describeWork(context, work);
    const basis: Basis = {
      head,
      indexFile,
      parsed: undefined,
      staged,
      conflicted: new PathTable(conflicted),
      modified: new PathTable(modified),
      deleted: new PathTable(deleted),
      untracked: new PathTable(untracked),
      problems: new PathTable(work.problems),
      hashes: new Map(),
    };
    const result = await this.#compose(basis);
    await rememberIfClean(context, result, headTree, work);
    // Rules that nobody could read, or an index that was written meanwhile, leave open what the tables stand for.
    const isCertain = work.unreadRules === 0 && indexFile === (await indexIdentity(context.indexPath));
    if (isCertain && result.changes.length <= MOST_CHANGES) this.#basis = basis;
    return result;
  }

  /**
   * As `look`, and tells which paths turn out to be other than what was known of them, though index and HEAD are the same: those
   * that nobody said were touched.
   */
  async check(): Promise<{ result: StatusResult; missed: string[] }> {
    const before = this.#basis;
    const known = before && (await this.#compose(before));
    const result = await this.look();
    const { head, indexFile } = this.#basis ?? {};
    const isComparable =
      before?.indexFile === indexFile &&
      before?.head.ref === head?.ref &&
      before?.head.commit === head?.commit;
    return { result, missed: known && isComparable ? differingPaths(known.changes, result.changes) : [] };
  }

  /**
   * What `status` says of the whole repository when nothing differs from the last look but what is at or below the `touched` paths
   * (relative to the root, `/` between names). Where these may concern everything, or index or HEAD changed, that is looked at.
   */
  async lookAt(touched: Iterable<string>): Promise<StatusResult> {
    const basis = this.#basis;
    this.#basis = undefined;
    // Whatever is in the way of a small look shows again in the large one.
    const result = basis && (await this.#update(basis, touched).catch(() => undefined));
    if (!result) return this.look();
    this.#basis = basis;
    return result;
  }

  async #update(basis: Basis, touched: Iterable<string>): Promise<StatusResult | undefined> {
    const context = this.#context;
    const { root } = context.folders;
    if (!(await this.#isCurrent(basis))) return undefined;
    basis.parsed ??= await parseIndex(context.indexPath, basis.indexFile);
    if (!basis.parsed) return undefined;
    const { index, written } = basis.parsed;
    const ignore = await context.ignoreRules();
    const finder = new TouchedBranches({ root, index, ignore });
    const branches = finder.of(touched);
    if (!branches || branches.length > MOST_BRANCHES) return undefined;
    const isThere = (path: string): boolean => finder.isThere(path);
    const request = { root, index, written, skip: SKIPPED_NAMES, branches, isThere, limit: MOST_ENTRIES };
    const compared = await compareBranches(request);
    if (!compared) return undefined;
    const scan = await findUntracked({ root, plane: context.plane, ignore }, compared, MOST_ENTRIES);
    if (scan.unreadRules > 0 || scan.untracked.length >= MOST_ENTRIES) return undefined;
    const work = await judgeScan(context, scan);
    const attributes = await context.attributes();
    const untracked = [...work.untracked].map((file) => ({
      ...file,
      kind: workingKind(context, attributes, file),
    }));
    const { conflicted, modified, deleted } = await describeWork(context, work);
    for (const branch of branches) forget(basis, branch);
    basis.conflicted.add(conflicted);
    basis.modified.add(modified);
    basis.deleted.add(deleted);
    basis.untracked.add(untracked);
    basis.problems.add(work.problems);
    return this.#compose(basis);
  }

  async #isCurrent({ indexFile, head }: Basis): Promise<boolean> {
    if ((await indexIdentity(this.#context.indexPath)) !== indexFile) return false;
    const now = await this.#context.head();
    return now.commit === head.commit && now.ref === head.ref;
  }

  async #compose(basis: Basis): Promise<StatusResult> {
    const { head, staged, conflicted, modified, untracked, problems, hashes } = basis;
    const files = { conflicted, modified, deleted: [...basis.deleted], untracked };
    const working = await workingChanges(files, {
      kindOf: ({ kind }) => kind,
      hash: async (paths) => {
        const open = paths.filter((path) => !hashes.has(path));
        const found = await hashWorkingFiles(this.#context, open);
        open.forEach((path, i) => hashes.set(path, found[i]));
        return paths.map((path) => hashes.get(path));
      },
    });
    return statusResult(head, [...staged, ...working], [...problems]);
  }
}

/** Takes out of the tables what is at and below a path. */
function forget(basis: Basis, branch: string): void {
  for (const table of [basis.conflicted, basis.modified, basis.deleted, basis.untracked, basis.problems])
    table.removeBranch(branch);
  for (const path of basis.hashes.keys())
    if (path === branch || path.startsWith(`${branch}/`)) basis.hashes.delete(path);
}

function identityOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${dev} ${ino} ${size} ${mtimeNs} ${ctimeNs}`;
}

/** '' where there is no index. */
async function indexIdentity(path: string): Promise<string> {
  try {
    return identityOf(await stat(path, { bigint: true }));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw fromSystemError(error, path, 'reading the index');
  }
}

/** Undefined when the file is another one by now. */
async function parseIndex(path: string, identity: string): Promise<ParsedIndex | undefined> {
  if (identity === '') return { index: new GitIndex(), written: { seconds: 0, nanoseconds: 0 } };
  const file = await open(path, 'r');
  try {
    const stats = await file.stat({ bigint: true });
    if (identityOf(stats) !== identity) return undefined;
    const [, , seconds, nanoseconds] = statTuple(stats);
    return { index: GitIndex.decode(await file.readFile()), written: { seconds, nanoseconds } };
  } finally {
    await file.close();
  }
}
