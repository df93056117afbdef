// Owns the folder of thumbnails that were made before. It may vanish at any time: nothing in it is missed.
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EncodedPicture } from '../../core/formats/pictureCodec.ts';

/** After so many new files the folder is looked through. */
const CHECK_EVERY = 50;

export class ThumbnailCache {
  private readonly folder: string;
  private readonly most: number;
  private added = 0;

  /** `most`: bytes of all files; the ones unused for longest go first. */
  constructor(folder: string, most: number) {
    this.folder = folder;
    this.most = most;
  }

  async get(key: string): Promise<EncodedPicture | undefined> {
    const path = this.pathOf(key);
    try {
      const file = await readFile(path);
      const end = file.indexOf('\n');
      const { mime, width, height, size } = JSON.parse(file.toString('latin1', 0, end)) as Record<
        string,
        unknown
      >;
      const bytes = file.subarray(end + 1);
      if (size !== bytes.length || (mime !== 'image/png' && mime !== 'image/jpeg')) return undefined;
      await utimes(path, new Date(), new Date());
      return { mime, bytes, width: Number(width), height: Number(height) };
    } catch {
      return undefined;
    }
  }

  async put(key: string, { bytes, ...facts }: EncodedPicture): Promise<void> {
    const path = this.pathOf(key);
    const partial = `${path}.${randomUUID()}`;
    try {
      await mkdir(this.folder, { recursive: true });
      await writeFile(partial, [`${JSON.stringify({ ...facts, size: bytes.length })}\n`, bytes]);
      await rename(partial, path);
      if (this.added++ % CHECK_EVERY === 0) await this.trim();
    } catch {
      await rm(partial, { force: true }).catch(() => undefined);
    }
  }

  /** Removes the files unused for longest until the rest fits. */
  async trim(): Promise<void> {
    const names = await readdir(this.folder);
    const files: { path: string; size: number; mtimeMs: number }[] = [];
    for (const name of names) {
      const path = join(this.folder, name);
      const found = await stat(path).catch(() => undefined);
      if (found) files.push({ path, size: found.size, mtimeMs: found.mtimeMs });
    }
    files.sort((a, b) => b.mtimeMs - a.mtimeMs);
    let kept = 0;
    for (const { path, size } of files) {
      kept += size;
      if (kept > this.most) await rm(path, { force: true });
    }
  }

  private pathOf(key: string): string {
    return join(this.folder, createHash('sha256').update(key).digest('hex'));
  }
}
