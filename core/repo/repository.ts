// Owns the facade of a repository: one method per command, each delegating to the module that owns it.
import { GitObjects } from '../git/gitObjects.ts';
import { GitRefs } from '../git/refs.ts';
import { resolveRevision } from '../git/revisions.ts';
import type { OperationOptions } from '../progress.ts';
import {
  createBranch,
  createTag,
  deleteBranch,
  deleteTag,
  listBranches,
  listTags,
  renameBranch,
} from './branches.ts';
import { addPaths, type CommitOptions, commitChanges, unstagePaths } from './commitWork.ts';
import { collectGarbage, type CollectGarbageOptions } from './collectGarbage.ts';
import { RepositoryContext, type RepositoryDeps } from './context.ts';
import { GitFilter } from './gitFilter.ts';
import { diffOfStaged, diffOfTrees, diffOfWork } from './differences.ts';
import { log, readCommit, toEntry } from './history.ts';
import { copyFile, describeFile, readContent } from './fileContent.ts';
import { fileHistory } from './fileHistory.ts';
import { findRepository } from './initialize.ts';
import { movedPath } from './movedPath.ts';
import { restorePaths } from './restoreWork.ts';
import { statistics } from './statistics.ts';
import { status, type StatusOptions } from './status.ts';
import { StatusTracker } from './statusTracker.ts';
import { switchTo, type SwitchOptions } from './switchWork.ts';
import type {
  ByteRange,
  AddResult,
  BranchInfo,
  CollectGarbageResult,
  CommitResult,
  FileDiff,
  FileHistoryEntry,
  FileVersion,
  LogEntry,
  OperationInfo,
  RestoreResult,
  ShowResult,
  StatsResult,
  StatusResult,
  SwitchResult,
  TagInfo,
  UndoResult,
  VerifyResult,
} from './types.ts';
import { describeOperation, listOperations, restoreOperation, undoLatest } from './undoWork.ts';
import { verifyRepository } from './verifyRepository.ts';

export class Repository {
  private readonly context: RepositoryContext;

  private constructor(context: RepositoryContext) {
    this.context = context;
  }

  /**
   * Opens the repository that `startFolder` lies in. What a crash left half done is finished first.
   * @throws ForgeError NO_REPOSITORY, FORMAT_TOO_NEW, CORRUPT, UNSUPPORTED
   */
  static async open(startFolder: string, deps: RepositoryDeps): Promise<Repository> {
    const { folders, settings } = await findRepository(startFolder);
    const context = new RepositoryContext(
      folders,
      settings,
      new GitObjects(folders.gitDir),
      new GitRefs(folders.gitDir, deps.environment),
      deps,
    );
    await context.recoverIfNeeded();
    return new Repository(context);
  }

  /** Root folder of the working tree. */
  get root(): string {
    return this.context.folders.root;
  }

  get gitDir(): string {
    return this.context.folders.gitDir;
  }

  close(): Promise<void> {
    return this.context.close();
  }

  status(options: StatusOptions): Promise<StatusResult> {
    return status(this.context, options);
  }

  /** The state for somebody who is told of changes and keeps it up to date. */
  trackStatus(): StatusTracker {
    return new StatusTracker(this.context);
  }

  add(paths: string[], options: OperationOptions): Promise<AddResult> {
    return addPaths(this.context, paths, options);
  }

  /** Returns the paths whose index entry changed. */
  unstage(paths: string[], options: OperationOptions): Promise<string[]> {
    return unstagePaths(this.context, paths, options);
  }

  commit(options: CommitOptions): Promise<CommitResult> {
    return commitChanges(this.context, options);
  }

  /** Every path in the index once, in its order: what is tracked. */
  async trackedPaths(): Promise<Set<string>> {
    return new Set((await this.context.readIndex()).paths());
  }

  /** From HEAD unless `from` names another revision. Empty in a repository without commits. */
  async *log(options: { path?: string; from?: string; limit?: number }): AsyncGenerator<LogEntry> {
    if (options.from === undefined && (await this.context.head()).commit === undefined) return;
    yield* log(this.context, await this.resolve(options.from ?? 'HEAD'), options);
  }

  /** Undefined before the first commit. */
  async headCommit(): Promise<string | undefined> {
    return (await this.context.head()).commit;
  }

  /** The versions of one file, newest first. Empty in a repository without commits. See fileHistory.ts. */
  async *fileHistory(path: string): AsyncGenerator<FileHistoryEntry> {
    const { commit } = await this.context.head();
    if (commit !== undefined) yield* fileHistory(this.context, commit, path);
  }

  /** Where HEAD has a file that was moved away from `path`; undefined when nobody can tell. */
  async movedPath(path: string, signal?: AbortSignal): Promise<string | undefined> {
    const { commit } = await this.context.head();
    return commit === undefined ? undefined : movedPath(this.context, commit, path, signal);
  }

