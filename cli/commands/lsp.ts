// Owns `forge lsp`.
import type { Command } from 'commander';
import { addExamples } from '../output/examples.ts';
import type { Runner } from '../run.ts';

export function defineLsp(command: Command, runner: Runner): void {
  command
    .summary('run the language server, for editors')
    .description('run the language server on standard input and output, for editors')
    .action(() => runner.run((session) => session.host.serveLanguage()));
  addExamples(command, [['forge lsp', 'an editor starts this, not a person']]);
}
