// Owns the read-only file system of old versions (`forge:`): their sizes, their bytes up to a limit, and when HEAD or the index made them others.
import * as vscode from 'vscode';
import {
  fileInfoRequest,
  type FileVersionInfo,
  MAX_RANGE,
  readRangeRequest,
} from '../../core/protocol/files.ts';
import { type FileVersionRef, STAGED, VERSION_SCHEME } from '../../core/protocol/versionUri.ts';
import { type ForgeClient, ServerError } from '../client/forgeClient.ts';
import type { Repositories } from '../model/repositories.ts';
import type { RepositoryModel } from '../model/repositoryModel.ts';
import { formatBytes } from '../../core/protocol/amounts.ts';
import { fileOf, versionOf } from './versionUris.ts';

/** A version above is not read into memory: the extension host would hold it as a whole, several times. */
export const MAX_READ = 50 * 1024 * 1024;
/** A full name of a commit means the same for ever. */
const COMMIT = /^[0-9a-f]{40}$/;
/** URIs that are remembered so that the editor hears of their change; of more, those asked for longest ago are forgotten. */
const MOST_KNOWN = 1000;

export class ForgeFileSystem implements vscode.FileSystemProvider, vscode.Disposable {
  private readonly client: ForgeClient;
  private readonly repositories: Repositories;
  private readonly changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  /** Movable versions that the editor asked for, by URI, with the time when they last became another. */
  private readonly movable = new Map<string, { uri: vscode.Uri; time: number }>();
  /** What HEAD and the index of a repository were last. */
  private readonly states = new Map<string, { head: string; staged: string }>();
  private readonly explained = new Set<string>();
  private readonly subscriptions: vscode.Disposable[];

  readonly onDidChangeFile = this.changed.event;

  constructor(client: ForgeClient, repositories: Repositories) {
    this.client = client;
    this.repositories = repositories;
    const watch = (model: RepositoryModel): void => void model.onDidChange(() => this.compare(model));
    repositories.all().forEach(watch);
    this.subscriptions = [
      this.changed,
      repositories.onDidOpen(watch),
      vscode.workspace.registerFileSystemProvider(VERSION_SCHEME, this, {
        isCaseSensitive: true,
        isReadonly: new vscode.MarkdownString(
          vscode.l10n.t('This is an old version. Open the file itself to change it.'),
        ),
      }),
    ];
  }

  watch(): vscode.Disposable {
    return new vscode.Disposable(() => undefined);
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const version = versionAt(uri);
    const time = this.remember(uri, version);
    const { size } = await this.info(uri, version);
    return {
      type: vscode.FileType.File,
      ctime: 0,
      mtime: time,
      size,
      permissions: vscode.FilePermission.Readonly,
    };
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    const version = versionAt(uri);
    this.remember(uri, version);
    const { size } = await this.info(uri, version);
    if (size > MAX_READ) {
      const text = vscode.l10n.t(
        'This version has {0}; at most {1} are shown as text. Open it with Forge Asset Preview, or restore it as a copy from its history.',
        formatBytes(size, vscode.env.language),
        formatBytes(MAX_READ, vscode.env.language),
      );
      void this.explain(uri, text);
      throw vscode.FileSystemError.Unavailable(text);
    }
    const bytes = new Uint8Array(size);
    for (let offset = 0; offset < size; offset += MAX_RANGE) {
      const length = Math.min(MAX_RANGE, size - offset);
      const { base64 } = await this.ask(uri, () =>
        this.client.send(readRangeRequest, { ...version, offset, length }),
      );
      bytes.set(Buffer.from(base64, 'base64'), offset);
    }
    return bytes;
  }

  readDirectory(): [string, vscode.FileType][] {
    return [];
  }

  createDirectory(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  writeFile(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  delete(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  rename(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private async info(uri: vscode.Uri, version: FileVersionRef): Promise<FileVersionInfo> {
    const info = await this.ask(uri, () => this.client.send(fileInfoRequest, version));
    if (!info) throw vscode.FileSystemError.FileNotFound(uri);
    return info;
  }

  private async ask<T>(uri: vscode.Uri, request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      if (['NOT_FOUND', 'UNKNOWN_REVISION'].includes(error.code))
        throw vscode.FileSystemError.FileNotFound(uri);
      throw vscode.FileSystemError.Unavailable(`${error.message} ${error.remedy}`);
    }
  }

  /** An editor that cannot be opened does not show why: says it beside, once for each version. */
  private async explain(uri: vscode.Uri, text: string): Promise<void> {
    if (this.explained.has(uri.toString())) return;
    this.explained.add(uri.toString());
    const preview = vscode.l10n.t('Open Preview');
    if ((await vscode.window.showWarningMessage(text, preview)) === preview)
      await vscode.commands.executeCommand('vscode.openWith', uri, 'forge.preview');
  }

  /** The time that the editor is told as the version's: it reads a file anew when that grows. */
  private remember(uri: vscode.Uri, { revision = '' }: FileVersionRef): number {
    if (COMMIT.test(revision)) return 1;
    const key = uri.toString();
    const known = this.movable.get(key) ?? { uri, time: Date.now() };
    this.movable.delete(key);
    this.movable.set(key, known);
    const [oldest] = this.movable.keys();
    if (this.movable.size > MOST_KNOWN && oldest !== undefined) this.movable.delete(oldest);
    return known.time;
  }

  /** Tells the editor of the versions that are others now that HEAD or the index moved. */
  private compare(model: RepositoryModel): void {
    if (model.head === undefined || model.failure) return;
    const { branch, commit } = model.head;
    const head = `${branch} ${commit}`;
    const staged = JSON.stringify(model.changes.filter((change) => change.staged));
    const before = this.states.get(model.rootPath);
    this.states.set(model.rootPath, { head, staged });
    if (!before || (before.head === head && before.staged === staged)) return;
    const events: vscode.FileChangeEvent[] = [];
    for (const known of this.movable.values()) {
      if (this.repositories.around(fileOf(known.uri)) !== model) continue;
      if (before.head === head && versionAt(known.uri).revision !== STAGED) continue;
      known.time = Math.max(known.time + 1, Date.now());
      events.push({ type: vscode.FileChangeType.Changed, uri: known.uri });
    }
    if (events.length > 0) this.changed.fire(events);
  }
}

function versionAt(uri: vscode.Uri): FileVersionRef {
  try {
    const version = versionOf(uri);
    if (version) return version;
  } catch {
    // Somebody else's URI; the answer is the same as for a version that is not there.
  }
  throw vscode.FileSystemError.FileNotFound(uri);
}
