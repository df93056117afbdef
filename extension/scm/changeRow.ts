// Owns one row of the panel: what it shows of a change, and what a click on it opens.
import * as vscode from 'vscode';
import type { Change, ChangeState } from '../../core/protocol/repositories.ts';
import type { RepositoryModel } from '../model/repositoryModel.ts';
import { formatBytes } from '../../core/protocol/amounts.ts';

export class ChangeRow implements vscode.SourceControlResourceState {
  readonly model: RepositoryModel;
  readonly change: Change;
  readonly resourceUri: vscode.Uri;
  readonly command: vscode.Command;
  readonly decorations: vscode.SourceControlResourceDecorations;
  readonly contextValue: string;

  constructor(model: RepositoryModel, change: Change) {
    this.model = model;
    this.change = change;
    this.resourceUri = model.uri(change.path);
    this.contextValue = `${change.state} ${change.kind}`;
    this.command = {
      command: 'forge.openChanges',
      title: vscode.l10n.t('Open Changes'),
      arguments: [this],
    };
    this.decorations = {
      strikeThrough: change.state === 'deleted',
      faded: change.state === 'deleted',
      // A screen reader reads it behind the name.
      tooltip: describeChange(change),
    };
  }
}

/** `Modified · asset · 12.3 MB`. */
export function describeChange(change: Change): string {
  const { kind, size, from } = change;
  const parts = [
    stateName(change.state),
    kind === 'asset' ? vscode.l10n.t('asset') : vscode.l10n.t('text'),
    formatBytes(size, vscode.env.language),
  ];
  if (change.staged) parts.splice(1, 0, vscode.l10n.t('staged'));
  if (from !== undefined) parts.push(vscode.l10n.t('was {0}', from));
  return parts.join(' · ');
}

export function stateName(state: ChangeState): string {
  switch (state) {
    case 'added':
      return vscode.l10n.t('Added');
    case 'modified':
      return vscode.l10n.t('Modified');
    case 'deleted':
      return vscode.l10n.t('Deleted');
    case 'renamed':
      return vscode.l10n.t('Renamed');
    case 'untracked':
      return vscode.l10n.t('Untracked');
    case 'conflicted':
      return vscode.l10n.t('Conflict');
  }
}
