// Owns the pages that show versions: making them, the panels of comparisons, and showing them anew when a file is saved.
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { FileVersionRef } from '../../core/protocol/versionUri.ts';
import type { ForgeClient } from '../client/forgeClient.ts';
import type { Repositories } from '../model/repositories.ts';
import { labelOf, ViewedFiles } from './viewedFiles.ts';
import { type Shown, ViewerPage } from './viewerPage.ts';

/** Several writes of one save are one, in milliseconds. */
const SETTLE_MS = 200;

export class ViewerPages implements vscode.Disposable {
  private readonly client: ForgeClient;
  private readonly files: ViewedFiles;
  private readonly extension: vscode.Uri;
  private readonly cache: vscode.Uri;
  private readonly comparisons = new Map<string, vscode.WebviewPanel>();
  /** The panels that are there, in the order in which they were opened. */
  private readonly shown = new Map<vscode.WebviewPanel, Shown>();
  private readonly changed = new vscode.EventEmitter<void>();

  /** A page came into sight, or went out of it. */
  readonly onDidChangeVisible = this.changed.event;

  /** `cache` is the folder that the server keeps copies of versions in. */
  constructor(
    client: ForgeClient,
    repositories: Repositories,
    folders: { extension: vscode.Uri; cache: vscode.Uri },
  ) {
    this.client = client;
    this.files = new ViewedFiles(client, repositories);
    this.extension = folders.extension;
    this.cache = folders.cache;
  }

  /** Fills a panel, as long as it is there. */
  open(panel: vscode.WebviewPanel, shown: Shown): void {
    const { client, files, extension, cache } = this;
    const page = new ViewerPage(panel.webview, shown, { client, files, extension, cache });
    const watchers = shown
      .filter(({ revision }) => revision === undefined)
      .map(({ file }) => watch(file, page));
    this.shown.set(panel, shown);
    panel.onDidChangeViewState(() => this.changed.fire());
    panel.onDidDispose(() => {
      this.shown.delete(panel);
      vscode.Disposable.from(page, ...watchers).dispose();
    });
    this.changed.fire();
  }

  /** The version that a page in this column shows, the newer of two; undefined where no page is in sight there. */
  visibleIn(column: vscode.ViewColumn): FileVersionRef | undefined {
    const versions = [...this.shown]
      .filter(([panel]) => panel.visible && panel.viewColumn === column)
      .flatMap(([, shown]) => shown);
    // A comparison in the editor's own view has a page for each side, the older first.
    return versions.find(({ revision }) => revision === undefined) ?? versions.at(-1);
  }

  /** Shows two versions in one panel; a second time brings it forward. */
  compare(before: FileVersionRef, after: FileVersionRef): void {
    const key = JSON.stringify([before, after]);
    const known = this.comparisons.get(key);
    if (known) return known.reveal();
    const title = vscode.l10n.t(
      '{0} ({1} ↔ {2})',
      path.basename(after.file),
      labelOf(before),
      labelOf(after),
    );
    const panel = vscode.window.createWebviewPanel('forge.compare', title, vscode.ViewColumn.Active, {
      retainContextWhenHidden: true,
    });
    this.comparisons.set(key, panel);
    panel.onDidDispose(() => this.comparisons.delete(key));
    this.open(panel, [before, after]);
  }

  dispose(): void {
    this.changed.dispose();
    for (const panel of this.comparisons.values()) panel.dispose();
  }
}

function watch(file: string, page: ViewerPage): vscode.Disposable {
  const uri = vscode.Uri.file(file);
  const pattern = new vscode.RelativePattern(vscode.Uri.joinPath(uri, '..'), escaped(path.basename(file)));
  const watcher = vscode.workspace.createFileSystemWatcher(pattern);
  let timer: NodeJS.Timeout | undefined;
  const soon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void page.show(), SETTLE_MS);
  };
  return vscode.Disposable.from(
    watcher,
    watcher.onDidChange(soon),
    watcher.onDidCreate(soon),
    watcher.onDidDelete(soon),
    { dispose: () => clearTimeout(timer) },
  );
}

/** A name as a pattern that fits it alone. */
function escaped(name: string): string {
  return name.replaceAll(/[[\]{}*?]/g, '[$&]');
}
