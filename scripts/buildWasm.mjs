// Owns building native/recipe and native/picture to WebAssembly. The results are part of the sources: run this when a crate changes.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../native/', import.meta.url));
const TARGET = 'wasm32-unknown-unknown';

/** Recipes run on every large file, so they are built for speed; pictures travel to webviews, so they are built small. */
const MODULES = [
  { crate: 'forge-recipe', result: 'core/dataplane/portable/recipe.wasm', level: '3' },
  { crate: 'forge-picture', result: 'core/formats/picture.wasm', level: 's' },
];

/**
 * `FORGE_WASM_CARGO` and `RUSTC` name another toolchain than the default one. Without a standard library for the target, it is
 * built from `rust-src` (Debian: packages rustc-web, cargo-web, rust-web-src and lld).
 */
const cargo = process.env.FORGE_WASM_CARGO ?? 'cargo';
const rustc = process.env.RUSTC ?? 'rustc';

function output(command, args) {
  const { stdout, error } = spawnSync(command, args, { cwd: FOLDER, encoding: 'utf8' });
  if (error) throw error;
  return stdout.trim();
}

/** Debian's compiler comes without a linker of its own. */
function linker() {
  const names = [22, 19, 16, 14].map((version) => `/usr/lib/llvm-${version}/bin/wasm-ld`);
  return process.env.FORGE_WASM_LINKER ?? names.find((name) => existsSync(name));
}

function build({ crate, result, level }) {
  const sysroot = output(rustc, ['--print', 'sysroot']);
  const hasLibrary = existsSync(join(sysroot, 'lib', 'rustlib', TARGET, 'lib'));
  const found = linker();
  const env = {
    ...process.env,
    CARGO_PROFILE_RELEASE_OPT_LEVEL: level,
    CARGO_PROFILE_RELEASE_PANIC: 'abort',
    CARGO_TARGET_DIR: join(FOLDER, 'target', 'wasm'),
  };
  // Absolute paths would make the result differ from machine to machine.
  const home = process.env.CARGO_HOME ?? join(process.env.HOME ?? '', '.cargo');
  let flags = `--remap-path-prefix=${home}=cargo --remap-path-prefix=${FOLDER}=native --remap-path-prefix=${sysroot}=rust`;
  if (!hasLibrary) env.RUSTC_BOOTSTRAP = '1';
  if (found) {
    env.CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER = found;
    flags += ' -Clinker-flavor=wasm-ld';
  }
  env.CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS = flags;
  const args = [
    'rustc',
    '--release',
    '--locked',
    '-p',
    crate,
    '--lib',
    '--crate-type',
    'cdylib',
    '--target',
    TARGET,
  ];
  if (!hasLibrary) args.push('-Zbuild-std=std,panic_abort');
  const { status, error } = spawnSync(cargo, args, { cwd: FOLDER, env, stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) throw new Error('cargo failed');
  const file = fileURLToPath(new URL(`../${result}`, import.meta.url));
  copyFileSync(join(env.CARGO_TARGET_DIR, TARGET, 'release', `${crate.replace('-', '_')}.wasm`), file);
  console.log(`${result}  ${(statSync(file).size / 1000).toFixed(0)} KB`);
}

try {
  const [only] = process.argv.slice(2);
  for (const module of MODULES) if (!only || module.crate === only) build(module);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
