// Owns a hook, loaded before a child process's own code, that kills the process at its n-th change of the file system.
// FORGE_TEST_KILL_AT=n counts calls on the main thread, FORGE_TEST_KILL_AT=worker:n those of data-plane workers.
import fs from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { isMainThread } from 'node:worker_threads';

const [, where, count] = /^(worker:)?(\d+)$/.exec(process.env.FORGE_TEST_KILL_AT ?? '0') ?? [];
let left = isMainThread === (where === undefined) ? Number(count) : 0;

/** Kills before the call happens, so n = 1 leaves the repository untouched. */
function step(): void {
  if (left > 0 && --left === 0) process.kill(process.pid, 'SIGKILL');
}

type Callable = (...args: unknown[]) => unknown;

function patch(owner: object, names: string[], counts: (args: unknown[]) => boolean = () => true): void {
  const methods = owner as Record<string, Callable>;
  for (const name of names) {
    const original = methods[name];
    methods[name] = function (this: unknown, ...args: unknown[]) {
      if (counts(args)) step();
      return original.apply(this, args);
    };
  }
}

/** Whether an open creates, truncates or appends. */
function opensForWriting(args: unknown[]): boolean {
  const flags = args[1];
  if (typeof flags === 'number')
    return (flags & (fs.constants.O_CREAT | fs.constants.O_TRUNC | fs.constants.O_APPEND)) !== 0;
  return typeof flags === 'string' && flags !== 'r';
}

const changes = [
  'writeFile',
  'appendFile',
  'rename',
  'unlink',
  'link',
  'mkdir',
  'rm',
  'rmdir',
  'symlink',
  'truncate',
  'utimes',
  'chmod',
];
patch(promises, changes);
patch(promises, ['open'], opensForWriting);
const sync = ['writeSync', 'writevSync', 'ftruncateSync', 'fsyncSync', 'fdatasyncSync', 'fchmodSync'];
patch(fs, [...sync, ...changes.map((name) => `${name}Sync`)]);
patch(fs, ['openSync'], opensForWriting);
const probe = await promises.open(process.execPath, 'r');
patch(Object.getPrototypeOf(probe) as object, [
  'write',
  'writev',
  'writeFile',
  'appendFile',
  'sync',
  'datasync',
  'truncate',
  'chmod',
]);
await probe.close();
syncBuiltinESMExports();
