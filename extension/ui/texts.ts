// Owns the turns of phrase that several messages share.
import * as vscode from 'vscode';

/** `1 file`, `1,234 files`. */
export function countFiles(count: number): string {
  return count === 1
    ? vscode.l10n.t('1 file')
    : vscode.l10n.t('{0} files', count.toLocaleString(vscode.env.language));
}
