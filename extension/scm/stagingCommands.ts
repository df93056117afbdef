// Owns the commands that stage, unstage and discard changes.
import * as vscode from 'vscode';
import type { Change } from '../../core/protocol/repositories.ts';
import { discardRequest, stageRequest, unstageRequest } from '../../core/protocol/sourceControl.ts';
import type { OperationRunner } from '../ui/operationRunner.ts';
import { countFiles } from '../ui/texts.ts';
import type { Commands } from './command.ts';
import type { RepositoryPanel } from './repositoryPanel.ts';
import { groupOf, pathsOf } from './rows.ts';
import { isGroup, type Subject, type Subjects } from './subjects.ts';

/** Names listed in a question; of more only the count is told. */
const NAMES_LISTED = 10;

export class StagingCommands {
  private readonly runner: OperationRunner;
  private readonly subjects: Subjects;

  constructor(commands: Commands, subjects: Subjects, runner: OperationRunner) {
    this.runner = runner;
    this.subjects = subjects;
    commands.addChanging('forge.stage', (...args) =>
      this.stage(subjects.changes(args, (one) => !one.staged)),
    );
    commands.addChanging('forge.unstage', (...args) =>
      this.unstage(subjects.changes(args, (one) => one.staged)),
    );
    commands.addChanging('forge.discard', (...args) =>
      this.discard(subjects.changes(args, (one) => !one.staged)),
    );
    commands.addChanging('forge.stageAll', (...args) => this.stageAll(args));
    commands.addChanging('forge.unstageAll', (...args) => this.unstageAll(args));
    commands.addChanging('forge.discardAll', (...args) => this.discardAll(args));
  }

  private async stage(subjects: Subject[]): Promise<void> {
    for (const { panel, changes } of subjects) {
      if (changes.length > 0) await this.stagePaths(panel, pathsOf(changes));
    }
  }

  private async unstage(subjects: Subject[]): Promise<void> {
    for (const { panel, changes } of subjects) {
      if (changes.length > 0) await this.unstagePaths(panel, pathsOf(changes));
    }
  }

  private async stageAll(args: unknown[]): Promise<void> {
    const panel = await this.subjects.repository(args);
    if (!panel) return;
    const groups = groupsAmong(args);
    // What is not listed cannot be named: then everything is meant.
    const everything = groups.length === 0 || isCut(panel);
    await this.stagePaths(panel, everything ? [''] : pathsOf(groupChanges(panel, groups)));
  }

  private async unstageAll(args: unknown[]): Promise<void> {
    const panel = await this.subjects.repository(args);
    if (panel) await this.unstagePaths(panel, ['']);
  }

  private async discardAll(args: unknown[]): Promise<void> {
    const panel = await this.subjects.repository(args);
    if (!panel) return;
    const changes = panel.model.changes.filter((change) => groupOf(change) === 'changes');
    if (changes.length === 0) {
      void vscode.window.showInformationMessage(vscode.l10n.t('There are no changes to discard.'));
      return;
    }
    await this.discard([{ panel, changes }]);
  }

  private async discard(subjects: Subject[]): Promise<void> {
    for (const { panel, changes } of subjects) {
      if (changes.length === 0 || !(await confirmed(changes))) continue;
      const { rootPath: root } = panel.model;
      const paths = pathsOf(changes);
      const { restored, removed } = await this.runner.run(vscode.l10n.t('Discard'), discardRequest, {
        root,
        paths,
      });
      const undo = vscode.l10n.t('Undo');
      const count = restored.length + removed.length;
      void vscode.window
        .showInformationMessage(
          count === 1
            ? vscode.l10n.t('The changes in {0} were discarded.', [...restored, ...removed][0] ?? '')
            : vscode.l10n.t('The changes in {0} were discarded.', countFiles(count)),
          undo,
        )
        .then((chosen) => chosen === undo && vscode.commands.executeCommand('forge.undo', root));
    }
  }

  private async stagePaths({ model }: RepositoryPanel, paths: string[]): Promise<void> {
    await this.runner.run(vscode.l10n.t('Stage'), stageRequest, { root: model.rootPath, paths });
  }

  private async unstagePaths({ model }: RepositoryPanel, paths: string[]): Promise<void> {
    await this.runner.run(vscode.l10n.t('Unstage'), unstageRequest, { root: model.rootPath, paths });
  }
}

function groupsAmong(args: unknown[]): vscode.SourceControlResourceGroup[] {
  return args.flat().filter(isGroup);
}

/** Every change of these groups, also those that no row shows. */
function groupChanges(panel: RepositoryPanel, groups: vscode.SourceControlResourceGroup[]): Change[] {
  return panel.model.changes.filter((change) => groups.some(({ id }) => id === groupOf(change)));
}

function isCut({ model }: RepositoryPanel): boolean {
  return model.total > model.changes.length;
}

/** Asks before work is taken away, unless the setting says not to. */
async function confirmed(changes: readonly Change[]): Promise<boolean> {
  if (!vscode.workspace.getConfiguration('forge').get('confirmDiscard', true)) return true;
  const untracked = changes.filter(({ state }) => state === 'untracked');
  const [first] = changes;
  const question =
    changes.length === 1 && first
      ? untracked.length === 1
        ? vscode.l10n.t('Delete the untracked file {0}?', first.path)
        : vscode.l10n.t('Discard the changes in {0}?', first.path)
      : untracked.length === 0
        ? vscode.l10n.t('Discard the changes in {0}?', countFiles(changes.length))
        : vscode.l10n.t(
            'Discard the changes in {0} files? {1} of them are untracked and will be deleted.',
            changes.length,
            untracked.length,
          );
  const names = changes.length > 1 ? changes.slice(0, NAMES_LISTED).map(({ path }) => path) : [];
  if (changes.length > NAMES_LISTED) names.push('…');
  const detail = [
    vscode.l10n.t('You can take this back with Forge: Undo Last Operation.'),
    ...(names.length > 0 ? ['', ...names] : []),
  ].join('\n');
  const discard = vscode.l10n.t('Discard');
  return (await vscode.window.showWarningMessage(question, { modal: true, detail }, discard)) === discard;
}
