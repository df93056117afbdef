// Owns the commands of the Asset History view: showing it, comparing versions, and bringing one back.
import * as vscode from 'vscode';
import { restoreCopyRequest, restoreRequest } from '../../core/protocol/sourceControl.ts';
import type { FileVersionRef } from '../../core/protocol/versionUri.ts';
import { fileOf } from '../files/versionUris.ts';
import type { Repositories } from '../model/repositories.ts';
import type { Commands } from '../scm/command.ts';
import { formatAgo } from '../../core/protocol/amounts.ts';
import type { Compare } from '../viewer/compareVersions.ts';
import type { OperationRunner } from '../ui/operationRunner.ts';
import type { ActiveFile } from './activeFile.ts';
import { VersionItem, WorkingItem } from './historyItems.ts';
import type { HistoryView } from './historyView.ts';

type CommittedVersion = FileVersionRef & { revision: string };

export class HistoryCommands {
  private readonly view: HistoryView;
  private readonly repositories: Repositories;
  private readonly runner: OperationRunner;
  private readonly compare: Compare;
  private readonly active: ActiveFile;

  constructor(
    commands: Commands,
    parts: {
      view: HistoryView;
      repositories: Repositories;
      runner: OperationRunner;
      compare: Compare;
      active: ActiveFile;
    },
  ) {
    this.view = parts.view;
    this.repositories = parts.repositories;
    this.runner = parts.runner;
    this.compare = parts.compare;
    this.active = parts.active;
    commands.add('forge.showHistory', (subject) => this.showHistory(subject));
    commands.add('forge.history.more', () => this.view.loadMore());
    commands.add('forge.compareVersions', (...args) => this.compareVersions(args));
    commands.add('forge.compareWithWorking', (subject) => this.compareWithWorking(subject));
    commands.addChanging('forge.restoreVersion', (subject) => this.restore(subject));
    commands.addChanging('forge.restoreVersionAsCopy', (subject) => this.restoreCopy(subject));
  }

  private async showHistory(subject: unknown): Promise<void> {
    const file = fileAmong(subject) ?? this.active.file;
    if (file) await this.view.show(file);
    else void vscode.window.showInformationMessage(vscode.l10n.t('Open or select a file first.'));
  }

  /** Two selected rows, two versions as arguments, or a file with two versions that the user picks. */
  private async compareVersions(args: unknown[]): Promise<void> {
    const [first, second] = args;
    // The menu of a row hands over all rows that are selected, too.
    const selected: readonly unknown[] = Array.isArray(second) ? second : this.view.selection;
    const rows = selected.filter((item) => item instanceof VersionItem || item instanceof WorkingItem);
    const isOfRows = first === undefined || rows.includes(first as VersionItem);
    if (isOfRows && rows.length === 2) {
      const [newer, older] = this.view.inOrder(rows).map((row) => versionAmong(row) as FileVersionRef);
      return this.compare(older, newer);
    }
    const before = versionAmong(first);
    const after = versionAmong(second);
    if (before && after) return this.compare(before, after);
    if (before && !isOfRows) return this.compare(before, { file: before.file });
    const fromFile = fileAmong(first);
    const file = fromFile ?? this.active.file ?? this.view.file;
    if (file) await this.pickAndCompare(file);
    else void vscode.window.showInformationMessage(vscode.l10n.t('Open or select a file first.'));
  }

  private async pickAndCompare(file: vscode.Uri): Promise<void> {
    await this.view.show(file);
    const items = await this.view.getChildren();
    const versions = items.filter(
      (item) => item instanceof VersionItem && !item.entry.deleted,
    ) as VersionItem[];
    const picks = versions.map((item) => ({
      label: item.title,
      description: formatAgo(Date.parse(item.entry.time), Date.now(), vscode.env.language),
      detail: item.entry.author.name,
      version: item.version,
    }));
    const older = await vscode.window.showQuickPick(picks, {
      placeHolder: vscode.l10n.t('Compare which version?'),
    });
    if (!older) return;
    const working = {
      label: vscode.l10n.t('Working File'),
      description: '',
      detail: file.fsPath,
      version: { file: file.fsPath },
    };
    const others = [working, ...picks.filter((pick) => pick !== older)];
    const newer = await vscode.window.showQuickPick(others, {
      placeHolder: vscode.l10n.t('Compare with which?'),
    });
    if (newer) await this.compare(older.version, newer.version);
  }

