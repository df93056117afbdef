// Owns how two versions of a file are shown side by side: by the editor's own comparison.
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { FileVersionRef } from '../../core/protocol/versionUri.ts';
import { versionUri } from './versionUris.ts';

export async function compareVersions(before: FileVersionRef, after: FileVersionRef): Promise<void> {
  const name = path.basename(after.file);
  const title = vscode.l10n.t('{0} ({1} ↔ {2})', name, labelOf(before), labelOf(after));
  await vscode.commands.executeCommand('vscode.diff', uriOf(before), uriOf(after), title, { preview: true });
}

function uriOf({ file, revision }: FileVersionRef): vscode.Uri {
  const uri = vscode.Uri.file(file);
  return revision === undefined ? uri : versionUri(uri, revision);
}

function labelOf({ revision }: FileVersionRef): string {
  if (revision === undefined) return vscode.l10n.t('Working File');
  return /^[0-9a-f]{40}$/.test(revision) ? revision.slice(0, 10) : revision;
}
