// Owns the Asset History view: the versions of the file that the user looks at, page by page.
import * as vscode from 'vscode';
import { type FileVersionRef, VERSION_SCHEME } from '../../core/protocol/versionUri.ts';
import { type Description, fileInfoRequest, thumbnailRequest } from '../../core/protocol/files.ts';
import { historyRequest } from '../../core/protocol/history.ts';
import type { ForgeClient } from '../client/forgeClient.ts';
import { fileOf } from '../files/versionUris.ts';
import type { Repositories } from '../model/repositories.ts';
import type { RepositoryModel } from '../model/repositoryModel.ts';
import { problemOf, sentence } from '../ui/problems.ts';
import type { ActiveFile } from './activeFile.ts';
import { type HistoryItem, MoreItem, VersionItem, WorkingItem } from './historyItems.ts';

const PAGE = 50;
const THUMBNAIL_PIXELS = 256;

export class HistoryView implements vscode.TreeDataProvider<HistoryItem>, vscode.Disposable {
  private readonly client: ForgeClient;
  private readonly repositories: Repositories;
  private readonly active: ActiveFile;
  private readonly view: vscode.TreeView<HistoryItem>;
  private readonly changed = new vscode.EventEmitter<HistoryItem | undefined>();
  private readonly subscriptions: vscode.Disposable[];
  private shown: vscode.Uri | undefined;
  /** What the rows were made for: another commit or state of the file makes them stale. */
  private state = '';
  private versions: VersionItem[] = [];
  private more = false;
  private loading: Promise<void> | undefined;
  /** What the active tab showed when another file was asked for: that one stays until the user goes to another tab. */
  private passedOver: string | undefined;

  readonly onDidChangeTreeData = this.changed.event;

  constructor(client: ForgeClient, repositories: Repositories, active: ActiveFile) {
    this.client = client;
    this.repositories = repositories;
    this.active = active;
    this.view = vscode.window.createTreeView('forge.history', {
      treeDataProvider: this,
      canSelectMany: true,
    });
    const watch = (model: RepositoryModel): void => void model.onDidChange(() => this.refreshIfStale());
    repositories.all().forEach(watch);
    this.subscriptions = [
      this.view,
      this.changed,
      repositories.onDidOpen(watch),
      active.onDidChange(() => this.follow()),
      this.view.onDidChangeVisibility(() => this.follow()),
    ];
    this.follow();
  }

  /** The file whose versions are shown. */
  get file(): vscode.Uri | undefined {
    return this.shown;
  }

  get selection(): readonly HistoryItem[] {
    return this.view.selection;
  }

  /** Shows the versions of a file, brings the view forward, and lets the keys go into its rows. */
  async show(file: vscode.Uri): Promise<void> {
    this.passedOver = this.active.version?.toString();
    this.turnTo(file);
    await vscode.commands.executeCommand('forge.history.focus');
    // A view whose rows are not there yet has the focus as a whole, where no key leads into them.
    const [first] = await this.getChildren();
    if (!first || this.shown?.toString() !== file.toString()) return;
    try {
      await this.view.reveal(first, { select: false, focus: true });
    } catch {
      // Other rows took their place meanwhile: they are seen all the same.
    }
  }

  /** Whether this version is one of those that are shown. */
  lists({ file, revision }: FileVersionRef): boolean {
    return this.versions.some(({ entry }) => entry.file === file && entry.commit === revision);
  }

  /** Rows as the view has them: the newest first. Times do not tell, as commits may have the same. */
  inOrder<Item extends HistoryItem>(items: readonly Item[]): Item[] {
    const place = (item: HistoryItem): number =>
      this.versions.findIndex(({ id }) => item instanceof VersionItem && id === item.id);
    return items.toSorted((a, b) => place(a) - place(b));
  }

  async loadMore(): Promise<void> {
    await this.load(this.versions.at(-1)?.entry.commit);
    this.changed.fire(undefined);
  }

  getTreeItem(item: HistoryItem): vscode.TreeItem {
    return item;
  }

