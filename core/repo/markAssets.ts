// Owns the walk from all refs, the index, reflogs and kept operations to every asset that must stay.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeTag, readCommit } from '../git/commits.ts';
import { isMissing } from '../git/files.ts';
import { OidTable } from '../git/oidTable.ts';
import { isFolder, readTree } from '../git/trees.ts';
import { GitIndex } from '../model/gitIndex.ts';
import { type OperationOptions, throwIfAborted } from '../progress.ts';
import { NOTHING_DONE } from '../store/liveRecords.ts';
import { AssetVersions } from './assetVersions.ts';
import type { RepositoryContext } from './context.ts';
import { type LoggedOperation, OPERATIONS_REF } from './operationLog.ts';
import { readHorizon } from './retention.ts';
import { isRegular, readPointer } from './staging.ts';

/** Refs outside `refs/`, of work that is under way. */
const PSEUDO_REFS = ['HEAD', 'MERGE_HEAD', 'CHERRY_PICK_HEAD', 'REVERT_HEAD', 'REBASE_HEAD', 'ORIG_HEAD'];
const STASH = 'refs/stash';
const OID = /^[0-9a-f]{40}$/;
const OID_SIZE = 20;

export interface Marked {
  assets: AssetVersions;
  /** The oldest operation that is kept; undefined when there is none. */
  kept: string | undefined;
  /** How many are kept, and how many are not. */
  operations: number;
  expired: number;
}

/**
 * Every asset that a ref, the index, a reflog entry or operation since `since` (milliseconds since 1970) reaches. The newest
 * operation always counts. @throws ForgeError NOT_FOUND, CORRUPT when anything on the way cannot be read
 */
export async function markAssets(
  context: RepositoryContext,
  since: number,
  options: OperationOptions,
): Promise<Marked> {
  const mark = new Mark(context, since, options);
  await mark.refs();
  await mark.workTrees();
  await mark.reflogs();
  return { assets: mark.assets, ...(await mark.operations()) };
}

class Mark {
  readonly assets = new AssetVersions();
  private readonly context: RepositoryContext;
  private readonly since: number;
  private readonly options: OperationOptions;
  /** Commits, trees and blobs that were seen, and with them all they lead to. */
  private readonly seen = new OidTable();

  constructor(context: RepositoryContext, since: number, options: OperationOptions) {
    this.context = context;
    this.since = since;
    this.options = options;
  }

  async refs(): Promise<void> {
    for (const [name, oid] of await this.context.refs.list('refs/')) {
      // Operations are commits too, but most of what they hold may go.
      if (name !== OPERATIONS_REF) await this.object(oid);
    }
  }

  /** HEAD, work that is under way, and the index, of this working tree and of linked ones. */
  async workTrees(): Promise<void> {
    const { gitDir } = this.context.folders;
    const { commonDir } = this.context.refs;
    const linked = (await namesIn(join(commonDir, 'worktrees'))).map((name) =>
      join(commonDir, 'worktrees', name),
    );
    for (const folder of new Set([gitDir, commonDir, ...linked])) {
      for (const name of PSEUDO_REFS) {
        const oid = (await textOf(join(folder, name)))?.trim();
        if (oid !== undefined && OID.test(oid)) await this.object(oid, name === 'ORIG_HEAD');
      }
      await this.index(join(folder, 'index'));
    }
  }

  /** What stock Git moved: entries that are young enough, and every stash. */
  async reflogs(): Promise<void> {
    for (const folder of new Set([this.context.folders.gitDir, this.context.refs.commonDir])) {
      for (const name of await filesBelow(join(folder, 'logs'))) {
        for (const line of ((await textOf(join(folder, 'logs', name))) ?? '').split('\n')) {
          const [, before, after, seconds] =
            /^([0-9a-f]{40}) ([0-9a-f]{40}) .*> (\d+) [+-]\d{4}(?:\t|$)/.exec(line) ?? [];
          if (seconds === undefined || (name !== STASH && Number(seconds) * 1000 < this.since)) continue;
          // Git may have dropped what an entry names.
          for (const oid of [before, after]) await this.object(oid, true);
        }
      }
    }
  }

