// Owns the preview of an asset as an editor: of the working file or of a version, alone or as a side of the editor's own comparison.
import * as vscode from 'vscode';
import { versionOf } from '../files/versionUris.ts';
import type { ViewerPages } from './viewerPages.ts';

export const PREVIEW = 'forge.preview';

interface PreviewDocument extends vscode.CustomDocument {
  readonly uri: vscode.Uri;
}

export class PreviewEditor implements vscode.CustomReadonlyEditorProvider<PreviewDocument> {
  private readonly pages: ViewerPages;

  constructor(pages: ViewerPages) {
    this.pages = pages;
  }

  openCustomDocument(uri: vscode.Uri): PreviewDocument {
    return { uri, dispose: () => undefined };
  }

  resolveCustomEditor({ uri }: PreviewDocument, panel: vscode.WebviewPanel): void {
    const version = versionOf(uri);
    if (!version) throw new Error(vscode.l10n.t('Forge shows files and their versions alone.'));
    this.pages.open(panel, [version]);
  }
}
