// Owns thumbnails: which picture stands for a file, made once for a content and size.
import * as l10n from '@vscode/l10n';
import { type ByteSource, readExactly } from '../../core/formats/byteSource.ts';
import { previewOf, type WholePicture } from '../../core/formats/describe.ts';
import { type EncodedPicture, hintOf, type Refusal } from '../../core/formats/pictureCodec.ts';
import { PictureThread, type ThreadPlaces } from './pictureThread.ts';
import { ThumbnailCache } from './thumbnailCache.ts';
import type { ThumbnailJob } from './thumbnailJob.ts';

/** As a data URI it stays below 64,000 characters. */
export const MAX_THUMBNAIL = 47_000;
/** More than this is not read of a picture, in bytes. */
const MAX_INPUT = 256 << 20;
const MAX_SIDE = 1024;
const LIMIT_MS = 10_000;
const CACHE_BYTES = 64 << 20;

export interface ThumbnailOptions extends ThreadPlaces {
  /** Where thumbnails are kept between runs. */
  folder: string;
  limitMs?: number;
  cacheBytes?: number;
}

export class Thumbnails {
  private readonly thread: PictureThread;
  private readonly cache: ThumbnailCache;
  private readonly running = new Map<string, Promise<EncodedPicture | Refusal>>();

  constructor(options: ThumbnailOptions) {
    this.thread = new PictureThread(options, options.limitMs ?? LIMIT_MS);
    this.cache = new ThumbnailCache(options.folder, options.cacheBytes ?? CACHE_BYTES);
  }

  /**
   * A picture of at most `maxPixels` a side and MAX_THUMBNAIL bytes, or why there is none. `contentId` names the content whatever
   * its path; requests for the same one share the work. @throws what `source.read` throws
   */
  thumbnail(
    source: ByteSource,
    path: string,
    contentId: string,
    maxPixels: number,
  ): Promise<EncodedPicture | Refusal> {
    const side = Math.max(1, Math.min(Math.floor(maxPixels) || 1, MAX_SIDE));
    // The name decides what bytes without a signature are.
    const key = `2 ${contentId} ${side} ${/\.[^./\\]*$/.exec(path)?.[0].toLowerCase() ?? ''}`;
    let job = this.running.get(key);
    if (!job) {
      job = this.make(source, path, key, side).finally(() => this.running.delete(key));
      this.running.set(key, job);
    }
    return job;
  }

  close(): Promise<void> {
    return this.thread.close();
  }

  private async make(
    source: ByteSource,
    path: string,
    key: string,
    side: number,
  ): Promise<EncodedPicture | Refusal> {
    const known = await this.cache.get(key);
    if (known) return known;
    const picture = await pictureOf(source, path, side);
    if ('reason' in picture) return picture;
    const made = await this.thread.run({ picture, side, most: MAX_THUMBNAIL });
    if (!('reason' in made)) await this.cache.put(key, made);
    return made;
  }
}

async function pictureOf(
  source: ByteSource,
  path: string,
  side: number,
): Promise<ThumbnailJob['picture'] | Refusal> {
  const preview = await previewOf(source, path, side);
  if (preview.kind === 'none') return preview;
  if (preview.kind === 'pixels') return preview;
  if (preview.kind === 'file') return { ...preview, hint: 'signature' };
  const length = preview.parts.reduce((sum, part) => sum + part.length, 0);
  if (length > MAX_INPUT) return { reason: l10n.t('the picture is too large for a thumbnail') };
  return { kind: 'file', bytes: await joined(source, preview), hint: hintOf(path) };
}

/** @throws FormatProblem where the file became shorter meanwhile */
async function joined(source: ByteSource, { parts }: WholePicture): Promise<Uint8Array> {
  const read: Uint8Array[] = [];
  for (const part of parts)
    read.push(
      part instanceof Uint8Array ? part : (await readExactly(source, part.offset, part.length)).bytes,
    );
  return read.length === 1 ? read[0] : Buffer.concat(read);
}

/** A picture as a URI that needs no file. */
export function dataUri({ mime, bytes }: EncodedPicture): string {
  return `data:${mime};base64,${Buffer.from(bytes).toString('base64')}`;
}
