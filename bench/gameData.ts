// Owns the files that the benchmark runs on: the game data of Debian's supertuxkart-data, or a folder of the user's.
import { existsSync } from 'node:fs';
import { mkdir, opendir, rename, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { measure } from './measure.ts';

export interface InputFile {
  /** Relative to the folder. */
  path: string;
  size: number;
}

const PACKAGE = 'supertuxkart-data';

/** A folder with the unpacked package, fetched from the Debian mirror on first use and kept in the temp folder. */
export async function gameData(): Promise<string> {
  const home = path.join(os.tmpdir(), 'forge-bench-data');
  const folder = path.join(home, PACKAGE);
  if (existsSync(folder)) return folder;
  const partial = `${folder}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  const fetch = `apt-get download ${PACKAGE} && dpkg-deb -x ${PACKAGE}_*.deb . && rm ${PACKAGE}_*.deb`;
  await measure(fetch, { cwd: partial, env: process.env }).catch((error: Error) => {
    throw new Error(`Could not get ${PACKAGE}: name a folder with --data instead.\n${error.message}`);
  });
  await rename(partial, folder);
  return folder;
}

/** All regular files below a folder, by path. */
export async function listFiles(folder: string): Promise<InputFile[]> {
  const files: InputFile[] = [];
  for await (const entry of await opendir(folder, { recursive: true })) {
    if (!entry.isFile()) continue;
    const absolute = path.join(entry.parentPath, entry.name);
    files.push({ path: path.relative(folder, absolute), size: (await stat(absolute)).size });
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Sum of the sizes of all regular files at or below a path. */
export async function bytesBelow(folder: string): Promise<number> {
  const files = await listFiles(folder);
  return files.reduce((sum, { size }) => sum + size, 0);
}
