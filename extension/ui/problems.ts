// Owns how failures reach the user: one sentence of what is wrong, and buttons for what to do next.
import * as vscode from 'vscode';
import { ServerError } from '../client/forgeClient.ts';
import { isMild, type NextStep, nextSteps } from './nextSteps.ts';

/** What a failure was about, for the buttons beside it. */
export interface ProblemContext {
  /** Root of the repository, or the folder. */
  folder?: vscode.Uri;
  /** Does again what failed. */
  retry?: () => Promise<unknown>;
}

/** What is wrong: a failed request, or what the server told of a folder. */
export interface Problem {
  code: string;
  message: string;
  remedy: string;
}

export class Problems {
  private readonly log: vscode.LogOutputChannel;
  /** Starts a terminal in which the user can look whether a repository is sound. */
  private readonly forgeCommand: string;

  constructor(log: vscode.LogOutputChannel, forgeCommand: string) {
    this.log = log;
    this.forgeCommand = forgeCommand;
  }

  /** Says what went wrong and does what the user chooses. What the user cancelled is no failure. */
  async show(error: unknown, context: ProblemContext = {}): Promise<void> {
    if (isCancelled(error)) {
      this.log.info('stopped by the user');
      vscode.window.setStatusBarMessage(vscode.l10n.t('Forge: stopped; nothing was changed.'), 5000);
      return;
    }
    const problem = problemOf(error);
    this.log.error(`${problem.code}: ${problem.message}`);
    if (problem.code === 'INTERNAL' && error instanceof Error && error.stack) this.log.error(error.stack);
    await this.offer(problem, context);
  }

  /** Shows a problem that is known already, with its buttons. */
  async offer(problem: Problem, context: ProblemContext = {}): Promise<void> {
    const steps = nextSteps(problem.code).filter(
      (step) => step !== 'tryAgain' || context.retry !== undefined,
    );
    const titles = new Map(steps.map((step) => [titleOf(step), step]));
    const show = isMild(problem.code) ? vscode.window.showInformationMessage : vscode.window.showErrorMessage;
    const chosen = await show(sentence(problem), ...titles.keys());
    const step = chosen === undefined ? undefined : titles.get(chosen);
    if (step) await this.take(step, context);
  }

  private async take(step: NextStep, { folder, retry }: ProblemContext): Promise<void> {
    switch (step) {
      case 'tryAgain':
        await retry?.();
        return;
      case 'verify': {
        const terminal = vscode.window.createTerminal({ name: 'Forge', ...(folder && { cwd: folder }) });
        terminal.show();
        // Typed, not run: the user sees what it is first.
        terminal.sendText(`"${this.forgeCommand}" verify`, false);
        return;
      }
      case 'update':
        await vscode.commands.executeCommand('workbench.extensions.action.checkForUpdates');
        return;
      case 'showChanges':
        await vscode.commands.executeCommand('workbench.view.scm');
        return;
      case 'openFolder':
        await vscode.commands.executeCommand('vscode.openFolder');
        return;
      case 'initialise':
        await vscode.commands.executeCommand('forge.init');
        return;
      case 'setAuthor':
        await vscode.commands.executeCommand('forge.setAuthor');
        return;
      case 'restartServer':
        await vscode.commands.executeCommand('forge.restartServer');
        return;
      case 'showOutput':
        await vscode.commands.executeCommand('forge.showOutput');
        return;
    }
  }
}

export function isCancelled(error: unknown): boolean {
  return (
    error instanceof vscode.CancellationError || (error instanceof ServerError && error.code === 'ABORTED')
  );
}

export function problemOf(error: unknown): Problem {
  if (error instanceof ServerError) return { code: error.code, message: error.message, remedy: error.remedy };
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'INTERNAL', message, remedy: vscode.l10n.t('The output of Forge says more.') };
}

/** Message and remedy as running text. */
export function sentence({ message, remedy }: Problem): string {
  return `${/[.!?]$/.test(message) ? message : `${message}.`} ${remedy}`.trim();
}

function titleOf(step: NextStep): string {
  switch (step) {
    case 'tryAgain':
      return vscode.l10n.t('Try Again');
    case 'setAuthor':
      return vscode.l10n.t('Set Author');
    case 'showChanges':
      return vscode.l10n.t('Show Changes');
    case 'restartServer':
      return vscode.l10n.t('Restart Server');
    case 'verify':
      return vscode.l10n.t('Verify in Terminal');
    case 'update':
      return vscode.l10n.t('Check for Updates');
    case 'openFolder':
      return vscode.l10n.t('Open Folder');
    case 'initialise':
      return vscode.l10n.t('Initialize Repository');
    case 'showOutput':
      return vscode.l10n.t('Show Output');
  }
}
