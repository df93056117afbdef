// Owns `npm run build`: the native data plane where cargo is there, then the bundles. Installs nothing. Runs on Node 20 or newer.
import { spawnSync } from 'node:child_process';
import { buildNative } from './buildNative.mjs';
import { projectNode, root } from './setup.mjs';

/** Builds everything that ./forge and the extension need. `log` gets a line for each step. Throws when a step fails. */
export function buildAll(log = console.log) {
  const { built, reason } = buildNative();
  log(built ? 'native data plane' : reason);
  // In a process of its own: what the bundles hold depends on the built-in modules of the Node that makes them.
  const bundled = spawnSync(projectNode(), ['esbuild.mjs'], { cwd: root, encoding: 'utf8' });
  if (bundled.error) throw bundled.error;
  if (bundled.status !== 0) throw new Error(bundled.stderr.trim());
  for (const line of bundled.stdout.trimEnd().split('\n')) log(line);
}

if (process.argv[1] === import.meta.filename) {
  try {
    buildAll();
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
