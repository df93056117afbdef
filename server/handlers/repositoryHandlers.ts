// Owns the answers to requests that open repositories or change them.
import type { Connection } from 'vscode-languageserver/node';
import type { OperationOptions } from '../../core/progress.ts';
import type { InitResult, RestoreResult } from '../../core/repo/types.ts';
import type { CloneResult } from '../../core/sync/clone.ts';
import {
  cloneRequest,
  initRequest,
  openFoldersRequest,
  refreshRequest,
  windowFocused,
} from '../../core/protocol/repositories.ts';
import {
  branchesRequest,
  commitRequest,
  discardRequest,
  largeFilesRequest,
  restoreCopyRequest,
  operationsRequest,
  restoreOperationRequest,
  restoreRequest,
  setAuthorRequest,
  stageRequest,
  switchRequest,
  undoRequest,
  unstageRequest,
} from '../../core/protocol/sourceControl.ts';
import type { RepositorySessions } from '../session/repositorySessions.ts';
import { answer } from './register.ts';

export function answerRepositories(
  connection: Connection,
  sessions: RepositorySessions,
  initialise: (folder: string) => Promise<InitResult>,
  clone: (source: string, target: string, operation: OperationOptions) => Promise<CloneResult>,
): void {
  answer(connection, openFoldersRequest, ({ folders }) => sessions.openFolders(folders));
  answer(connection, initRequest, async ({ folder }) => {
    await initialise(folder);
    return sessions.addFolder(folder);
  });
  answer(connection, cloneRequest, ({ source, target }, operation) => clone(source, target, operation));
  answer(connection, refreshRequest, async ({ root }) => {
    await sessions.at(root).refresh();
    return null;
  });
  connection.onNotification(windowFocused.method, async () => {
    for (const session of sessions.all()) await session.check();
  });
  answer(connection, stageRequest, ({ root, paths }, operation) =>
    sessions
      .at(root)
      .change('stage', operation.signal, (repository) => repository.add(paths, operation), noFiles),
  );
  answer(connection, unstageRequest, ({ root, paths }, operation) =>
    sessions
      .at(root)
      .change('unstage', operation.signal, (repository) => repository.unstage(paths, operation), noFiles),
  );
  answer(connection, discardRequest, ({ root, paths }, operation) =>
    sessions
      .at(root)
      .change('discard', operation.signal, (repository) => repository.discard(paths, operation), movedFiles),
  );
  answer(connection, largeFilesRequest, ({ root, staged, size }) =>
    sessions.at(root).largeFiles(staged, size),
  );
  answer(connection, restoreCopyRequest, async ({ root, revision, path, target }, operation) => ({
    bytes: await sessions.at(root).repository.copyFile({ revision, path }, target, operation),
  }));
  answer(connection, commitRequest, ({ root, message, staged }, operation) =>
    sessions
      .at(root)
      .change(
        'commit',
        operation.signal,
        (repository) => repository.commit({ message, paths: staged ? [] : [''], ...operation }),
        noFiles,
      ),
  );
  answer(connection, undoRequest, ({ root }, operation) =>
    sessions
      .at(root)
      .change('undo', operation.signal, (repository) => repository.undo(operation), movedFiles),
  );
  answer(connection, operationsRequest, async ({ root, limit }) => {
    const operations = [];
    for await (const one of sessions.at(root).repository.operations(limit)) operations.push(one);
    return operations;
  });
  answer(connection, restoreOperationRequest, ({ root, id }, operation) =>
    sessions
      .at(root)
      .change(
        'undo',
        operation.signal,
        (repository) => repository.restoreOperation(id, operation),
        movedFiles,
      ),
  );
  answer(connection, restoreRequest, ({ root, revision, paths, to }, operation) =>
    sessions
      .at(root)
      .change(
        'restore',
        operation.signal,
        (repository) => repository.restore({ from: revision, paths, to, ...operation }),
        movedFiles,
      ),
  );
  answer(connection, branchesRequest, ({ root }) => sessions.at(root).repository.branches());
  answer(connection, switchRequest, ({ root, target, create, start }, operation) =>
    sessions
      .at(root)
      .change(
        'switch',
        operation.signal,
        (repository) => repository.switch({ target, create, start, ...operation }),
        movedFiles,
      ),
  );
  answer(connection, setAuthorRequest, ({ root, name, email }, { signal }) =>
    sessions.at(root).change('config', signal, async (repository) => {
      await repository.setConfig('user.name', name);
      await repository.setConfig('user.email', email);
      return null;
    }),
  );
}

/** Of an operation that leaves the working tree as it is. */
function noFiles(): readonly string[] {
  return [];
}

/** Paths that an operation wrote or removed in the working tree. */
function movedFiles({ restored, removed }: Pick<RestoreResult, 'restored' | 'removed'>): readonly string[] {
  return [...restored, ...removed];
}
