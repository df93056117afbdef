// Owns asking who commits, and keeping the answer in the repository.
import * as vscode from 'vscode';
import { setAuthorRequest } from '../../core/protocol/sourceControl.ts';
import type { ForgeClient } from '../client/forgeClient.ts';
import { askText } from '../ui/askText.ts';

/** Asks for name and e-mail and keeps them. Returns false when the user thought better of it. @throws ServerError */
export async function askForAuthor(client: ForgeClient, root: string): Promise<boolean> {
  const name = await askText({
    title: vscode.l10n.t('Author (1 of 2)'),
    prompt: vscode.l10n.t('Your name, as commits in this repository show it'),
    refuse: (text) => refuse(text, vscode.l10n.t('A name is needed.')),
  });
  if (name === undefined) return false;
  const email = await askText({
    title: vscode.l10n.t('Author (2 of 2)'),
    prompt: vscode.l10n.t('Your e-mail address'),
    refuse: (text) => refuse(text, vscode.l10n.t('An e-mail address is needed.')),
  });
  if (email === undefined) return false;
  await client.send(setAuthorRequest, { root, name, email });
  return true;
}

/** Git's format of a commit has no way to write these characters in a name. */
function refuse(text: string, empty: string): string | undefined {
  if (text === '') return empty;
  return /[<>\n\0]/.test(text) ? vscode.l10n.t('It cannot contain < or >.') : undefined;
}
