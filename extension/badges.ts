// Owns the badges of changed files in the Explorer and the panel: a letter, a colour, and a tooltip with size and last change.
import * as vscode from 'vscode';
import { type HistoryEntry, historyRequest } from '../core/protocol/history.ts';
import type { Change } from '../core/protocol/repositories.ts';
import type { ForgeClient } from './client/forgeClient.ts';
import type { Repositories } from './model/repositories.ts';
import type { RepositoryModel } from './model/repositoryModel.ts';
import { describeChange } from './scm/changeRow.ts';
import { letterOf, mostUrgent } from './scm/rows.ts';
import { formatAgo } from '../core/protocol/amounts.ts';

/** Last changes are asked for one at a time and after the panel has what it needs; of more files than this none are asked for. */
const MOST_WAITING = 100;
const QUIET_MS = 1500;

/** What is known of one repository: its changes by path, and who changed a file last. */
interface Known {
  changes: Map<string, Change[]>;
  commit: string | undefined;
  last: Map<string, HistoryEntry | null>;
}

export class Badges implements vscode.FileDecorationProvider, vscode.Disposable {
  private readonly client: ForgeClient;
  private readonly repositories: Repositories;
  private readonly changed = new vscode.EventEmitter<vscode.Uri[] | undefined>();
  private readonly known = new Map<RepositoryModel, Known>();
  private readonly waiting = new Map<string, () => Promise<void>>();
  private readonly subscriptions: vscode.Disposable[];
  private timer: NodeJS.Timeout | undefined;

  readonly onDidChangeFileDecorations = this.changed.event;

  constructor(client: ForgeClient, repositories: Repositories) {
    this.client = client;
    this.repositories = repositories;
    const watch = (model: RepositoryModel): void => void model.onDidChange(() => this.compare(model));
    repositories.all().forEach(watch);
    this.subscriptions = [
      this.changed,
      repositories.onDidOpen(watch),
      repositories.onDidClose((model) => {
        this.known.delete(model);
        this.changed.fire(undefined);
      }),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('forge.explorer.badges')) this.changed.fire(undefined);
      }),
      vscode.window.registerFileDecorationProvider(this),
    ];
  }

  provideFileDecoration(uri: vscode.Uri): vscode.FileDecoration | undefined {
    if (uri.scheme !== 'file' || !vscode.workspace.getConfiguration('forge').get('explorer.badges', true))
      return;
    const model = this.repositories.around(uri);
    const known = model && this.known.get(model);
    if (!known) return;
    const path = uri.path.slice(model.root.path.length + 1);
    const change = mostUrgent(known.changes.get(path) ?? []);
    if (!change) return;
    const lines = [describeChange(change)];
    const last = known.last.get(path);
    if (last) lines.push(describeLast(last));
    else if (last === undefined && known.commit !== undefined && isCommitted(change))
      this.askLater(known, uri, path);
    const decoration = new vscode.FileDecoration(letterOf(change), lines.join('\n'), colourOf(change));
    // What is gone shows in the panel alone, so a folder need not tell of it.
    decoration.propagate = change.state !== 'deleted';
    return decoration;
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  /** Tells the editor which files look different now. */
  private compare(model: RepositoryModel): void {
    const before = this.known.get(model);
    const changes = Map.groupBy(model.changes, ({ path }) => path);
    const commit = model.head?.commit;
    const last = before && before.commit === commit ? before.last : new Map<string, HistoryEntry | null>();
    this.known.set(model, { changes, commit, last });
    const different: string[] = [];
    for (const [path, now] of changes) {
      if (JSON.stringify(now) !== JSON.stringify(before?.changes.get(path))) different.push(path);
    }
    for (const path of before?.changes.keys() ?? []) if (!changes.has(path)) different.push(path);
    if (different.length > 0) this.changed.fire(different.map((path) => model.uri(path)));
  }

  private askLater(known: Known, uri: vscode.Uri, path: string): void {
    if (this.waiting.size >= MOST_WAITING) return;
    this.waiting.set(uri.toString(), async () => {
      // Known to have none until the answer is there, so that it is asked for once.
      known.last.set(path, null);
      const { entries } = await this.client.send(historyRequest, { file: uri.fsPath, limit: 1 });
      const [last] = entries;
      if (!last) return;
      known.last.set(path, last);
      this.changed.fire([uri]);
    });
    this.timer ??= setTimeout(() => void this.askNext(), QUIET_MS);
  }

  private async askNext(): Promise<void> {
    for (const [key, ask] of this.waiting) {
      this.waiting.delete(key);
      // A tooltip without its second line is no failure that the user has to hear of.
      await ask().catch(() => undefined);
    }
    this.timer = undefined;
  }
}

function isCommitted({ state }: Change): boolean {
  return state === 'modified' || state === 'deleted' || state === 'conflicted';
}

function describeLast({ author, time, message }: HistoryEntry): string {
  const ago = formatAgo(Date.parse(time), Date.now(), vscode.env.language);
  return vscode.l10n.t('Last change: {0}, {1}: {2}', author.name, ago, message.split('\n', 1)[0] ?? '');
}

function colourOf({ state, staged }: Change): vscode.ThemeColor {
  const names: Record<Change['state'], string> = {
    added: 'addedResourceForeground',
    modified: staged ? 'stageModifiedResourceForeground' : 'modifiedResourceForeground',
    deleted: staged ? 'stageDeletedResourceForeground' : 'deletedResourceForeground',
    renamed: 'renamedResourceForeground',
    untracked: 'untrackedResourceForeground',
    conflicted: 'conflictingResourceForeground',
  };
  return new vscode.ThemeColor(`gitDecoration.${names[state]}`);
}
