// Owns the URIs of versions in the editor: making them, and reading what they name.
import type * as vscode from 'vscode';
import {
  type FileVersionRef,
  parseVersionQuery,
  VERSION_SCHEME,
  versionQuery,
} from '../../core/protocol/versionUri.ts';

/** The URI of a file as it was in `revision`. */
export function versionUri(file: vscode.Uri, revision: string): vscode.Uri {
  return file.with({ scheme: VERSION_SCHEME, query: versionQuery(revision) });
}

/** The version that a `forge:` or `file:` URI names; undefined for other schemes. @throws Error for a broken query */
export function versionOf(uri: vscode.Uri): FileVersionRef | undefined {
  if (uri.scheme === 'file') return { file: uri.fsPath };
  if (uri.scheme !== VERSION_SCHEME) return undefined;
  return { file: fileOf(uri).fsPath, revision: parseVersionQuery(uri.query) };
}

/** The file in the working tree that a version belongs to. */
export function fileOf(uri: vscode.Uri): vscode.Uri {
  return uri.scheme === VERSION_SCHEME ? uri.with({ scheme: 'file', query: '' }) : uri;
}
