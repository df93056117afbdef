// Owns what the extension knows of one repository.
import * as vscode from 'vscode';
import type { Activity, Change, HeadState, RepositoryUpdate } from '../../core/protocol/repositories.ts';
import { nextChanges } from './nextChanges.ts';

export class RepositoryModel implements vscode.Disposable {
  readonly root: vscode.Uri;
  /** As the server names it in requests. */
  readonly rootPath: string;
  private readonly changed = new vscode.EventEmitter<void>();
  private sequence: number | undefined;
  private known: readonly Change[] = [];
  private lastUpdate: RepositoryUpdate | undefined;
  private currentActivity: Activity;
  private running = true;
  private openingFailure: RepositoryUpdate['failure'];

  /** Fires after any change of what is known. */
  readonly onDidChange = this.changed.event;

  constructor(rootPath: string) {
    this.rootPath = rootPath;
    this.root = vscode.Uri.file(rootPath);
    this.currentActivity = { root: rootPath, running: undefined, waiting: 0 };
  }

  /** Sorted by path; of one path what is staged comes first. */
  get changes(): readonly Change[] {
    return this.known;
  }

  /** Changes in all, also those that are not in `changes`. */
  get total(): number {
    return this.lastUpdate?.total ?? 0;
  }

  /** Undefined until the server told. */
  get head(): HeadState | undefined {
    return this.lastUpdate?.head;
  }

  get problems(): RepositoryUpdate['problems'] {
    return this.lastUpdate?.problems ?? [];
  }

  /** Why the state cannot be told. */
  get failure(): RepositoryUpdate['failure'] {
    return this.openingFailure ?? this.lastUpdate?.failure;
  }

  get activity(): Activity {
    return this.currentActivity;
  }

  get serverRunning(): boolean {
    return this.running;
  }

  uri(path: string): vscode.Uri {
    return vscode.Uri.joinPath(this.root, ...path.split('/'));
  }

  /** Takes an update over. Returns false when an earlier one was lost: then a refresh is needed. */
  apply(update: RepositoryUpdate): boolean {
    if (!update.reset && (this.sequence === undefined || update.sequence !== this.sequence + 1)) return false;
    this.sequence = update.sequence;
    this.lastUpdate = update;
    this.openingFailure = undefined;
    this.known = nextChanges(this.known, update);
    this.changed.fire();
    return true;
  }

  /** The repository could not be opened again; what was known of it stays. */
  fail(failure: NonNullable<RepositoryUpdate['failure']>): void {
    this.openingFailure = failure;
    this.changed.fire();
  }

  setActivity(activity: Activity): void {
    this.currentActivity = activity;
    this.changed.fire();
  }

  setServerRunning(running: boolean): void {
    this.running = running;
    this.sequence = undefined;
    this.changed.fire();
  }

  dispose(): void {
    this.changed.dispose();
  }
}
