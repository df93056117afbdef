// Owns `clone`: a new repository from another one in a folder, with its whole history, every byte verified.
import { readFile, realpath, rm, statfs } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { type ErrorCode, ForgeError, fromSystemError } from '../errors.ts';
import { isMissing } from '../git/files.ts';
import { GitObjects } from '../git/gitObjects.ts';
import { GitRefs } from '../git/refs.ts';
import type { Pointer } from '../model/pointer.ts';
import { type OperationOptions, throwIfAborted } from '../progress.ts';
import type { AssetVersions } from '../repo/assetVersions.ts';
import { RepositoryContext, type RepositoryDeps } from '../repo/context.ts';
import { syncFolder, writeDurably } from '../repo/durableFile.ts';
import { Settings } from '../repo/settings.ts';
import { readPointer } from '../repo/staging.ts';
import { fileVersions } from '../repo/versions.ts';
import type { ChunkStore } from '../store/chunkStore.ts';
import { NOTHING_DONE } from '../store/liveRecords.ts';
import { checkOutTree, indexWithoutFiles, measureTree, type TreeSize } from './cloneCheckout.ts';
import { CloneFolder } from './cloneFolder.ts';
import { chooseHead, type CloneHead, initClonedGit, writeClonedRefs } from './cloneRefs.ts';
import { CloneSource, type RefSnapshot } from './cloneSource.ts';
import { CopiedHistory, copyPacks, packBytes } from './copyHistory.ts';
import { type CutSegment, SegmentCopy } from './copySegments.ts';

/** Left free beside what is known to be needed: for the index, trees and the database. */
const RESERVE = 16 * 1024 * 1024;
const GONE_LOOKS_LIKE: readonly ErrorCode[] = ['NOT_FOUND', 'CORRUPT', 'UNREADABLE', 'FILE_CHANGED', 'IO'];

export interface CloneOptions extends OperationOptions {
  /** Branch or tag to check out; the source's own when undefined. */
  branch?: string | undefined;
  /** Leave the working tree empty. */
  noCheckout?: boolean | undefined;
}

export interface CloneResult {
  /** Absolute. */
  root: string;
  source: string;
  /** Undefined when HEAD is detached: at a tag, or as in the source. */
  branch: string | undefined;
  /** Undefined when the source has no commit there. */
  commit: string | undefined;
  branches: number;
  tags: number;
  commits: number;
  /** Distinct versions of assets. */
  assets: number;
  segments: number;
  /** Bytes of segments and Git objects, and those of segments that a clone that was killed had copied. */
  bytes: number;
  resumedBytes: number;
  /** Of the working tree. */
  files: number;
  fileBytes: number;
  seconds: number;
  plane: string;
}

/**
 * Clones the repository whose root is `from` to `to`, which must be missing or an empty folder (both absolute). The source is only
 * read, and may be written to or collected meanwhile. The order is the reverse of a writer's: refs, then Git objects, then segments, so
 * that what was read first is in what is read last. The clone gets its name when all of it is verified and on disk.
 * @throws ForgeError NO_REPOSITORY, ALREADY_EXISTS, LOCKED, CORRUPT naming what is damaged, DISK_FULL, UNKNOWN_REVISION, ABORTED,
 * IO when the source goes away meanwhile, …
 */
export async function cloneRepository(
  from: string,
  to: string,
  deps: RepositoryDeps,
  options: CloneOptions,
): Promise<CloneResult> {
  const source = await CloneSource.open(from);
  try {
    await refuseWithin(source, to);
    const folder = await CloneFolder.create(to, deps.environment);
    try {
      const result = await new Clone(source, folder, deps, options).run();
      await folder.finish();
      return result;
    } catch (error) {
      const reason = await reasonOf(source, error);
      await giveUp(folder, reason);
      throw reason;
    }
  } finally {
    source.close();
  }
}

