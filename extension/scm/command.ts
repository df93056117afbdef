// Owns how commands are registered: their failures are shown, and those that change something ask for trust first.
import * as vscode from 'vscode';
import type { Problems } from '../ui/problems.ts';
import { mayChange } from '../ui/trust.ts';

export class Commands implements vscode.Disposable {
  private readonly problems: Problems;
  private readonly registered: vscode.Disposable[] = [];

  constructor(problems: Problems) {
    this.problems = problems;
  }

  /** A command that shows something. */
  add(id: string, run: (...args: unknown[]) => unknown): void {
    const safely = async (...args: unknown[]): Promise<void> => {
      try {
        await run(...args);
      } catch (error) {
        await this.problems.show(error, { retry: () => safely(...args) });
      }
    };
    this.registered.push(vscode.commands.registerCommand(id, safely));
  }

  /** A command that changes something. */
  addChanging(id: string, run: (...args: unknown[]) => unknown): void {
    this.add(id, async (...args) => {
      if (await mayChange()) await run(...args);
    });
  }

  dispose(): void {
    for (const command of this.registered) command.dispose();
  }
}
