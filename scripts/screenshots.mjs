// Owns `npm run screenshots`: set-up, build and workbench, then scripts/screenshots/main.ts on the project's Node. Runs on Node 20 or newer.
import { installHost } from '../test/editor/support/setUpHost.mjs';
import { buildAll } from './build.mjs';
import { install, projectNode, run } from './setup.mjs';

try {
  install();
  buildAll();
  installHost();
  process.exitCode = run(projectNode(), ['scripts/screenshots/main.ts', ...process.argv.slice(2)]);
} catch (error) {
  console.error(`screenshots: ${error.message}`);
  process.exitCode = 1;
}
