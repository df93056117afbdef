// Owns the set-up of a checkout: installs what package-lock.json names when that has not been done yet. Runs on Node 20 or newer.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder, without a slash at the end. */
export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** Runs a command with its output shown; returns its exit code. */
export function run(command, args, options = {}) {
  const done = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (done.error) throw done.error;
  return done.status ?? 1;
}

/** npm writes its own record of an installation and the lock file within the same moment, in either order. */
const SAME_MOMENT_MS = 10_000;

/** `npm ci`, unless node_modules is as new as the lock file. Throws when it fails. */
export function install() {
  const record = path.join(root, 'node_modules/.package-lock.json');
  const lock = path.join(root, 'package-lock.json');
  if (existsSync(record) && statSync(record).mtimeMs + SAME_MOMENT_MS >= statSync(lock).mtimeMs) return;
  console.log('Installing packages (npm ci)');
  if (run('npm', ['ci']) !== 0) throw new Error('npm ci failed; its output above says why');
}

/** The Node that Forge is developed on: that of the `node` package, else the one running this. */
export function projectNode() {
  const own = path.join(root, 'node_modules/node/bin/node');
  return existsSync(own) ? own : process.execPath;
}
