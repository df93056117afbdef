// Owns how an operation of the server runs before the user's eyes: the panel's progress line, a notification with Cancel when it takes long, the log.
import * as vscode from 'vscode';
import type { RequestDefinition, WithProgress } from '../../core/protocol/rpc.ts';
import type { InRepository } from '../../core/protocol/sourceControl.ts';
import type { ForgeClient, OperationProgress } from '../client/forgeClient.ts';
import { formatBytes, percentOf } from '../../core/protocol/amounts.ts';

/** What is done sooner shows no notification. */
const NOTIFY_AFTER_MS = 400;

export class OperationRunner {
  private readonly client: ForgeClient;
  private readonly log: vscode.LogOutputChannel;

  constructor(client: ForgeClient, log: vscode.LogOutputChannel) {
    this.client = client;
    this.log = log;
  }

  /** Runs one request to its end. @throws ServerError, CancellationError when the user cancelled */
  run<Params extends InRepository & WithProgress, Result>(
    title: string,
    definition: RequestDefinition<Params, Result>,
    params: Params,
  ): Promise<Result> {
    return this.runAbout(title, params.root, definition, params);
  }

  /** Runs a request that is about no repository of the window. `about`: for the log. @throws as `run` does */
  async runAbout<Params extends WithProgress, Result>(
    title: string,
    about: string,
    definition: RequestDefinition<Params, Result>,
    params: Params,
  ): Promise<Result> {
    const started = performance.now();
    const cancel = new vscode.CancellationTokenSource();
    const listeners = new Set<(progress: OperationProgress) => void>();
    this.log.info(`${title}: ${about}`);
    const result = this.client.send(definition, params, {
      token: cancel.token,
      onProgress: (progress) => listeners.forEach((listener) => listener(progress)),
    });
    const ended = result.then(
      () => undefined,
      () => undefined,
    );
    void vscode.window.withProgress({ location: vscode.ProgressLocation.SourceControl, title }, () => ended);
    const timer = setTimeout(() => this.notify(title, ended, cancel, listeners), NOTIFY_AFTER_MS);
    try {
      const value = await result;
      this.log.info(`${title}: done in ${((performance.now() - started) / 1000).toFixed(2)} s`);
      return value;
    } finally {
      clearTimeout(timer);
      cancel.dispose();
    }
  }

  private notify(
    title: string,
    ended: Promise<void>,
    cancel: vscode.CancellationTokenSource,
    listeners: Set<(progress: OperationProgress) => void>,
  ): void {
    const location = vscode.ProgressLocation.Notification;
    void vscode.window.withProgress(
      { location, title: `Forge: ${title}`, cancellable: true },
      (bar, token) => {
        token.onCancellationRequested(() => cancel.cancel());
        let shown = 0;
        listeners.add((progress) => {
          const percent = percentOf(progress) ?? 0;
          // A phase starts at nothing again; the bar itself never goes back.
          bar.report({ message: progressText(progress), increment: Math.max(0, percent - shown) });
          shown = Math.max(shown, percent);
        });
        return ended;
      },
    );
  }
}

function progressText({ files, totalFiles, bytes, totalBytes }: OperationProgress): string {
  const size = (value: number): string => formatBytes(value, vscode.env.language);
  if (totalBytes > 0) return vscode.l10n.t('{0} of {1}', size(bytes), size(totalBytes));
  if (totalFiles > 0) return vscode.l10n.t('{0} of {1} files', files, totalFiles);
  return bytes > 0 ? size(bytes) : vscode.l10n.t('{0} files', files);
}
