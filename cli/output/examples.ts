// Owns the examples at the end of a command's help.
import type { Command } from 'commander';

/** Adds `[command line, what it does]` pairs below the options. */
export function addExamples(command: Command, examples: [line: string, does: string][]): void {
  const width = Math.max(...examples.map(([line]) => line.length));
  const lines = examples.map(([line, does]) => `  ${line.padEnd(width)}  ${does}`);
  command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}
