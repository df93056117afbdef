// Owns `npm run package`: the extension as one .vsix for this platform, with its native modules and nothing else. Runs on Node 22 or newer.
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createVSIX } from '@vscode/vsce';
import { buildAll } from './build.mjs';
import { root } from './setup.mjs';

const TARGET = `${process.platform}-${process.arch}`;
const MOST_BYTES = 15_000_000;

/** Packages that bundles load by name at run time: both look for a native file beside themselves. */
const OUTSIDE = ['lmdb', '@parcel/watcher'];
/** What of a package is never loaded. */
const UNUSED_FOLDERS = new Set([
  'dependencies',
  'src',
  'test',
  'tests',
  'benchmark',
  'bin',
  'scripts',
  'node_modules',
]);
const LOADED = /\.(cjs|js|json|node)$|^licen[cs]e/i;
/** Only there to compile a native file, or to fetch one. */
const BUILD_ONLY = new Set(['node-addon-api', 'msgpackr-extract']);

/** Fields of package.json that npm alone reads. */
const OF_NPM = new Set([
  'private',
  'scripts',
  'devDependencies',
  'dependencies',
  'overrides',
  'allowScripts',
  'bin',
  'files',
]);

/** Makes the .vsix; returns its path. Throws when a part is missing, or when it is larger than it may be. */
export async function packageExtension(folder = root) {
  const stage = mkdtempSync(path.join(tmpdir(), 'forge-package-'));
  try {
    const manifest = readJson('package.json');
    stageExtension(stage, manifest);
    mkdirSync(folder, { recursive: true });
    const packagePath = path.join(folder, `forge-${manifest.version}-${TARGET}.vsix`);
    await createVSIX({
      cwd: stage,
      packagePath,
      target: TARGET,
      dependencies: false,
      allowMissingRepository: true,
      // The README's pictures are in the repository, whose address the package does not know.
      rewriteRelativeLinks: false,
    });
    const { size } = statSync(packagePath);
    if (size > MOST_BYTES) throw new Error(`${packagePath} has ${size} bytes, more than ${MOST_BYTES}`);
    return packagePath;
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

/** Copies what may be packed; .vscodeignore then allows what is. */
function stageExtension(stage, manifest) {
  // The command line has a package of its own; maps are for those who have the sources.
  const mine = (file) => !/[\\/](cli|cliMain|warm)\.cjs|\.map$/.test(file);
  for (const name of [
    'dist',
    'l10n',
    'syntaxes',
    'extension/media',
    'README.md',
    'LICENSE',
    'package.nls.json',
    'package.nls.de.json',
  ])
    if (existsSync(path.join(root, name)))
      cpSync(path.join(root, name), path.join(stage, name), { recursive: true, filter: mine });
  const addon = readdirSync(path.join(root, 'native')).filter(
    (name) => name.startsWith(`forge-native.${TARGET}`) && name.endsWith('.node'),
  );
  if (addon.length === 0)
    throw new Error(`native/ holds no data plane for ${TARGET}: it is built where cargo is there`);
  mkdirSync(path.join(stage, 'native'));
  for (const name of addon) cpSync(path.join(root, 'native', name), path.join(stage, 'native', name));
  for (const name of OUTSIDE) stagePackage(stage, name);
  // vsce takes either `files` or .vscodeignore.
  const kept = Object.entries(manifest).filter(([key]) => !OF_NPM.has(key));
  writeFileSync(path.join(stage, 'package.json'), JSON.stringify(Object.fromEntries(kept), undefined, 2));
  cpSync(path.join(root, '.vscodeignore'), path.join(stage, '.vscodeignore'));
}

/** Copies a package, and those that it needs, to where the bundles in dist/ find them. */
function stagePackage(stage, name) {
  const from = path.join(root, 'node_modules', name);
  const to = path.join(stage, 'dist/node_modules', name);
  if (existsSync(to)) return;
  if (!existsSync(from)) throw new Error(`${name} is not installed: run npm ci`);
  cpSync(from, to, { recursive: true, filter: (file) => file === from || isLoaded(from, file) });
  const { dependencies = {}, optionalDependencies = {} } = readJson(
    path.join('node_modules', name, 'package.json'),
  );
  for (const other of Object.keys(dependencies)) if (!BUILD_ONLY.has(other)) stagePackage(stage, other);
  // Of the packages with native files, npm installs that of this platform alone.
  for (const other of Object.keys(optionalDependencies))
    if (!BUILD_ONLY.has(other) && existsSync(path.join(root, 'node_modules', other)))
      stagePackage(stage, other);
}

function isLoaded(from, file) {
  const name = path.basename(file);
  if (name.startsWith('.')) return false;
  if (statSync(file).isDirectory()) return !UNUSED_FOLDERS.has(path.relative(from, file).split(path.sep)[0]);
  // One binary on Node-API serves every Node and VS Code; those for one ABI, and for another C library, would only make the package larger.
  if (/^node\.abi\d+/.test(name) || name.includes('.musl.')) return false;
  return LOADED.test(name);
}

function readJson(name) {
  return JSON.parse(readFileSync(path.join(root, name), 'utf8'));
}

if (process.argv[1] === import.meta.filename) {
  try {
    const { values } = parseArgs({
      allowNegative: true,
      options: { build: { type: 'boolean', default: true }, out: { type: 'string' } },
    });
    if (values.build) buildAll();
    const file = await packageExtension(values.out && path.resolve(values.out));
    console.log(`${file}  ${(statSync(file).size / 1e6).toFixed(1)} MB`);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
