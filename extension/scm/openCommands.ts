// Owns the commands that open a file, a version of it, or the difference between two.
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { Change } from '../../core/protocol/repositories.ts';
import { type FileVersionRef, STAGED, VERSION_SCHEME } from '../../core/protocol/versionUri.ts';
import { versionOf, versionUri } from '../files/versionUris.ts';
import type { Compare } from '../viewer/compareVersions.ts';
import { PREVIEW } from '../viewer/previewEditor.ts';
import { viewerOf } from '../viewer/viewerKinds.ts';
import { ChangeRow } from './changeRow.ts';
import type { Commands } from './command.ts';
import type { RepositoryPanel } from './repositoryPanel.ts';
import type { Subjects } from './subjects.ts';

/** Editors that are opened at once without asking. */
const OPENED_AT_ONCE = 15;
const COMMIT = /^[0-9a-f]{40}$/;

export class OpenCommands {
  private readonly subjects: Subjects;
  private readonly compare: Compare;

  constructor(commands: Commands, subjects: Subjects, compare: Compare) {
    this.subjects = subjects;
    this.compare = compare;
    commands.add('forge.openPreview', (...args) => this.openPreview(args));
    commands.add('forge.openChanges', (...args) => this.openChanges(args));
    commands.add('forge.openFile', (...args) => this.openFiles(args));
    commands.add('forge.openHeadVersion', (...args) => this.openHeadVersion(args));
    commands.add('forge.openVersion', (version) => openNamedVersion(version));
    commands.add('forge.revealInExplorer', (...args) => this.reveal(args));
    commands.add('forge.copyPath', (...args) => this.copyPath(args));
  }

  private async openChanges(args: unknown[]): Promise<void> {
    const subjects = this.subjects.changes(args, () => true);
    const wanted = subjects.flatMap(({ panel, changes }) => {
      // From an editor a file is meant, not one of its two changes: what is not staged comes first.
      const chosen = rowsAmong(args).length > 0 ? changes : unstagedFirst(changes).slice(0, 1);
      return chosen.map((change) => ({ panel, change }));
    });
    if (!(await mayOpen(wanted.length))) return;
    const preview = wanted.length === 1;
    for (const { panel, change } of wanted) await this.openChange(panel, change, preview);
  }

  private async openFiles(args: unknown[]): Promise<void> {
    const rows = rowsAmong(args);
    const files = rows.length > 0 ? rows.map(({ resourceUri }) => resourceUri) : [this.subjects.file(args)];
    if (!(await mayOpen(files.length))) return;
    const preview = files.length === 1;
    for (const [at, file] of files.entries()) {
      const row = rows[at];
      if (row?.change.state === 'deleted')
        await this.openChange(this.subjects.panelOf(row), row.change, preview);
      else if (file) await vscode.commands.executeCommand('vscode.open', file, { preview });
    }
  }

  /** Opens what a change is: two versions side by side, or the only one there is. */
  private async openChange(
    panel: RepositoryPanel | undefined,
    change: Change,
    preview: boolean,
  ): Promise<void> {
    if (!panel) return;
    const { model } = panel;
    const { staged, state } = change;
    const file = model.uri(change.path);
    const stagedToo = !staged && model.changes.some((one) => one.staged && one.path === change.path);
    const before = versionUri(model.uri(change.from ?? change.path), stagedToo ? STAGED : 'HEAD');
    const after = staged ? versionUri(file, STAGED) : file;
    const name = path.posix.basename(change.path);
    const options = { preview };
    if (state === 'deleted') {
      const title = vscode.l10n.t('{0} (Deleted)', name);
      await vscode.commands.executeCommand('vscode.open', before, options, title);
    } else if (['untracked', 'conflicted', 'added'].includes(state)) {
      await vscode.commands.executeCommand('vscode.open', file, options);
    } else if (change.kind === 'asset' || viewerOf(change.path) !== 'hex') {
      await this.compare(refOfUri(before), refOfUri(after));
    } else {
      const title = staged
        ? vscode.l10n.t('{0} (Last Commit ↔ Staged)', name)
        : stagedToo
          ? vscode.l10n.t('{0} (Staged ↔ Working File)', name)
          : vscode.l10n.t('{0} (Last Commit ↔ Working File)', name);
      await vscode.commands.executeCommand('vscode.diff', before, after, title, options);
    }
  }

  private async openPreview(args: unknown[]): Promise<void> {
    const file = this.subjects.file(args);
    if (file) await vscode.commands.executeCommand('vscode.openWith', file, PREVIEW);
  }

  private async openHeadVersion(args: unknown[]): Promise<void> {
    const file = this.subjects.file(args);
    if (!file) return;
    const from = rowsAmong(args)[0]?.change.from;
    const panel = this.subjects.around(file);
    const committed = panel && from !== undefined ? panel.model.uri(from) : file;
    await openVersion(committed, 'HEAD', vscode.l10n.t('Last Commit'));
  }

  private async reveal(args: unknown[]): Promise<void> {
    const file = this.subjects.file(args);
    if (file) await vscode.commands.executeCommand('revealInExplorer', file);
  }

  private async copyPath(args: unknown[]): Promise<void> {
    const rows = rowsAmong(args);
    const files = rows.length > 0 ? rows.map(({ resourceUri }) => resourceUri) : [this.subjects.file(args)];
    const paths = files.flatMap((file) => (file ? [file.fsPath] : []));
    if (paths.length > 0) await vscode.env.clipboard.writeText(paths.join('\n'));
  }
}

function refOfUri(uri: vscode.Uri): FileVersionRef {
  const version = versionOf(uri);
  if (!version) throw new Error(`no version: ${uri.toString()}`);
  return version;
}

/** A version that a hover or a list of versions names. */
async function openNamedVersion(version: unknown): Promise<void> {
  const { file, revision } = refOf(version) ?? {};
  if (file === undefined || revision === undefined) return;
  const label = COMMIT.test(revision) ? revision.slice(0, 10) : revision;
  await openVersion(vscode.Uri.file(file), revision, label);
}

/** What an argument names: a FileVersionRef, or something that holds one as `version`. */
function refOf(value: unknown): FileVersionRef | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if ('version' in value) return refOf(value.version);
  const { file, revision } = value as Partial<Record<keyof FileVersionRef, unknown>>;
  return typeof file === 'string' && typeof revision === 'string' ? { file, revision } : undefined;
}

async function openVersion(file: vscode.Uri, revision: string, label: string): Promise<void> {
  const uri = file.scheme === VERSION_SCHEME ? file : versionUri(file, revision);
  const title = `${path.posix.basename(file.path)} (${label})`;
  await vscode.commands.executeCommand('vscode.open', uri, { preview: true }, title);
}

function rowsAmong(args: unknown[]): ChangeRow[] {
  return args.flat().filter((item) => item instanceof ChangeRow);
}

function unstagedFirst(changes: readonly Change[]): Change[] {
  return [...changes].sort((a, b) => Number(a.staged) - Number(b.staged));
}

async function mayOpen(count: number): Promise<boolean> {
  if (count <= OPENED_AT_ONCE) return true;
  const open = vscode.l10n.t('Open');
  const question = vscode.l10n.t('Open {0} editors?', count);
  return (await vscode.window.showWarningMessage(question, { modal: true }, open)) === open;
}