  /** Operations that are young enough, those between such, and the newest. */
  async operations(): Promise<Omit<Marked, 'assets'>> {
    const horizon = await readHorizon(this.context);
    let log: LoggedOperation[] = [];
    let kept: LoggedOperation | undefined;
    let operations = 0;
    let expired = 0;
    let isPast = false;
    for await (const operation of this.context.operations.entries()) {
      throwIfAborted(this.options.signal);
      expired++;
      log.push(operation);
      if (!isPast && (kept === undefined || Date.parse(operation.time) >= this.since)) {
        // Clocks go wrong: what lies between is kept, whatever its time says.
        for (const one of log) await this.operation(one);
        kept = operation;
        operations += expired;
        expired = 0;
        log = [];
      }
      // Before it things are gone already.
      if (operation.id === horizon) isPast = true;
    }
    return { kept: kept?.id, operations, expired };
  }

  private async operation(operation: LoggedOperation): Promise<void> {
    const time = Date.parse(operation.time);
    for (const tree of [operation.indexBefore, operation.workBefore, operation.workAfter])
      if (tree !== undefined) await this.tree(tree, '', time);
    const named = operation.refs.flatMap(({ before, after }) => [before, after]);
    for (const oid of [operation.headBefore, operation.headAfter, ...named, ...operation.keep])
      if (oid !== undefined && OID.test(oid)) await this.object(oid, true);
  }

  /** A commit with all of its history, what a tag leads to, or a tree. `mayBeGone`: nothing when there is no such object. */
  private async object(oid: string, mayBeGone = false): Promise<void> {
    const { objects } = this.context;
    if (/^0+$/.test(oid) || (mayBeGone && !objects.has(oid))) return;
    const { type } = await objects.info(oid);
    if (type === 'commit') return this.history(oid);
    if (type === 'tag') return this.object(decodeTag((await objects.read(oid)).data).object);
    if (type === 'tree') return this.tree(oid, '', this.context.deps.clock().time);
    await this.blob(oid, '', this.context.deps.clock().time);
  }

  private async history(tip: string): Promise<void> {
    if (!this.isNew(tip)) return;
    // Depth first, the first parent at once: so of one path the versions come newest first.
    const open = [tip];
    for (let oid = open.pop(); oid !== undefined; oid = open.pop()) {
      throwIfAborted(this.options.signal);
      const { tree, parents, committer } = await readCommit(this.context.objects, oid);
      await this.tree(tree, '', committer.time);
      for (const parent of parents.toReversed()) if (this.isNew(parent)) open.push(parent);
    }
  }

  private async tree(oid: string, prefix: string, time: number): Promise<void> {
    if (!this.isNew(oid)) return;
    for (const { name, mode, oid: entry } of await readTree(this.context.objects, oid)) {
      if (isFolder(mode)) await this.tree(entry, `${prefix}${name}/`, time);
      else if (isRegular(mode)) await this.blob(entry, prefix + name, time);
    }
  }

  private async blob(oid: string, path: string, time: number): Promise<void> {
    if (!this.isNew(oid)) return;
    const pointer = await readPointer(this.context, oid);
    if (!pointer) return;
    this.assets.add(path, pointer, time);
    const { onProgress, signal } = this.options;
    if (this.assets.count % 1000 !== 0) return;
    throwIfAborted(signal);
    onProgress?.({ ...NOTHING_DONE, phase: 'mark', files: this.assets.count });
  }

  private async index(path: string): Promise<void> {
    let bytes: Buffer;
    try {
      bytes = await readFile(path);
    } catch (error) {
      if (isMissing(error)) return;
      throw error;
    }
    const { time } = this.context.deps.clock();
    for (const { path: name, oid, mode, intentToAdd } of GitIndex.decode(bytes).entries())
      if (!intentToAdd && isRegular(mode)) await this.blob(oid, name, time);
  }

  private isNew(oid: string): boolean {
    const bytes = Buffer.from(oid, 'hex');
    return bytes.length === OID_SIZE && this.seen.add(bytes);
  }
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error) || (error as NodeJS.ErrnoException).code === 'EISDIR') return undefined;
    throw error;
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** Paths of the files below a folder, relative to it. */
async function filesBelow(folder: string, prefix = ''): Promise<string[]> {
  const found: string[] = [];
  try {
    for (const entry of await readdir(join(folder, prefix), { withFileTypes: true })) {
      const name = prefix + entry.name;
      if (entry.isDirectory()) found.push(...(await filesBelow(folder, `${name}/`)));
      else found.push(name);
    }
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  return found;
}
