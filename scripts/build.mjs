// Owns `npm run build`: the native data plane where cargo is there, then the bundles. Installs nothing. Runs on Node 20 or newer.
import { existsSync } from 'node:fs';
import { root } from './setup.mjs';

/** Builds everything that ./forge and the extension need. `log` gets a line for each step. Throws when a step fails. */
export async function buildAll(log = console.log) {
  if (existsSync(`${root}/scripts/buildNative.mjs`)) {
    const { buildNative } = await import('./buildNative.mjs');
    await buildNative();
  }
  const { bundle } = await import('../esbuild.mjs');
  await bundle(log);
}

if (process.argv[1] === import.meta.filename) {
  try {
    await buildAll();
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
