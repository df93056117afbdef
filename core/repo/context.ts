// Owns what every command of a repository works with: folders, Git objects and refs, store, plane, locks.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataPlane } from '../dataplane/dataPlane.ts';
import type { GitObjects } from '../git/gitObjects.ts';
import { ObjectBatch } from '../git/objectBatch.ts';
import type { GitRefs, RefChange as RefUpdate } from '../git/refs.ts';
import { decodeCommit } from '../git/commits.ts';
import type { GitIndex } from '../model/gitIndex.ts';
import type { OperationOptions } from '../progress.ts';
import { ChunkStore } from '../store/chunkStore.ts';
import { ForgeAttributes } from '../worktree/attributes.ts';
import { IgnoreRules } from '../worktree/ignore.ts';
import { type Clock, type Environment, operationSignature } from './identity.ts';
import { type IndexFile, IndexReader } from './indexFile.ts';
import { type Operation, OperationLog } from './operationLog.ts';
import { shortBranch } from './refNames.ts';
import type { Settings } from './settings.ts';
import { Transaction } from './transaction.ts';
import { WriterLock } from './writerLock.ts';

export interface RepositoryDeps {
  plane: () => DataPlane;
  environment: Environment;
  clock: Clock;
  lock: { wait: boolean; onWait?: (holder: string) => void };
}

/** Names that belong to version control and are never part of the working tree. */
export const SKIPPED_NAMES = ['.git', '.forge'];

export interface RepositoryFolders {
  /** The working tree. */
  root: string;
  /** `<root>/.forge`. */
  forge: string;
  gitDir: string;
}

/** Where HEAD is: a branch (unborn when `commit` is undefined) or a detached commit. */
export interface Head {
  /** Full ref name, undefined when detached. */
  ref: string | undefined;
  commit: string | undefined;
}

export class RepositoryContext {
  readonly folders: RepositoryFolders;
  readonly settings: Settings;
  readonly objects: GitObjects;
  readonly refs: GitRefs;
  readonly deps: RepositoryDeps;
  readonly operations: OperationLog;
  readonly transaction: Transaction;
  readonly index: IndexReader;
  private openStore: Promise<ChunkStore> | undefined;

  constructor(
    folders: RepositoryFolders,
    settings: Settings,
    objects: GitObjects,
    refs: GitRefs,
    deps: RepositoryDeps,
  ) {
    this.folders = folders;
    this.settings = settings;
    this.objects = objects;
    this.refs = refs;
    this.deps = deps;
    this.operations = new OperationLog(objects, refs);
    this.transaction = new Transaction(folders.forge, folders.gitDir, refs);
    this.index = new IndexReader(this.indexPath);
  }

  get plane(): DataPlane {
    return this.deps.plane();
  }

  get indexPath(): string {
    return join(this.folders.gitDir, 'index');
  }

  get temporaryFolder(): string {
    return join(this.folders.forge, 'tmp');
  }

  get assetThreshold(): number {
    return Number(this.settings.get('asset.threshold') ?? 1024 * 1024);
  }

  /** The chunk store, opened on first use. */
  store(): Promise<ChunkStore> {
    this.openStore ??= ChunkStore.open({
      forgeFolder: this.folders.forge,
      plane: this.plane,
      cores: this.deps.environment.cores,
    });
    return this.openStore;
  }

  async close(): Promise<void> {
    await (await this.openStore)?.close();
    this.objects.close();
  }

  ignoreRules(): Promise<IgnoreRules> {
    const { root, gitDir } = this.folders;
    return IgnoreRules.load({ root, gitDir, globalExcludesFile: this.deps.environment.globalExcludesFile });
  }

  attributes(): Promise<ForgeAttributes> {
    return ForgeAttributes.load({ root: this.folders.root, gitDir: this.folders.gitDir });
  }

  async head(): Promise<Head> {
    const head = await this.refs.head();
    return { ref: head.symbolic, commit: head.commit };
  }

  /** Root tree of a commit; undefined for no commit. */
  async treeOf(commit: string | undefined): Promise<string | undefined> {
    return commit === undefined ? undefined : decodeCommit((await this.objects.read(commit)).data).tree;
  }

  /** The index, empty when there is none yet. */
  async readIndex(): Promise<GitIndex> {
    return (await this.readIndexFile()).index;
  }

  /** As `readIndex`, and when that index was written. */
  async readIndexFile(): Promise<IndexFile> {
    const file = await this.index.readToChange();
    // Written anew, the index would look younger than edits that came right after it was read.
    if (file.identity !== '') file.index.smudgeRacy(file.written.seconds, file.written.nanoseconds);
    return file;
  }

  /** Finishes a crashed operation, if there is one and nobody is at work on it. */
  async recoverIfNeeded(): Promise<void> {
    if (!(await this.transaction.pending())) return;
    await this.mutate('recovery', {}, () => Promise.resolve());
  }

  /** Runs `work` as the repository's only writer. */
  async mutate<T>(
    command: string,
    options: OperationOptions,
    work: (batch: ObjectBatch) => Promise<T>,
  ): Promise<T> {
    const { hostName, processId } = this.deps.environment;
    const lock = await WriterLock.acquire(this.folders.forge, {
      hostName,
      processId,
      command,
      wait: this.deps.lock.wait,
      onWait: this.deps.lock.onWait,
      signal: options.signal,
    });
    try {
      await this.settings.refresh();
      await this.transaction.recover();
      // Only a writer uses this folder, so whatever is in it was left by one that died.
      await rm(this.temporaryFolder, { recursive: true, force: true });
      return await this.withBatch(work);
    } finally {
      await lock.release();
    }
  }

  /** Temporary files of the batch do not outlive a failure. */
  async withBatch<T>(work: (batch: ObjectBatch) => Promise<T>): Promise<T> {
    const batch = new ObjectBatch(this.objects);
    try {
      return await work(batch);
    } catch (error) {
      batch.discard();
      throw error;
    }
  }

  /**
   * The end of a mutation: logs `operation` (in place of the latest entry with `replaces`), makes its objects durable, then moves
   * refs and index as one.
   * Returns the operation's id and the bytes that the Git objects take.
   */
  async record(
    operation: Operation,
    batch: ObjectBatch,
    updates: RefUpdate[],
    index: GitIndex | undefined,
    replaces?: string,
  ): Promise<{ id: string; storedBytes: number }> {
    const { settings, folders, deps } = this;
    const user = await operationSignature({
      settings,
      gitDir: folders.gitDir,
      environment: deps.environment,
      clock: deps.clock,
    });
    const logged = await this.operations.prepare(operation, user, batch, replaces);
    const { storedBytes } = await batch.flush();
    await this.transaction.commit(
      [...updates, logged],
      index?.encodePieces(),
      reflogMessage(operation),
      user,
    );
    return { id: logged.after as string, storedBytes };
  }
}

/** What `git reflog` shows. Git itself looks for the form of a switch, to find the branch before. */
function reflogMessage({ command, summary, headBefore, headAfter }: Operation): string {
  if (command !== 'switch') return `forge ${command}: ${summary}`;
  return `checkout: moving from ${shortBranch(headBefore)} to ${shortBranch(headAfter)}`;
}
