// Owns what frames the entries of a Git index: its header's version, its extensions, its checksum.
import { hash } from 'node:crypto';
import { ForgeError } from '../errors.ts';
import type { CacheTree } from './cacheTree.ts';
import { decodeCacheTree, encodeCacheTree } from './cacheTree.ts';
import { corruptIndex, splitIndex } from './gitIndexEntry.ts';

const EXTENSION_HEADER_SIZE = 8;
const CACHE_TREE = 'TREE';
const UPPER_CASE_Z = 0x5a;

/** The TREE extension, head and payload. */
export function encodeExtension(tree: CacheTree): Buffer[] {
  const payload = encodeCacheTree(tree);
  const head = Buffer.alloc(EXTENSION_HEADER_SIZE);
  head.write(CACHE_TREE, 'latin1');
  head.writeUInt32BE(payload.length, CACHE_TREE.length);
  return [head, payload];
}

/** An index that was written with `index.skipHash` has zeros where the checksum would be. */
export function checkTrailer(body: Buffer, trailer: Buffer): void {
  if (trailer.every((byte) => byte === 0)) return;
  if (hash('sha1', body, 'hex') !== trailer.toString('hex')) throw corruptIndex('its checksum is wrong');
}

export function readExtensions(body: Buffer, start: number): CacheTree | undefined {
  let cacheTree: CacheTree | undefined;
  let at = start;
  while (at < body.length) {
    if (at + EXTENSION_HEADER_SIZE > body.length) throw corruptIndex('an extension is torn');
    const name = body.toString('latin1', at, at + 4);
    const end = at + EXTENSION_HEADER_SIZE + body.readUInt32BE(at + 4);
    if (end > body.length) throw corruptIndex(`extension ${name} is torn`);
    if (name === CACHE_TREE) cacheTree = decodeCacheTree(body.subarray(at + EXTENSION_HEADER_SIZE, end));
    else if (body[at] > UPPER_CASE_Z) throw mandatoryExtension(name);
    at = end;
  }
  return cacheTree;
}

export function unknownVersion(version: number): ForgeError {
  return new ForgeError(
    'UNSUPPORTED',
    `The Git index has version ${version}; Forge reads 2 to 4`,
    'Run `git update-index --index-version 2` and try again.',
  );
}

function mandatoryExtension(name: string): ForgeError {
  if (name === 'link') return splitIndex();
  return new ForgeError(
    'UNSUPPORTED',
    `The Git index needs the extension ${JSON.stringify(name)}`,
    'Turn off the Git feature that wrote it (for a sparse index: `git sparse-checkout reapply --no-sparse-index`).',
  );
}
