// Owns building the native data plane with cargo, where there is one. Without it Forge works all the same, on the portable plane.
import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const FOLDER = fileURLToPath(new URL('../native/', import.meta.url));
const COST =
  'Forge will use its portable data plane: the same results, but storing files takes several times as long.';
/** Answers a clean `forge status` without Node. */
const CLEAN_STATUS = 'forge-clean-status';
const LIBRARIES = {
  linux: 'libforge_native.so',
  darwin: 'libforge_native.dylib',
  win32: 'forge_native.dll',
};

/**
 * Compiles native/ and puts the module where core/dataplane/native.ts looks for it. Never throws: `reason` says why nothing was built.
 * @returns {{ built: boolean, reason: string | undefined }}
 */
export function buildNative() {
  const library = LIBRARIES[process.platform];
  if (!library) return { built: false, reason: `No native data plane for ${process.platform}. ${COST}` };
  const cargo = spawnSync('cargo', ['build', '--release', '--locked'], { cwd: FOLDER, encoding: 'utf8' });
  if (cargo.error) return { built: false, reason: `cargo cannot be run (${cargo.error.code}). ${COST}` };
  if (cargo.status !== 0) {
    return { built: false, reason: `cargo build failed: ${lastError(cargo.stderr)}. ${COST}` };
  }
  try {
    const target = join(FOLDER, `forge-native.${platformName()}.node`);
    replace(join(FOLDER, 'target', 'release', library), target);
    if (process.platform !== 'win32') {
      replace(join(FOLDER, 'target', 'release', CLEAN_STATUS), join(FOLDER, CLEAN_STATUS));
    }
    return { built: true, reason: undefined };
  } catch (error) {
    return { built: false, reason: `${error.message}. ${COST}` };
  }
}

/** A running process may have the old file mapped: it keeps that file when a new one takes the name. */
function replace(source, target) {
  copyFileSync(source, `${target}.new`);
  renameSync(`${target}.new`, target);
}

/** As in core/dataplane/native.ts, which a script for any Node cannot import. */
function platformName() {
  const base = `${process.platform}-${process.arch}`;
  if (process.platform === 'linux') return `${base}-${usesMusl() ? 'musl' : 'gnu'}`;
  return process.platform === 'win32' ? `${base}-msvc` : base;
}

function usesMusl() {
  try {
    return readFileSync('/usr/bin/ldd', 'latin1').includes('musl');
  } catch {
    return process.report.getReport().header.glibcVersionRuntime === undefined;
  }
}

function lastError(stderr) {
  const lines = stderr.split('\n');
  return lines.find((line) => line.startsWith('error')) ?? lines.at(-2) ?? 'no output';
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { reason } = buildNative();
  if (reason) console.error(reason);
}
