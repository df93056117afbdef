// Owns the panels of all repositories of the window, the texts that their message boxes held, and which one a command means.
import type * as vscode from 'vscode';
import type { Repositories } from '../model/repositories.ts';
import type { RepositoryModel } from '../model/repositoryModel.ts';
import { RepositoryPanel } from './repositoryPanel.ts';

export class Panels implements vscode.Disposable {
  private readonly repositories: Repositories;
  private readonly drafts: vscode.Memento;
  private readonly panels = new Map<RepositoryModel, RepositoryPanel>();
  private readonly subscriptions: vscode.Disposable[];

  constructor(repositories: Repositories, drafts: vscode.Memento) {
    this.repositories = repositories;
    this.drafts = drafts;
    repositories.all().forEach((model) => this.open(model));
    this.subscriptions = [
      repositories.onDidOpen((model) => this.open(model)),
      repositories.onDidClose((model) => this.close(model)),
    ];
  }

  all(): RepositoryPanel[] {
    return [...this.panels.values()];
  }

  of(model: RepositoryModel): RepositoryPanel | undefined {
    return this.panels.get(model);
  }

  ofControl(control: vscode.SourceControl): RepositoryPanel | undefined {
    return this.all().find((panel) => panel.control === control);
  }

  /** The panel that a file belongs to. */
  around(uri: vscode.Uri): RepositoryPanel | undefined {
    const model = this.repositories.around(uri);
    return model && this.panels.get(model);
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    for (const panel of this.panels.values()) panel.dispose();
    this.panels.clear();
  }

  private open(model: RepositoryModel): void {
    if (this.panels.has(model)) return;
    this.panels.set(model, new RepositoryPanel(model, this.drafts.get(draftKey(model), '')));
    void this.drafts.update(draftKey(model), undefined);
  }

  /** A repository that goes away, because its folder vanished for a while, gets its message back when it returns. */
  private close(model: RepositoryModel): void {
    const panel = this.panels.get(model);
    if (!panel) return;
    void this.drafts.update(draftKey(model), panel.message === '' ? undefined : panel.message);
    this.panels.delete(model);
    panel.dispose();
  }
}

function draftKey({ rootPath }: RepositoryModel): string {
  return `message:${rootPath}`;
}
