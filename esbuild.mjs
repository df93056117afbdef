// Owns how the sources become the bundles in dist/: the extension, the server, the command line and the portable plane's worker.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('.', import.meta.url));

/** Modules of Node that take milliseconds to load and that many commands never use. */
const SLOW_BUILTINS = /^node:(child_process|crypto|readline|worker_threads|zlib)$/;

/** Loads a slow module of Node when one of its exports is first used, instead of when the command line starts. */
const lazyBuiltins = {
  name: 'lazy-builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: SLOW_BUILTINS }, ({ path, namespace }) =>
      namespace === 'lazy' ? { path, external: true } : { path, namespace: 'lazy' },
    );
    onLoad({ filter: /.*/, namespace: 'lazy' }, ({ path }) => {
      const names = Object.keys(createRequire(import.meta.url)(path));
      const getters = names.map((name) => `get ${name}() { return load().${name}; }`);
      const contents = `let loaded;
        const load = () => (loaded ??= require('${path}'));
        module.exports = { ${getters.join(', ')} };`;
      return { contents, loader: 'js' };
    });
  },
};

const CODE_CACHE = 'dist/cliMain.cjs.cache';

/** Source entry, output name and what stays outside the bundle. `lmdb` finds its native file beside itself, so it is never bundled. */
const bundles = [
  { entry: 'cli/boot.ts', name: 'cli', external: [] },
  { entry: 'cli/main.ts', name: 'cliMain', external: ['lmdb'] },
  { entry: 'cli/warm.ts', name: 'warm', external: [] },
  { entry: 'server/main.ts', name: 'server', external: ['lmdb', '@parcel/watcher'] },
  { entry: 'extension/extension.ts', name: 'extension', external: ['vscode'] },
  { entry: 'core/dataplane/portable/worker.ts', name: 'portableWorker', external: [], format: 'esm' },
  { entry: 'server/thumbnails/thumbnailWorker.ts', name: 'thumbnailWorker', external: [], format: 'esm' },
];

/** Bundles one entry and says how large it became. Throws when a source does not compile. */
async function bundle({ entry, name, external, format = 'cjs' }) {
  const outfile = `dist/${name}.${format === 'cjs' ? 'cjs' : 'mjs'}`;
  const result = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node22.15',
    // ES modules first: what a package does not use of another is left out.
    mainFields: ['module', 'main'],
    format,
    external,
    // A dynamic import of what is outside becomes a `require`: a bundle that is run from its code cache has no other.
    supported: { 'dynamic-import': format === 'esm' },
    // Whitespace and syntax only: stack traces keep the names that the sources have.
    minifyWhitespace: true,
    minifySyntax: true,
    sourcemap: 'external',
    ...(format === 'cjs' && {
      plugins: [lazyBuiltins],
      // A bundle has one place on disk; sources that ask for theirs get that.
      banner: { js: "const bundleUrl=require('node:url').pathToFileURL(__filename).href;" },
      define: { 'import.meta.url': 'bundleUrl' },
    }),
    legalComments: 'none',
    metafile: true,
    logLevel: 'silent',
  });
  const { bytes } = result.metafile.outputs[outfile];
  console.log(`${outfile}  ${(bytes / 1000).toFixed(0)} KB`);
}

/** Bundles the page of the viewers, for the browser. */
async function bundlePage() {
  // Pieces are named by their content: those of earlier builds would stay.
  rmSync(`${root}dist/webview`, { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints: ['extension/webview/main.ts', 'extension/webview/main.css'],
    outdir: 'dist/webview',
    bundle: true,
    splitting: true,
    platform: 'browser',
    target: 'chrome120',
    format: 'esm',
    minify: true,
    legalComments: 'none',
    logLevel: 'silent',
  });
  // A worker of a webview comes from a blob, which can import nothing: each is one script.
  await build({
    absWorkingDir: root,
    entryPoints: ['extension/webview/picture/pictureWorker.ts'],
    outdir: 'dist/webview',
    bundle: true,
    platform: 'browser',
    target: 'chrome120',
    format: 'iife',
    minify: true,
    legalComments: 'none',
    logLevel: 'silent',
  });
  console.log(`dist/webview/main.js  ${(statSync(`${root}dist/webview/main.js`).size / 1000).toFixed(0)} KB`);
}

/** WebAssembly lies beside the bundles that load it. */
const RECIPE_CODEC = { source: 'core/dataplane/portable/recipe.wasm', target: 'dist/recipe.wasm' };
const PICTURE_CODEC = { source: 'core/formats/picture.wasm', target: 'dist/picture.wasm' };

/** The decoder of compressed models is loaded by the page when a model needs it: WebAssembly, and the script that starts it in a worker. */
function copyDraco() {
  const from = `${root}node_modules/three/examples/jsm/libs/draco/gltf/`;
  mkdirSync(`${root}dist/webview/draco`, { recursive: true });
  for (const name of ['draco_decoder.wasm', 'draco_wasm_wrapper.js'])
    copyFileSync(from + name, `${root}dist/webview/draco/${name}`);
}

/** Lets V8 keep what it compiled of the command line. Nothing but speed depends on it. */
function writeCodeCache() {
  const warm = `${root}dist/warm.cjs`;
  const { status, stderr } = spawnSync(process.execPath, [warm], { encoding: 'utf8' });
  rmSync(warm);
  rmSync(`${warm}.map`);
  if (status !== 0) return console.log(`no code cache: ${stderr.trim().split('\n')[0]}`);
  console.log(`${CODE_CACHE}  ${(statSync(root + CODE_CACHE).size / 1000).toFixed(0)} KB`);
}

try {
  rmSync(root + CODE_CACHE, { force: true });
  await Promise.all([...bundles.map(bundle), bundlePage()]);
  for (const { source, target } of [RECIPE_CODEC, PICTURE_CODEC]) copyFileSync(root + source, root + target);
  copyDraco();
  writeCodeCache();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
