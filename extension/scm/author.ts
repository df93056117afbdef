// Owns asking who commits, and keeping the answer in the repository.
import * as vscode from 'vscode';
import { setAuthorRequest } from '../../core/protocol/sourceControl.ts';
import type { ForgeClient } from '../client/forgeClient.ts';

/** Asks for name and e-mail and keeps them. Returns false when the user thought better of it. @throws ServerError */
export async function askForAuthor(client: ForgeClient, root: string): Promise<boolean> {
  const name = await vscode.window.showInputBox({
    title: vscode.l10n.t('Author (1 of 2)'),
    prompt: vscode.l10n.t('Your name, as commits in this repository show it'),
    ignoreFocusOut: true,
    validateInput: (value) => refuse(value, vscode.l10n.t('A name is needed.')),
  });
  if (name === undefined) return false;
  const email = await vscode.window.showInputBox({
    title: vscode.l10n.t('Author (2 of 2)'),
    prompt: vscode.l10n.t('Your e-mail address'),
    ignoreFocusOut: true,
    validateInput: (value) => refuse(value, vscode.l10n.t('An e-mail address is needed.')),
  });
  if (email === undefined) return false;
  await client.send(setAuthorRequest, { root, name: name.trim(), email: email.trim() });
  return true;
}

/** Git's format of a commit has no way to write these characters in a name. */
function refuse(value: string, empty: string): string | undefined {
  if (value.trim() === '') return empty;
  return /[<>\n\0]/.test(value) ? vscode.l10n.t('It cannot contain < or >.') : undefined;
}
