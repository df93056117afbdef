// Owns running a bundle from V8's code cache, which spares the compilation of every function that the cache has.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { Script } from 'node:vm';
import { keepHeapSmall } from './heap.ts';

export interface LoadedBundle<Exports> {
  exports: Exports;
  /** Whether the cache was there and V8 took it. */
  cached: boolean;
  /** Writes a cache with all functions that have run so far in this process. */
  writeCache: () => void;
}

/**
 * Runs the CommonJS bundle at `file`, which is ASCII and imports nothing dynamically, with the cache at `<file>.cache` when there is one that this very V8 wrote. Node's own
 * compile cache holds no function that is compiled when it is first called, so it saves a third as much, and it writes when
 * programs run, which an installation that belongs to somebody else does not allow. V8 compares a cache with its source by
 * length alone: whoever writes a bundle removes the cache first.
 */
export function loadBundle<Exports>(file: string): LoadedBundle<Exports> {
  // First, because V8 takes a cache only where its flags are those that the cache was made with.
  keepHeapSmall();
  const source = `(function (exports, require, module, __filename, __dirname) {${readFileSync(file, 'latin1')}\n})`;
  const script = new Script(source, {
    filename: file,
    cachedData: readCache(file),
  });
  const module = { exports: {} as Exports };
  const wrapper = script.runInThisContext() as (...parameters: unknown[]) => void;
  wrapper.call(module.exports, module.exports, createRequire(file), module, file, dirname(file));
  return {
    exports: module.exports,
    cached: script.cachedDataRejected === false,
    writeCache: () => writeFileSync(cachePath(file), script.createCachedData()),
  };
}

function readCache(file: string): Buffer | undefined {
  try {
    return readFileSync(cachePath(file));
  } catch {
    return undefined;
  }
}

function cachePath(file: string): string {
  return `${file}.cache`;
}
