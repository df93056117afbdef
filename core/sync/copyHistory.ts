// Owns bringing the Git objects that some refs reach into another Git directory: packs as they are, the rest object by object.
import { createHash } from 'node:crypto';
import { open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ForgeError, fromSystemError } from '../errors.ts';
import { decodeCommit, decodeTag } from '../git/commits.ts';
import { isMissing, syncFolder } from '../git/files.ts';
import type { GitObjects } from '../git/gitObjects.ts';
import { ObjectBatch } from '../git/objectBatch.ts';
import type { GitObject } from '../git/objectId.ts';
import { OidTable } from '../git/oidTable.ts';
import { decodeTree, FileMode, isFolder } from '../git/trees.ts';
import { decodePointer, MAX_POINTER_LENGTH, type Pointer } from '../model/pointer.ts';
import { type OperationOptions, throwIfAborted } from '../progress.ts';
import { AssetVersions } from '../repo/assetVersions.ts';
import { NOTHING_DONE } from '../store/liveRecords.ts';
import { ByteCopier, syncFile } from './copyBytes.ts';

const PACK = /^pack-[0-9a-f]{40}\.pack$/;
const CHECKSUM_SIZE = 20;
const BLOCK_SIZE = 1024 * 1024;
/** Objects between two looks at whether to go on. */
const INTERVAL = 1000;

/** Bytes of the packs in these `objects` folders. */
export async function packBytes(folders: readonly string[]): Promise<number> {
  let bytes = 0;
  for (const folder of folders) {
    for (const name of await packNames(folder)) {
      for (const path of [name, indexOf(name)]) {
        const file = await open(join(folder, 'pack', path), 'r').catch(() => undefined);
        bytes += (await file?.stat())?.size ?? 0;
        await file?.close();
      }
    }
  }
  return bytes;
}

/**
 * Copies packs with their indexes, each checked by its own checksum. One that is damaged, or vanishes meanwhile, is left out: what is
 * needed of it is found elsewhere by CopiedHistory, or told by name.
 * @throws ForgeError DISK_FULL, ABORTED, …
 */
export async function copyPacks(
  folders: readonly string[],
  target: string,
  options: OperationOptions,
): Promise<number> {
  const copier = new ByteCopier();
  let copied = 0;
  for (const folder of folders) {
    for (const name of await packNames(folder)) {
      const pair = [name, indexOf(name)];
      // Without its index a pack is not looked at.
      const waiting = pair.map((one) => join(target, `tmp_${one}`));
      let bytes = 0;
      for (const [i, one] of pair.entries()) {
        const length = await copier.copy(join(folder, 'pack', one), waiting[i], { signal: options.signal });
        if (length === undefined || !(await endsInItsSha1(waiting[i]))) bytes = NaN;
        else bytes += length;
      }
      if (Number.isNaN(bytes)) {
        for (const path of waiting) await rm(path, { force: true });
        continue;
      }
      for (const path of waiting) await syncFile(path);
      for (const [i, one] of pair.entries()) await rename(waiting[i], join(target, one));
      copied += bytes;
    }
  }
  await syncFolder(target);
  return copied;
}

async function packNames(folder: string): Promise<string[]> {
  try {
    return (await readdir(join(folder, 'pack'))).filter((name) => PACK.test(name)).sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw fromSystemError(error, join(folder, 'pack'), 'listing');
  }
}

function indexOf(pack: string): string {
  return pack.replace(/pack$/, 'idx');
}

/** Packs and their indexes end in the SHA-1 of all that comes before. */
async function endsInItsSha1(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const end = (await file.stat()).size - CHECKSUM_SIZE;
    if (end < 0) return false;
    const hash = createHash('sha1');
    const block = Buffer.allocUnsafe(BLOCK_SIZE);
    for (let at = 0; at < end;) {
      const { bytesRead } = await file.read(block, 0, Math.min(BLOCK_SIZE, end - at), at);
      if (bytesRead === 0) return false;
      hash.update(block.subarray(0, bytesRead));
      at += bytesRead;
    }
    const told = Buffer.alloc(CHECKSUM_SIZE);
    await file.read(told, 0, CHECKSUM_SIZE, end);
    return hash.digest().equals(told);
  } finally {
    await file.close();
  }
}

