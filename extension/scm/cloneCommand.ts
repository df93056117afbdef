// Owns the command that copies a repository from another folder: what it asks, and what can be done with the copy.
import { basename, join } from 'node:path';
import * as vscode from 'vscode';
import { cloneRequest } from '../../core/protocol/repositories.ts';
import { askText } from '../ui/askText.ts';
import type { OperationRunner } from '../ui/operationRunner.ts';
import { problemOf, type Problems, sentence } from '../ui/problems.ts';
import type { Commands } from './command.ts';

/** Names that some file system cannot hold, or that lead elsewhere. */
const UNFIT_NAME = /[\\/:*?"<>|]|^\.{1,2}$|^$/;

export class CloneCommand {
  private readonly runner: OperationRunner;
  private readonly problems: Problems;

  constructor(commands: Commands, runner: OperationRunner, problems: Problems) {
    this.runner = runner;
    this.problems = problems;
    commands.addChanging('forge.clone', () => this.clone());
  }

  private async clone(): Promise<void> {
    const source = await askFolder(
      vscode.l10n.t('Choose the folder of the Forge repository to clone'),
      vscode.l10n.t('Clone This Repository'),
    );
    if (!source) return;
    const parent = await askFolder(
      vscode.l10n.t('Choose the folder in which the clone becomes a folder of its own'),
      vscode.l10n.t('Clone into This Folder'),
    );
    if (!parent) return;
    const name = basename(source.fsPath);
    const target = await freeName(parent, name);
    if (target === undefined) return;
    await this.copy(source, target);
  }

  private async copy(source: vscode.Uri, target: string): Promise<void> {
    try {
      const { root } = await this.runner.runAbout(
        vscode.l10n.t('Clone {0}', basename(source.fsPath)),
        `${source.fsPath} → ${target}`,
        cloneRequest,
        { source: source.fsPath, target },
      );
      await offerToOpen(vscode.Uri.file(root));
    } catch (error) {
      if (problemOf(error).code === 'NO_REPOSITORY') return this.askAgain(error);
      // Not asked where from and where to once more: what stands in the way is elsewhere.
      await this.problems.show(error, { folder: source, retry: () => this.copy(source, target) });
    }
  }

  private async askAgain(error: unknown): Promise<void> {
    const again = vscode.l10n.t('Choose Another Folder');
    const chosen = await vscode.window.showErrorMessage(sentence(problemOf(error)), again);
    if (chosen === again) await this.clone();
  }
}

async function askFolder(title: string, openLabel: string): Promise<vscode.Uri | undefined> {
  const chosen = await vscode.window.showOpenDialog({
    canSelectFiles: false,
    canSelectFolders: true,
    canSelectMany: false,
    title,
    openLabel,
  });
  return chosen?.[0];
}

/** Path of the folder that the clone becomes. Another name is asked for when something has this one. */
async function freeName(parent: vscode.Uri, name: string): Promise<string | undefined> {
  const names = new Set((await vscode.workspace.fs.readDirectory(parent)).map(([one]) => one));
  if (!names.has(name)) return join(parent.fsPath, name);
  const chosen = await askText({
    title: vscode.l10n.t('Name of the Clone'),
    prompt: vscode.l10n.t('There is a {0} in {1} already. Give the clone another name.', name, parent.fsPath),
    value: name,
    refuse: (text) => {
      if (UNFIT_NAME.test(text)) return vscode.l10n.t('No folder can be called this.');
      return names.has(text) ? vscode.l10n.t('There is a {0} already.', text) : undefined;
    },
  });
  return chosen === undefined ? undefined : join(parent.fsPath, chosen);
}

/** As after a clone of Git's. */
async function offerToOpen(root: vscode.Uri): Promise<void> {
  const open = vscode.l10n.t('Open');
  const openInNewWindow = vscode.l10n.t('Open in New Window');
  const addToWorkspace = vscode.l10n.t('Add to Workspace');
  const folders = vscode.workspace.workspaceFolders ?? [];
  const chosen = await vscode.window.showInformationMessage(
    vscode.l10n.t('Would you like to open the cloned repository?'),
    { modal: true, detail: root.fsPath },
    open,
    openInNewWindow,
    ...(folders.length > 0 ? [addToWorkspace] : []),
  );
  if (chosen === open) await vscode.commands.executeCommand('vscode.openFolder', root);
  else if (chosen === openInNewWindow)
    await vscode.commands.executeCommand('vscode.openFolder', root, { forceNewWindow: true });
  else if (chosen === addToWorkspace)
    vscode.workspace.updateWorkspaceFolders(folders.length, 0, { uri: root });
}
