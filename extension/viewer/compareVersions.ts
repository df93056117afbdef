// Owns how two versions of a file are shown beside each other: pictures in a page of Forge's own, the rest by the editor's comparison.
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { FileVersionRef } from '../../core/protocol/versionUri.ts';
import { versionUri } from '../files/versionUris.ts';
import { labelOf } from './viewedFiles.ts';
import { viewerOf } from './viewerKinds.ts';
import type { ViewerPages } from './viewerPages.ts';

/** Shows two versions; the older one first. */
export type Compare = (before: FileVersionRef, after: FileVersionRef) => Promise<void>;

export function comparer(pages: ViewerPages): Compare {
  return async (before, after) => {
    if (viewerOf(after.file) === 'image') return pages.compare(before, after);
    const name = path.basename(after.file);
    const title = vscode.l10n.t('{0} ({1} ↔ {2})', name, labelOf(before), labelOf(after));
    const options = { preview: true };
    await vscode.commands.executeCommand('vscode.diff', uriOf(before), uriOf(after), title, options);
  };
}

function uriOf({ file, revision }: FileVersionRef): vscode.Uri {
  const uri = vscode.Uri.file(file);
  return revision === undefined ? uri : versionUri(uri, revision);
}