/** A source that went away looks like one that is damaged, or lacks something. */
async function reasonOf(source: CloneSource, error: unknown): Promise<unknown> {
  if (!(error instanceof ForgeError) || !GONE_LOOKS_LIKE.includes(error.code)) return error;
  return source.refuseGone(error).then(
    () => error,
    (gone: unknown) => gone,
  );
}

/** After a failure of the disk or the network the next try goes on with what is there. */
async function giveUp(folder: CloneFolder, error: unknown): Promise<void> {
  if (error instanceof ForgeError && error.code === 'IO') await folder.leave();
  else await folder.remove();
}

class Clone {
  private readonly started = performance.now();
  private readonly source: CloneSource;
  private readonly folder: CloneFolder;
  private readonly deps: RepositoryDeps;
  private readonly options: CloneOptions;

  constructor(source: CloneSource, folder: CloneFolder, deps: RepositoryDeps, options: CloneOptions) {
    this.source = source;
    this.folder = folder;
    this.deps = deps;
    this.options = options;
  }

  async run(): Promise<CloneResult> {
    const { source, folder, deps, options } = this;
    const { folders } = folder;
    const snapshot = await source.snapshot();
    const head = await chooseHead(snapshot, source.objects, options.branch);
    await initClonedGit(folders.gitDir, head, source.url);
    const history = await this.copyGit(snapshot, head);
    const settings = await Settings.create(folders.forge, 'git');
    const refs = new GitRefs(folders.gitDir, deps.environment);
    const context = new RepositoryContext(folders, settings, new GitObjects(folders.gitDir), refs, deps);
    try {
      await writeClonedRefs(folders.gitDir, snapshot, head, context.objects);
      const tree = await context.treeOf(head.commit);
      const isEmpty = tree === undefined || options.noCheckout === true;
      const size = isEmpty ? { files: 0, bytes: 0 } : await measureTree(context, tree, options);
      const segments = await this.copyStore(context, history.assets, size);
      if (!isEmpty) await checkOutTree(context, tree, size, options);
      else if (tree !== undefined) await indexWithoutFiles(context, tree);
      await rm(context.temporaryFolder, { recursive: true, force: true });
      await syncFolder(join(folders.forge, 'store'));
      await syncFolder(folders.forge);
      return {
        root: folder.target,
        source: source.root,
        ...head,
        branches: snapshot.branches.size,
        tags: snapshot.tags.size,
        commits: history.commits,
        assets: history.assets.count,
        segments: segments.count,
        bytes: segments.bytes + (await packBytes([context.objects.folder])),
        resumedBytes: segments.resumedBytes,
        files: size.files,
        fileBytes: size.bytes,
        seconds: (performance.now() - this.started) / 1000,
        plane: context.plane.name,
      };
    } finally {
      await context.close();
    }
  }

  private async copyGit(snapshot: RefSnapshot, head: CloneHead): Promise<CopiedHistory> {
    const { source, options } = this;
    const { gitDir } = this.folder.folders;
    const target = new GitObjects(gitDir);
    try {
      await this.needSpace(await packBytes(source.objects.folders));
      await copyPacks(source.objects.folders, join(target.folder, 'pack'), options);
      target.refresh();
      const history = new CopiedHistory(source.objects, target, options);
      const tips = [...snapshot.branches.values(), ...snapshot.tags.values()];
      await history.take(head.commit === undefined ? tips : [...tips, head.commit]);
      await copyShallow(source, gitDir);
      return history;
    } finally {
      target.close();
    }
  }

  /** Copies the segments, makes the index of them, and checks that every asset of the history can be rebuilt. */
  private async copyStore(
    context: RepositoryContext,
    assets: AssetVersions,
    size: TreeSize,
  ): Promise<SegmentCopy> {
    const { source, folder, options } = this;
    const target = join(folder.folders.forge, 'store');
    // Opened while it is empty, so that nothing is scanned twice.
    const store = await context.store();
    const copy = new SegmentCopy(source.store, target, {
      plane: context.plane,
      kept: folder.kept,
      signal: options.signal,
      onProgress: options.onProgress,
    });
    await this.needSpace((await copy.measure()) + size.bytes);
    await copy.run();
    for (;;) {
      await syncFolder(target);
      await store.rebuild();
      const [problem] = store.problems;
      if (problem) throw unusable(problem.message);
      const lacking = await firstLacking(store, assets, options);
      if (lacking === undefined) return copy;
      // A listing of a network folder may be out of date.
      if (!(await copy.run())) throw await lacks(context, source, lacking, copy.cut);
    }
  }

