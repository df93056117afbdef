// Owns the first moments of the process: refuses a Node that is too old, then starts the command line.
import { fileURLToPath } from 'node:url';
import { loadBundle } from './codeCache.ts';
import type * as Main from './main.ts';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 15)) {
  console.error(
    `forge: this is Node ${process.versions.node}; Forge needs 22.15 or newer. Install it, or run \`npm ci\` in the folder of Forge, which brings its own.`,
  );
  process.exit(1);
}
const { exports } = loadBundle<typeof Main>(fileURLToPath(new URL('cliMain.cjs', import.meta.url)));
void exports.main(process.argv.slice(2)).then((code) => process.exit(code));
