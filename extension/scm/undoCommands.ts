// Owns the commands over the operation log: undo, and going back to the state after an operation.
import * as vscode from 'vscode';
import {
  type OperationInfo,
  operationsRequest,
  restoreOperationRequest,
  undoRequest,
} from '../../core/protocol/sourceControl.ts';
import type { ForgeClient } from '../client/forgeClient.ts';
import { formatAgo } from '../../core/protocol/amounts.ts';
import type { OperationRunner } from '../ui/operationRunner.ts';
import { countFiles } from '../ui/texts.ts';
import { mayChange } from '../ui/trust.ts';
import type { Commands } from './command.ts';
import type { Subjects } from './subjects.ts';

/** Operations that the list holds. */
const LISTED = 200;

export class UndoCommands {
  private readonly client: ForgeClient;
  private readonly runner: OperationRunner;
  private readonly subjects: Subjects;

  constructor(commands: Commands, subjects: Subjects, client: ForgeClient, runner: OperationRunner) {
    this.client = client;
    this.runner = runner;
    this.subjects = subjects;
    commands.addChanging('forge.undo', (...args) => this.undo(args));
    commands.add('forge.operations', (...args) => this.operations(args));
  }

  private async undo(args: unknown[]): Promise<void> {
    const panel = await this.subjects.repository(args);
    if (!panel) return;
    const root = panel.model.rootPath;
    const result = await this.runner.run(vscode.l10n.t('Undo'), undoRequest, { root });
    const { undone, restored, removed, snapshotted } = result;
    // The message of a commit that was taken back is most often wanted again.
    if (undone.command === 'commit' && panel.message === '') panel.message = undone.summary;
    const parts = [
      undone.command === 'commit'
        ? vscode.l10n.t('Took back the commit "{0}".', undone.summary)
        : vscode.l10n.t('Took back "{0}".', undone.summary),
    ];
    if (restored.length > 0) parts.push(countOf(restored, vscode.l10n.t('brought back')));
    if (removed.length > 0) parts.push(countOf(removed, vscode.l10n.t('removed')));
    if (snapshotted.length > 0)
      parts.push(countOf(snapshotted, vscode.l10n.t('kept in the operation log first')));
    void vscode.window.showInformationMessage(parts.join(' '));
  }

  private async operations(args: unknown[]): Promise<void> {
    const panel = await this.subjects.repository(args);
    if (!panel) return;
    const root = panel.model.rootPath;
    const list = await this.client.send(operationsRequest, { root, limit: LISTED });
    const chosen = await vscode.window.showQuickPick(list.map(itemOf), {
      title: vscode.l10n.t('Operations, newest first'),
      placeHolder: vscode.l10n.t('Choose one to go back to the state right after it'),
      matchOnDescription: true,
      matchOnDetail: true,
    });
    if (!chosen || !(await confirmed(chosen.operation))) return;
    const { restored, removed } = await this.runner.run(vscode.l10n.t('Go back'), restoreOperationRequest, {
      root,
      id: chosen.operation.id,
    });
    void vscode.window.showInformationMessage(
      vscode.l10n.t(
        'Back at the state after "{0}": {1} changed.',
        chosen.operation.summary,
        countFiles(restored.length + removed.length),
      ),
    );
  }
}

function itemOf(operation: OperationInfo): vscode.QuickPickItem & { operation: OperationInfo } {
  const { summary, command, time, user, paths, undoneBy } = operation;
  const ago = formatAgo(Date.parse(time), Date.now(), vscode.env.language);
  const touched = paths.length > 3 ? [...paths.slice(0, 3), '…'] : paths;
  return {
    label: `${undoneBy === undefined ? '$(history)' : '$(discard)'} ${summary}`,
    description: [command, ago, ...(undoneBy === undefined ? [] : [vscode.l10n.t('taken back')])].join(' · '),
    detail: [user, ...touched].filter(Boolean).join(' · '),
    operation,
  };
}

async function confirmed({ summary }: OperationInfo): Promise<boolean> {
  if (!(await mayChange())) return false;
  const back = vscode.l10n.t('Go Back');
  const chosen = await vscode.window.showWarningMessage(
    vscode.l10n.t('Go back to the state right after "{0}"?', summary),
    {
      modal: true,
      detail: vscode.l10n.t(
        'Branches, tags and files become what they were then. Work that is not committed is kept in the operation log first, and Forge: Undo Last Operation takes this back.',
      ),
    },
    back,
  );
  return chosen === back;
}

function countOf(paths: string[], what: string): string {
  const [first] = paths;
  return paths.length === 1 && first !== undefined
    ? vscode.l10n.t('{0} {1}.', first, what)
    : vscode.l10n.t('{0} {1}.', countFiles(paths.length), what);
}
