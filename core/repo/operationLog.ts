// Owns the operation log: a chain of Git commits at refs/forge/operations, each holding what `forge undo` needs.
import { ForgeError } from '../errors.ts';
import { decodeCommit, encodeCommit } from '../git/commits.ts';
import type { GitObjects } from '../git/gitObjects.ts';
import type { ObjectBatch } from '../git/objectBatch.ts';
import type { GitRefs, RefChange as RefUpdate } from '../git/refs.ts';
import { decodeTree, encodeTree } from '../git/trees.ts';
import type { OperationInfo, RefChange, Signature } from './types.ts';

export const OPERATIONS_REF = 'refs/forge/operations';

/** What an operation did. Trees and commits it names stay reachable through the operation's own commit. */
export interface Operation {
  command: string;
  summary: string;
  headBefore: string;
  headAfter: string;
  refs: RefChange[];
  /** Tree of the index before the operation, if it changed the index. */
  indexBefore?: string;
  /** Trees with only the touched paths of the working tree: as they were (unsaved content included) and as they became. */
  workBefore?: string;
  workAfter?: string;
  /** Commits to keep although no ref may lead to them any more. */
  keep: string[];
  /** Operation that this one takes back. */
  undoes?: string;
}

export interface LoggedOperation extends Operation {
  id: string;
  previous: string | undefined;
  time: string;
  user: string;
}

interface MessageDocument extends Omit<
  Operation,
  'summary' | 'keep' | 'indexBefore' | 'workBefore' | 'workAfter'
> {
  version: 1;
  previous: string | null;
}

export class OperationLog {
  private readonly objects: GitObjects;
  private readonly refs: GitRefs;

  constructor(objects: GitObjects, refs: GitRefs) {
    this.objects = objects;
    this.refs = refs;
  }

  /**
   * Adds the operation's objects to `batch` and returns the ref update that logs it. With `replaces`, the latest entry gives
   * way to it.
   */
  async prepare(
    operation: Operation,
    user: Signature,
    batch: ObjectBatch,
    replaces?: string,
  ): Promise<RefUpdate> {
    const tip = await this.refs.read(OPERATIONS_REF);
    const previous = replaces === undefined ? tip : (await this.read(replaces)).previous;
    const { summary, keep, indexBefore, workBefore, workAfter, ...rest } = operation;
    const folders = { after: workAfter, before: workBefore, index: indexBefore };
    const entries = Object.entries(folders).flatMap(([name, oid]) =>
      oid === undefined ? [] : [{ name, mode: 0o40000, oid }],
    );
    const document: MessageDocument = { version: 1, previous: previous ?? null, ...rest };
    const parents = new Set([...(previous === undefined ? [] : [previous]), ...keep]);
    const id = batch.add(
      'commit',
      encodeCommit({
        tree: batch.add('tree', encodeTree(entries)),
        parents: [...parents],
        author: user,
        committer: user,
        message: `${summary.split('\n')[0]}\n\n${JSON.stringify(document)}\n`,
      }),
    );
    return { ref: OPERATIONS_REF, before: tip, after: id };
  }

  /** Newest first. */
  async *entries(): AsyncGenerator<LoggedOperation> {
    let id = await this.refs.read(OPERATIONS_REF);
    while (id !== undefined) {
      const operation = await this.read(id);
      yield operation;
      id = operation.previous;
    }
  }

  /** @throws ForgeError CORRUPT when the commit is not an operation */
  async read(id: string): Promise<LoggedOperation> {
    const { type, data } = await this.objects.read(id);
    const commit = type === 'commit' ? decodeCommit(data) : undefined;
    const split = commit?.message.indexOf('\n\n') ?? -1;
    if (!commit || split < 0) throw notAnOperation(id);
    let document: MessageDocument;
    try {
      document = JSON.parse(commit.message.slice(split + 2)) as MessageDocument;
    } catch {
      throw notAnOperation(id);
    }
    const tree = decodeTree((await this.objects.read(commit.tree)).data);
    const folder = (name: string): string | undefined => tree.find((entry) => entry.name === name)?.oid;
    const { version, previous, ...rest } = document;
    if (version !== 1) {
      throw new ForgeError(
        'FORMAT_TOO_NEW',
        `Operation ${id} was written by a newer Forge`,
        'Use that Forge to undo it.',
      );
    }
    return {
      ...rest,
      id,
      previous: previous ?? undefined,
      summary: commit.message.slice(0, split),
      time: new Date(commit.committer.time).toISOString(),
      user: `${commit.committer.name} <${commit.committer.email}>`,
      indexBefore: folder('index'),
      workBefore: folder('before'),
      workAfter: folder('after'),
      // The first parent is the operation before, as long as there is one.
      keep: commit.parents.slice(previous === null ? 0 : 1),
    };
  }

  /** The latest operation that still stands, with the set of those that were taken back. */
  async latestStanding(): Promise<LoggedOperation | undefined> {
    const undone = new Set<string>();
    for await (const operation of this.entries()) {
      if (operation.undoes !== undefined) undone.add(operation.undoes);
      else if (!undone.has(operation.id)) return operation;
    }
    return undefined;
  }

  /** Finds an operation by its full id or a prefix of at least four digits. @throws ForgeError NOT_FOUND */
  async find(prefix: string): Promise<LoggedOperation> {
    if (/^[0-9a-f]{4,40}$/.test(prefix)) {
      for await (const operation of this.entries()) {
        if (operation.id.startsWith(prefix)) return operation;
      }
    }
    throw new ForgeError('NOT_FOUND', `No operation ${prefix}`, 'List operations with `forge op log`.');
  }
}

export function toInfo(operation: LoggedOperation, paths: string[], undoneBy?: string): OperationInfo {
  const { id, command, summary, time, user, headBefore, headAfter, refs } = operation;
  return {
    id,
    command,
    summary,
    time,
    user,
    headBefore,
    headAfter,
    refs,
    paths,
    ...(undoneBy === undefined ? {} : { undoneBy }),
  };
}

function notAnOperation(id: string): ForgeError {
  return new ForgeError(
    'CORRUPT',
    `${id} is not an operation`,
    'The operation log ends here; run `forge verify`.',
  );
}
