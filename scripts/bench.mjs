// Owns `npm run bench`: set-up and build, then bench/main.ts on the project's Node. Runs on Node 20 or newer.
import { buildAll } from './build.mjs';
import { install, projectNode, run } from './setup.mjs';

install();
// Standard output is for the tables, or the one JSON document.
buildAll((line) => process.stderr.write(`${line}\n`));
process.exitCode = run(projectNode(), ['bench/main.ts', ...process.argv.slice(2)]);
