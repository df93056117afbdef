// Owns `forge version`.
import type { Command } from 'commander';
import { addExamples } from '../output/examples.ts';
import type { Runner } from '../run.ts';

export function defineVersion(command: Command, runner: Runner): void {
  command
    .summary('show version, data plane and Node')
    .description('show the version, the data plane and the Node in use')
    .action(() =>
      runner.run(async (session) => {
        const info = await session.host.version();
        await session.show(info, () => [
          `forge ${info.version} (${info.plane} data plane, Node ${info.node}, ${info.platform})`,
        ]);
      }),
    );
  addExamples(command, [['forge version --json', 'for a program']]);
}
