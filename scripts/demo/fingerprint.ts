// Owns the demo's own check of what comes back: SHA-256 of every file, which Forge has no part in.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readlink } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';

/** Path to digest, for all files and symbolic links but Forge's own. */
export type Fingerprint = Map<string, string>;

export async function fingerprint(folder: string): Promise<Fingerprint> {
  const digests: Fingerprint = new Map();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    const name = path.relative(folder, file);
    if (name === '.forge' || name.startsWith(`.forge${path.sep}`)) continue;
    if (entry.isFile()) digests.set(name, await digestOf(file));
    else if (entry.isSymbolicLink()) digests.set(name, await readlink(file));
  }
  return digests;
}

export async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}

/** Paths whose content differs, or that one side lacks. */
export function differences(a: Fingerprint, b: Fingerprint): string[] {
  return [...new Set([...a.keys(), ...b.keys()])].filter((name) => a.get(name) !== b.get(name));
}
