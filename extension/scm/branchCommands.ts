// Owns the commands that switch branches and create them.
import * as vscode from 'vscode';
import { type BranchInfo, branchesRequest, switchRequest } from '../../core/protocol/sourceControl.ts';
import type { ForgeClient } from '../client/forgeClient.ts';
import { askText } from '../ui/askText.ts';
import type { OperationRunner } from '../ui/operationRunner.ts';
import { countFiles } from '../ui/texts.ts';
import type { Commands } from './command.ts';
import type { RepositoryPanel } from './repositoryPanel.ts';
import type { Subjects } from './subjects.ts';

interface BranchItem extends vscode.QuickPickItem {
  branch?: BranchInfo;
}

export class BranchCommands {
  private readonly client: ForgeClient;
  private readonly runner: OperationRunner;
  private readonly subjects: Subjects;

  constructor(commands: Commands, subjects: Subjects, client: ForgeClient, runner: OperationRunner) {
    this.client = client;
    this.runner = runner;
    this.subjects = subjects;
    commands.addChanging('forge.switch', (...args) => this.choose(args));
    commands.addChanging('forge.createBranch', (...args) => this.create(args));
  }

  private async choose(args: unknown[]): Promise<void> {
    const panel = await this.subjects.repository(args);
    if (!panel) return;
    const branches = await this.client.send(branchesRequest, { root: panel.model.rootPath });
    const create: BranchItem = { label: `$(plus) ${vscode.l10n.t('Create branch…')}`, alwaysShow: true };
    const items: BranchItem[] = [
      create,
      { label: vscode.l10n.t('branches'), kind: vscode.QuickPickItemKind.Separator },
      ...branches.map((branch) => ({
        label: `${branch.current ? '$(check)' : '$(git-branch)'} ${branch.name}`,
        description: branch.current ? vscode.l10n.t('current') : branch.commit.slice(0, 10),
        detail: branch.message.split('\n', 1)[0] ?? '',
        branch,
      })),
    ];
    const chosen = await vscode.window.showQuickPick(items, {
      placeHolder: vscode.l10n.t('Choose a branch to switch to'),
      matchOnDetail: true,
    });
    if (chosen === create) await this.create([panel.control]);
    else if (chosen?.branch && !chosen.branch.current) await this.switch(panel, chosen.branch.name, false);
  }

  private async create(args: unknown[]): Promise<void> {
    const panel = await this.subjects.repository(args);
    if (!panel) return;
    const name = await askText({
      prompt: vscode.l10n.t('Name of the new branch, which starts where you are'),
      refuse: (text) => (text === '' ? vscode.l10n.t('A name is needed.') : undefined),
    });
    if (name !== undefined) await this.switch(panel, name, true);
  }

  private async switch({ model }: RepositoryPanel, target: string, create: boolean): Promise<void> {
    const title = create ? vscode.l10n.t('Create branch') : vscode.l10n.t('Switch');
    const { restored, removed } = await this.runner.run(title, switchRequest, {
      root: model.rootPath,
      target,
      create,
    });
    vscode.window.setStatusBarMessage(
      vscode.l10n.t(
        '$(git-branch) On {0}: {1} changed',
        target,
        countFiles(restored.length + removed.length),
      ),
      10_000,
    );
  }
}
