// Owns `verify`: that every version of every file can be rebuilt, who is touched where it cannot, and repair from copies.
import { join } from 'node:path';
import { ForgeError } from '../errors.ts';
import type { Pointer } from '../model/pointer.ts';
import { throwIfAborted, type OperationOptions } from '../progress.ts';
import type { ChunkStore } from '../store/chunkStore.ts';
import type { RepositoryContext } from './context.ts';
import type { VerifyProblem, VerifyResult } from './types.ts';
import { fileVersions, keptVersions, pointerReader, type Version } from './versions.ts';

interface VerifyOptions extends OperationOptions {
  /** Read every record and every text, and rebuild what is stored by a plain form, rather than only look whether all is there. */
  full: boolean;
}

/** A version of a file: in a commit, or kept by an operation. */
interface Use {
  path: string;
  commit: string;
}

/**
 * Checks commits, trees, texts and assets of the whole history, kept unsaved work included. An asset that is damaged is stored
 * again when the working tree still has the file; that is told as a problem all the same.
 * @throws ForgeError ABORTED, and errors of the disk
 */
export async function verifyRepository(
  context: RepositoryContext,
  options: VerifyOptions,
): Promise<VerifyResult> {
  const store = await context.store();
  let check = await store.verify(options);
  // A segment that nobody knows may be one that a writer makes just now, or made before it was killed. Neither is damage.
  if (check.isUnsettled && (await asWriter(context, () => store.settle())))
    check = await store.verify(options);
  const found = new Map(check.problems.map((problem) => [problem.message, problem]));
  const isRebuilt = check.isIndexStale && (await asWriter(context, () => store.rebuild()));
  // The new index numbers segments otherwise, and knows records that nobody looked at yet.
  if (isRebuilt) check = await store.verify(options);
  for (const problem of check.problems) found.set(problem.message, problem);
  const isMended = isRebuilt && !check.isIndexStale;
  const history = await readHistory(context, options);
  const { problems, uses } = history;
  for (const { kind, message, id } of found.values()) {
    problems.push({ kind, message, id, files: [], repaired: kind === 'index' && isMended });
  }
  const pointers = [...uses.values()].map(({ pointer }) => pointer);
  const touched: { pointer: Pointer; message: string }[] = [];
  for await (const asset of store.assetsTouched(check, pointers)) touched.push(asset);
  if (options.full) {
    const known = new Set(touched.map(({ pointer }) => pointer.blake3));
    const others = pointers.filter(({ blake3 }) => !known.has(blake3));
    for await (const asset of store.badForms(others, options)) touched.push(asset);
  }
  const repaired = touched.length > 0 ? await repair(context, store, touched, uses) : new Set<string>();
  for (const { pointer, message } of touched) {
    const id = pointer.blake3;
    problems.push({
      kind: 'asset',
      message,
      id,
      files: uses.get(id)?.uses ?? [],
      repaired: repaired.has(id),
    });
  }
  // The index is a cache: once it is made anew nothing is amiss.
  const ok = problems.every(({ kind, repaired: isRepaired }) => kind === 'index' && isRepaired);
  return { ok, files: history.files, bytes: history.bytes, problems };
}

interface History {
  files: number;
  bytes: number;
  /** Assets by BLAKE3, with every version that holds them. */
  uses: Map<string, { pointer: Pointer; uses: Use[] }>;
  problems: VerifyProblem[];
}

/** Walks commits and operations. A damaged commit or tree is a problem, and hides what lies behind it. */
async function readHistory(context: RepositoryContext, options: VerifyOptions): Promise<History> {
  const history: History = { files: 0, bytes: 0, uses: new Map(), problems: [] };
  const reader = new VersionReader(context, options.full, history);
  for (const versions of [fileVersions(context), keptVersions(context)]) {
    try {
      for await (const version of versions) {
        throwIfAborted(options.signal);
        await reader.take(version);
      }
    } catch (error) {
      history.problems.push(objectProblem(error, []));
    }
  }
  return history;
}

class VersionReader {
  private readonly context: RepositoryContext;
  private readonly full: boolean;
  private readonly history: History;
  private readonly pointerOf: (oid: string) => Promise<Pointer | undefined>;
  /** Problems of texts that were looked at, by object id. */
  private readonly texts = new Map<string, VerifyProblem | undefined>();

  constructor(context: RepositoryContext, full: boolean, history: History) {
    this.context = context;
    this.full = full;
    this.history = history;
    this.pointerOf = pointerReader(context);
  }

  async take({ path, commit, oid }: Version): Promise<void> {
    this.history.files++;
    if (this.texts.has(oid)) {
      this.texts.get(oid)?.files.push({ path, commit });
      return;
    }
    try {
      const pointer = await this.pointerOf(oid);
      this.history.bytes += pointer?.size ?? (await this.context.objects.size(oid));
      if (pointer) return this.takeAsset(pointer, { path, commit });
      this.texts.set(oid, undefined);
      if (this.full) await this.context.objects.read(oid);
    } catch (error) {
      // A text larger than the reader's bound is stock Git's to check.
      if (error instanceof ForgeError && error.code === 'UNSUPPORTED') return;
      const problem = objectProblem(error, [{ path, commit }], oid);
      this.texts.set(oid, problem);
      this.history.problems.push(problem);
    }
  }

  private takeAsset(pointer: Pointer, use: Use): void {
    const known = this.history.uses.get(pointer.blake3);
    if (known) known.uses.push(use);
    else this.history.uses.set(pointer.blake3, { pointer, uses: [use] });
  }
}

/** @throws the error itself when it does not say that an object is damaged or missing */
function objectProblem(error: unknown, files: Use[], id?: string): VerifyProblem {
  if (!(error instanceof ForgeError) || (error.code !== 'CORRUPT' && error.code !== 'NOT_FOUND')) throw error;
  return {
    kind: 'object',
    message: error.message,
    files,
    repaired: false,
    ...(id === undefined ? {} : { id }),
  };
}

/** Stores assets again whose files the working tree still has. Returns the BLAKE3 of those that are whole again. */
async function repair(
  context: RepositoryContext,
  store: ChunkStore,
  touched: { pointer: Pointer }[],
  uses: History['uses'],
): Promise<Set<string>> {
  const repaired = new Set<string>();
  await asWriter(context, async () => {
    for (const { pointer } of touched) {
      const paths = new Set(uses.get(pointer.blake3)?.uses.map(({ path }) => path));
      for (const path of paths) {
        if (!(await store.reingest(join(context.folders.root, path), pointer))) continue;
        repaired.add(pointer.blake3);
        break;
      }
    }
  });
  return repaired;
}

/** False where the repository cannot be written: looking at it must work all the same. */
async function asWriter(context: RepositoryContext, work: () => Promise<void>): Promise<boolean> {
  try {
    await context.mutate('verify', {}, work);
    return true;
  } catch (error) {
    if (error instanceof ForgeError && ['READ_ONLY', 'UNREADABLE', 'LOCKED'].includes(error.code))
      return false;
    throw error;
  }
}
