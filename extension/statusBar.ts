// Owns Forge's own item in the status bar: it is there while the server works or is gone. The branch is the panel's: see scm/repositoryPanel.ts.
import * as vscode from 'vscode';
import type { ForgeClient } from './client/forgeClient.ts';
import type { Repositories } from './model/repositories.ts';

export class StatusBar implements vscode.Disposable {
  private readonly client: ForgeClient;
  private readonly repositories: Repositories;
  private readonly item: vscode.StatusBarItem;
  private readonly subscriptions: vscode.Disposable[];

  constructor(client: ForgeClient, repositories: Repositories) {
    this.client = client;
    this.repositories = repositories;
    this.item = vscode.window.createStatusBarItem('forge.status', vscode.StatusBarAlignment.Left, 50);
    this.item.name = 'Forge';
    this.subscriptions = [
      this.item,
      repositories.onDidOpen((model) => model.onDidChange(() => this.show())),
      repositories.onDidClose(() => this.show()),
      client.onDidChangeRunning(() => {
        this.show();
        // Often sooner than anybody sees that it was away.
        if (client.running && client.takeCrash()) sayRestarted();
      }),
    ];
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private show(): void {
    if (!this.client.running) {
      this.say(
        `$(warning) ${vscode.l10n.t('Forge server stopped')}`,
        vscode.l10n.t(
          'The Forge server is not running. It is started again by itself a few times; select to do it now.',
        ),
        'forge.restartServer',
      );
      return;
    }
    const busy = this.repositories.all().find(({ activity }) => activity.running !== undefined);
    if (!busy) return this.item.hide();
    const { waiting } = busy.activity;
    const running = nameOf(busy.activity.running ?? '');
    this.say(
      `$(sync~spin) Forge: ${running}${waiting > 0 ? ` +${waiting}` : ''}`,
      vscode.l10n.t('Forge: {0} in {1}, {2} waiting', running, busy.rootPath, waiting),
      'forge.showOutput',
    );
  }

  private say(text: string, tooltip: string, command: string): void {
    this.item.text = text;
    this.item.tooltip = tooltip;
    this.item.accessibilityInformation = { label: tooltip };
    this.item.command = command;
    this.item.show();
  }
}

function sayRestarted(): void {
  vscode.window.setStatusBarMessage(
    vscode.l10n.t(
      'Forge: the server ended by itself and was started again; nothing that was committed is lost.',
    ),
    10_000,
  );
}

/** What the server calls its operations, for people. */
function nameOf(operation: string): string {
  const names: Record<string, string> = {
    commit: vscode.l10n.t('commit'),
    stage: vscode.l10n.t('stage'),
    unstage: vscode.l10n.t('unstage'),
    discard: vscode.l10n.t('discard'),
    undo: vscode.l10n.t('undo'),
    restore: vscode.l10n.t('restore'),
    switch: vscode.l10n.t('switch'),
    config: vscode.l10n.t('settings'),
  };
  return names[operation] ?? operation;
}
