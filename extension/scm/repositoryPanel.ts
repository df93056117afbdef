// Owns one repository's part of the Source Control view: its groups and rows, its message box and its line in the status bar.
import * as vscode from 'vscode';
import { STATUS_LIMIT } from '../../core/protocol/repositories.ts';
import type { RepositoryModel } from '../model/repositoryModel.ts';
import { ChangeRow } from './changeRow.ts';
import { noticesOf } from './notices.ts';
import { originalOf } from './originals.ts';
import { type GroupId, GROUPS, RowList, SHOWN_ROWS, shownRows } from './rows.ts';

export class RepositoryPanel implements vscode.Disposable {
  readonly model: RepositoryModel;
  readonly control: vscode.SourceControl;
  private readonly notices: vscode.SourceControlResourceGroup;
  private readonly groups: Record<GroupId, vscode.SourceControlResourceGroup>;
  private readonly lists: Record<GroupId, RowList<ChangeRow>>;
  private readonly subscription: vscode.Disposable;
  private limit = SHOWN_ROWS;
  private noticeKey = '';
  private statusKey = '';

  constructor(model: RepositoryModel, draft: string) {
    this.model = model;
    this.control = vscode.scm.createSourceControl('forge', 'Forge', model.root);
    this.notices = this.control.createResourceGroup('notices', vscode.l10n.t('Notices'));
    this.notices.hideWhenEmpty = true;
    this.groups = {
      conflicts: this.control.createResourceGroup('conflicts', vscode.l10n.t('Conflicts')),
      staged: this.control.createResourceGroup('staged', vscode.l10n.t('Staged Changes')),
      changes: this.control.createResourceGroup('changes', vscode.l10n.t('Changes')),
      untracked: this.control.createResourceGroup('untracked', vscode.l10n.t('Untracked Files')),
    };
    for (const group of GROUPS) this.groups[group].hideWhenEmpty = group !== 'changes';
    const newList = (): RowList<ChangeRow> => new RowList((change) => new ChangeRow(model, change));
    this.lists = { conflicts: newList(), staged: newList(), changes: newList(), untracked: newList() };
    // The editor itself brings a text back when its window was closed.
    if (draft !== '') this.control.inputBox.value = draft;
    this.control.acceptInputCommand = {
      command: 'forge.commit',
      title: vscode.l10n.t('Commit'),
      arguments: [this.control],
    };
    this.control.quickDiffProvider = { provideOriginalResource: (uri) => originalOf(model, uri) };
    this.subscription = model.onDidChange(() => this.show());
    this.show();
  }

  get message(): string {
    return this.control.inputBox.value;
  }

  set message(text: string) {
    this.control.inputBox.value = text;
  }

  /** Rows of all groups that the panel shows. */
  rows(): ChangeRow[] {
    return GROUPS.flatMap((group) => this.lists[group].rows);
  }

  hasGroup(group: vscode.SourceControlResourceGroup): boolean {
    return GROUPS.some((id) => this.groups[id] === group);
  }

  rowsOf(group: vscode.SourceControlResourceGroup): ChangeRow[] {
    const id = GROUPS.find((one) => this.groups[one] === group);
    return id === undefined ? [] : this.lists[id].rows;
  }

  /** Shows every row that the server sends. */
  showAll(): void {
    this.limit = STATUS_LIMIT;
    this.show();
  }

  dispose(): void {
    this.subscription.dispose();
    this.control.dispose();
  }

  private show(): void {
    const { model } = this;
    const shown = shownRows(model.changes, this.limit);
    let count = 0;
    for (const group of GROUPS) {
      const list = this.lists[group];
      count += shown[group].length;
      // The editor compares what it is given with what it has; where nothing is new it is given nothing.
      if (list.update(shown[group])) this.groups[group].resourceStates = list.rows;
    }
    const notices = noticesOf(model, count);
    const noticeKey = notices.map(({ resourceUri }) => resourceUri.path).join('\n');
    if (noticeKey !== this.noticeKey) {
      this.noticeKey = noticeKey;
      this.notices.resourceStates = notices;
    }
    if (this.control.count !== model.total) this.control.count = model.total;
    this.showPlace();
  }

  private showPlace(): void {
    const { head, activity } = this.model;
    const place = placeOf(head);
    const key = `${place} ${activity.running ?? ''}`;
    if (key === this.statusKey) return;
    this.statusKey = key;
    // The editor writes the key that commits in place of {0}.
    this.control.inputBox.placeholder =
      head?.branch === undefined
        ? vscode.l10n.t('Message ({0} to commit)', '{0}')
        : vscode.l10n.t('Message ({0} to commit on {1})', '{0}', head.branch);
    const icon = activity.running === undefined ? '$(git-branch)' : '$(sync~spin)';
    this.control.statusBarCommands = [
      {
        command: 'forge.switch',
        title: `${icon} ${place}`,
        tooltip: vscode.l10n.t('Forge: on {0}. Switch branch…', place),
        arguments: [this.control],
      },
    ];
  }
}

/** Where HEAD is, in a word. */
export function placeOf(head: RepositoryModel['head']): string {
  return head?.branch ?? head?.commit?.slice(0, 10) ?? vscode.l10n.t('no commits yet');
}
