// Owns `npm run demo`: set-up and build, then scripts/demo/main.ts on the project's Node. Runs on Node 20 or newer, from a bare clone.
import { fileURLToPath } from 'node:url';
import { install, projectNode, run } from './setup.mjs';

install();
const { buildAll } = await import('./build.mjs');
await buildAll();
// A path given after `--` is relative to where npm was called.
const cwd = process.env.INIT_CWD ?? process.cwd();
const script = fileURLToPath(new URL('demo/main.ts', import.meta.url));
process.exitCode = run(projectNode(), [script, ...process.argv.slice(2)], { cwd });
