// Owns small working trees for tests: files from an object, blobs in memory, an index that matches them.
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { blake3 } from 'hash-wasm';
import type { StatTuple } from '../../core/dataplane/dataPlane.ts';
import { statTuple } from '../../core/dataplane/portable/fileStat.ts';
import { ForgeError } from '../../core/errors.ts';
import { objectId } from '../../core/git/objectId.ts';
import { GitIndex } from '../../core/model/gitIndex.ts';
import { indexEntry } from '../../core/model/gitIndexEntry.ts';
import { encodePointer } from '../../core/model/pointer.ts';

/** A file's bytes; `link`: a symbolic link; `run`: executable. */
export type FileSpec = string | Buffer | { link: string } | { run: string };

export function writeFiles(root: string, files: Record<string, FileSpec>): void {
  for (const [path, spec] of Object.entries(files)) {
    const absolute = join(root, path);
    mkdirSync(dirname(absolute), { recursive: true });
    if (typeof spec === 'string' || Buffer.isBuffer(spec)) writeFileSync(absolute, spec);
    else if ('link' in spec) symlinkSync(spec.link, absolute);
    else {
      writeFileSync(absolute, spec.run);
      chmodSync(absolute, 0o755);
    }
  }
}

/** What is below `root`, as `writeFiles` takes it: text as strings, links and executables marked, empty folders as `name/`. */
export function readTree(root: string, folder = ''): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  const names = readdirSync(join(root, folder)).sort();
  if (names.length === 0 && folder !== '') found[`${folder}/`] = 'folder';
  for (const name of names) {
    const path = folder === '' ? name : `${folder}/${name}`;
    const absolute = join(root, path);
    const stats = lstatSync(absolute);
    if (stats.isDirectory()) Object.assign(found, readTree(root, path));
    else if (stats.isSymbolicLink()) found[path] = { link: readlinkSync(absolute) };
    else
      found[path] =
        stats.mode & 0o100 ? { run: readFileSync(absolute, 'utf8') } : readFileSync(absolute, 'utf8');
  }
  return found;
}

export function statOf(root: string, path: string): StatTuple {
  return statTuple(lstatSync(join(root, path), { bigint: true }));
}

/** Blobs by their names, as GitObjects gives them. */
export class MemoryBlobs {
  readonly blobs = new Map<string, Buffer>();

  add(content: string | Buffer): string {
    const bytes = Buffer.from(content);
    const oid = objectId('blob', bytes);
    this.blobs.set(oid, bytes);
    return oid;
  }

  /** The pointer of an asset with this content. */
  async addPointer(content: string | Buffer): Promise<string> {
    return this.add(encodePointer({ blake3: await blake3(content), size: Buffer.byteLength(content) }));
  }

  async size(oid: string): Promise<number> {
    return (await this.read(oid)).data.length;
  }

  read(oid: string): Promise<{ data: Buffer }> {
    const data = this.blobs.get(oid);
    return data
      ? Promise.resolve({ data })
      : Promise.reject(new ForgeError('NOT_FOUND', `Git object ${oid} is missing`, 'Fetch it.'));
  }
}

/** Writes an index in which every file of `paths` is tracked as it is now; those in `assets` by a pointer. */
export async function writeIndex(
  root: string,
  indexPath: string,
  paths: string[],
  options: { blobs?: MemoryBlobs; assets?: string[]; stat?: (path: string) => StatTuple } = {},
): Promise<GitIndex> {
  const { blobs = new MemoryBlobs(), assets = [], stat = (path: string) => statOf(root, path) } = options;
  const index = new GitIndex();
  for (const path of paths) {
    const stats = lstatSync(join(root, path));
    const bytes = stats.isSymbolicLink()
      ? Buffer.from(readlinkSync(join(root, path)))
      : readFileSync(join(root, path));
    const oid = assets.includes(path) ? await blobs.addPointer(bytes) : blobs.add(bytes);
    const mode = stats.isSymbolicLink() ? 0o120000 : stats.mode & 0o100 ? 0o100755 : 0o100644;
    index.set(indexEntry(path, oid, mode, stat(path)));
  }
  writeFileSync(indexPath, index.encode());
  return index;
}
