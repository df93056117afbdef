// Owns the state of a repository between two looks: after some paths were touched it is told from those alone, and what was known of the rest.
import { differingBranches } from '../model/indexDifference.ts';
import type { WorkTreeProblem } from '../worktree/pathProblem.ts';
import type { UntrackedFile } from '../worktree/untrackedFiles.ts';
import { findBranchChanges } from './branchChanges.ts';
import { differingPaths } from './changeLists.ts';
import type { Head, RepositoryContext } from './context.ts';
import { workingKind } from './fileVersion.ts';
import { type IndexFile, indexIdentity } from './indexFile.ts';
import { PathTable } from './pathTable.ts';
import { lookAtAll, rememberIfClean, stagedIn, statusResult } from './status.ts';
import type { AssetKind, Change, StatusResult } from './types.ts';
import { type DeletedFile, describeWork, hashWorkingFiles, workingChanges } from './workingChanges.ts';

/** A state of more changes is not kept: looking at everything costs no more then. */
const MOST_CHANGES = 200_000;
/** Of an index in which more paths than this are other ones, everything is looked at. */
const MOST_MOVED = 1_000;

interface KnownFile extends UntrackedFile {
  kind: AssetKind;
}

/** What was known after a look. Every table holds what a look at everything would find, by path. */
interface Basis {
  head: Head;
  /** Tells the index file that was compared from any other. */
  indexFile: string;
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
  /** The index of the last small look, or of the last look once there was a small one. */
  #index: IndexFile | undefined;
  /** Somebody asked for a small look: from then on the index is kept parsed. */
  #isFollowed = false;
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
    if (isCertain && result.changes.length <= MOST_CHANGES) {
      this.#basis = basis;
      // Where it cannot be read now, the next look tells.
      if (this.#isFollowed) this.#index = await context.index.read().catch(() => undefined);
    }
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
   * (relative to the root, `/` between names). Of another index or HEAD it takes over the differences. Where any of this may concern
   * everything, or too much, everything is looked at.
   */
  async lookAt(touched: Iterable<string>): Promise<StatusResult> {
    const basis = this.#basis;
    this.#basis = undefined;
    this.#isFollowed = true;
    this.#context.index.keep();
    // Whatever is in the way of a small look shows again in the large one.
    const result = basis && (await this.#update(basis, touched).catch(() => undefined));
    if (!result) return this.look();
    this.#basis = basis;
    return result;
  }

  async #update(basis: Basis, touched: Iterable<string>): Promise<StatusResult | undefined> {
    const context = this.#context;
    const paths = new Set(touched);
    const index = await this.#followIndex(basis, paths);
    const found = index && (await findBranchChanges(context, index, paths));
    if (!found) return undefined;
    const { branches, work } = found;
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

  /**
   * Takes over the index and HEAD as they are now, and adds the branches of the tree in which the index is another one to `paths`. Undefined
   * where those are too many, or what the index was before is not known.
   */
  async #followIndex(basis: Basis, paths: Set<string>): Promise<IndexFile | undefined> {
    const context = this.#context;
    const index = await context.index.read();
    const before = [this.#index, index].find((file) => file?.identity === basis.indexFile);
    if (!before) return undefined;
    const isMoved = index.identity !== before.identity;
    if (isMoved) {
      // Of an older file more entries may have changed within a tick of the clock after it was written.
      const moved = isOlder(index, before)
        ? undefined
        : differingBranches(before.index, index.index, MOST_MOVED);
      if (!moved) return undefined;
      for (const path of moved) paths.add(path);
    }
    const head = await context.head();
    if (isMoved || head.commit !== basis.head.commit)
      basis.staged = await stagedIn(context, index.index, await context.treeOf(head.commit));
    basis.head = head;
    basis.indexFile = index.identity;
    this.#index = index;
    return index;
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

function isOlder({ written: one }: IndexFile, { written: other }: IndexFile): boolean {
  return (
    one.seconds < other.seconds || (one.seconds === other.seconds && one.nanoseconds < other.nanoseconds)
  );
}

/** Takes out of the tables what is at and below a path. */
function forget(basis: Basis, branch: string): void {
  for (const table of [basis.conflicted, basis.modified, basis.deleted, basis.untracked, basis.problems])
    table.removeBranch(branch);
  for (const path of basis.hashes.keys())
    if (path === branch || path.startsWith(`${branch}/`)) basis.hashes.delete(path);
}