  async show(revision: string): Promise<ShowResult> {
    const node = await readCommit(this.context, await this.resolve(revision));
    const { name, email } = node.committer;
    const files = await diffOfTrees(this.context, await this.context.treeOf(node.parents[0]), node.tree);
    return { ...toEntry(node), committer: { name, email }, tree: node.tree, files };
  }

  /** The bytes of a file in a revision (INDEX_REVISION: what is staged), or a range of them. See fileContent.ts. */
  readFile(revision: string, path: string, range?: ByteRange): AsyncGenerator<Buffer> {
    return readContent(this.context, revision, path, range);
  }

  /** Kind and size of a file in a revision, or (undefined) in the working tree; undefined where it is not there. */
  describeFile(
    revision: string | undefined,
    path: string,
  ): Promise<Pick<FileVersion, 'kind' | 'size' | 'blake3'> | undefined> {
    return describeFile(this.context, revision, path);
  }

  /** Writes a version of a file to an absolute path at which nothing is yet; returns its size. See fileContent.ts. */
  copyFile(
    from: { revision: string; path: string },
    target: string,
    options: OperationOptions,
  ): Promise<number> {
    return copyFile(this.context, from, target, options);
  }

  /**
   * `from` and `to`: two revisions. `from` alone: a revision against the working tree. Neither: the index against the working
   * tree. `staged`: `from` (HEAD when undefined) against the index.
   */
  async diff(options: {
    from?: string;
    to?: string;
    staged?: boolean;
    paths?: string[];
  }): Promise<FileDiff[]> {
    const { context } = this;
    const { from, to, staged, paths } = options;
    const tree = async (revision: string): Promise<string | undefined> =>
      context.treeOf(await this.resolve(revision));
    if (from !== undefined && to !== undefined)
      return diffOfTrees(context, await tree(from), await tree(to), paths);
    if (!staged) return diffOfWork(context, from === undefined ? undefined : await tree(from), paths);
    const { commit } = await context.head();
    return diffOfStaged(context, from === undefined ? await context.treeOf(commit) : await tree(from), paths);
  }

  async restore(
    options: { from?: string; staged?: boolean; paths: string[]; to?: string } & OperationOptions,
  ): Promise<RestoreResult> {
    const { from, staged, ...rest } = options;
    if (staged) {
      const restored = await this.unstage(options.paths, options);
      return { restored, removed: [], snapshotted: [], bytes: 0 };
    }
    return restorePaths(this.context, {
      ...rest,
      commit: from === undefined ? undefined : await this.resolve(from),
    });
  }

  /** Brings tracked files back to what is staged and removes untracked ones, as one operation. What is lost is kept in its log. */
  discard(paths: string[], options: OperationOptions): Promise<RestoreResult> {
    return restorePaths(this.context, { ...options, paths, commit: undefined, untracked: true });
  }

  switch(options: SwitchOptions): Promise<SwitchResult> {
    return switchTo(this.context, options);
  }

  branches(): Promise<BranchInfo[]> {
    return listBranches(this.context);
  }

  createBranch(name: string, start?: string): Promise<BranchInfo> {
    return createBranch(this.context, name, start);
  }

  deleteBranch(name: string, force = false): Promise<void> {
    return deleteBranch(this.context, name, force);
  }

  renameBranch(from: string, to: string): Promise<void> {
    return renameBranch(this.context, from, to);
  }

  tags(): Promise<TagInfo[]> {
    return listTags(this.context);
  }

  createTag(name: string, revision?: string, message?: string): Promise<TagInfo> {
    return createTag(this.context, name, revision, message);
  }

  deleteTag(name: string): Promise<void> {
    return deleteTag(this.context, name);
  }

  undo(options: OperationOptions): Promise<UndoResult> {
    return undoLatest(this.context, options);
  }

  operations(limit?: number): AsyncGenerator<OperationInfo> {
    return listOperations(this.context, limit);
  }

  operation(id: string): Promise<OperationInfo> {
    return describeOperation(this.context, id);
  }

  restoreOperation(id: string, options: OperationOptions): Promise<UndoResult> {
    return restoreOperation(this.context, id, options);
  }

  verify(options: { full: boolean } & OperationOptions): Promise<VerifyResult> {
    return verifyRepository(this.context, options);
  }

  collectGarbage(options: CollectGarbageOptions): Promise<CollectGarbageResult> {
    return collectGarbage(this.context, options);
  }

  stats(): Promise<StatsResult> {
    return statistics(this.context);
  }

  getConfig(key: string): string | undefined {
    return this.context.settings.get(key);
  }

  setConfig(key: string, value: string): Promise<void> {
    return this.context.mutate('config', {}, () => this.context.settings.set(key, value));
  }

  unsetConfig(key: string): Promise<void> {
    return this.context.mutate('config', {}, () => this.context.settings.unset(key));
  }

  listConfig(): Record<string, string> {
    return this.context.settings.list();
  }

  /** What stock Git calls in a shared checkout. */
  gitFilter(): GitFilter {
    return new GitFilter(this.context);
  }

  private resolve(revision: string): Promise<string> {
    return resolveRevision(this.context.refs, this.context.objects, revision);
  }
}
