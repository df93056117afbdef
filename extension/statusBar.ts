// Owns the status bar item: the branch and how many changes its repository has.
import * as vscode from 'vscode';
import type { Repositories } from './model/repositories.ts';

export class StatusBar implements vscode.Disposable {
  private readonly repositories: Repositories;
  private readonly item: vscode.StatusBarItem;
  private readonly subscriptions: vscode.Disposable[];

  constructor(repositories: Repositories) {
    this.repositories = repositories;
    this.item = vscode.window.createStatusBarItem('forge.status', vscode.StatusBarAlignment.Left, 50);
    this.item.name = 'Forge';
    this.item.command = 'forge.switch';
    this.subscriptions = [
      this.item,
      repositories.onDidOpen((model) => model.onDidChange(() => this.show())),
      repositories.onDidClose(() => this.show()),
      vscode.window.onDidChangeActiveTextEditor(() => this.show()),
    ];
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private show(): void {
    const active = vscode.window.activeTextEditor?.document.uri;
    const model = (active && this.repositories.around(active)) ?? this.repositories.all()[0];
    if (model?.head === undefined) return this.item.hide();
    const { head, total } = model;
    const place = head.branch ?? head.commit?.slice(0, 10) ?? vscode.l10n.t('no commits');
    this.item.text = `$(git-branch) ${place}${total > 0 ? ` ●${total}` : ''}`;
    this.item.tooltip = vscode.l10n.t('Forge: {0} changes in {1}', total, model.rootPath);
    this.item.accessibilityInformation = {
      label: vscode.l10n.t('Forge: on {0}, {1} changes', place, total),
    };
    this.item.show();
  }
}
