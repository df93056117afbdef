// Owns `forge completion`.
import { Argument, Command } from 'commander';
import { COMMANDS } from '../commands.ts';
import { completionScript, SHELLS, type Shell } from '../completion.ts';
import { addExamples } from '../output/examples.ts';
import type { Runner } from '../run.ts';

export function defineCompletion(command: Command, runner: Runner): void {
  command
    .description('print the completion script of a shell')
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .action((shell: Shell) =>
      runner.run(async (session) => {
        const script = completionScript(shell, await allCommands(runner));
        await session.show({ shell, script }, () => [script.trimEnd()]);
      }),
    );
  addExamples(command, [
    ['eval "$(forge completion bash)"', 'in ~/.bashrc'],
    ['eval "$(forge completion zsh)"', 'in ~/.zshrc, after compinit'],
    ['forge completion fish | source', 'in ~/.config/fish/config.fish'],
  ]);
}

async function allCommands(runner: Runner): Promise<Command[]> {
  const all: Command[] = [];
  for (const [name, load] of Object.entries(COMMANDS)) {
    const command = new Command(name);
    (await load())(command, runner);
    all.push(command);
  }
  return all;
}
