// Owns how the parts of source control are put together: panels, commands, old versions as files, badges.
import * as vscode from 'vscode';
import { Badges } from '../badges.ts';
import type { ForgeClient } from '../client/forgeClient.ts';
import { ForgeFileSystem } from '../files/forgeFileSystem.ts';
import { ActiveFile } from '../history/activeFile.ts';
import { HistoryCommands } from '../history/historyCommands.ts';
import { HistoryView } from '../history/historyView.ts';
import type { Repositories } from '../model/repositories.ts';
import type { Compare } from '../viewer/compareVersions.ts';
import type { ViewerPages } from '../viewer/viewerPages.ts';
import { StatusBar } from '../statusBar.ts';
import { OperationRunner } from '../ui/operationRunner.ts';
import { Problems } from '../ui/problems.ts';
import { BranchCommands } from './branchCommands.ts';
import { CloneCommand } from './cloneCommand.ts';
import { Commands } from './command.ts';
import { CommitCommands } from './commitCommands.ts';
import { OpenCommands } from './openCommands.ts';
import { Panels } from './panels.ts';
import { SetupCommands } from './setupCommands.ts';
import { StagingCommands } from './stagingCommands.ts';
import { Subjects } from './subjects.ts';
import { UndoCommands } from './undoCommands.ts';

/** Makes source control; it lives as long as the extension. */
export function createSourceControl(
  context: vscode.ExtensionContext,
  client: ForgeClient,
  repositories: Repositories,
  { pages, compare }: { pages: ViewerPages; compare: Compare },
): void {
  const log = vscode.window.createOutputChannel('Forge', { log: true });
  const problems = new Problems(log, context.asAbsolutePath('forge'));
  const commands = new Commands(problems);
  const panels = new Panels(repositories, context.workspaceState);
  const subjects = new Subjects(panels);
  const runner = new OperationRunner(client, log);
  const setup = new SetupCommands(commands, { client, repositories, panels, subjects, problems, log });
  new CloneCommand(commands, runner, problems);
  new StagingCommands(commands, subjects, runner);
  new CommitCommands(commands, subjects, client, runner);
  new UndoCommands(commands, subjects, client, runner);
  new BranchCommands(commands, subjects, client, runner);
  new OpenCommands(commands, subjects, compare);
  const active = new ActiveFile(pages);
  const history = new HistoryView(client, repositories, active);
  new HistoryCommands(commands, { view: history, repositories, runner, compare, active });
  context.subscriptions.push(
    log,
    commands,
    setup,
    panels,
    active,
    history,
    new ForgeFileSystem(client, repositories),
    new Badges(client, repositories),
    new StatusBar(client, repositories),
  );
}
