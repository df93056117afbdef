// Owns building native/recipe to WebAssembly, for the portable data plane. Its result is part of the sources: run this when the crate changes.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../native/', import.meta.url));
const TARGET = 'wasm32-unknown-unknown';
const RESULT = fileURLToPath(new URL('../core/dataplane/portable/recipe.wasm', import.meta.url));

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

function build() {
  const sysroot = output(rustc, ['--print', 'sysroot']);
  const hasLibrary = existsSync(join(sysroot, 'lib', 'rustlib', TARGET, 'lib'));
  const found = linker();
  const env = {
    ...process.env,
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
    'forge-recipe',
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
  copyFileSync(join(env.CARGO_TARGET_DIR, TARGET, 'release', 'forge_recipe.wasm'), RESULT);
  console.log(`${RESULT}  ${(statSync(RESULT).size / 1000).toFixed(0)} KB`);
}

try {
  build();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
