// Owns the process of `forge`: streams, signals and the exit code.
import { run } from './run.ts';
import { EXIT } from './exitCodes.ts';
import { createHost } from './composition.ts';

const SIGNALS = { SIGINT: EXIT.stopped, SIGTERM: 143, SIGHUP: 129 } as const;

/** Runs one command on the real process. Resolves to its exit code; ending the process is left to the caller. */
export async function main(args: string[]): Promise<number> {
  const stop = new AbortController();
  let stopped: number | undefined;
  for (const [signal, code] of Object.entries(SIGNALS)) {
    process.on(signal, () => {
      // Whoever asks twice does not want to wait; what is half done is finished or dropped by the next command.
      if (stopped !== undefined) process.exit(code);
      stopped = code;
      stop.abort();
    });
  }
  const code = await run(args, createHost(process, stop.signal));
  return code === EXIT.stopped ? (stopped ?? code) : code;
}
