// Owns the status bar item: the branch and how many changes the folder has.
import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import { statusRequest, type StatusSummary } from '../core/protocol/requests.ts';

/** A burst of file events is answered once, this long after the first, in milliseconds. */
const SETTLE_MS = 300;

export class StatusBar implements vscode.Disposable {
  private readonly client: LanguageClient;
  private readonly item: vscode.StatusBarItem;
  private readonly subscriptions: vscode.Disposable[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(client: LanguageClient) {
    this.client = client;
    this.item = vscode.window.createStatusBarItem('forge.status', vscode.StatusBarAlignment.Left, 50);
    this.item.name = 'Forge';
    const watcher = vscode.workspace.createFileSystemWatcher('**/*');
    this.subscriptions.push(
      this.item,
      watcher,
      watcher.onDidChange(() => this.refreshSoon()),
      watcher.onDidCreate(() => this.refreshSoon()),
      watcher.onDidDelete(() => this.refreshSoon()),
      vscode.window.onDidChangeWindowState((state) => state.focused && this.refreshSoon()),
      vscode.workspace.onDidChangeWorkspaceFolders(() => this.refreshSoon()),
    );
    this.refreshSoon();
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private refreshSoon(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.refresh();
    }, SETTLE_MS);
  }

  private async refresh(): Promise<void> {
    const folder = vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file');
    if (folder === undefined) return this.item.hide();
    try {
      const params = { folder: folder.uri.fsPath };
      this.show(await this.client.sendRequest<StatusSummary | null>(statusRequest.method, params));
    } catch (error) {
      this.item.text = '$(warning) Forge';
      this.item.tooltip = error instanceof Error ? error.message : String(error);
      this.item.show();
    }
  }

  private show(status: StatusSummary | null): void {
    if (status === null) return this.item.hide();
    const place = status.branch ?? status.commit?.slice(0, 10) ?? vscode.l10n.t('no commits');
    this.item.text = `$(git-branch) ${place}${status.changes > 0 ? ` ●${status.changes}` : ''}`;
    this.item.tooltip = vscode.l10n.t('Forge: {0} changes in {1}', status.changes, status.root);
    this.item.accessibilityInformation = {
      label: vscode.l10n.t('Forge: on {0}, {1} changes', place, status.changes),
    };
    this.item.show();
  }
}
