// Owns `npm run demo`: set-up and build, then scripts/demo/main.ts on the project's Node. Runs on Node 20 or newer, from a bare clone.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { buildAll } from './build.mjs';
import { install, projectNode, root, run } from './setup.mjs';

// cargo is busy with the cores while npm waits for the network; the build below then finds its work done, and tells what went wrong.
const cargo = spawn(process.execPath, ['scripts/buildNative.mjs'], { cwd: root, stdio: 'ignore' });
const cargoDone = once(cargo, 'close');
install();
await cargoDone;
buildAll();
// A path given after `--` is relative to where npm was called.
const cwd = process.env.INIT_CWD ?? process.cwd();
const script = path.join(root, 'scripts/demo/main.ts');
process.exitCode = run(projectNode(), [script, ...process.argv.slice(2)], { cwd });
