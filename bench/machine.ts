// Owns the description of the machine that a benchmark ran on.
import os from 'node:os';
import { ask, quoted } from './measure.ts';

export interface Machine {
  processor: string;
  cores: number;
  memoryBytes: number;
  system: string;
  fileSystem: string;
}

export async function describeMachine(workFolder: string): Promise<Machine> {
  const distribution = await ask('. /etc/os-release && echo "$PRETTY_NAME"', process.env);
  return {
    processor: os.cpus()[0]?.model.trim() ?? os.arch(),
    cores: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    system: `${distribution ?? os.type()}, ${os.type()} ${os.release()}`,
    fileSystem: (await ask(`stat -f -c %T ${quoted(workFolder)}`, process.env)) ?? 'unknown',
  };
}
