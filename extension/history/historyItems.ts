// Owns the rows of the Asset History view: what each says and how a screen reader tells it.
import * as vscode from 'vscode';
import type { Description } from '../../core/protocol/files.ts';
import type { HistoryEntry } from '../../core/protocol/history.ts';
import type { FileVersionRef } from '../../core/protocol/versionUri.ts';
import { formatAgo, formatBytes } from '../../core/protocol/amounts.ts';

/** A version that was committed. */
export class VersionItem extends vscode.TreeItem {
  readonly entry: HistoryEntry;
  /** First line of the message. */
  readonly title: string;
  readonly version: FileVersionRef & { revision: string };

  constructor(entry: HistoryEntry) {
    const [title] = entry.message.split('\n', 1);
    super(title === '' ? entry.commit.slice(0, 10) : title);
    this.title = title;
    this.entry = entry;
    this.version = { file: entry.file, revision: entry.commit };
    this.id = `${entry.commit}:${entry.file}`;
    this.contextValue = entry.deleted ? 'removed' : 'version';
    this.iconPath = new vscode.ThemeIcon(entry.deleted ? 'trash' : 'git-commit');
    const facts = factsOf(entry);
    this.description = [entry.author.name, ago(entry), ...facts].join(' · ');
    this.accessibilityInformation = {
      label: [title, entry.author.name, ago(entry), ...facts].join(', '),
    };
    if (!entry.deleted) {
      const openVersion = vscode.l10n.t('Open This Version');
      this.command = { command: 'forge.openVersion', title: openVersion, arguments: [this] };
    }
  }

  /** The tooltip; `picture` is a data URI, `description` what the bytes of the version say. */
  details(picture: string | undefined, description?: Description): vscode.MarkdownString {
    const { message, author, time, commit } = this.entry;
    const text = new vscode.MarkdownString('', true);
    if (picture !== undefined) {
      text.supportHtml = true;
      text.appendMarkdown(`<img src="${picture}" height="120" alt="${vscode.l10n.t('Thumbnail')}">\n\n`);
    }
    text.appendText(message.slice(0, 2000));
    text.appendMarkdown('\n\n');
    text.appendText(
      `${author.name} <${author.email}>, ${new Date(time).toLocaleString(vscode.env.language)}`,
    );
    text.appendMarkdown('\n\n');
    text.appendText([...factsOf(this.entry), commit.slice(0, 10)].join(' · '));
    if (description && description.details.length > 0) {
      text.appendMarkdown('\n\n');
      const lines = description.details.map(([label, value]) => `${label}: ${value}`);
      text.appendText([description.format, ...lines].join(' · ').slice(0, 1000));
    }
    return text;
  }
}

/** The file as it is now, where it differs from the last commit. */
export class WorkingItem extends vscode.TreeItem {
  readonly file: vscode.Uri;

  constructor(file: vscode.Uri) {
    super(vscode.l10n.t('Working File'));
    this.file = file;
    this.id = `working:${file.toString()}`;
    this.contextValue = 'working';
    this.iconPath = new vscode.ThemeIcon('edit');
    this.description = vscode.l10n.t('not committed');
    const title = vscode.l10n.t('Open File');
    this.command = { command: 'vscode.open', title, arguments: [file] };
  }
}

/** Asks for the versions behind the last row. */
export class MoreItem extends vscode.TreeItem {
  constructor() {
    super(vscode.l10n.t('Load more…'));
    this.id = 'more';
    this.iconPath = new vscode.ThemeIcon('ellipsis');
    this.command = { command: 'forge.history.more', title: vscode.l10n.t('Load more…') };
  }
}

export type HistoryItem = VersionItem | WorkingItem | MoreItem;

function ago({ time }: HistoryEntry): string {
  return formatAgo(Date.parse(time), Date.now(), vscode.env.language);
}

function factsOf({ size, addedBytes, deleted }: HistoryEntry): string[] {
  if (deleted) return [vscode.l10n.t('removed')];
  const bytes = (value: number): string => formatBytes(value, vscode.env.language);
  return addedBytes === undefined
    ? [bytes(size)]
    : [bytes(size), vscode.l10n.t('{0} stored', `+${bytes(addedBytes)}`)];
}
