// Owns the extension's composition root: what is made when the extension is activated, and in which order.
import * as vscode from 'vscode';
import type { InitializationOptions } from '../core/protocol/initialization.ts';
import { ForgeClient } from './client/forgeClient.ts';
import { languageOptions } from './client/languageOptions.ts';
import { Milestones } from './milestones.ts';
import { Repositories } from './model/repositories.ts';
import { createSourceControl } from './scm/sourceControl.ts';
import { comparer } from './viewer/compareVersions.ts';
import { createViewers } from './viewer/createViewers.ts';

let client: ForgeClient | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const milestones = new Milestones();
  const output = vscode.window.createOutputChannel('Forge Language Server', { log: true });
  client = new ForgeClient(context.asAbsolutePath('dist/server.cjs'), output, {
    ...languageOptions(() => milestones.reach('hover')),
    initializationOptions: {
      cacheFolder: versionFolder(context).fsPath,
      ...(vscode.l10n.bundle && { texts: vscode.l10n.bundle }),
    } satisfies InitializationOptions,
  });
  const repositories = new Repositories(client);
  context.subscriptions.push(output, client, repositories, milestones.follow(client));
  const pages = createViewers(context, client, repositories, versionFolder(context));
  const compare = milestones.counted(comparer(client, pages));
  createSourceControl(context, client, repositories, { pages, compare });
  try {
    await client.start();
  } catch (error) {
    // VS Code shows nothing of an activation that fails.
    void vscode.window.showErrorMessage(
      vscode.l10n.t(
        'Forge could not start its server: {0}',
        error instanceof Error ? error.message : String(error),
      ),
    );
  }
}

/** Where the server keeps copies of old versions for viewers. */
function versionFolder(context: vscode.ExtensionContext): vscode.Uri {
  return vscode.Uri.joinPath(context.globalStorageUri, 'versions');
}

export async function deactivate(): Promise<void> {
  await client?.stop();
}
