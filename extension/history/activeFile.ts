// Owns which file the user is looking at: in a text editor, a custom editor, a page of versions or either side of a comparison.
import * as vscode from 'vscode';
import { VERSION_SCHEME } from '../../core/protocol/versionUri.ts';
import { fileOf, versionUri } from '../files/versionUris.ts';
import type { ViewerPages } from '../viewer/viewerPages.ts';

export class ActiveFile implements vscode.Disposable {
  private readonly pages: ViewerPages;
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly subscriptions: vscode.Disposable[];

  /** The user may look at another file. */
  readonly onDidChange = this.changed.event;

  constructor(pages: ViewerPages) {
    this.pages = pages;
    this.subscriptions = [
      this.changed,
      vscode.window.tabGroups.onDidChangeTabs(() => this.changed.fire()),
      vscode.window.tabGroups.onDidChangeTabGroups(() => this.changed.fire()),
      // A page learns only after its tab whether it is seen.
      pages.onDidChangeVisible(() => this.changed.fire()),
    ];
  }

  /** The file in the working tree that the active tab shows, in whatever version; undefined where it shows none. */
  get file(): vscode.Uri | undefined {
    const { version } = this;
    return version && fileOf(version);
  }

  /** The file, or the version of one, that the active tab shows; undefined where it shows none. */
  get version(): vscode.Uri | undefined {
    const uri = this.uriOf(vscode.window.tabGroups.activeTabGroup.activeTab);
    return uri?.scheme === 'file' || uri?.scheme === VERSION_SCHEME ? uri : undefined;
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private uriOf(tab: vscode.Tab | undefined): vscode.Uri | undefined {
    if (!tab) return undefined;
    const { input } = tab;
    if (input instanceof vscode.TabInputTextDiff) return input.modified;
    if (input instanceof vscode.TabInputText || input instanceof vscode.TabInputCustom) return input.uri;
    // The tab of a webview does not tell what it shows, nor does a comparison in custom editors.
    const shown = this.pages.visibleIn(tab.group.viewColumn);
    if (!shown) return input === undefined ? undefined : vscode.window.activeTextEditor?.document.uri;
    const file = vscode.Uri.file(shown.file);
    return shown.revision === undefined ? file : versionUri(file, shown.revision);
  }
}
