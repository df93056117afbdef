// Owns the suite that runs inside the extension host: it is bundled, loaded there by VS Code, and leaves its results in a file.
import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';
import { contributions } from './contributions.ts';
import type { HostResult } from './results.ts';

/** What VS Code calls. Rejects when a test fails, so that a run without the results' file still ends with an error. */
export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'bdd', timeout: 30_000, reporter: 'min' });
  const results: HostResult[] = [];
  mocha.suite.emit('pre-require', globalThis, '', mocha);
  contributions();
  const failures = await new Promise<number>((resolve) => {
    const runner = mocha.run(resolve);
    const add = (test: Mocha.Test, state: HostResult['state'], error?: Error) =>
      results.push({
        title: test.fullTitle(),
        state,
        ...(error && { message: error.message, stack: error.stack }),
      });
    runner.on('pass', (test) => add(test, 'passed'));
    runner.on('pending', (test) => add(test, 'skipped'));
    runner.on('fail', (test, error: Error) => add(test, 'failed', error));
  });
  const file = process.env.FORGE_HOST_RESULTS;
  if (file !== undefined) writeFileSync(file, JSON.stringify(results));
  for (const { title, state, message } of results)
    console.log(`${state}: ${title}${message === undefined ? '' : `: ${message}`}`);
  if (failures > 0) throw new Error(`${failures} tests failed in the extension host`);
}