  private async compareWithWorking(subject: unknown): Promise<void> {
    const version = this.versionOf(subject);
    if (version) await this.compare(version, { file: this.view.file?.fsPath ?? version.file });
  }

  /** In place: a version from before a rename goes where the file is now. */
  private async restore(subject: unknown): Promise<void> {
    const version = this.versionOf(subject);
    if (!version) return;
    const { root, path } = this.placeOf(version.file);
    const shown = this.view.lists(version) ? this.view.file?.fsPath : undefined;
    const { path: to } = this.placeOf(shown ?? version.file);
    const question = vscode.l10n.t('Bring {0} back as it was?', to);
    const detail = vscode.l10n.t(
      'What the file holds now is kept: Forge: Undo Last Operation brings it back.',
    );
    const restore = vscode.l10n.t('Restore');
    const chosen = await vscode.window.showWarningMessage(question, { modal: true, detail }, restore);
    if (chosen !== restore) return;
    const params = { root, revision: version.revision, paths: [path], ...(to !== path && { to }) };
    await this.runner.run(vscode.l10n.t('Restore'), restoreRequest, params);
  }

  private async restoreCopy(subject: unknown): Promise<void> {
    const version = this.versionOf(subject);
    if (!version) return;
    const { root, path } = this.placeOf(version.file);
    const target = await vscode.window.showSaveDialog({ defaultUri: copyName(version) });
    if (!target) return;
    const params = { root, revision: version.revision, path, target: target.fsPath };
    await this.runner.run(vscode.l10n.t('Restore a copy'), restoreCopyRequest, params);
    await vscode.commands.executeCommand('vscode.open', target);
  }

  /** The version that a row or an argument names, else the one selected. */
  private versionOf(subject: unknown): CommittedVersion | undefined {
    const [selected] = this.view.selection;
    const version = versionAmong(subject) ?? versionAmong(selected);
    if (version?.revision !== undefined) return { ...version, revision: version.revision };
    void vscode.window.showInformationMessage(vscode.l10n.t('Select a version in Asset History first.'));
    return undefined;
  }

  private placeOf(file: string): { root: string; path: string } {
    const uri = vscode.Uri.file(file);
    const model = this.repositories.around(uri);
    if (!model) throw new Error(vscode.l10n.t('{0} lies in no repository of this window.', file));
    return { root: model.rootPath, path: uri.path.slice(model.root.path.length + 1) };
  }
}

/** A row, or what a link of a hover carries. */
function versionAmong(value: unknown): FileVersionRef | undefined {
  if (value instanceof VersionItem) return value.version;
  if (value instanceof WorkingItem) return { file: value.file.fsPath };
  if (typeof value !== 'object' || value === null || !('file' in value)) return undefined;
  const { file, revision } = value as Partial<Record<keyof FileVersionRef, unknown>>;
  if (typeof file !== 'string') return undefined;
  return typeof revision === 'string' ? { file, revision } : undefined;
}

/** A file of the Explorer, a row of the panel, or what a link of a hover carries. */
function fileAmong(value: unknown): vscode.Uri | undefined {
  if (value instanceof vscode.Uri) return fileOf(value);
  if (typeof value !== 'object' || value === null) return undefined;
  if ('resourceUri' in value && value.resourceUri instanceof vscode.Uri) return fileOf(value.resourceUri);
  if ('file' in value && typeof value.file === 'string') return vscode.Uri.file(value.file);
  return undefined;
}

/** `hero 3f2a91c0de.png` beside `hero.png`. */
function copyName({ file, revision }: CommittedVersion): vscode.Uri {
  const uri = vscode.Uri.file(file);
  const dot = uri.path.lastIndexOf('.');
  const end = dot > uri.path.lastIndexOf('/') ? dot : uri.path.length;
  const path = `${uri.path.slice(0, end)} ${revision.slice(0, 10)}${uri.path.slice(end)}`;
  return uri.with({ path });
}
