// Owns the answer to a hover over a reference: collects what is known of the asset, each part within its time.
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as l10n from '@vscode/l10n';
import type { Hover } from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { bytesSource } from '../../core/formats/byteSource.ts';
import { describe } from '../../core/formats/describe.ts';
import type { Description, Thumbnail } from '../../core/protocol/files.ts';
import { extensionOf, isPicture, kindOf } from './assetKinds.ts';
import { resolveIn, type Surroundings } from './documentAssets.ts';
import { hoverText } from './hoverText.ts';
import { referenceAt } from './references.ts';
import { Versions } from './versions.ts';

/** A picture, or why there is none. */
type Picture = { thumbnail: Thumbnail } | { problem: string };

/** What other parts of the server know of a file; each may be absent. `file` is absolute. */
export interface AssetSources {
  thumbnailOf?: (file: string) => Promise<Picture>;
  descriptionOf?: (file: string) => Promise<Description | undefined>;
}

/** Milliseconds that a hover waits for versions, picture and description; they go on being made and show the next time. */
const PATIENCE_MS = 80;
/** Bytes of the chunk that ends a PNG. */
const PNG_END = 12;
/** A picture of at most so many bytes is its own thumbnail. */
const MAX_OWN_PICTURE = 48_000;
const SHOWN_AS_THEY_ARE: Record<string, string> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
  gif: 'image/gif',
};

export class Hovers {
  private readonly sources: AssetSources;
  private readonly versions = new Versions();

  constructor(sources: AssetSources) {
    this.sources = sources;
  }

  async at(
    document: TextDocument,
    offset: number,
    around: Surroundings,
    versions: number,
  ): Promise<Hover | null> {
    const reference = referenceAt(document.getText(), around.syntax, offset);
    const found = reference && resolveIn(reference, around);
    if (!reference || found?.path === undefined) return null;
    const value = await this.text(found.path, around, versions);
    const range = { start: document.positionAt(reference.start), end: document.positionAt(reference.end) };
    return { contents: { kind: 'markdown', value }, range };
  }

  private async text(path: string, { session, assets }: Surroundings, count: number): Promise<string> {
    const file = join(session.root, path);
    const change = assets.changeOf(path);
    const committed = change?.from ?? path;
    const head = assets.commit;
    const [size, picture, description, versions] = await Promise.all([
      stat(file).then(
        (found) => found.size,
        () => undefined,
      ),
      within(this.picture(file), PATIENCE_MS),
      within(this.sources.descriptionOf?.(file), PATIENCE_MS),
      head === undefined || count <= 0
        ? []
        : within(this.versions.of(session.repository, head, committed, count, PATIENCE_MS), 2 * PATIENCE_MS),
    ]);
    const facts = {
      file,
      uri: pathToFileURL(file).href,
      path,
      kind: description?.format ?? kindOf(path) ?? l10n.t('File'),
      size,
      width: description?.width,
      height: description?.height,
      duration: description?.duration,
      state: change?.state,
      ...picture,
      versions,
      absolute: (old: string) => join(session.root, old),
    };
    return hoverText(facts, Date.now());
  }

  /** A small picture is shown as it is: it is there at once, where a thumbnail has to be made first. */
  private async picture(file: string): Promise<Picture | undefined> {
    const mime = SHOWN_AS_THEY_ARE[extensionOf(file)];
    if (mime !== undefined && (await stat(file)).size <= MAX_OWN_PICTURE) {
      const bytes = await readFile(file);
      const { width, height } = await describe(bytesSource(bytes), file);
      // What is no picture, e.g. a pointer left in its place, or was cut off, is left to what can say so.
      if (width !== undefined && height !== undefined && (mime !== 'image/png' || isWholePng(bytes)))
        return { thumbnail: { mime, base64: bytes.toString('base64'), width, height } };
    }
    const made = await this.sources.thumbnailOf?.(file);
    // Of a sound nobody expects one.
    return made && 'problem' in made && !isPicture(file) ? undefined : made;
  }
}

/** Whether the last chunk is there. */
function isWholePng(bytes: Buffer): boolean {
  return bytes.subarray(-PNG_END).includes('IEND');
}

/** What a promise gives within so many milliseconds; undefined when it is late or fails: a hover shows what there is. */
async function within<T>(
  promise: Promise<T | undefined> | undefined,
  patience: number,
): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), patience);
  });
  try {
    return await Promise.race([promise, late]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
