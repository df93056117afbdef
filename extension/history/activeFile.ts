// Owns which file the user is looking at: in a text editor, a custom editor or either side of a comparison.
import * as vscode from 'vscode';
import { VERSION_SCHEME } from '../../core/protocol/versionUri.ts';
import { fileOf } from '../files/versionUris.ts';

/** The file in the working tree that the active tab shows, in whatever version; undefined where it shows none. */
export function activeFile(): vscode.Uri | undefined {
  const uri = activeVersion();
  return uri && fileOf(uri);
}

/** The file, or the version of one, that the active tab shows; undefined where it shows none. */
export function activeVersion(): vscode.Uri | undefined {
  const uri = uriOf(vscode.window.tabGroups.activeTabGroup.activeTab?.input);
  return uri?.scheme === 'file' || uri?.scheme === VERSION_SCHEME ? uri : undefined;
}

function uriOf(input: unknown): vscode.Uri | undefined {
  if (input instanceof vscode.TabInputTextDiff) return input.modified;
  if (input instanceof vscode.TabInputText || input instanceof vscode.TabInputCustom) return input.uri;
  // A comparison in custom editors has no input that tells; its text editor, if it has one, does.
  return input === undefined ? undefined : vscode.window.activeTextEditor?.document.uri;
}
