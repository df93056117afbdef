// Owns the refusal to change anything in a workspace that the user does not trust.
import * as vscode from 'vscode';

/** Whether the workspace may be changed; else says why not, with the way to change that. */
export async function mayChange(): Promise<boolean> {
  if (vscode.workspace.isTrusted) return true;
  const manage = vscode.l10n.t('Manage Trust');
  const chosen = await vscode.window.showWarningMessage(
    vscode.l10n.t('Forge changes nothing here: the workspace is in Restricted Mode.'),
    manage,
  );
  if (chosen === manage) await vscode.commands.executeCommand('workbench.trust.manage');
  return vscode.workspace.isTrusted;
}
