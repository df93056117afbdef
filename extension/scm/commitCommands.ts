// Owns the commands that commit: what is checked and asked before, and what becomes of the message.
import * as vscode from 'vscode';
import {
  commitRequest,
  type CommitResult,
  largeFilesRequest,
  unstageRequest,
} from '../../core/protocol/sourceControl.ts';
import { type ForgeClient, ServerError } from '../client/forgeClient.ts';
import { formatBytes } from '../../core/protocol/amounts.ts';
import type { OperationRunner } from '../ui/operationRunner.ts';
import { countFiles } from '../ui/texts.ts';
import { askForAuthor } from './author.ts';
import type { Commands } from './command.ts';
import { type CommitPlan, newOnes, planCommit, withIgnored } from './commitPlan.ts';
import { placeOf, type RepositoryPanel } from './repositoryPanel.ts';
import type { Subjects } from './subjects.ts';

const MEGABYTE = 1_000_000;
const FILES_LISTED = 10;

export class CommitCommands {
  private readonly client: ForgeClient;
  private readonly runner: OperationRunner;
  private readonly subjects: Subjects;
  /** Repositories whose commit is being asked about or made: a second Ctrl+Enter does nothing. */
  private readonly busy = new Set<RepositoryPanel>();

  constructor(commands: Commands, subjects: Subjects, client: ForgeClient, runner: OperationRunner) {
    this.client = client;
    this.runner = runner;
    this.subjects = subjects;
    commands.addChanging('forge.commit', (...args) => this.start(args, false));
    commands.addChanging('forge.commitAll', (...args) => this.start(args, true));
    commands.addChanging('forge.setAuthor', (...args) => this.setAuthor(args));
  }

  private async setAuthor(args: unknown[]): Promise<void> {
    const panel = await this.subjects.repository(args);
    if (panel && (await askForAuthor(this.client, panel.model.rootPath)))
      vscode.window.setStatusBarMessage(vscode.l10n.t('Forge: author set.'), 5000);
  }

  private async start(args: unknown[], all: boolean): Promise<void> {
    const panel = await this.subjects.repository(args);
    if (!panel || this.busy.has(panel)) return;
    this.busy.add(panel);
    try {
      await this.commit(panel, all);
    } finally {
      this.busy.delete(panel);
    }
  }

  private async commit(panel: RepositoryPanel, all: boolean): Promise<void> {
    const { model } = panel;
    const saved = await saveAll(panel);
    if (saved === undefined) return;
    const { message } = panel;
    const settings = vscode.workspace.getConfiguration('forge', model.root);
    const plan = planCommit({
      message,
      all,
      allWhenNothingStaged: settings.get('commit.allWhenNothingStaged', true),
      changes: model.changes,
      // What was saved just now is no row yet.
      total: model.total + saved,
    });
    if (plan.do === 'refuse') {
      await this.refuse(plan);
      return;
    }
    if (plan.do === 'askForAll') {
      const commitAll = vscode.l10n.t('Commit All');
      const question = vscode.l10n.t('Nothing is staged. Commit all {0} changes?', model.total);
      if ((await vscode.window.showWarningMessage(question, { modal: true }, commitAll)) !== commitAll)
        return;
    }
    const staged = plan.do === 'commit' && plan.staged;
    const limit = settings.get('commit.largeFileSizeMb', 100) * MEGABYTE;
    if (limit > 0 && !(await this.settleLargeFiles(panel, staged, limit))) return;
    const result = await this.send(panel, message, staged);
    if (!result) return;
    // What was typed meanwhile is the next message.
    if (panel.message === message) panel.message = '';
    vscode.window.setStatusBarMessage(summaryOf(result, panel), 10_000);
  }

  private async refuse(refused: Extract<CommitPlan, { do: 'refuse' }>): Promise<void> {
    switch (refused.why) {
      case 'noMessage':
        await vscode.commands.executeCommand('workbench.scm.action.focusNextInput');
        void vscode.window.showWarningMessage(vscode.l10n.t('Write a message first, then commit.'));
        return;
      case 'nothing':
        void vscode.window.showInformationMessage(vscode.l10n.t('There is nothing to commit.'));
        return;
      case 'conflict':
        void vscode.window.showErrorMessage(
          vscode.l10n.t('{0} is in conflict. Resolve it and stage it, then commit.', refused.path),
        );
    }
  }

