// Owns the page that shows versions in a webview: its HTML, what it may load, and its messages.
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { compareRequest, readRangeRequest } from '../../core/protocol/files.ts';
import type { FileVersionRef } from '../../core/protocol/versionUri.ts';
import type { ForgeClient } from '../client/forgeClient.ts';
import { problemOf, sentence } from '../ui/problems.ts';
import type { AskMessage, FromWebview, ShowMessage, ToWebview } from '../webview/messages.ts';
import { viewerStrings } from './viewerStrings.ts';
import type { ViewedFiles } from './viewedFiles.ts';
import { viewerOf } from './viewerKinds.ts';

/** What the page shows: one version, or an older and a newer one. */
export type Shown = [FileVersionRef] | [before: FileVersionRef, after: FileVersionRef];

export class ViewerPage implements vscode.Disposable {
  private readonly webview: vscode.Webview;
  private readonly client: ForgeClient;
  private readonly files: ViewedFiles;
  private readonly listening: vscode.Disposable;
  private shown: Shown;

  /** `folders` are those that the page may read files from. */
  constructor(
    webview: vscode.Webview,
    shown: Shown,
    parts: { client: ForgeClient; files: ViewedFiles; extension: vscode.Uri; cache: vscode.Uri },
  ) {
    this.webview = webview;
    this.shown = shown;
    this.client = parts.client;
    this.files = parts.files;
    const scripts = vscode.Uri.joinPath(parts.extension, 'dist/webview');
    webview.options = {
      enableScripts: true,
      localResourceRoots: [
        // Besides the page's own scripts the decoder of pictures, which the server takes as well.
        vscode.Uri.joinPath(parts.extension, 'dist'),
        parts.cache,
        ...(vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri),
      ],
    };
    this.listening = webview.onDidReceiveMessage((message: FromWebview) => void this.receive(message));
    webview.html = pageOf(webview, scripts);
  }

  /** Shows other versions, or the same ones anew. */
  async show(shown: Shown = this.shown): Promise<void> {
    this.shown = shown;
    const files = await Promise.all(shown.map((version) => this.files.describe(version, this.webview)));
    const [last] = files.slice(-1);
    const viewer = viewerOf(last?.path ?? '');
    const message: ShowMessage = {
      type: 'show',
      viewer,
      files: files as ShowMessage['files'],
      strings: viewerStrings(),
    };
    this.send(message);
  }

  /** Of the newer of two versions; undefined where nothing is known of them. */
  private async changedRanges(): Promise<ShowMessage['changedRanges']> {
    const [before, after] = this.shown;
    if (!after) return undefined;
    try {
      return (await this.client.send(compareRequest, { before, after }))?.changedRanges;
    } catch {
      // The bytes are shown all the same, without marks.
      return undefined;
    }
  }

  dispose(): void {
    this.listening.dispose();
  }

  private async receive(message: FromWebview): Promise<void> {
    if (message.type === 'ready') await this.show();
    if (message.type === 'ask') await this.answer(message);
    if (message.type !== 'readRange') return;
    const { id, side, offset, length } = message;
    const version = this.shown[side];
    if (!version) return;
    try {
      const { base64 } = await this.client.send(readRangeRequest, { ...version, offset, length });
      this.send({ type: 'range', id, base64 });
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      this.send({ type: 'range', id, base64: '', problem });
    }
  }

  /** A question of extension/webview/questions.ts. */
  private async answer({ id, question, about }: AskMessage): Promise<void> {
    try {
      const answer =
        question === 'changedRanges'
          ? ((await this.changedRanges()) ?? null)
          : await this.files.answer(question, about, this.shown, this.webview);
      this.send({ type: 'answer', id, answer });
    } catch (error) {
      this.send({ type: 'answer', id, problem: sentence(problemOf(error)) });
    }
  }

  private send(message: ToWebview): void {
    void this.webview.postMessage(message);
  }
}

function pageOf(webview: vscode.Webview, scripts: vscode.Uri): string {
  const nonce = randomBytes(16).toString('hex');
  const uri = (name: string): string => webview.asWebviewUri(vscode.Uri.joinPath(scripts, name)).toString();
  const source = webview.cspSource;
  const policy = [
    "default-src 'none'",
    `img-src ${source} blob: data:`,
    `media-src ${source} blob:`,
    // Models hold their textures as blobs.
    `connect-src ${source} blob: data:`,
    `style-src ${source} 'unsafe-inline'`,
    // Decoders are WebAssembly, and run in workers: those of a webview have to come from a blob.
    `script-src 'nonce-${nonce}' ${source} 'wasm-unsafe-eval'`,
    'worker-src blob:',
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="${vscode.env.language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<link rel="stylesheet" href="${uri('main.css')}">
<title>Forge</title>
</head>
<body>
<header><div id="toolbar" role="toolbar" aria-label="${vscode.l10n.t('Tools')}"></div><div id="status" role="status"></div></header>
<main id="body"></main>
<script type="module" nonce="${nonce}" src="${uri('main.js')}"></script>
</body>
</html>`;
}
