// Owns the extension's composition root: starts the language server and shows what it says in the status bar.
import * as vscode from 'vscode';
import { LanguageClient, TransportKind } from 'vscode-languageclient/node';
import { StatusBar } from './statusBar.ts';

let client: LanguageClient | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const module = context.asAbsolutePath('dist/server.cjs');
  client = new LanguageClient(
    'forge',
    'Forge',
    {
      run: { module, transport: TransportKind.ipc },
      debug: { module, transport: TransportKind.ipc, options: { execArgv: ['--nolazy', '--inspect=6009'] } },
    },
    { documentSelector: [] },
  );
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
    return;
  }
  context.subscriptions.push(new StatusBar(client));
}

export async function deactivate(): Promise<void> {
  await client?.stop();
}
