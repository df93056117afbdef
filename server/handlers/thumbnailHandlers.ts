// Owns the answers to requests for the picture of one version of one file.
import * as l10n from '@vscode/l10n';
import type { Connection } from 'vscode-languageserver/node';
import { type Thumbnail, thumbnailRequest } from '../../core/protocol/files.ts';
import type { FileVersionRef } from '../../core/protocol/versionUri.ts';
import type { RepositorySessions } from '../session/repositorySessions.ts';
import { saidRefusal } from '../reasonTexts.ts';
import { openVersion } from '../session/versionSource.ts';
import type { Thumbnails } from '../thumbnails/thumbnails.ts';
import { answer } from './register.ts';

/** Pixels a side of the picture in a hover. */
export const HOVER_PIXELS = 192;

/** Thumbnails by version. */
export class VersionThumbnails {
  private readonly sessions: RepositorySessions;
  private readonly thumbnails: Thumbnails;

  constructor(sessions: RepositorySessions, thumbnails: Thumbnails) {
    this.sessions = sessions;
    this.thumbnails = thumbnails;
  }

  async of(version: FileVersionRef, pixels: number): Promise<{ thumbnail: Thumbnail } | { problem: string }> {
    const found = await openVersion(this.sessions, version);
    if (!found) return { problem: l10n.t('The file is not there in that version.') };
    const made = await this.thumbnails.thumbnail(found.source, version.file, found.contentId, pixels);
    if ('reason' in made) return { problem: saidRefusal(made) };
    const { mime, bytes, width, height } = made;
    return { thumbnail: { mime, base64: Buffer.from(bytes).toString('base64'), width, height } };
  }
}

export function answerThumbnails(connection: Connection, thumbnails: VersionThumbnails): void {
  answer(connection, thumbnailRequest, ({ file, revision, pixels }) =>
    thumbnails.of({ file, revision }, pixels),
  );
}
