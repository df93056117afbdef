// Owns what a command is about: from rows, groups, a repository, files of the Explorer, or, when it comes from the palette, the active editor.
import * as vscode from 'vscode';
import type { Change } from '../../core/protocol/repositories.ts';
import { fileOf } from '../files/versionUris.ts';
import { ChangeRow } from './changeRow.ts';
import type { Panels } from './panels.ts';
import type { RepositoryPanel } from './repositoryPanel.ts';

/** Changes of one repository that a command is about. */
export interface Subject {
  panel: RepositoryPanel;
  changes: Change[];
}

export class Subjects {
  private readonly panels: Panels;

  constructor(panels: Panels) {
    this.panels = panels;
  }

  /**
   * The changes that a command's arguments mean, by repository. `fits` says which of a file's changes count when a file, and no
   * row, is meant. Says so when a file has none.
   */
  changes(args: unknown[], fits: (change: Change) => boolean): Subject[] {
    const wanted = new Map<RepositoryPanel, Change[]>();
    const add = (panel: RepositoryPanel | undefined, changes: readonly Change[]): void => {
      if (panel) wanted.set(panel, [...(wanted.get(panel) ?? []), ...changes]);
    };
    const items = args.flat();
    for (const item of items) {
      if (item instanceof ChangeRow) add(this.panels.of(item.model), [item.change]);
      else if (isGroup(item)) {
        const panel = this.panelOfGroup(item);
        add(panel, panel?.rowsOf(item).map(({ change }) => change) ?? []);
      }
    }
    if (wanted.size === 0) {
      for (const uri of this.files(items)) {
        const panel = this.panels.around(uri);
        const changes = panel?.model.changes.filter((one) => fits(one) && isAt(panel, one, uri)) ?? [];
        if (changes.length > 0) add(panel, changes);
        else void sayNothing(uri);
      }
    }
    return [...wanted].map(([panel, changes]) => ({ panel, changes }));
  }

  /** The file that a command is about; undefined, and the user told, when there is none. */
  file(args: unknown[]): vscode.Uri | undefined {
    const items = args.flat();
    const row = items.find((item) => item instanceof ChangeRow);
    const uri = row?.resourceUri ?? this.files(items)[0];
    if (!uri) void vscode.window.showInformationMessage(vscode.l10n.t('Open or select a file first.'));
    return uri;
  }

  around(file: vscode.Uri): RepositoryPanel | undefined {
    return this.panels.around(file);
  }

  panelOf({ model }: ChangeRow): RepositoryPanel | undefined {
    return this.panels.of(model);
  }

  /** The repository that a command is about; asks when there are several and nothing tells. */
  async repository(args: unknown[]): Promise<RepositoryPanel | undefined> {
    for (const item of args.flat()) {
      const panel = isGroup(item)
        ? this.panelOfGroup(item)
        : this.panels.all().find(({ control, model }) => control === item || model.rootPath === item);
      if (panel) return panel;
    }
    const all = this.panels.all();
    if (all.length === 0) {
      const init = vscode.l10n.t('Initialize Repository');
      const chosen = await vscode.window.showInformationMessage(
        vscode.l10n.t('No folder of this window is a Forge repository.'),
        init,
      );
      if (chosen === init) await vscode.commands.executeCommand('forge.init');
      return undefined;
    }
    if (all.length === 1) return all[0];
    const active = activeUri();
    const around = active && this.panels.around(active);
    if (around) return around;
    const chosen = await vscode.window.showQuickPick(
      all.map((panel) => ({
        label: `$(repo) ${nameOf(panel.model.root)}`,
        description: panel.model.rootPath,
        panel,
      })),
      { placeHolder: vscode.l10n.t('Choose a repository') },
    );
    return chosen?.panel;
  }

  private files(items: unknown[]): vscode.Uri[] {
    const named = items.filter((item) => item instanceof vscode.Uri);
    if (named.length > 0) return named.map(fileOf);
    const active = activeUri();
    return active ? [active] : [];
  }

  private panelOfGroup(group: vscode.SourceControlResourceGroup): RepositoryPanel | undefined {
    return this.panels.all().find((panel) => panel.hasGroup(group));
  }
}

/** The file of the active editor, of whichever kind; of an old version the file that it is a version of. */
export function activeUri(): vscode.Uri | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  if (input instanceof vscode.TabInputText || input instanceof vscode.TabInputCustom)
    return fileOf(input.uri);
  if (input instanceof vscode.TabInputTextDiff) return fileOf(input.modified);
  if (input instanceof vscode.TabInputNotebook) return fileOf(input.uri);
  const uri = vscode.window.activeTextEditor?.document.uri;
  return uri && fileOf(uri);
}

/** What people call a repository: its workspace folder's name, else its own folder's. */
function nameOf(root: vscode.Uri): string {
  const folder = vscode.workspace.getWorkspaceFolder(root);
  return folder?.uri.path === root.path ? folder.name : (root.path.split('/').at(-1) ?? root.path);
}

export function isGroup(item: unknown): item is vscode.SourceControlResourceGroup {
  return typeof item === 'object' && item !== null && 'resourceStates' in item;
}

function isAt({ model }: RepositoryPanel, { path }: Change, uri: vscode.Uri): boolean {
  return `${model.root.path}/${path}` === uri.path || `${model.root.path}/${path}`.startsWith(`${uri.path}/`);
}

function sayNothing(uri: vscode.Uri): Thenable<unknown> {
  return vscode.window.showInformationMessage(
    vscode.l10n.t('{0} has no changes that this applies to.', vscode.workspace.asRelativePath(uri)),
  );
}