  /** The rows are no tree. The editor asks before it reveals one. */
  getParent(): undefined {
    return undefined;
  }

  async getChildren(parent?: HistoryItem): Promise<HistoryItem[]> {
    if (parent || !this.shown) return [];
    await this.loading;
    const rows: HistoryItem[] = [...this.versions];
    if (this.isChanged(this.shown)) rows.unshift(new WorkingItem(this.shown));
    if (this.more) rows.push(new MoreItem());
    return rows;
  }

  async resolveTreeItem(item: vscode.TreeItem, element: HistoryItem): Promise<vscode.TreeItem> {
    if (!(element instanceof VersionItem)) return item;
    const [picture, description] = await Promise.all([this.pictureOf(element), this.factsOf(element)]);
    item.tooltip = element.details(picture, description);
    return item;
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  /** Turns to the file of the active tab; a tab without one leaves what is shown. */
  private follow(): void {
    if (!this.view.visible) return;
    const { version } = this.active;
    if (!version || version.toString() === this.passedOver) return;
    this.passedOver = undefined;
    if (this.isListed(version)) return;
    const file = fileOf(version);
    if (this.repositories.around(file)) this.turnTo(file);
  }

  /** Whether a version is one of those that are shown: it may have had another name then. */
  private isListed(version: vscode.Uri): boolean {
    if (version.scheme !== VERSION_SCHEME) return false;
    const { fsPath } = fileOf(version);
    return this.versions.some(({ entry }) => entry.file === fsPath);
  }

  private turnTo(file: vscode.Uri): void {
    if (this.shown?.toString() === file.toString()) return this.refreshIfStale();
    this.shown = file;
    this.view.description = file.path.split('/').at(-1) ?? '';
    this.reload();
  }

  private refreshIfStale(): void {
    if (this.shown && this.stateOf(this.shown) !== this.state) this.reload();
  }

  private reload(): void {
    const file = this.shown;
    if (!file) return;
    this.state = this.stateOf(file);
    this.versions = [];
    this.more = false;
    this.loading = this.load(undefined);
    this.changed.fire(undefined);
  }

  /** Never rejects: what went wrong is said in the view. */
  private async load(after: string | undefined): Promise<void> {
    const file = this.shown;
    if (!file) return;
    try {
      const params = { file: file.fsPath, limit: PAGE, ...(after !== undefined && { after }) };
      const { entries, more } = await this.client.send(historyRequest, params);
      // The user may have gone on to another file meanwhile.
      if (this.shown !== file) return;
      this.versions.push(...entries.map((entry) => new VersionItem(entry)));
      this.more = more;
      const none = this.versions.length === 0;
      this.view.message = none ? vscode.l10n.t('No version of this file is committed yet.') : undefined;
    } catch (error) {
      if (this.shown === file) this.view.message = sentence(problemOf(error));
    }
  }

  private async pictureOf({ entry, version }: VersionItem): Promise<string | undefined> {
    if (entry.deleted || entry.stored === 'text') return undefined;
    try {
      const answer = await this.client.send(thumbnailRequest, { ...version, pixels: THUMBNAIL_PIXELS });
      if (!('thumbnail' in answer)) return undefined;
      return `data:${answer.thumbnail.mime};base64,${answer.thumbnail.base64}`;
    } catch {
      // A tooltip without a picture still says what it has to say.
      return undefined;
    }
  }

  private async factsOf({ entry, version }: VersionItem): Promise<Description | undefined> {
    if (entry.deleted || entry.stored === 'text') return undefined;
    try {
      return (await this.client.send(fileInfoRequest, version))?.description;
    } catch {
      // As without a picture.
      return undefined;
    }
  }

  private stateOf(file: vscode.Uri): string {
    const model = this.repositories.around(file);
    return `${model?.head?.commit} ${this.isChanged(file)}`;
  }

  private isChanged(file: vscode.Uri): boolean {
    const model = this.repositories.around(file);
    if (!model) return false;
    const path = file.path.slice(model.root.path.length + 1);
    return model.changes.some((change) => change.path === path && change.state !== 'deleted');
  }
}
