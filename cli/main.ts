// Owns the process of `forge`: streams, signals and the exit code.
import { run } from './run.ts';
import { EXIT } from './exitCodes.ts';
import { createHost } from './composition.ts';

const SIGNALS = { SIGINT: EXIT.stopped, SIGTERM: 143, SIGHUP: 129 } as const;

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

void run(process.argv.slice(2), createHost(process, stop.signal)).then((code) => {
  process.exit(code === EXIT.stopped ? (stopped ?? code) : code);
});
