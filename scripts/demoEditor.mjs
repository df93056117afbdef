// Owns `npm run demo:editor`: set-up, build and workbench, then scripts/demo/editor.ts on the project's Node. Runs on Node 20 or newer.
import { installHost } from '../test/editor/support/setUpHost.mjs';
import { buildAll } from './build.mjs';
import { install, projectNode, run } from './setup.mjs';

try {
  install();
  buildAll();
  installHost();
  // The demo itself ends at Ctrl+C; waiting for it is all that is left to do here.
  process.on('SIGINT', () => undefined);
  process.exitCode = run(projectNode(), ['scripts/demo/editor.ts', ...process.argv.slice(2)]);
} catch (error) {
  console.error(`demo: ${error.message}`);
  process.exitCode = 1;
}
