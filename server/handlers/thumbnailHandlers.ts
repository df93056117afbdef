// Owns the answers to requests for the picture of one version of one file.
import { createHash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import type { Connection } from 'vscode-languageserver/node';
import { type ByteSource, bytesSource } from '../../core/formats/byteSource.ts';
import { thumbnailRequest } from '../../core/protocol/files.ts';
import type { RepositorySessions } from '../session/repositorySessions.ts';
import type { Thumbnails } from '../thumbnails/thumbnails.ts';
import { answer } from './register.ts';

export function answerThumbnails(
  connection: Connection,
  sessions: RepositorySessions,
  thumbnails: Thumbnails,
): void {
  answer(connection, thumbnailRequest, async ({ file, revision, pixels }) => {
    const version =
      revision === undefined ? await workingFile(file) : await oldVersion(sessions, file, revision);
    if (!version) return { problem: 'The file is not there in that version.' };
    const made = await thumbnails.thumbnail(version.source, file, version.contentId, pixels);
    if ('reason' in made) return { problem: made.reason };
    const { mime, bytes, width, height } = made;
    return { thumbnail: { mime, base64: Buffer.from(bytes).toString('base64'), width, height } };
  });
}

interface Version {
  source: ByteSource;
  contentId: string;
}

/** Its stat stands for its content: reading all of a large file costs more than making its thumbnail again. */
async function workingFile(file: string): Promise<Version | undefined> {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) return undefined;
  const read = async (offset: number, length: number): Promise<Uint8Array> => {
    const handle = await open(file);
    try {
      const buffer = Buffer.alloc(length);
      const { bytesRead } = await handle.read(buffer, 0, length, offset);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  };
  const contentId = `stat ${found.dev} ${found.ino} ${found.size} ${found.mtimeMs} ${found.ctimeMs}`;
  return { source: { size: found.size, read }, contentId };
}

async function oldVersion(
  sessions: RepositorySessions,
  file: string,
  revision: string,
): Promise<Version | undefined> {
  const session = sessions.around(file);
  const { repository } = session;
  const path = session.pathOf(file);
  const facts = await repository.describeFile(revision, path);
  if (!facts) return undefined;
  const { size, blake3 } = facts;
  const read = async (offset: number, length: number): Promise<Uint8Array> => {
    if (length === 0) return new Uint8Array(0);
    const pieces: Buffer[] = [];
    for await (const piece of repository.readFile(revision, path, { offset, length })) pieces.push(piece);
    return Buffer.concat(pieces);
  };
  if (blake3 !== undefined) return { source: { size, read }, contentId: blake3 };
  // Text is small, and has no name but its content.
  const bytes = await read(0, size);
  return {
    source: bytesSource(bytes),
    contentId: `sha256 ${createHash('sha256').update(bytes).digest('hex')}`,
  };
}