/**
 * Walks everything that some commits and tags reach. What the target lacks is taken from the source, checked against its name; so
 * afterwards nothing is missing, whatever became of the source's packs meanwhile.
 */
export class CopiedHistory {
  /** Every asset on the way, and files (assets and texts) of all trees. */
  readonly assets = new AssetVersions();
  commits = 0;
  private readonly source: GitObjects;
  private readonly target: GitObjects;
  private readonly batch: ObjectBatch;
  private readonly options: OperationOptions;
  private readonly seen = new OidTable();

  constructor(source: GitObjects, target: GitObjects, options: OperationOptions) {
    this.source = source;
    this.target = target;
    this.batch = new ObjectBatch(target);
    this.options = options;
  }

  /**
   * @param tips object ids, 40 hex digits
   * @throws ForgeError NOT_FOUND, CORRUPT naming the object that the source lacks or has damaged, DISK_FULL, ABORTED
   */
  async take(tips: Iterable<string>): Promise<void> {
    try {
      for (const tip of tips) await this.object(tip);
      await this.batch.flush();
    } catch (error) {
      this.batch.discard();
      throw error;
    }
  }

  private async object(oid: string): Promise<void> {
    if (this.seen.has(Buffer.from(oid, 'hex'))) return;
    const object = await this.read(oid);
    switch (object.type) {
      case 'commit':
        return this.history(oid);
      case 'tag':
        this.isNew(oid);
        return this.object(decodeTag(object.data).object);
      case 'tree':
        return this.tree(oid, '', 0);
      case 'blob':
        return this.blob(oid, '', 0);
    }
  }

  private async history(tip: string): Promise<void> {
    if (!this.isNew(tip)) return;
    // The first parent at once, so that of one path the versions come newest first.
    const open = [tip];
    for (let oid = open.pop(); oid !== undefined; oid = open.pop()) {
      throwIfAborted(this.options.signal);
      this.commits++;
      const { type, data } = await this.read(oid);
      if (type !== 'commit') throw wrongType(oid, type, 'commit');
      const { tree, parents, committer } = decodeCommit(data);
      await this.tree(tree, '', committer.time);
      // A shallow source lacks some.
      const there = this.source.shallowCommits().has(oid) ? [] : parents.toReversed();
      for (const parent of there) if (this.isNew(parent)) open.push(parent);
    }
  }

  private async tree(oid: string, prefix: string, time: number): Promise<void> {
    if (!this.isNew(oid)) return;
    const { type, data } = await this.read(oid);
    if (type !== 'tree') throw wrongType(oid, type, 'tree');
    for (const { name, mode, oid: entry } of decodeTree(data)) {
      if (isFolder(mode)) await this.tree(entry, `${prefix}${name}/`, time);
      else if (mode !== FileMode.submodule) await this.blob(entry, prefix + name, time);
    }
  }

  private async blob(oid: string, path: string, time: number): Promise<void> {
    if (!this.isNew(oid)) return;
    const pointer = await this.pointer(oid);
    if (!pointer) return;
    this.assets.add(path, pointer, time);
    if (this.assets.count % INTERVAL !== 0) return;
    throwIfAborted(this.options.signal);
    this.options.onProgress?.({ ...NOTHING_DONE, phase: 'git', files: this.assets.count });
  }

  private async pointer(oid: string): Promise<Pointer | undefined> {
    if (this.target.has(oid)) {
      if ((await this.target.size(oid)) > MAX_POINTER_LENGTH) return undefined;
      return decodePointer((await this.target.read(oid)).data);
    }
    const { data } = await this.read(oid);
    return data.length > MAX_POINTER_LENGTH ? undefined : decodePointer(data);
  }

  /** From the target; else from the source, and then it goes into the target. */
  private async read(oid: string): Promise<GitObject> {
    if (this.target.has(oid)) return this.target.read(oid);
    const object = await this.source.read(oid);
    this.batch.add(object.type, object.data);
    await this.batch.ready();
    return object;
  }

  private isNew(oid: string): boolean {
    return this.seen.add(Buffer.from(oid, 'hex'));
  }
}

function wrongType(oid: string, type: string, wanted: string): ForgeError {
  return new ForgeError(
    'CORRUPT',
    `Git object ${oid} is a ${type}, not a ${wanted}`,
    'Run `git fsck` there.',
  );
}
