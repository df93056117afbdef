// Owns what a working file is compared with: the URI of the version before its change.
import type * as vscode from 'vscode';
import { STAGED } from '../../core/protocol/versionUri.ts';
import { versionUri } from '../files/versionUris.ts';
import type { RepositoryModel } from '../model/repositoryModel.ts';

/** What the gutter of a text editor compares with; nothing for assets and for what is not tracked. */
export function originalOf(model: RepositoryModel, uri: vscode.Uri): vscode.Uri | undefined {
  if (uri.scheme !== 'file' || !uri.path.startsWith(`${model.root.path}/`)) return undefined;
  const path = uri.path.slice(model.root.path.length + 1);
  const change = model.changes.find((one) => one.path === path && !one.staged);
  const staged = model.changes.find((one) => one.path === path && one.staged);
  if (change?.kind === 'asset' || change?.state === 'untracked') return undefined;
  if (staged) return staged.kind === 'asset' ? undefined : versionUri(uri, STAGED);
  return model.head?.commit === undefined ? undefined : versionUri(uri, 'HEAD');
}
