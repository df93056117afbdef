// Owns running the fuzz targets of native/fuzz one after another: `npm run soak -- fuzz`, FORGE_FUZZ_SECONDS each (60 when not given).
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { root, run } from './setup.mjs';

/** Of a target: what its process may hold and allocate at once, and the longest that one input may take. */
const LIMITS = ['-rss_limit_mb=1024', '-malloc_limit_mb=512', '-timeout=20', '-max_len=65536', '-seed=1'];

/** Returns an exit code. Needs cargo-fuzz (`cargo install cargo-fuzz`), and a C++ compiler for libFuzzer; stable Rust will do. */
export function fuzz() {
  if (spawnSync('cargo', ['fuzz', '--version'], { cwd: root }).status !== 0) {
    console.error('cargo-fuzz is not here: run `cargo install cargo-fuzz` and try again.');
    return 1;
  }
  const folder = path.join(root, 'native/fuzz');
  const seconds = Number(process.env.FORGE_FUZZ_SECONDS ?? 60);
  const corpus = path.join(folder, 'corpus');
  const seeds = [
    'test',
    '--release',
    '--manifest-path',
    'native/Cargo.toml',
    'seeds_are_written_where_asked',
  ];
  if (run('cargo', seeds, { env: { ...process.env, FORGE_FUZZ_CORPUS: corpus } }) !== 0) return 1;
  const failed = [];
  for (const file of readdirSync(path.join(folder, 'targets'))) {
    const target = path.basename(file, '.rs');
    // Without a sanitizer the stable compiler is enough; what is unsafe here is a few calls of zstd and of the system.
    const args = ['fuzz', 'run', '--sanitizer', 'none', '--fuzz-dir', folder, target, '--'];
    if (run('cargo', [...args, ...LIMITS, `-max_total_time=${seconds}`]) !== 0) failed.push(target);
  }
  console.log(failed.length === 0 ? 'fuzz: no target failed' : `fuzz: FAILED: ${failed.join(', ')}`);
  return failed.length === 0 ? 0 : 1;
}
