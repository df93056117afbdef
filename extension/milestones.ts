// Owns what a user has done for the first time, told to VS Code as context keys: by them the steps of the walkthrough are ticked off.
import * as vscode from 'vscode';
import { commitRequest, undoRequest } from '../core/protocol/sourceControl.ts';
import type { ForgeClient } from './client/forgeClient.ts';
import type { Compare } from './viewer/compareVersions.ts';

/** Steps of the walkthrough in package.json; its first one is ticked off by the key `forge.repositories`. */
export type Milestone = 'commit' | 'hover' | 'compare' | 'undo';

export class Milestones {
  private readonly reached = new Set<Milestone>();

  /** To be called when something was done, not when it was asked for. */
  reach(milestone: Milestone): void {
    if (this.reached.has(milestone)) return;
    this.reached.add(milestone);
    void vscode.commands.executeCommand('setContext', `forge.did.${milestone}`, true);
  }

  /** Looks at what the server did. */
  follow(client: ForgeClient): vscode.Disposable {
    return client.onDidAnswer((method) => {
      if (method === commitRequest.method) this.reach('commit');
      if (method === undoRequest.method) this.reach('undo');
    });
  }

  /** `compare`, which is a step as well. */
  counted(compare: Compare): Compare {
    return async (before, after) => {
      await compare(before, after);
      this.reach('compare');
    };
  }
}
