// Owns the rows above the changes: why the panel cannot tell the state, what was left out, and what the user can do about it.
import * as vscode from 'vscode';
import { STATUS_LIMIT } from '../../core/protocol/repositories.ts';
import type { RepositoryModel } from '../model/repositoryModel.ts';
import { sentence } from '../ui/problems.ts';

export class NoticeRow implements vscode.SourceControlResourceState {
  readonly resourceUri: vscode.Uri;
  readonly command: vscode.Command;
  readonly decorations: vscode.SourceControlResourceDecorations;
  readonly contextValue = 'notice';

  /** `title` is the row's text, and `detail` what is read and shown beside it. */
  constructor(icon: string, title: string, detail: string, command: vscode.Command) {
    // A row's text is the last part of its path, so a slash would cut it.
    this.resourceUri = vscode.Uri.from({ scheme: 'forge-notice', path: `/${title.replaceAll('/', '∕')}` });
    this.command = command;
    this.decorations = { tooltip: detail, iconPath: new vscode.ThemeIcon(icon) };
  }
}

/** The notices of a repository of which `shown` changes are rows. */
export function noticesOf(model: RepositoryModel, shown: number): NoticeRow[] {
  const rows: NoticeRow[] = [];
  const { failure, problems, total } = model;
  if (!model.serverRunning) {
    rows.push(
      new NoticeRow(
        'sync~spin',
        vscode.l10n.t('The Forge server is not running'),
        vscode.l10n.t(
          'It is started again. What is shown may be out of date; nothing that was committed is lost.',
        ),
        { command: 'forge.restartServer', title: vscode.l10n.t('Restart Server') },
      ),
    );
  }
  if (failure) {
    rows.push(
      new NoticeRow('error', failureTitle(failure), sentence(failure), {
        command: 'forge.explainFailure',
        title: vscode.l10n.t('What to Do'),
        arguments: [model.rootPath],
      }),
    );
  }
  for (const { path, message } of problems.slice(0, 20)) {
    rows.push(
      new NoticeRow('warning', `${path}: ${message}`, vscode.l10n.t('Forge leaves it out.'), {
        command: 'revealInExplorer',
        title: vscode.l10n.t('Reveal in Explorer'),
        arguments: [model.uri(path)],
      }),
    );
  }
  const more = total - shown;
  if (more > 0 && !failure) {
    const beyond = shown >= STATUS_LIMIT;
    rows.push(
      new NoticeRow(
        'ellipsis',
        beyond
          ? vscode.l10n.t('{0} more changes are not listed', more.toLocaleString(vscode.env.language))
          : vscode.l10n.t('{0} more changes: show all', more.toLocaleString(vscode.env.language)),
        vscode.l10n.t('{0} changes in all. Commit takes those that are not listed, too.', total),
        { command: 'forge.showAll', title: vscode.l10n.t('Show All Changes'), arguments: [model.rootPath] },
      ),
    );
  }
  return rows;
}

/** A failure in few words: a row has room for no more. */
function failureTitle({ code, message }: { code: string; message: string }): string {
  switch (code) {
    case 'NOT_FOUND':
    case 'NO_REPOSITORY':
      return vscode.l10n.t('The repository cannot be found');
    case 'FORMAT_TOO_NEW':
      return vscode.l10n.t('Made by a newer Forge');
    case 'CORRUPT':
      return vscode.l10n.t('The repository is damaged');
    case 'UNREADABLE':
      return vscode.l10n.t('No permission to read it');
    default:
      return message;
  }
}
