// Owns the extension's side of the language server: starting it, typed requests, and telling when it went away.
import * as vscode from 'vscode';
import {
  CloseAction,
  type CloseHandlerResult,
  ErrorAction,
  LanguageClient,
  type LanguageClientOptions,
  ProgressType,
  ResponseError,
  State,
  TransportKind,
} from 'vscode-languageclient/node';
import type { ErrorData, NotificationDefinition, RequestDefinition } from '../../core/protocol/rpc.ts';

/** What long operations tell: see core/progress.ts. */
export interface OperationProgress {
  phase: string;
  files: number;
  totalFiles: number;
  bytes: number;
  totalBytes: number;
  newBytes: number;
  storedBytes: number;
}

export interface LongRequest {
  token?: vscode.CancellationToken;
  onProgress?: (progress: OperationProgress) => void;
}

/** A failed request, with what the server knows of the reason. */
export class ServerError extends Error {
  override readonly name = 'ServerError';
  /** See core/errors.ts; `INTERNAL` for what nobody foresaw, `GONE` when the server is not there. */
  readonly code: string;
  readonly remedy: string;
  readonly path: string | undefined;

  constructor(message: string, data: ErrorData, options?: ErrorOptions) {
    super(message, options);
    this.code = data.code;
    this.remedy = data.remedy;
    this.path = data.path;
  }
}

/** The server is started anew this many times within RESTART_PERIOD_MS. */
const MOST_RESTARTS = 4;
const RESTART_PERIOD_MS = 3 * 60 * 1000;

export class ForgeClient implements vscode.Disposable {
  private readonly client: LanguageClient;
  private readonly stateChanged = new vscode.EventEmitter<boolean>();
  private readonly answered = new vscode.EventEmitter<string>();
  private readonly ends: number[] = [];
  private nextToken = 0;
  private crashed = false;

  /** Fires with whether the server runs; after a crash with false, then true once a new one answers. */
  readonly onDidChangeRunning = this.stateChanged.event;
  /** Fires with the method of a request that the server has answered without an error. */
  readonly onDidAnswer = this.answered.event;

  /** `options` holds what the language features need; how errors are handled is decided here. */
  constructor(serverModule: string, output: vscode.LogOutputChannel, options: LanguageClientOptions) {
    this.client = new LanguageClient(
      'forge',
      'Forge',
      {
        run: { module: serverModule, transport: TransportKind.ipc },
        debug: {
          module: serverModule,
          transport: TransportKind.ipc,
          options: { execArgv: ['--nolazy', '--inspect=6009'] },
        },
      },
      {
        ...options,
        outputChannel: output,
        errorHandler: {
          error: () => ({ action: ErrorAction.Continue }),
          closed: () => this.closed(),
        },
      },
    );
    this.client.onDidChangeState(({ newState }) => this.stateChanged.fire(newState === State.Running));
  }

  get running(): boolean {
    return this.client.state === State.Running;
  }

  /** Whether the server ended unasked and was started anew since this was asked last. */
  takeCrash(): boolean {
    const { crashed } = this;
    this.crashed = false;
    return crashed;
  }

  start(): Promise<void> {
    return this.client.start();
  }

  /** @throws ServerError */
  async send<Params extends object, Result>(
    definition: RequestDefinition<Params, Result>,
    params: Params,
    { token, onProgress }: LongRequest = {},
  ): Promise<Result> {
    const progressToken = onProgress && `forge-${this.nextToken++}`;
    const listening =
      progressToken === undefined
        ? undefined
        : this.client.onProgress(new ProgressType<OperationProgress>(), progressToken, onProgress as never);
    try {
      const full = progressToken === undefined ? params : { ...params, progressToken };
      const { method } = definition;
      // A token that is there but undefined would be taken for a second parameter.
      const result = await (token
        ? this.client.sendRequest<Result>(method, full, token)
        : this.client.sendRequest<Result>(method, full));
      this.answered.fire(method);
      return result;
    } catch (error) {
      throw toServerError(error);
    } finally {
      listening?.dispose();
    }
  }

  /** Tells the server something, where it runs. */
  async tell<Params extends object>(
    definition: NotificationDefinition<Params>,
    params: Params,
  ): Promise<void> {
    if (this.running) await this.client.sendNotification(definition.method, params);
  }

  onNotification<Params>(
    definition: NotificationDefinition<Params>,
    handler: (params: Params) => void,
  ): vscode.Disposable {
    return this.client.onNotification(definition.method, handler);
  }

  dispose(): void {
    this.stateChanged.dispose();
    this.answered.dispose();
  }

  async stop(): Promise<void> {
    if (this.client.needsStop()) await this.client.stop();
  }

  /** Ends the server, where it runs, and starts a new one. */
  async restart(): Promise<void> {
    this.ends.length = 0;
    await this.stop();
    await this.start();
  }

  private closed(): CloseHandlerResult {
    const now = Date.now();
    this.ends.push(now);
    const recent = this.ends.filter((time) => now - time < RESTART_PERIOD_MS).length;
    this.crashed = recent <= MOST_RESTARTS;
    if (this.crashed) return { action: CloseAction.Restart, handled: true };
    return {
      action: CloseAction.DoNotRestart,
      message: vscode.l10n.t(
        'The Forge server ended {0} times in a row and is not started again. Its output says why; nothing that was committed is lost.',
        recent,
      ),
    };
  }
}

function toServerError(error: unknown): unknown {
  if (error instanceof vscode.CancellationError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const data = error instanceof ResponseError ? (error.data as ErrorData | undefined) : undefined;
  if (data?.code !== undefined) return new ServerError(message, data, { cause: error });
  const remedy = vscode.l10n.t('Try again; the output of Forge says more.');
  return new ServerError(message, { code: 'GONE', remedy }, { cause: error });
}