  /** @throws ForgeError DISK_FULL */
  private async needSpace(bytes: number): Promise<void> {
    const { target, folders } = this.folder;
    const { bavail, bsize, blocks } = await statfs(dirname(folders.root));
    // Some network file systems do not tell.
    if (blocks === 0 || bavail * bsize >= bytes + RESERVE) return;
    throw new ForgeError(
      'DISK_FULL',
      `The clone needs ${bytes + RESERVE} bytes at ${target}, and ${bavail * bsize} are free`,
      'Free some space, or clone to another disk. With --no-checkout less is needed.',
      { path: target },
    );
  }
}

/** The first asset that cannot be rebuilt from what was copied, and how many there are. */
async function firstLacking(
  store: ChunkStore,
  assets: AssetVersions,
  options: OperationOptions,
): Promise<{ pointer: Pointer; count: number } | undefined> {
  let first: Pointer | undefined;
  let count = 0;
  let files = 0;
  const pointers = function* (): Generator<Pointer> {
    for (const group of assets.groups()) {
      throwIfAborted(options.signal);
      yield* group;
      files += group.length;
      options.onProgress?.({ ...NOTHING_DONE, phase: 'verify', files, totalFiles: assets.count });
    }
  };
  for await (const { pointer } of store.assetsTouched({ badPlaces: new Map() }, pointers())) {
    first ??= pointer;
    count++;
  }
  return first && { pointer: first, count };
}

async function lacks(
  context: RepositoryContext,
  source: CloneSource,
  { pointer, count }: { pointer: Pointer; count: number },
  cut: readonly CutSegment[],
): Promise<ForgeError> {
  const others = count === 1 ? '' : `, and that of ${count - 1} others`;
  const whole = `${source.root} lacks content of ${await nameOf(context, pointer)}${others}`;
  const damage = cut.map(({ path, length }) => `${path} has no intact record at byte ${length}`).join('; ');
  return new ForgeError(
    'CORRUPT',
    damage === '' ? whole : `${whole}: ${damage}`,
    'Run `forge verify --full` there to see what is affected and to mend what can be mended; then clone again.',
    { path: source.root },
  );
}

/** Where a version is found. */
async function nameOf(context: RepositoryContext, { blake3 }: Pointer): Promise<string> {
  for await (const { path, commit, oid } of fileVersions(context))
    if ((await readPointer(context, oid))?.blake3 === blake3) return `${path} in ${commit.slice(0, 10)}`;
  return `the asset ${blake3}`;
}

function unusable(message: string): ForgeError {
  return new ForgeError(
    'CORRUPT',
    `What was copied cannot be used: ${message}`,
    'Run `forge verify --full` in the source, then clone again.',
  );
}

/** A clone within its source would be part of the working tree there. */
async function refuseWithin({ root }: CloneSource, target: string): Promise<void> {
  const inside = relative(root, await realPath(target));
  // The source itself is refused for not being empty.
  if (inside === '' || inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) return;
  throw new ForgeError(
    'UNSUPPORTED',
    `${target} lies in the repository that is to be cloned`,
    'Name a target outside of it.',
    { path: target },
  );
}

/** Of a path whose end may be missing. */
async function realPath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(await realPath(parent), basename(path));
  }
}

/** A repository that borrows history from a shallow one is as shallow. */
async function copyShallow({ commonDir }: CloneSource, gitDir: string): Promise<void> {
  try {
    await writeDurably(join(gitDir, 'shallow'), await readFile(join(commonDir, 'shallow')));
  } catch (error) {
    if (!isMissing(error)) throw fromSystemError(error, join(commonDir, 'shallow'), 'copying');
  }
}
