// Owns the first moments of the process: refuses a Node that is too old, turns the compile cache on, then loads the command line.
import module from 'node:module';
import { fileURLToPath } from 'node:url';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 15)) {
  console.error(
    `forge: this is Node ${process.versions.node}; Forge needs 22.15 or newer. Install it, or run \`npm ci\` in the folder of Forge, which brings its own.`,
  );
  process.exit(1);
}
// V8 then skips most of the parsing. The cache lies beside the code it speeds up, so nobody else can slip code in; where that
// folder cannot be written, Node goes on without a cache.
module.enableCompileCache(fileURLToPath(new URL('.cache', import.meta.url)));
module.createRequire(import.meta.url)('./cliMain.cjs');
