// Owns the end of a build: runs the commands that people run most, so that the code cache has what they need.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadBundle } from './codeCache.ts';
import type * as Main from './main.ts';

const DAY = [
  'init',
  'config user.name Warm',
  'config user.email warm@example.org',
  'commit -m x',
  'status',
  'log',
  'diff',
];

async function warm(): Promise<void> {
  const bundle = fileURLToPath(new URL('cliMain.cjs', import.meta.url));
  const { exports, writeCache } = loadBundle<typeof Main>(bundle);
  const folder = mkdtempSync(join(tmpdir(), 'forge-warm-'));
  for (const name of Object.keys(process.env)) if (/^(FORGE|GIT|XDG)_/.test(name)) delete process.env[name];
  process.env.HOME = folder;
  try {
    mkdirSync(join(folder, 'work'));
    process.chdir(join(folder, 'work'));
    for (const line of DAY) {
      writeFileSync('asset.bin', `${line}\0`);
      writeFileSync('text.txt', `${line}\n`);
      if ((await exports.main(line.split(' '))) !== 0) throw new Error(`forge ${line} failed`);
    }
    writeCache();
  } finally {
    process.chdir(tmpdir());
    rmSync(folder, { recursive: true });
  }
}

void warm().then(() => process.exit());
