// Owns reading one version of one file by ranges, whether it is in the working tree, a commit or the index.
import { createHash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { type ByteSource, bytesSource } from '../../core/formats/byteSource.ts';
import type { FileVersionRef } from '../../core/protocol/versionUri.ts';
import type { RepositorySessions } from './repositorySessions.ts';

/** A version as formats read it: nothing is restored for that. */
export interface VersionSource {
  source: ByteSource;
  /** Stands for its content, e.g. in caches. */
  contentId: string;
}

/** Undefined where the file is not there in that version. @throws ForgeError as Repository.readFile does */
export function openVersion(
  sessions: RepositorySessions,
  { file, revision }: FileVersionRef,
): Promise<VersionSource | undefined> {
  return revision === undefined ? workingFile(file) : oldVersion(sessions, file, revision);
}

/** Its stat stands for its content: reading all of a large file costs more than making its thumbnail again. */
async function workingFile(file: string): Promise<VersionSource | undefined> {
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
): Promise<VersionSource | undefined> {
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
