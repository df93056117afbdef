// Owns how the parts that show versions are put together.
import * as vscode from 'vscode';
import type { ForgeClient } from '../client/forgeClient.ts';
import type { Repositories } from '../model/repositories.ts';
import { PREVIEW, PreviewEditor } from './previewEditor.ts';
import { ViewerPages } from './viewerPages.ts';

/** Makes the preview editor and the pages of comparisons; they live as long as the extension. `cache`: see ViewerPages. */
export function createViewers(
  context: vscode.ExtensionContext,
  client: ForgeClient,
  repositories: Repositories,
  cache: vscode.Uri,
): ViewerPages {
  const pages = new ViewerPages(client, repositories, { extension: context.extensionUri, cache });
  context.subscriptions.push(
    pages,
    vscode.window.registerCustomEditorProvider(PREVIEW, new PreviewEditor(pages), {
      supportsMultipleEditorsPerDocument: true,
      webviewOptions: { retainContextWhenHidden: false },
    }),
  );
  return pages;
}
