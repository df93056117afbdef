// Tests writing to real pipes: readers that leave, pipes that are full, and order.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const output = fileURLToPath(new URL('../../../cli/output/output.ts', import.meta.url));

/** A program that uses Output on its standard output; `body` sees it as `out`. */
function program(body: string): string[] {
  const text = `
    import { Output, standardTarget } from ${JSON.stringify(output)};
    const out = new Output(standardTarget(1, () => process.stdout), process.env);
    ${body}
    await out.flush();`;
  return ['--input-type=module-typescript', '-e', text];
}

describe('cli/output', () => {
  it('notices that its reader left and goes on', () => {
    const code = `for (let i = 0; i < 100_000 && !out.closed; i++) await out.write('line ' + i + '\\n');
      process.stderr.write(String(out.closed)); process.exitCode = 7;`;
    const args = program(code).map((arg) => `'${arg.replaceAll("'", "'\\''")}'`);
    const script = `'${process.execPath}' ${args.join(' ')} | head -n 1; exit "\${PIPESTATUS[0]}"`;
    const done = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
    assert.deepEqual([done.stdout, done.stderr, done.status], ['line 0\n', 'true', 7]);
  });

  it('loses nothing when the pipe does not block and its reader is slow', async () => {
    const lines = 40_000;
    const code = `process.stdout.write('');
      for (let i = 0; i < ${lines}; i++) await out.write('line ' + i + '\\n');`;
    const child = spawn(process.execPath, program(code), { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    for await (const chunk of child.stdout) {
      text += (chunk as Buffer).toString();
      if (text.length < 200_000) await new Promise((resolve) => setTimeout(resolve, 2));
    }
    const expected = Array.from({ length: lines }, (_, i) => `line ${i}\n`).join('');
    assert.equal(text, expected);
  });

  it('takes a pipe for no terminal', () => {
    const done = spawnSync(
      process.execPath,
      program('await out.write(String(out.isTerminal) + out.columns);'),
    );
    assert.equal(done.stdout.toString(), 'false80');
  });

  it('knows a terminal', function () {
    const [command, ...args] = [process.execPath, ...program('await out.write(String(out.isTerminal));')];
    const quoted = [command, ...args].map((arg) => `'${arg.replaceAll("'", "'\\''")}'`).join(' ');
    const done = spawnSync('script', ['-qec', quoted, path.join('/dev', 'null')], { encoding: 'utf8' });
    if (done.error) return this.skip();
    assert.match(done.stdout, /^true/);
  });
});
