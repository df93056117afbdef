// Owns `npm test`: set-up, build, checks, Rust tests and mocha, then one closing line. Runs on Node 20 or newer, from a bare clone.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { buildAll } from './build.mjs';
import { installHost } from '../test/editor/support/setUpHost.mjs';
import { install, projectNode, root, run } from './setup.mjs';

const SUITES = ['unit', 'conformance', 'crash', 'cli'].map((name) => `test/${name}/**/*.test.ts`);
/** Those that take minutes, or watch a real file system in real time, are run by `npm run test:editor`. */
const QUICK_IN_EDITOR = [
  'compareImages',
  'history',
  'hostSuite',
  'modelViewer',
  'package',
  'packages',
  'panel',
  'panelTrouble',
  'pictureKinds',
  'soundViewer',
  'viewers',
  'workbench',
].map((name) => `test/editor/${name}.test.ts`);
const coverage = process.argv.includes('--coverage');
const totals = { passed: 0, failed: 0, skipped: 0 };

try {
  install();
  buildAll();
  check('types', 'typescript/bin/tsc', ['--noEmit']);
  check('types of the webviews', 'typescript/bin/tsc', ['--noEmit', '-p', 'extension/webview']);
  check('lint', 'eslint/bin/eslint.js', ['.', '--cache', '--cache-location', 'node_modules/.cache/eslint/']);
  check('format', 'prettier/bin/prettier.cjs', ['--check', '--log-level', 'warn', '--cache', '.']);
  cargoTests();
  // Without a number mocha leaves one core out, which of two is half of them: most tests wait for disks and children, too.
  mochaTests(
    'mocha',
    ['--parallel', '--jobs', String(Math.max(2, availableParallelism())), ...SUITES],
    coverage,
  );
  // Each starts a server, a browser and more: one file after the other.
  prepareEditor();
  mochaTests('mocha in the editor', QUICK_IN_EDITOR);
} catch (error) {
  // Set-up or build: without them there is nothing to test.
  console.error(error.message);
  totals.failed += 1;
}
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exitCode = totals.failed === 0 ? 0 : 1;

/** Runs one static check, which counts as one test. */
function check(name, script, args) {
  const ok = run(projectNode(), [path.join('node_modules', script), ...args]) === 0;
  console.log(`${ok ? 'ok' : 'FAILED'}: ${name}`);
  totals[ok ? 'passed' : 'failed'] += 1;
}

/** Counts what `cargo test` reports; without cargo, or without a crate, one skip that says so. */
function cargoTests() {
  const manifest = 'native/Cargo.toml';
  if (!existsSync(path.join(root, manifest)) || spawnSync('cargo', ['--version']).status !== 0) {
    console.log('skipped: Rust tests (no cargo here)');
    totals.skipped += 1;
    return;
  }
  const args = ['test', '--release', '--workspace', '--manifest-path', manifest];
  const done = spawnSync('cargo', args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.stdout.write(done.stdout);
  let failed = 0;
  for (const match of done.stdout.matchAll(/test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored/g)) {
    totals.passed += Number(match[1]);
    failed += Number(match[2]);
    totals.skipped += Number(match[3]);
  }
  totals.failed += done.status !== 0 && failed === 0 ? 1 : failed;
}

/** Where the workbench cannot be had, the tests of the editor skip, each with a line. */
function prepareEditor() {
  try {
    installHost();
  } catch (error) {
    console.log(`No workbench for the tests of the editor: ${error.message}`);
  }
}

/** Runs mocha; scripts/mochaReporter.cjs leaves its counts in a file. */
function mochaTests(name, args, covered = false) {
  const folder = mkdtempSync(path.join(tmpdir(), 'forge-test-'));
  const counts = path.join(folder, 'counts.json');
  const mocha = ['node_modules/mocha/bin/mocha.js', '--reporter', 'scripts/mochaReporter.cjs', ...args];
  const c8 = ['node_modules/c8/bin/c8.js', projectNode()];
  // The tests start hundreds of processes, each of which would compile the same modules anew. It would blur the coverage.
  const cache = covered ? {} : { NODE_COMPILE_CACHE: path.join(root, 'node_modules/.cache/node') };
  const status = run(projectNode(), [...(covered ? c8 : []), ...mocha], {
    env: { ...process.env, ...cache, FORGE_TEST_COUNTS: counts },
  });
  let result = { passed: 0, failed: 1, skipped: 0 };
  if (existsSync(counts)) result = JSON.parse(readFileSync(counts, 'utf8'));
  else console.log(`FAILED: ${name} ended early (exit code ${status}), in what follows its last line`);
  if (status !== 0 && result.failed === 0) result.failed = 1;
  for (const key of Object.keys(totals)) totals[key] += result[key];
  rmSync(folder, { recursive: true, force: true });
}
