// Owns what stock Git sees in a shared checkout: pointers where it stores, real bytes where it checks out.
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ForgeError, fromSystemError } from '../errors.ts';
import { objectHeader, objectId } from '../git/objectId.ts';
import { decodePointer, encodePointer, MAX_POINTER_LENGTH, type Pointer } from '../model/pointer.ts';
import { classifyFile } from '../worktree/classify.ts';
import type { RepositoryContext } from './context.ts';
import { pointerAt } from './staging.ts';

type Bytes = AsyncIterable<Buffer>;

/** Git's clean and smudge filters. */
export class GitFilter {
  private readonly context: RepositoryContext;

  constructor(context: RepositoryContext) {
    this.context = context;
  }

  /**
   * What Git should store for a working file: the pointer of an asset, whose bytes go into Forge's store, or the text itself. A
   * file that Git's index already has as it is, from before Forge came, stays as it is.
   */
  async *clean(path: string, content: Bytes): AsyncGenerator<Buffer> {
    const folder = join(this.context.folders.forge, 'filter');
    const spooled = join(folder, randomUUID());
    try {
      await mkdir(folder, { recursive: true });
      await spool(content, spooled);
      const pointer = await this.pointerOf(path, spooled);
      if (pointer) yield encodePointer(pointer);
      else yield* createReadStream(spooled) as Bytes;
    } catch (error) {
      throw fromSystemError(error, path, 'storing');
    } finally {
      await rm(spooled, { force: true });
    }
  }

  /** The working file for what Git has stored. @throws ForgeError NOT_FOUND, CORRUPT */
  async *smudge(path: string, content: Bytes): AsyncGenerator<Buffer> {
    const start: Buffer[] = [];
    let length = 0;
    for await (const part of content) {
      if (length > MAX_POINTER_LENGTH) {
        yield part;
        continue;
      }
      start.push(part);
      length += part.length;
      if (length > MAX_POINTER_LENGTH) yield Buffer.concat(start);
    }
    if (length > MAX_POINTER_LENGTH) return;
    const bytes = Buffer.concat(start);
    const pointer = decodePointer(bytes);
    if (!pointer) {
      yield bytes;
      return;
    }
    const store = await this.context.store();
    if (!store.has(pointer)) {
      throw new ForgeError(
        'NOT_FOUND',
        `The content of ${path} is not in this repository's store`,
        'Run `forge verify` to see what is missing.',
        { path },
      );
    }
    yield* store.read(pointer);
  }

  private async pointerOf(path: string, spooled: string): Promise<Pointer | undefined> {
    const { context } = this;
    const { size } = await stat(spooled);
    const rule = (await context.attributes()).rule(path);
    if (classifyFile(spooled, { rule, size, assetThreshold: context.assetThreshold }) === 'text')
      return undefined;
    const index = await context.readIndex();
    const entry = index.get(path);
    if (entry && (await this.isBlob(entry.oid, spooled, size))) return undefined;
    const [hashed] = await context.plane.hashFiles([spooled]);
    if (hashed.state !== 'done')
      throw new ForgeError('IO', `${path}: ${hashed.message}`, 'Run the command again.', { path });
    const pointer = { blake3: hashed.blake3, size: hashed.size };
    const known =
      entry?.oid === objectId('blob', encodePointer(pointer)) && (await context.store()).has(pointer);
    if (!known) await this.store(path, spooled, size, await pointerAt(context, index, path));
    return pointer;
  }

  /** Whether Git keeps the very bytes of a file as this blob. */
  private async isBlob(oid: string, spooled: string, size: number): Promise<boolean> {
    if (!this.context.objects.has(oid) || (await this.context.objects.size(oid)) !== size) return false;
    const hash = createHash('sha1').update(objectHeader('blob', size));
    for await (const part of createReadStream(spooled) as Bytes) hash.update(part);
    return hash.digest('hex') === oid;
  }

  private async store(
    path: string,
    spooled: string,
    size: number,
    previous: Pointer | undefined,
  ): Promise<void> {
    const { context } = this;
    await context.mutate('filter', {}, async () => {
      const store = await context.store();
      const files = [{ path: spooled, size, rule: 'asset' as const, previous }];
      for await (const [{ result }] of store.ingest(files, { assetThreshold: context.assetThreshold })) {
        if (result.kind === 'failed')
          throw new ForgeError('IO', `${path}: ${result.message}`, 'Run the command again.', { path });
      }
    });
  }
}

async function spool(content: Bytes, path: string): Promise<void> {
  const file = await open(path, 'wx');
  try {
    for await (const part of content) await file.write(part);
  } finally {
    await file.close();
  }
}
