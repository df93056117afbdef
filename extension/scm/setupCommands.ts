// Owns the commands around repositories and the server, and what the user is told of folders that cannot be opened.
import * as vscode from 'vscode';
import { type FolderInfo, refreshRequest } from '../../core/protocol/repositories.ts';
import type { ForgeClient } from '../client/forgeClient.ts';
import type { Repositories } from '../model/repositories.ts';
import type { Problems } from '../ui/problems.ts';
import type { Commands } from './command.ts';
import type { Panels } from './panels.ts';
import type { Subjects } from './subjects.ts';

export interface SetupParts {
  client: ForgeClient;
  repositories: Repositories;
  panels: Panels;
  subjects: Subjects;
  problems: Problems;
  log: vscode.LogOutputChannel;
}

export class SetupCommands implements vscode.Disposable {
  private readonly parts: SetupParts;
  private readonly subscription: vscode.Disposable;
  private folders: FolderInfo[] = [];
  /** Folders and what was said of them, so that nobody is told twice. */
  private readonly told = new Map<string, string>();

  constructor(commands: Commands, parts: SetupParts) {
    this.parts = parts;
    this.subscription = parts.repositories.onDidLookAtFolders((folders) => this.look(folders));
    commands.addChanging('forge.init', (...args) => this.initialise(args));
    commands.add('forge.refresh', (...args) => this.refresh(args));
    commands.add('forge.restartServer', () => this.restart());
    commands.add('forge.showOutput', () => parts.log.show());
    commands.add('forge.showAll', async (...args) => (await parts.subjects.repository(args))?.showAll());
    commands.add('forge.explainFailure', (...args) => this.explain(args));
  }

  dispose(): void {
    this.subscription.dispose();
  }

  private async initialise(args: unknown[]): Promise<void> {
    const folder = await this.chooseFolder(args);
    if (!folder) return;
    await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Window, title: vscode.l10n.t('Making a Forge repository') },
      () => this.parts.repositories.initialise(folder.fsPath),
    );
    this.parts.log.info(`made a repository: ${folder.fsPath}`);
    await vscode.commands.executeCommand('workbench.view.scm');
  }

  /** The workspace folder that becomes a repository; of several the user chooses one that is none yet. */
  private async chooseFolder(args: unknown[]): Promise<vscode.Uri | undefined> {
    const named = args.find((arg) => arg instanceof vscode.Uri);
    if (named) return named;
    const all = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
    if (all.length === 0) {
      const open = vscode.l10n.t('Open Folder');
      const chosen = await vscode.window.showInformationMessage(
        vscode.l10n.t('Open the folder first that is to become a repository.'),
        open,
      );
      if (chosen === open) await vscode.commands.executeCommand('vscode.openFolder');
      return undefined;
    }
    const free = all.filter(({ uri }) => !this.parts.repositories.around(uri));
    const [first] = free;
    if (!first) {
      void vscode.window.showInformationMessage(vscode.l10n.t('This folder is a Forge repository already.'));
      return undefined;
    }
    if (all.length === 1) return first.uri;
    const chosen = await vscode.window.showQuickPick(
      free.map(({ name, uri }) => ({ label: name, description: uri.fsPath, uri })),
      { placeHolder: vscode.l10n.t('Choose the folder that becomes a repository') },
    );
    return chosen?.uri;
  }

  private async refresh(args: unknown[]): Promise<void> {
    const { client, panels, repositories, subjects } = this.parts;
    // Also what could not be opened before.
    await repositories.lookAtFolders();
    if (panels.all().length === 0) return;
    const panel = await subjects.repository(args);
    if (!panel) return;
    if (panel.model.failure) return this.offer(panel.model.failure, panel.model.root);
    const root = panel.model.rootPath;
    await vscode.window.withProgress({ location: { viewId: 'workbench.scm' } }, () =>
      client.send(refreshRequest, { root }),
    );
  }

  private async restart(): Promise<void> {
    this.parts.log.info('restarting the server');
    await this.parts.client.restart();
    vscode.window.setStatusBarMessage(vscode.l10n.t('Forge: the server runs again.'), 5000);
  }

  private async explain([root]: unknown[]): Promise<void> {
    const model = typeof root === 'string' ? this.parts.repositories.at(root) : undefined;
    if (model?.failure) await this.offer(model.failure, model.root);
    else await this.explainFolders();
  }

  private async explainFolders(): Promise<void> {
    for (const { folder, problem } of this.folders)
      if (problem) await this.offer(problem, vscode.Uri.file(folder));
  }

  private async offer(problem: NonNullable<FolderInfo['problem']>, folder: vscode.Uri): Promise<void> {
    const retry = (): Thenable<unknown> => vscode.commands.executeCommand('forge.refresh');
    await this.parts.problems.offer(problem, { folder, retry: async () => void (await retry()) });
  }

  /** Says once what is wrong with a folder; the view offers it again for as long as it lasts. */
  private look(folders: FolderInfo[]): void {
    this.folders = folders;
    for (const { folder, problem } of folders) {
      const before = this.told.get(folder);
      if (!problem) this.told.delete(folder);
      else if (before !== problem.message) {
        this.told.set(folder, problem.message);
        this.parts.log.error(`${folder}: ${problem.code}: ${problem.message}`);
        void this.offer(problem, vscode.Uri.file(folder));
      }
    }
    const broken = folders.some(({ problem }) => problem !== undefined);
    void vscode.commands.executeCommand('setContext', 'forge.problem', broken);
  }
}
