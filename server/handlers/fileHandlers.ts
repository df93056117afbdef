// Owns the answers to requests about one version of one file.
import { open, stat } from 'node:fs/promises';
import * as l10n from '@vscode/l10n';
import type { Connection } from 'vscode-languageserver/node';
import { ForgeError, fromSystemError } from '../../core/errors.ts';
import {
  compareRequest,
  fileInfoRequest,
  materialiseRequest,
  MAX_RANGE,
  readRangeRequest,
} from '../../core/protocol/files.ts';
import { STAGED } from '../../core/protocol/versionUri.ts';
import { describeByName } from '../describeByName.ts';
import type { VersionDescriptions } from '../versionDescriptions.ts';
import type { RepositorySessions } from '../session/repositorySessions.ts';
import type { VersionCache } from '../session/versionCache.ts';
import { answer } from './register.ts';

export function answerFiles(
  connection: Connection,
  sessions: RepositorySessions,
  descriptions: VersionDescriptions,
  cache: VersionCache,
): void {
  answer(connection, fileInfoRequest, async ({ file, revision }) => {
    const session = sessions.around(file);
    const found = await session.repository.describeFile(revision, session.pathOf(file));
    if (!found) return null;
    const { kind, size, blake3 } = found;
    // The description of a glTF is text.
    const isMedia = kind === 'asset' || /\.gltf$/i.test(file);
    const described = isMedia ? await descriptions.of({ file, revision }) : undefined;
    const description = described ?? describeByName(file, kind);
    return { size, stored: kind, ...(blake3 !== undefined && { blake3 }), description };
  });
  answer(connection, readRangeRequest, async ({ file, revision, offset, length }) => {
    if (length > MAX_RANGE) {
      throw new ForgeError(
        'USAGE',
        l10n.t('{0} bytes are too many at once', length),
        l10n.t('Ask for {0} at most.', MAX_RANGE),
      );
    }
    if (revision === undefined) return { base64: (await readPart(file, offset, length)).toString('base64') };
    const session = sessions.around(file);
    const pieces: Buffer[] = [];
    const range = { offset, length };
    for await (const piece of session.repository.readFile(revision, session.pathOf(file), range))
      pieces.push(piece);
    return { base64: Buffer.concat(pieces).toString('base64') };
  });
  answer(connection, compareRequest, async ({ before, after }) => {
    const session = sessions.around(after.file);
    const path = session.pathOf(after.file);
    // Of a renamed file it is not known where what changed lies in the other.
    if (before.file !== after.file) return null;
    const diffs = await session.repository.diff(sidesOf(before.revision, after.revision, path));
    const [diff] = diffs;
    if (!diff) return { identical: true, changedBytes: 0, changedRanges: [] };
    const { changedBytes, changedRanges, contentSize } = diff;
    // Ranges of what is compressed inside say nothing of the bytes of the file.
    if (changedBytes === undefined || changedRanges === undefined || contentSize !== undefined) return null;
    return { identical: false, changedBytes, changedRanges };
  });
  answer(connection, materialiseRequest, async ({ file, revision }, operation) => {
    if (revision !== undefined) return cache.materialise(sessions.around(file), revision, file, operation);
    try {
      return { path: file, size: (await stat(file)).size };
    } catch (error) {
      throw fromSystemError(error, file, 'reading');
    }
  });
}

/** What `Repository.diff` is asked for two versions of a path. */
function sidesOf(
  before: string | undefined,
  after: string | undefined,
  path: string,
): { from?: string; to?: string; staged?: boolean; paths: string[] } {
  const paths = [path];
  if (after === STAGED) return { staged: true, paths, ...(before !== undefined && { from: before }) };
  if (before === STAGED) return { paths };
  return { paths, ...(before !== undefined && { from: before }), ...(after !== undefined && { to: after }) };
}

async function readPart(file: string, offset: number, length: number): Promise<Buffer> {
  try {
    const handle = await open(file);
    try {
      const { size } = await handle.stat();
      const buffer = Buffer.alloc(Math.max(0, Math.min(length, size - offset)));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fromSystemError(error, file, 'reading');
  }
}