  /** Commits, and asks who does where that is not known. Undefined when the user did not say. */
  private async send(
    panel: RepositoryPanel,
    message: string,
    staged: boolean,
  ): Promise<CommitResult | undefined> {
    const root = panel.model.rootPath;
    const run = (): Promise<CommitResult> =>
      this.runner.run(vscode.l10n.t('Commit'), commitRequest, { root, message: message.trim(), staged });
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof ServerError) || error.code !== 'NO_AUTHOR') throw error;
      return (await askForAuthor(this.client, root)) ? run() : undefined;
    }
  }

  /** Asks about very large files that are committed for the first time. Returns whether to go on. */
  private async settleLargeFiles(panel: RepositoryPanel, staged: boolean, size: number): Promise<boolean> {
    const { model } = panel;
    const root = model.rootPath;
    const large = newOnes(await this.client.send(largeFilesRequest, { root, staged, size }), model.changes);
    if (large.length === 0) return true;
    const written = (bytes: number): string => formatBytes(bytes, vscode.env.language);
    const list = large.slice(0, FILES_LISTED).map((one) => `${one.path} (${written(one.size)})`);
    if (large.length > FILES_LISTED) list.push('…');
    const commit = vscode.l10n.t('Commit');
    const ignore = large.length === 1 ? vscode.l10n.t('Ignore the File') : vscode.l10n.t('Ignore the Files');
    const chosen = await vscode.window.showWarningMessage(
      large.length === 1
        ? vscode.l10n.t('This commit takes a new file of {0}.', written(large[0]?.size ?? 0))
        : vscode.l10n.t('This commit takes {0} new files above {1}.', large.length, written(size)),
      {
        modal: true,
        detail: [
          ...list,
          '',
          vscode.l10n.t('Ignoring adds a line to .forgeignore and commits the rest.'),
        ].join('\n'),
      },
      commit,
      ignore,
    );
    if (chosen === commit) return true;
    if (chosen !== ignore) return false;
    const paths = large.map(({ path }) => path);
    if (staged) await this.client.send(unstageRequest, { root, paths });
    await addToIgnored(model.root, paths);
    return true;
  }
}

/** A commit takes what is on disk: asks about editors whose text is not there yet. Returns how many were saved; undefined: do not commit. */
async function saveAll(panel: RepositoryPanel): Promise<number | undefined> {
  const inside = `${panel.model.root.path}/`;
  const dirty = vscode.workspace.textDocuments.filter(
    ({ uri, isDirty }) => isDirty && uri.scheme === 'file' && uri.path.startsWith(inside),
  );
  const [first] = dirty;
  if (!first) return 0;
  const save = vscode.l10n.t('Save and Commit');
  const without = vscode.l10n.t('Commit What Is Saved');
  const chosen = await vscode.window.showWarningMessage(
    dirty.length === 1
      ? vscode.l10n.t('{0} is not saved.', vscode.workspace.asRelativePath(first.uri))
      : vscode.l10n.t('{0} files are not saved.', dirty.length),
    { modal: true },
    save,
    without,
  );
  if (chosen === without) return 0;
  if (chosen !== save) return undefined;
  const saved = await Promise.all(dirty.map((document) => document.save()));
  return saved.every(Boolean) ? saved.length : undefined;
}

async function addToIgnored(root: vscode.Uri, paths: string[]): Promise<void> {
  const file = vscode.Uri.joinPath(root, '.forgeignore');
  let before = '';
  try {
    before = new TextDecoder().decode(await vscode.workspace.fs.readFile(file));
  } catch (error) {
    if (!(error instanceof vscode.FileSystemError) || error.code !== 'FileNotFound') throw error;
  }
  await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(withIgnored(before, paths)));
}

function summaryOf(
  { commit, files, logicalBytes, storedBytes }: CommitResult,
  { model }: RepositoryPanel,
): string {
  const written = (bytes: number): string => formatBytes(bytes, vscode.env.language);
  return vscode.l10n.t(
    '$(check) Committed {0} on {1}: {2}, {3}, which took {4} in the store',
    commit.slice(0, 10),
    placeOf(model.head),
    countFiles(files),
    written(logicalBytes),
    written(storedBytes),
  );
}
