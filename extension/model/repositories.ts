// Owns what the extension knows of the repositories of its window: a mirror of what the server tells.
import { sep } from 'node:path';
import * as vscode from 'vscode';
import {
  type Activity,
  activityChanged,
  type FolderInfo,
  initRequest,
  openFoldersRequest,
  refreshRequest,
  repositoryChanged,
  windowFocused,
} from '../../core/protocol/repositories.ts';
import type { ForgeClient } from '../client/forgeClient.ts';
import { RepositoryModel } from './repositoryModel.ts';

export class Repositories implements vscode.Disposable {
  private readonly client: ForgeClient;
  private readonly models = new Map<string, RepositoryModel>();
  private readonly opened = new vscode.EventEmitter<RepositoryModel>();
  private readonly closed = new vscode.EventEmitter<RepositoryModel>();
  private readonly folders = new vscode.EventEmitter<FolderInfo[]>();
  private readonly subscriptions: vscode.Disposable[];
  private last: Promise<void> = Promise.resolve();

  readonly onDidOpen = this.opened.event;
  readonly onDidClose = this.closed.event;
  /** What each workspace folder is to Forge, after it was asked. */
  readonly onDidLookAtFolders = this.folders.event;

  constructor(client: ForgeClient) {
    this.client = client;
    this.subscriptions = [
      this.opened,
      this.closed,
      this.folders,
      client.onNotification(repositoryChanged, (update) => {
        // The first update of a repository may come before the answer that says it is open.
        const { root } = update;
        if (!this.add(root).apply(update)) void client.send(refreshRequest, { root });
      }),
      client.onNotification(activityChanged, (activity: Activity) =>
        this.models.get(activity.root)?.setActivity(activity),
      ),
      client.onDidChangeRunning((running) => {
        for (const model of this.models.values()) model.setServerRunning(running);
        // A server that goes away meanwhile is told by its models; the next one is asked again.
        if (running) void this.lookAtFolders().catch(() => undefined);
      }),
      vscode.workspace.onDidChangeWorkspaceFolders(() => this.lookAtFolders()),
      vscode.window.onDidChangeWindowState(({ focused }) => {
        if (focused) void client.tell(windowFocused, {}).catch(() => undefined);
      }),
    ];
  }

  all(): readonly RepositoryModel[] {
    return [...this.models.values()];
  }

  at(root: string): RepositoryModel | undefined {
    return this.models.get(root);
  }

  /** The innermost repository that a file lies in. */
  around(uri: vscode.Uri): RepositoryModel | undefined {
    return this.all()
      .filter(({ root }) => uri.path === root.path || uri.path.startsWith(`${root.path}/`))
      .sort((a, b) => b.root.path.length - a.root.path.length)[0];
  }

  /** Asks the server to open what the workspace folders lie in; one question at a time, so that no late answer is taken for a new one. */
  lookAtFolders(): Promise<void> {
    const result = this.last.then(() => this.lookNow());
    this.last = result.catch(() => undefined);
    return result;
  }

  private async lookNow(): Promise<void> {
    const folders = (vscode.workspace.workspaceFolders ?? [])
      .filter(({ uri }) => uri.scheme === 'file')
      .map(({ uri }) => uri.fsPath);
    const infos = await this.client.send(openFoldersRequest, { folders });
    const roots = new Set(infos.flatMap(({ root }) => (root === undefined ? [] : [root])));
    for (const root of roots) this.add(root);
    for (const [root, model] of this.models) {
      if (roots.has(root)) continue;
      const info = infos.find(({ folder }) => folder === root || folder.startsWith(root + sep));
      if (info) {
        // A repository that cannot be reached just now keeps its place, and the message that was typed there.
        model.fail(info.problem ?? vanished(root));
        continue;
      }
      this.models.delete(root);
      this.closed.fire(model);
      model.dispose();
    }
    await vscode.commands.executeCommand('setContext', 'forge.repositories', this.models.size);
    this.folders.fire(infos);
  }

  /** Makes a folder a repository. @throws ServerError */
  async initialise(folder: string): Promise<FolderInfo> {
    const info = await this.client.send(initRequest, { folder });
    await this.lookAtFolders();
    return info;
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    for (const model of this.models.values()) model.dispose();
    this.models.clear();
  }

  private add(root: string): RepositoryModel {
    const known = this.models.get(root);
    if (known) return known;
    const model = new RepositoryModel(root);
    this.models.set(root, model);
    this.opened.fire(model);
    return model;
  }
}

function vanished(root: string): NonNullable<FolderInfo['problem']> {
  return {
    code: 'NOT_FOUND',
    message: vscode.l10n.t('The repository {0} is not there any more', root),
    remedy: vscode.l10n.t('If it was moved, or its drive is not connected, bring it back and try again.'),
    path: root,
  };
}
