// Owns how two versions of a file are shown beside each other: assets in a page of Forge's own, texts by the editor's comparison.
import * as path from 'node:path';
import * as vscode from 'vscode';
import { fileInfoRequest } from '../../core/protocol/files.ts';
import type { FileVersionRef } from '../../core/protocol/versionUri.ts';
import type { ForgeClient } from '../client/forgeClient.ts';
import { versionUri } from '../files/versionUris.ts';
import { labelOf } from './viewedFiles.ts';
import { viewerOf } from './viewerKinds.ts';
import type { ViewerPages } from './viewerPages.ts';

/** Shows two versions; the older one first. */
export type Compare = (before: FileVersionRef, after: FileVersionRef) => Promise<void>;

export function comparer(client: ForgeClient, pages: ViewerPages): Compare {
  return async (before, after) => {
    if (viewerOf(after.file) !== 'hex' || (await isAsset(client, after))) return pages.compare(before, after);
    const name = path.basename(after.file);
    const title = vscode.l10n.t('{0} ({1} ↔ {2})', name, labelOf(before), labelOf(after));
    const options = { preview: true };
    await vscode.commands.executeCommand('vscode.diff', uriOf(before), uriOf(after), title, options);
  };
}

async function isAsset(client: ForgeClient, version: FileVersionRef): Promise<boolean> {
  return (await client.send(fileInfoRequest, version))?.stored === 'asset';
}

function uriOf({ file, revision }: FileVersionRef): vscode.Uri {
  const uri = vscode.Uri.file(file);
  return revision === undefined ? uri : versionUri(uri, revision);
}
