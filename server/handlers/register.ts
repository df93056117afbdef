// Owns how handlers of custom requests are hooked into the connection: types, progress, cancelling and errors, once for all.
import type { CancellationToken, Connection } from 'vscode-languageserver/node';
import type { OperationOptions, Progress } from '../../core/progress.ts';
import type { RequestDefinition, WithProgress } from '../../core/protocol/rpc.ts';
import { toResponseError } from '../errors.ts';

/** Progress is sent this often at most, in milliseconds. */
const PROGRESS_INTERVAL_MS = 100;

/** Answers `definition` with `handle`, which may run for long: `operation` carries the request's progress and its cancelling. */
export function answer<Params, Result>(
  connection: Connection,
  definition: RequestDefinition<Params, Result>,
  handle: (params: Params, operation: OperationOptions & { signal: AbortSignal }) => Promise<Result> | Result,
): void {
  connection.onRequest(definition.method, async (params: Params, token: CancellationToken) => {
    const { progressToken } = (params ?? {}) as WithProgress;
    const signal = signalOf(token);
    const onProgress = progressToken === undefined ? undefined : reporter(connection, progressToken);
    try {
      return await handle(params, { signal, onProgress });
    } catch (error) {
      throw toResponseError(error);
    }
  });
}

function signalOf(token: CancellationToken): AbortSignal {
  const controller = new AbortController();
  if (token.isCancellationRequested) controller.abort();
  else token.onCancellationRequested(() => controller.abort());
  return controller.signal;
}

function reporter(connection: Connection, token: string | number): (progress: Progress) => void {
  let last = 0;
  return (progress) => {
    const now = performance.now();
    if (now - last < PROGRESS_INTERVAL_MS) return;
    last = now;
    void connection.sendNotification('$/progress', { token, value: progress });
  };
}
